//! `time.ParseInLocation` with Local, which is UTC.

use crate::error::WITHHELD;
use crate::go::time::calendar::{days_before, days_in, is_leap};
use crate::go::time::duration::leading_digits;
use crate::go::time::layout::{Chunk, FractionForm, OffsetForm, next_chunk};
use crate::go::time::names::WEEKDAYS;
use crate::go::time::print::{month_at, without};
use crate::go::time::{Location, Time};

/// Why a text is no time.
pub(crate) enum Refusal {
    /// It does not look like the layout.
    Unlike,
    /// More follows.
    Extra,
    /// Looks right and cannot be.
    Wrong(&'static str),
    /// This part of it cannot be that large.
    OutOfRange(&'static str),
}

impl Refusal {
    /// Go's text without the layout's and the value's pieces.
    pub(crate) fn text(&self) -> String {
        let reason = match self {
            Refusal::Unlike => {
                format!(" as \"{WITHHELD}\": cannot parse \"{WITHHELD}\" as \"{WITHHELD}\"")
            }
            Refusal::Extra => format!(": extra text: \"{WITHHELD}\""),
            Refusal::Wrong(reason) => format!(": {reason}"),
            Refusal::OutOfRange(part) => format!(": {part} out of range"),
        };
        format!("parsing time \"{WITHHELD}\"{reason}")
    }
}

/// What has been read of a time.
#[derive(Default)]
struct Parts {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    clock: [i64; 3],
    nanoseconds: i64,
    is_morning: bool,
    is_afternoon: bool,
    is_utc: bool,
    offset: Option<i64>,
    zone: String,
}

/// Reads a time. Without a zone in it, it is in Local.
pub(crate) fn parse_time(layout: &[u8], value: &[u8]) -> Result<Time, Refusal> {
    let (mut layout, mut value) = (layout, value);
    let mut parts = Parts::default();
    loop {
        let (prefix, chunk, after) = next_chunk(layout);
        value = skip(value, prefix).ok_or(Refusal::Unlike)?;
        let Some(chunk) = chunk else { break };
        layout = after;
        value = parts.read(chunk, value, layout)?;
    }
    if value.is_empty() { parts.time() } else { Err(Refusal::Extra) }
}

/// What follows the literal text of a layout. A run of blanks there stands for any number of them, but for none only at the end.
fn skip<'a>(mut value: &'a [u8], mut prefix: &[u8]) -> Option<&'a [u8]> {
    while let [first, after @ ..] = prefix {
        if *first == b' ' {
            if value.first().is_some_and(|&b| b != b' ') {
                return None;
            }
            prefix = without_blanks(prefix);
            value = without_blanks(value);
        } else {
            value = value.strip_prefix(&[*first])?;
            prefix = after;
        }
    }
    Some(value)
}

fn without_blanks(text: &[u8]) -> &[u8] {
    text.get(text.iter().take_while(|&&b| b == b' ').count()..).unwrap_or_default()
}

type Read<'a> = Result<&'a [u8], Refusal>;

