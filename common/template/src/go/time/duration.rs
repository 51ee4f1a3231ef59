//! `time.Duration`: nanoseconds.

use crate::failure::WITHHELD;
use crate::go::time::SECOND;

const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// As Go prints it: `1h2m3.5s`, `1.5ms`, `0s`.
pub(crate) fn duration_text(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let n = nanoseconds.unsigned_abs();
    let text = match n {
        0 => "0s".into(),
        1..1_000 => format!("{n}ns"),
        1_000..1_000_000 => with_fraction(n, 1_000) + "µs",
        1_000_000..1_000_000_000 => with_fraction(n, 1_000_000) + "ms",
        _ => {
            let (minutes, rest) = (n / MINUTE as u64, n % MINUTE as u64);
            let seconds = with_fraction(rest, SECOND as u64) + "s";
            match (minutes / 60, minutes % 60) {
                (0, 0) => seconds,
                (0, minutes) => format!("{minutes}m{seconds}"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    };
    format!("{sign}{text}")
}

/// A number of units, with the digits behind the point that are not zero at the end. The unit is a power of ten.
fn with_fraction(n: u64, unit: u64) -> String {
    let digits = unit.ilog10() as usize;
    let text = format!("{}.{:0digits$}", n / unit, n % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(crate) fn duration_seconds(nanoseconds: i64) -> f64 {
    in_units(nanoseconds, SECOND)
}

pub(crate) fn duration_minutes(nanoseconds: i64) -> f64 {
    in_units(nanoseconds, MINUTE)
}

pub(crate) fn duration_hours(nanoseconds: i64) -> f64 {
    in_units(nanoseconds, HOUR)
}

/// Whole units and the fraction apart, as Go adds them: the last digit depends on it.
fn in_units(nanoseconds: i64, unit: i64) -> f64 {
    (nanoseconds / unit) as f64 + (nanoseconds % unit) as f64 / unit as f64
}

/// Toward zero, to a multiple.
pub(crate) fn duration_truncate(nanoseconds: i64, multiple: i64) -> i64 {
    if multiple <= 0 { nanoseconds } else { nanoseconds - nanoseconds % multiple }
}

/// To the nearest multiple; halves go away from zero; the ends of the range stop it.
pub(crate) fn duration_round(nanoseconds: i64, multiple: i64) -> i64 {
    if multiple <= 0 {
        return nanoseconds;
    }
    let rest = nanoseconds % multiple;
    let down = nanoseconds - rest;
    if rest.unsigned_abs() * 2 < multiple.unsigned_abs() {
        down
    } else if nanoseconds < 0 {
        down.saturating_sub(multiple)
    } else {
        down.saturating_add(multiple)
    }
}

/// The least duration's absolute value is the greatest one.
pub(crate) fn duration_absolute(nanoseconds: i64) -> i64 {
    nanoseconds.saturating_abs()
}

/// `time.ParseDuration`: `1h30m`, `-1.5s`, `100ms`.
///
/// # Errors
/// In Go's words, without the text.
pub(crate) fn parse_duration(text: &[u8]) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration \"{WITHHELD}\"");
    let (negative, mut rest) = match text {
        [sign @ (b'+' | b'-'), rest @ ..] => (*sign == b'-', rest),
        _ => (false, text),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    const MOST: u64 = 1 << 63;
    let mut sum = 0u64;
    while !rest.is_empty() {
        let (number, after) = leading_digits(rest).ok_or_else(invalid)?;
        let mut has_digits = after.len() != rest.len();
        rest = after;
        let (mut fraction, mut scale) = (0, 1.0);
        if let [b'.', after @ ..] = rest {
            (fraction, scale, rest) = leading_fraction(after);
            has_digits |= rest.len() != after.len();
        }
        if !has_digits {
            return Err(invalid());
        }
        let end = rest.iter().position(|&b| b == b'.' || b.is_ascii_digit()).unwrap_or(rest.len());
        let (unit, after) = rest.split_at(end);
        rest = after;
        let unit = match unit {
            b"" => return Err(format!("time: missing unit in duration \"{WITHHELD}\"")),
            b"ns" => 1,
            // The micro sign and the Greek letter look alike.
            b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => 1_000,
            b"ms" => 1_000_000,
            b"s" => SECOND,
            b"m" => MINUTE,
            b"h" => HOUR,
            _ => return Err(format!("time: unknown unit \"{WITHHELD}\" in duration \"{WITHHELD}\"")),
        } as u64;
        if number > MOST / unit {
            return Err(invalid());
        }
        let mut part = number * unit;
        if fraction > 0 {
            // Go computes it in binary floating point.
            part = part.wrapping_add((fraction as f64 * (unit as f64 / scale)) as u64);
        }
        sum = sum.wrapping_add(part);
        if part > MOST || sum > MOST {
            return Err(invalid());
        }
    }
    if negative {
        return Ok((sum as i64).wrapping_neg());
    }
    i64::try_from(sum).map_err(|_| invalid())
}

/// The number that a text begins with, 0 without digits, and what follows; none beyond 2^63.
pub(super) fn leading_digits(text: &[u8]) -> Option<(u64, &[u8])> {
    let end = text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let mut number = 0u64;
    for digit in digits {
        if number > (1 << 63) / 10 {
            return None;
        }
        number = number * 10 + u64::from(digit - b'0');
        if number > 1 << 63 {
            return None;
        }
    }
    Some((number, rest))
}

/// The digits behind a point as a number, the power of ten to divide it by, and what follows. Digits beyond 63 bits do not count.
fn leading_fraction(text: &[u8]) -> (u64, f64, &[u8]) {
    let end = text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let (mut number, mut scale) = (0u64, 1.0);
    for digit in digits {
        if number > i64::MAX as u64 / 10 {
            break;
        }
        let next = number * 10 + u64::from(digit - b'0');
        if next > 1 << 63 {
            break;
        }
        number = next;
        scale *= 10.0;
    }
    (number, scale, rest)
}
