//! The zone in a time that is parsed: an offset or an abbreviation.

use crate::go::time::duration::leading_digits;
use crate::go::time::layout::OffsetForm;
use crate::go::time::parts::Parts;
use crate::go::time::pieces::{Read, Refusal, number, within};

impl Parts {
    pub(super) fn read_offset<'a>(&mut self, form: OffsetForm, value: &'a [u8]) -> Read<'a> {
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

    pub(super) fn read_abbreviation<'a>(&mut self, value: &'a [u8]) -> Read<'a> {
        if let Some(rest) = value.strip_prefix(b"UTC") {
            self.is_utc = true;
            return Ok(rest);
        }
        let length = abbreviation(value).ok_or(Refusal::Unlike)?;
        let (name, rest) = value.split_at_checked(length).ok_or(Refusal::Unlike)?;
        self.zone = String::from_utf8_lossy(name).into_owned();
        Ok(rest)
    }
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
