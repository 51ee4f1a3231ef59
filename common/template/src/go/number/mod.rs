//! `strconv`'s readers of numbers: ParseInt, ParseUint and, in a file of its own, ParseFloat.

mod float;

pub(crate) use float::parse_float;

/// Why a text is no number of the wanted type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NotANumber<T> {
    /// Not written as a number.
    Syntax,
    /// A number, but beyond this, the limit of the type on its side; of a float: an infinity.
    Range(T),
}

/// `strconv.ParseInt` to 64 bits. Base 0 takes the base from the prefix (`0x`, `0o`, `0`, `0b`) and allows underscores between
/// digits; other bases are from 2 to 36 and allow neither.
pub(crate) fn parse_int(text: &[u8], base: u32) -> Result<i64, NotANumber<i64>> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let limit = if negative { i64::MIN } else { i64::MAX };
    let size = match parse_uint(digits, base) {
        Ok(size) => size,
        Err(NotANumber::Syntax) => return Err(NotANumber::Syntax),
        Err(NotANumber::Range(_)) => return Err(NotANumber::Range(limit)),
    };
    let number = if negative { 0_i64.checked_sub_unsigned(size) } else { i64::try_from(size).ok() };
    number.ok_or(NotANumber::Range(limit))
}

/// `strconv.ParseInt` in base 10 without its error: 0 for what is no number, the nearest one for what is out of range.
pub(crate) fn nearest_int(text: &[u8]) -> i64 {
    match parse_int(text, 10) {
        Ok(number) | Err(NotANumber::Range(number)) => number,
        Err(NotANumber::Syntax) => 0,
    }
}

/// `strconv.ParseUint` to 64 bits; bases as for [`parse_int`], no sign.
pub(crate) fn parse_uint(text: &[u8], base: u32) -> Result<u64, NotANumber<u64>> {
    let (radix, digits) = match (base, text) {
        (_, []) => return Err(NotANumber::Syntax),
        (0, [b'0', b'b' | b'B', _, ..]) => (2, text.get(2..).unwrap_or_default()),
        (0, [b'0', b'o' | b'O', _, ..]) => (8, text.get(2..).unwrap_or_default()),
        (0, [b'0', b'x' | b'X', _, ..]) => (16, text.get(2..).unwrap_or_default()),
        (0, [b'0', rest @ ..]) => (8, rest),
        (0, _) => (10, text),
        (base, _) => (base, text),
    };
    let mut number: u64 = 0;
    for &byte in digits {
        if byte == b'_' && base == 0 {
            continue;
        }
        let digit = char::from(byte).to_digit(radix).ok_or(NotANumber::Syntax)?;
        number = number
            .checked_mul(radix.into())
            .and_then(|number| number.checked_add(digit.into()))
            .ok_or(NotANumber::Range(u64::MAX))?;
    }
    if base == 0 && digits.contains(&b'_') && !underscores_separate_digits(text) {
        return Err(NotANumber::Syntax);
    }
    Ok(number)
}

/// Whether each underscore stands between digits, or after a prefix (Go's rule for literals).
fn underscores_separate_digits(text: &[u8]) -> bool {
    #[derive(PartialEq)]
    enum Last {
        Digit,
        Underscore,
        Other,
    }
    let text = match text {
        [b'-' | b'+', rest @ ..] => rest,
        rest => rest,
    };
    let prefixed = matches!(text, [b'0', b'b' | b'B' | b'o' | b'O' | b'x' | b'X', ..]);
    let hexadecimal = matches!(text, [b'0', b'x' | b'X', ..]);
    let mut last = if prefixed { Last::Digit } else { Last::Other };
    for &byte in text.get(if prefixed { 2 } else { 0 }..).unwrap_or_default() {
        let digit = byte.is_ascii_digit() || hexadecimal && byte.is_ascii_hexdigit();
        last = match (last, byte) {
            (_, _) if digit => Last::Digit,
            (Last::Digit, b'_') => Last::Underscore,
            (Last::Underscore, _) | (_, b'_') => return false,
            _ => Last::Other,
        };
    }
    last != Last::Underscore
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_take_their_base_from_the_prefix() {
        for (text, value) in [
            ("017", Ok(15)),
            ("0x_1f", Ok(31)),
            ("-0b101", Ok(-5)),
            ("1_000", Ok(1000)),
            ("0", Ok(0)),
            ("08", Err(NotANumber::Syntax)),
            ("1__0", Err(NotANumber::Syntax)),
            ("0x", Err(NotANumber::Syntax)),
            ("", Err(NotANumber::Syntax)),
            ("-9223372036854775808", Ok(i64::MIN)),
            ("9223372036854775808", Err(NotANumber::Range(i64::MAX))),
            ("-99999999999999999999", Err(NotANumber::Range(i64::MIN))),
        ] {
            assert_eq!(parse_int(text.as_bytes(), 0), value, "{text}");
        }
        assert_eq!(parse_int(b"1_0", 10), Err(NotANumber::Syntax));
    }

    #[test]
    fn the_nearest_integer_stops_at_the_ends_of_the_range() {
        for (text, number) in [
            ("-42", -42),
            ("+7", 7),
            ("1_0", 0),
            ("", 0),
            ("99999999999999999999", i64::MAX),
            ("-99999999999999999999", i64::MIN),
            // Go looks no further than to the end of the range.
            ("99999999999999999999x", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(nearest_int(text.as_bytes()), number, "{text}");
        }
    }
}
