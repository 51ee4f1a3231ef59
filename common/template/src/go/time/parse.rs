//! `time.ParseInLocation` with Local, which is UTC.

use crate::go::time::Time;
use crate::go::time::layout::{Chunk, FractionForm, next_chunk};
use crate::go::time::names::WEEKDAYS;
use crate::go::time::parts::Parts;
use crate::go::time::pieces::{Read, Refusal, number, signed, within};
use crate::go::time::print::{month_at, without};

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
}

fn without_some_blanks(value: &[u8], most: usize) -> &[u8] {
    value.get(value.iter().take(most).take_while(|&&b| b == b' ').count()..).unwrap_or_default()
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
