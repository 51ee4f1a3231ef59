//! What a plain scalar means: the table of Go's yaml.v2 (YAML 1.1 with some of 1.2).

use zeroize::Zeroizing;

use crate::timestamp::is_timestamp;

/// The meaning of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Meaning {
    Null,
    Bool(bool),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Timestamp,
    Text,
}

/// What yaml.v2 makes of a plain scalar without a tag. The first character decides what is tried at all.
pub(crate) fn resolve(text: &str) -> Meaning {
    let Some(first) = text.bytes().next() else { return Meaning::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => {
            word(text).unwrap_or(Meaning::Text)
        }
        b'.' => word(text).or_else(|| float(text)).unwrap_or(Meaning::Text),
        b'+' | b'-' => word(text).or_else(|| number(text)).unwrap_or(Meaning::Text),
        b'0'..=b'9' if is_timestamp(text) => Meaning::Timestamp,
        b'0'..=b'9' => number(text).unwrap_or(Meaning::Text),
        _ => Meaning::Text,
    }
}

/// Whether a text looks like a number of base 60 (`1:30`). Go reads it as text and yet quotes it for others.
pub(crate) fn is_base_60(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = digits.split(':');
    let Some(first) = parts.next() else { return false };
    let starts_with_digit = first.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    if !starts_with_digit || !first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return false;
    }
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return false };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    let sixty = |part: &str| match part.as_bytes() {
        [ones] => ones.is_ascii_digit(),
        [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
        _ => false,
    };
    middle.iter().all(|part| sixty(part))
        && sixty(last)
        && fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

fn word(text: &str) -> Option<Meaning> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Meaning::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Meaning::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Meaning::Null,
        ".nan" | ".NaN" | ".NAN" => Meaning::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Meaning::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Meaning::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// A number with its underscores taken out: integer by prefix (`0x`, `0o`, `0b`, a leading 0 is octal), then
/// float.
fn number(text: &str) -> Option<Meaning> {
    let without_underscores;
    let plain = if text.contains('_') {
        // It may be a secret that looks like a number.
        without_underscores = Zeroizing::new(text.replace('_', ""));
        without_underscores.as_str()
    } else {
        text
    };
    let (negative, digits) = match plain.as_bytes().first() {
        Some(b'-') => (true, &plain[1..]),
        Some(b'+') => (false, &plain[1..]),
        _ => (false, plain),
    };
    if let Some((radix, digits)) = radix(digits)
        && let Ok(size) = u64::from_str_radix(digits, radix)
    {
        let signed = if negative { 0i64.checked_sub_unsigned(size) } else { i64::try_from(size).ok() };
        match signed {
            Some(value) => return Some(Meaning::Integer(value)),
            // Go takes a sign with integers of 63 bits only.
            None if digits_have_no_sign(plain) => return Some(Meaning::Unsigned(size)),
            None => {}
        }
    }
    float(plain).or_else(|| signed_binary(plain))
}

fn digits_have_no_sign(plain: &str) -> bool {
    !plain.starts_with(['+', '-'])
}

/// The base that Go's ParseInt takes from the prefix, and the digits behind it.
fn radix(digits: &str) -> Option<(u32, &str)> {
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // Rust's parser would take another sign here.
    digits.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric()).then_some((radix, digits))
}

/// yaml.v2 parses what follows `0b` as a number of its own, sign included (`0b-1` is -1).
fn signed_binary(plain: &str) -> Option<Meaning> {
    if let Some(digits) = plain.strip_prefix("0b") {
        return i64::from_str_radix(digits, 2).ok().map(Meaning::Integer);
    }
    let digits = plain.strip_prefix("-0b")?;
    i64::from_str_radix(&Zeroizing::new(format!("-{digits}")), 2).ok().map(Meaning::Integer)
}