impl Parts {
    /// Reads one piece and gives the rest of the value.
    fn read<'a>(&mut self, chunk: Chunk, value: &'a [u8], layout: &[u8]) -> Read<'a> {
        match chunk {
            Chunk::Year => {
                let (digits, rest) = value.split_at_checked(2).ok_or(Refusal::Unlike)?;
                let year = signed(digits).ok_or(Refusal::Unlike)?;
                self.year = year + if year >= 69 { 1900 } else { 2000 };
                Ok(rest)
            }
            Chunk::LongYear => {
                let (digits, rest) = value.split_at_checked(4).ok_or(Refusal::Unlike)?;
                self.year = Some(digits)
                    .filter(|digits| digits.iter().all(u8::is_ascii_digit))
                    .and_then(signed)
                    .ok_or(Refusal::Unlike)?;
                Ok(rest)
            }
            Chunk::Month | Chunk::LongMonth => {
                let (month, rest) = month_at(value, chunk == Chunk::LongMonth).ok_or(Refusal::Unlike)?;
                self.month = Some(month);
                Ok(rest)
            }
            Chunk::NumberMonth | Chunk::ZeroMonth => {
                let (month, rest) = number(value, chunk == Chunk::ZeroMonth)?;
                self.month = Some(within(month, 1..13, "month")?);
                Ok(rest)
            }
            // Whether it is that weekday is not asked.
            Chunk::Weekday | Chunk::LongWeekday => WEEKDAYS
                .iter()
                .find_map(|name| without(value, name, chunk == Chunk::LongWeekday))
                .ok_or(Refusal::Unlike),
            Chunk::Day | Chunk::SpaceDay | Chunk::ZeroDay => {
                let blanks = usize::from(chunk == Chunk::SpaceDay);
                let (day, rest) = number(without_some_blanks(value, blanks), chunk == Chunk::ZeroDay)?;
                self.day = Some(day);
                Ok(rest)
            }
            Chunk::SpaceYearDay | Chunk::ZeroYearDay => {
                let is_fixed = chunk == Chunk::ZeroYearDay;
                let value = if is_fixed { value } else { without_some_blanks(value, 2) };
                let length = value.iter().take(3).take_while(|b| b.is_ascii_digit()).count();
                if length == 0 || (is_fixed && length != 3) {
                    return Err(Refusal::Unlike);
                }
                let (digits, rest) = value.split_at(length);
                self.year_day = signed(digits);
                Ok(rest)
            }
            Chunk::Hour => self.read_clock(0, 24, "hour", false, value),
            Chunk::Hour12 | Chunk::ZeroHour12 => {
                self.read_clock(0, 13, "hour", chunk == Chunk::ZeroHour12, value)
            }
            Chunk::Minute | Chunk::ZeroMinute => {
                self.read_clock(1, 60, "minute", chunk == Chunk::ZeroMinute, value)
            }
            Chunk::Second | Chunk::ZeroSecond => {
                let rest = self.read_clock(2, 60, "second", chunk == Chunk::ZeroSecond, value)?;
                // Parts of a second may follow although the layout has none.
                match (next_chunk(layout), rest) {
                    ((_, Some(Chunk::Fraction(_)), _), _) => Ok(rest),
                    (_, [b'.' | b',', b'0'..=b'9', ..]) => self.read_fraction(rest),
                    _ => Ok(rest),
                }
            }
            Chunk::UpperHalf => self.read_half(value, b"AM", b"PM"),
            Chunk::LowerHalf => self.read_half(value, b"am", b"pm"),
            Chunk::Offset(form) => self.read_offset(form, value),
            Chunk::Abbreviation => self.read_abbreviation(value),
            Chunk::Fraction(FractionForm { is_trimmed: true, .. }) => match value {
                [b'.' | b',', b'0'..=b'9', ..] => self.read_fraction(value),
                _ => Ok(value),
            },
            Chunk::Fraction(FractionForm { digits, .. }) => {
                let (fraction, rest) = value.split_at_checked(1 + digits).ok_or(Refusal::Unlike)?;
                self.nanoseconds = nanoseconds(fraction)?;
                Ok(rest)
            }
        }
    }

    fn read_clock<'a>(
        &mut self,
        place: usize,
        end: i64,
        name: &'static str,
        is_fixed: bool,
        value: &'a [u8],
    ) -> Read<'a> {
        let (n, rest) = number(value, is_fixed)?;
        if let Some(part) = self.clock.get_mut(place) {
            *part = within(n, 0..end, name)?;
        }
        Ok(rest)
    }

    /// A separator and all digits behind it.
    fn read_fraction<'a>(&mut self, value: &'a [u8]) -> Read<'a> {
        let digits = value.iter().skip(1).take_while(|b| b.is_ascii_digit()).count();
        let (fraction, rest) = value.split_at_checked(1 + digits).ok_or(Refusal::Unlike)?;
        self.nanoseconds = nanoseconds(fraction)?;
        Ok(rest)
    }

    fn read_half<'a>(&mut self, value: &'a [u8], morning: &[u8], afternoon: &[u8]) -> Read<'a> {
        if let Some(rest) = value.strip_prefix(morning) {
            self.is_morning = true;
            Ok(rest)
        } else if let Some(rest) = value.strip_prefix(afternoon) {
            self.is_afternoon = true;
            Ok(rest)
        } else {
            Err(Refusal::Unlike)
        }
    }

    fn read_offset<'a>(&mut self, form: OffsetForm, value: &'a [u8]) -> Read<'a> {
        if let ([b'Z', rest @ ..], true) = (value, form.has_z) {
            self.is_utc = true;
            return Ok(rest);
        }
        let (sign, mut rest) = value.split_first().ok_or(Refusal::Unlike)?;
        let mut parts = [0; 3];
        let count = 1 + usize::from(form.has_minutes) + usize::from(form.has_seconds);
        let length = 2 * count + if form.has_colons { count - 1 } else { 0 };
        if rest.len() < length {
            return Err(Refusal::Unlike);
        }
        let mut is_number = true;
        for (index, part) in parts.iter_mut().take(count).enumerate() {
            if index > 0 && form.has_colons {
                rest = rest.strip_prefix(b":").ok_or(Refusal::Unlike)?;
            }
            let (digits, after) = rest.split_at_checked(2).ok_or(Refusal::Unlike)?;
            rest = after;
            match number(digits, true) {
                Ok((n, _)) if is_number => *part = n,
                _ => is_number = false,
            }
        }
        let [hours, minutes, seconds] = parts;
        // Some people write 24 hours, 60 minutes, 60 seconds. Of several parts out of range, Go names the last.
        within(seconds, 0..61, "time zone offset second")?;
        within(minutes, 0..61, "time zone offset minute")?;
        within(hours, 0..25, "time zone offset hour")?;
        let offset = (hours * 60 + minutes) * 60 + seconds;
        self.offset = match (is_number, sign) {
            (true, b'+') => Some(offset),
            (true, b'-') => Some(-offset),
            _ => return Err(Refusal::Unlike),
        };
        Ok(rest)
    }

    fn read_abbreviation<'a>(&mut self, value: &'a [u8]) -> Read<'a> {
        if let Some(rest) = value.strip_prefix(b"UTC") {
            self.is_utc = true;
            return Ok(rest);
        }
        let length = abbreviation(value).ok_or(Refusal::Unlike)?;
        let (name, rest) = value.split_at_checked(length).ok_or(Refusal::Unlike)?;
        self.zone = String::from_utf8_lossy(name).into_owned();
        Ok(rest)
    }

    fn time(mut self) -> Result<Time, Refusal> {
        let [hour, minute, second] = self.clock;
        let hour = match hour {
            ..12 if self.is_afternoon => hour + 12,
            12 if self.is_morning => 0,
            _ => hour,
        };
        self.settle_year_day()?;
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        if !(1..=days_in(month, self.year)).contains(&day) {
            return Err(Refusal::OutOfRange("day"));
        }
        let clock = [hour, minute, second];
        let time = Time::date([self.year, month, day], clock, self.nanoseconds, Location::Utc);
        // Go marks the absence of an offset by -1, so that one second west of UTC is none.
        let offset = self.offset.filter(|&offset| offset != -1);
        Ok(match (offset, self.zone.as_str()) {
            _ if self.is_utc => time,
            (Some(0), "" | "UTC") | (None, "") => time.within(Location::Local),
            (Some(offset), zone) => time.earlier(offset).within(Location::fixed(zone, offset)),
            (None, zone) => {
                let hours = zone.strip_prefix("GMT").and_then(|hours| signed(hours.as_bytes()));
                time.within(Location::fixed(zone, hours.unwrap_or(0) * 3600))
            }
        })
    }

    /// Month and day from the day of the year; where they have been read as well, they must be the same.
    fn settle_year_day(&mut self) -> Result<(), Refusal> {
        let Some(year_day) = self.year_day else { return Ok(()) };
        let leap = i64::from(is_leap(self.year));
        if !(1..=365 + leap).contains(&year_day) {
            return Err(Refusal::OutOfRange("day-of-year"));
        }
        let before = |month: i64| days_before(month) + if month > 2 { leap } else { 0 };
        let month = (1..=12).rev().find(|&month| before(month) < year_day).unwrap_or(1);
        let day = year_day - before(month);
        if self.month.is_some_and(|seen| seen != month) {
            return Err(Refusal::Wrong("day-of-year does not match month"));
        }
        if self.day.is_some_and(|seen| seen != day) {
            return Err(Refusal::Wrong("day-of-year does not match day"));
        }
        (self.month, self.day) = (Some(month), Some(day));
        Ok(())
    }
}

