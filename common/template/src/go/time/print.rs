//! `Time.Format`, `String` and `GoString`.

use crate::go::time::calendar::Wall;
use crate::go::time::layout::{Chunk, FractionForm, OffsetForm, next_chunk};
use crate::go::time::location::{Location, Offset};
use crate::go::time::names::{MONTHS, month_text, weekday_text};
use crate::go::time::{FROM_UNIX, Time};

impl Time {
    /// `Time.Format`. Who calls it pays for [`format_limit`](Time::format_limit) bytes first.
    pub(crate) fn format(&self, layout: &[u8]) -> Vec<u8> {
        let offset = self.location().offset(self.unix_seconds());
        let wall = Wall::at(self.unix_seconds().wrapping_add(FROM_UNIX).wrapping_add(offset.seconds));
        let mut out = Vec::with_capacity(layout.len().saturating_add(16));
        let mut rest = layout;
        while !rest.is_empty() {
            let (prefix, chunk, after) = next_chunk(rest);
            out.extend_from_slice(prefix);
            match chunk {
                Some(Chunk::Fraction(form)) => fraction(&mut out, form, self.nanosecond()),
                Some(chunk) => out.extend_from_slice(part(chunk, &wall, &offset).as_bytes()),
                None => {}
            }
            rest = after;
        }
        out
    }

    /// Bytes that no text in this layout exceeds: the abbreviation of a parsed zone can be as long as a value.
    pub(crate) fn format_limit(&self, layout: &[u8]) -> usize {
        let abbreviations = layout.windows(3).filter(|&piece| piece == b"MST").count();
        let longest = match self.location() {
            Location::Fixed(_) => self.location().text().len(),
            _ => 8,
        };
        layout
            .len()
            .saturating_mul(4)
            .saturating_add(abbreviations.saturating_mul(longest))
            .saturating_add(16)
    }

    /// Its `String()`: for `now` with the monotonic reading.
    pub(crate) fn text(&self) -> String {
        let bytes = self.format(b"2006-01-02 15:04:05.999999999 -0700 MST");
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(reading) = self.monotonic {
            let sign = if reading < 0 { '-' } else { '+' };
            let reading = reading.unsigned_abs();
            text.push_str(&format!(" m={sign}{}.{:09}", reading / 1_000_000_000, reading % 1_000_000_000));
        }
        text
    }

    /// What `printf "%#v"` prints.
    pub(crate) fn go_string(&self) -> String {
        let Wall { year, month, day, hour, minute, second, .. } = self.wall();
        let location = match self.location() {
            Location::Utc => "time.UTC".into(),
            Location::Local => "time.Local".into(),
            // Neither the names of the database nor abbreviations that can be parsed hold anything to escape.
            other => format!("time.Location(\"{}\")", other.text()),
        };
        let month = month_text(month);
        let nanosecond = self.nanosecond();
        format!(
            "time.Date({year}, time.{month}, {day}, {hour}, {minute}, {second}, {nanosecond}, {location})"
        )
    }
}

/// What a piece of a layout stands for.
fn part(chunk: Chunk, wall: &Wall, offset: &Offset<'_>) -> String {
    let short = |name: String| name.get(..3).unwrap_or(&name).to_owned();
    // Noon and midnight are 12.
    let hour12 = (wall.hour + 11) % 12 + 1;
    match chunk {
        Chunk::LongMonth => month_text(wall.month),
        Chunk::Month => short(month_text(wall.month)),
        Chunk::NumberMonth => wall.month.to_string(),
        Chunk::ZeroMonth => format!("{:02}", wall.month),
        Chunk::LongWeekday => weekday_text(wall.weekday),
        Chunk::Weekday => short(weekday_text(wall.weekday)),
        Chunk::Day => wall.day.to_string(),
        Chunk::SpaceDay => format!("{:2}", wall.day),
        Chunk::ZeroDay => format!("{:02}", wall.day),
        Chunk::SpaceYearDay => format!("{:3}", wall.year_day),
        Chunk::ZeroYearDay => format!("{:03}", wall.year_day),
        Chunk::Hour => format!("{:02}", wall.hour),
        Chunk::Hour12 => hour12.to_string(),
        Chunk::ZeroHour12 => format!("{hour12:02}"),
        Chunk::Minute => wall.minute.to_string(),
        Chunk::ZeroMinute => format!("{:02}", wall.minute),
        Chunk::Second => wall.second.to_string(),
        Chunk::ZeroSecond => format!("{:02}", wall.second),
        Chunk::LongYear => {
            // The sign is not one of the four characters.
            let sign = if wall.year < 0 { "-" } else { "" };
            format!("{sign}{:04}", wall.year.unsigned_abs())
        }
        Chunk::Year => format!("{:02}", wall.year.unsigned_abs() % 100),
        Chunk::UpperHalf => if wall.hour >= 12 { "PM" } else { "AM" }.into(),
        Chunk::LowerHalf => if wall.hour >= 12 { "pm" } else { "am" }.into(),
        Chunk::Abbreviation if offset.name.is_empty() => {
            let form = OffsetForm { has_z: false, has_colons: false, has_minutes: true, has_seconds: false };
            offset_text(form, offset.seconds)
        }
        Chunk::Abbreviation => offset.name.clone().into_owned(),
        Chunk::Offset(form) => offset_text(form, offset.seconds),
        Chunk::Fraction(_) => String::new(),
    }
}

fn offset_text(form: OffsetForm, seconds: i64) -> String {
    if form.has_z && seconds == 0 {
        return "Z".into();
    }
    // Less than a minute west of UTC counts as none here.
    let sign = if seconds / 60 < 0 { '-' } else { '+' };
    let minutes = (seconds / 60).abs();
    let colon = if form.has_colons { ":" } else { "" };
    let mut text = format!("{sign}{:02}", minutes / 60);
    // The short form has no colon, so that none stands at its end.
    if form.has_minutes {
        text.push_str(&format!("{colon}{:02}", minutes % 60));
    }
    if form.has_seconds {
        let seconds = if sign == '-' { -seconds } else { seconds };
        text.push_str(&seconds_text(colon, seconds % 60));
    }
    text
}

/// Two digits; a minus sign before them where Go leaves one.
fn seconds_text(colon: &str, seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    format!("{colon}{sign}{:02}", seconds.unsigned_abs())
}

fn fraction(out: &mut Vec<u8>, form: FractionForm, nanoseconds: i64) {
    if form.is_trimmed && (form.digits == 0 || nanoseconds == 0) {
        return;
    }
    out.push(form.separator);
    let digits = format!("{nanoseconds:09}");
    out.extend_from_slice(digits.as_bytes().get(..form.digits.min(9)).unwrap_or_default());
    if form.is_trimmed {
        while out.last() == Some(&b'0') {
            out.pop();
        }
        if out.last() == Some(&form.separator) {
            out.pop();
        }
    }
}

/// The month that a text begins with, from 1, and the rest. Letters match without regard to case.
pub(super) fn month_at(text: &[u8], is_long: bool) -> Option<(i64, &[u8])> {
    (1..).zip(MONTHS).find_map(|(month, name)| Some((month, without(text, name, is_long)?)))
}

/// What follows a name, or its first three letters, at the beginning of a text.
pub(super) fn without<'a>(text: &'a [u8], name: &str, is_long: bool) -> Option<&'a [u8]> {
    let name = name.as_bytes();
    let length = if is_long { name.len() } else { 3 };
    let (head, rest) = text.split_at_checked(length)?;
    head.eq_ignore_ascii_case(name.get(..length)?).then_some(rest)
}