/// A decimal number with point or exponent. One too large for 64 bits is none: Go keeps the text.
fn float(plain: &str) -> Option<Meaning> {
    let mut rest = plain.strip_prefix(['+', '-']).unwrap_or(plain).as_bytes();
    let whole = take_digits(&mut rest);
    let mut fraction = 0;
    if let [b'.', after @ ..] = rest {
        rest = after;
        fraction = take_digits(&mut rest);
    }
    if whole + fraction == 0 {
        return None;
    }
    if let [b'e' | b'E', after @ ..] = rest {
        rest = after;
        if let [b'+' | b'-', after @ ..] = rest {
            rest = after;
        }
        if take_digits(&mut rest) == 0 {
            return None;
        }
    }
    if !rest.is_empty() {
        return None;
    }
    plain.parse().ok().filter(|value: &f64| value.is_finite()).map(Meaning::Float)
}

fn take_digits(rest: &mut &[u8]) -> usize {
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    *rest = &rest[count..];
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for word in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
            assert_eq!(resolve(word), Meaning::Bool(true), "{word}");
        }
        for word in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            assert_eq!(resolve(word), Meaning::Bool(false), "{word}");
        }
        for word in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(resolve(word), Meaning::Null, "{word}");
        }
        for word in
            ["tRuE", "yEs", "nULL", "<<", "=", "hello", "truee", "~~", ".", "-", "+", "..inf", "_1", "é"]
        {
            assert_eq!(resolve(word), Meaning::Text, "{word}");
        }
    }

    #[test]
    fn integers() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("+1", 1),
            ("0755", 493),
            ("0o755", 493),
            ("0O17", 15),
            ("0b101", 5),
            ("-0b101", -5),
            ("0b-1", -1),
            ("-0x1F", -31),
            ("1_000", 1000),
            ("1__0_", 10),
            ("0_7", 7),
            ("-9223372036854775808", i64::MIN),
            ("9223372036854775807", i64::MAX),
        ] {
            assert_eq!(resolve(text), Meaning::Integer(value), "{text}");
        }
        assert_eq!(resolve("12345678901234567890"), Meaning::Unsigned(12_345_678_901_234_567_890));
        assert_eq!(resolve("0xffffffffffffffff"), Meaning::Unsigned(u64::MAX));
        for text in ["0x", "0o8", "0b2", "0xg", "1a", "--1", "0x-1", "+-1", "0b"] {
            assert_eq!(resolve(text), Meaning::Text, "{text}");
        }
    }

    #[test]
    fn floats() {
        for (text, value) in [
            ("1.5", 1.5),
            ("1.", 1.0),
            (".5", 0.5),
            ("-.5e1", -5.0),
            ("1e3", 1000.0),
            ("1E+3", 1000.0),
            ("089", 89.0),
            ("1_000.5", 1000.5),
            ("+12345678901234567890", 12_345_678_901_234_567_890.0),
            ("123456789012345678901234567890", 123_456_789_012_345_678_901_234_567_890.0),
        ] {
            assert_eq!(resolve(text), Meaning::Float(value), "{text}");
        }
        assert_eq!(resolve(".inf"), Meaning::Float(f64::INFINITY));
        assert_eq!(resolve("-.INF"), Meaning::Float(f64::NEG_INFINITY));
        assert!(matches!(resolve(".NaN"), Meaning::Float(value) if value.is_nan()));
        for text in ["12e4567", "1e", "1e+", "1.2.3", ".e5", "._5", "1.5f", ".1e400", "inf", "+inf", "1 "] {
            assert_eq!(resolve(text), Meaning::Text, "{text}");
        }
    }

    #[test]
    fn base_60_is_text_that_is_quoted() {
        for text in ["1:30", "190:20:30", "-1:5", "1_0:59.5_", "1:30."] {
            assert!(is_base_60(text), "{text}");
            assert_eq!(resolve(text), Meaning::Text, "{text}");
        }
        for text in ["1", "1:60", "1:", ":1", "a:1", "1:300", "1:2:x", "_1:3", ""] {
            assert!(!is_base_60(text), "{text}");
        }
    }
}