fn without_some_blanks(value: &[u8], most: usize) -> &[u8] {
    value.get(value.iter().take(most).take_while(|&&b| b == b' ').count()..).unwrap_or_default()
}

fn within(n: i64, range: std::ops::Range<i64>, name: &'static str) -> Result<i64, Refusal> {
    if range.contains(&n) { Ok(n) } else { Err(Refusal::OutOfRange(name)) }
}

/// One digit or two; `is_fixed` wants two.
fn number(value: &[u8], is_fixed: bool) -> Result<(i64, &[u8]), Refusal> {
    let digit = |b: &u8| i64::from(b - b'0');
    match value {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] => Ok((digit(a) * 10 + digit(b), rest)),
        [a @ b'0'..=b'9', rest @ ..] if !is_fixed => Ok((digit(a), rest)),
        _ => Err(Refusal::Unlike),
    }
}

/// Digits, perhaps with a sign before them; none at all are 0.
fn signed(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        _ => (1, text),
    };
    let (n, rest) = leading_digits(digits)?;
    rest.is_empty().then(|| (n as i64).wrapping_mul(sign))
}

/// Parts of a second, behind a separator. A sign may stand before the digits.
fn nanoseconds(fraction: &[u8]) -> Result<i64, Refusal> {
    let [b'.' | b',', digits @ ..] = fraction else { return Err(Refusal::Unlike) };
    let digits = digits.get(..digits.len().min(9)).unwrap_or_default();
    let n = signed(digits).ok_or(Refusal::Unlike)?;
    if n < 0 {
        return Err(Refusal::OutOfRange("fractional second"));
    }
    Ok((digits.len()..9).fold(n, |n, _| n * 10))
}

/// The length of an abbreviation: three capitals, four or five with a T at the end, some peculiar ones, an offset with a sign.
fn abbreviation(value: &[u8]) -> Option<usize> {
    if value.len() < 3 {
        return None;
    }
    if value.starts_with(b"ChST") || value.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = value.strip_prefix(b"GMT") {
        return Some(3 + signed_hours(rest).unwrap_or(0));
    }
    if matches!(value.first(), Some(b'+' | b'-')) {
        return signed_hours(value);
    }
    let capitals = value.iter().take(6).take_while(|b| b.is_ascii_uppercase()).count();
    match capitals {
        3 => Some(3),
        4 if value.get(3) == Some(&b'T') || value.starts_with(b"WITA") => Some(4),
        5 if value.get(4) == Some(&b'T') => Some(5),
        _ => None,
    }
}

/// The length of a sign with hours up to 23.
fn signed_hours(value: &[u8]) -> Option<usize> {
    let [b'+' | b'-', digits @ ..] = value else { return None };
    let (hours, rest) = leading_digits(digits)?;
    (rest.len() < digits.len() && hours <= 23).then(|| value.len() - rest.len())
}
