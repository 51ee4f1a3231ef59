//! `strconv`'s readers of numbers: ParseInt, ParseUint, ParseFloat.

use zeroize::Zeroizing;

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

/// `strconv.ParseFloat` to 64 bits: decimal or, with `0x` and a binary exponent, hexadecimal; `inf`, `infinity` and `nan` in any
/// case; underscores between digits. A number too small is 0, one too large an error.
pub(crate) fn parse_float(text: &[u8]) -> Result<f64, NotANumber<f64>> {
    if let Some(special) = special(text) {
        return Ok(special);
    }
    let number = Scanned::of(text).ok_or(NotANumber::Syntax)?;
    let size = if number.hexadecimal {
        nearest(number.mantissa, number.truncated, number.binary_exponent())
    } else {
        let digits = std::str::from_utf8(&number.digits).map_err(|_| NotANumber::Syntax)?;
        digits.parse().map_err(|_| NotANumber::Syntax)?
    };
    let value = if number.negative { -size } else { size };
    if value.is_infinite() { Err(NotANumber::Range(value)) } else { Ok(value) }
}

fn special(text: &[u8]) -> Option<f64> {
    let is = |word: &[u8], name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let (sign, word) = match text {
        [b'-', word @ ..] => (-1.0, word),
        [b'+', word @ ..] => (1.0, word),
        word if is(word, "nan") => return Some(f64::NAN),
        word => (1.0, word),
    };
    (is(word, "inf") || is(word, "infinity")).then_some(sign * f64::INFINITY)
}

/// A float as it is written, taken apart.
struct Scanned {
    negative: bool,
    hexadecimal: bool,
    /// Of a decimal number: its text without sign and underscores, in the form that Rust reads.
    digits: Zeroizing<Vec<u8>>,
    /// Of a hexadecimal number: its first 16 digits, and whether one beyond them is not 0.
    mantissa: u64,
    truncated: bool,
    /// How many digits of the mantissa stand after the point; below 0 when the mantissa lacks digits before it.
    after_point: i64,
    exponent: i64,
}

impl Scanned {
    fn of(text: &[u8]) -> Option<Scanned> {
        let (negative, unsigned) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let hexadecimal = matches!(unsigned, [b'0', b'x' | b'X', _, ..]);
        let mut rest = unsigned.get(if hexadecimal { 2 } else { 0 }..).unwrap_or_default();
        let mut number = Scanned {
            negative,
            hexadecimal,
            digits: Zeroizing::new(Vec::with_capacity(unsigned.len().saturating_add(8))),
            mantissa: 0,
            truncated: false,
            after_point: 0,
            exponent: 0,
        };
        let (mut point, mut any) = (false, false);
        while let [byte, after @ ..] = rest {
            match byte {
                b'_' => {}
                b'.' if !point => {
                    point = true;
                    number.digits.push(b'.');
                }
                byte if byte.is_ascii_digit() || hexadecimal && byte.is_ascii_hexdigit() => {
                    any = true;
                    number.digit(*byte, point);
                }
                _ => break,
            }
            rest = after;
        }
        if !any {
            return None;
        }
        match rest {
            [b'p' | b'P', rest @ ..] if hexadecimal => number.exponent = exponent(rest)?,
            [b'e' | b'E', rest @ ..] if !hexadecimal => {
                number.exponent = exponent(rest)?;
                number.digits.extend_from_slice(format!("e{}", number.exponent).as_bytes());
            }
            [] if !hexadecimal => {}
            _ => return None,
        }
        (!text.contains(&b'_') || underscores_separate_digits(text)).then_some(number)
    }

    fn digit(&mut self, byte: u8, after_point: bool) {
        self.digits.push(byte);
        if !self.hexadecimal {
            return;
        }
        let digit = char::from(byte).to_digit(16).unwrap_or_default();
        if self.mantissa >> 60 == 0 {
            self.mantissa = self.mantissa << 4 | u64::from(digit);
            self.after_point += i64::from(after_point);
        } else {
            self.truncated |= digit != 0;
            self.after_point -= i64::from(!after_point);
        }
    }

    fn binary_exponent(&self) -> i64 {
        self.exponent - 4 * self.after_point
    }
}

/// Reads the digits of an exponent to the end of the text. As in Go, digits are dropped once it exceeds 10,000.
fn exponent(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        digits => (1, digits),
    };
    if !digits.first()?.is_ascii_digit() {
        return None;
    }
    let mut size = 0;
    for &byte in digits {
        match byte {
            b'_' => {}
            b'0'..=b'9' if size < 10_000 => size = size * 10 + i64::from(byte - b'0'),
            b'0'..=b'9' => {}
            _ => return None,
        }
    }
    Some(sign * size)
}

/// The float nearest to mantissa × 2^exponent, a little more when truncated; of two equally near the even one.
fn nearest(mantissa: u64, truncated: bool, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    // Two more bits at the end: what is cut off beyond them shows in the last one.
    let mantissa = u128::from(mantissa) << 2 | u128::from(truncated);
    let exponent = exponent - 2;
    let bits = 128 - i64::from(mantissa.leading_zeros());
    // The last bit that the float keeps stands for 2^unit.
    let unit = (exponent + bits - 53).max(-1074);
    let Ok(unit_power) = i32::try_from(unit) else { return f64::INFINITY };
    let kept = match u32::try_from(unit - exponent) {
        Err(_) => mantissa << (exponent - unit).clamp(0, 53),
        Ok(0) => mantissa,
        Ok(drop @ 1..=127) => {
            let (kept, rest, half) = (mantissa >> drop, mantissa & ((1 << drop) - 1), 1_u128 << (drop - 1));
            kept + u128::from(rest > half || rest == half && kept & 1 == 1)
        }
        Ok(_) => 0,
    };
    if unit_power > 1023 {
        return f64::INFINITY;
    }
    // Exact: what is kept has 53 bits at most, and the power is one that floats have.
    kept as f64 * power_of_two(unit_power)
}

/// 2^exponent for exponents from -1074 to 1023.
fn power_of_two(exponent: i32) -> f64 {
    let bits =
        if exponent < -1022 { 1 << (exponent + 1074).max(0) } else { ((exponent + 1023) as u64) << 52 };
    f64::from_bits(bits)
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

    #[test]
    fn floats() {
        for (text, value) in [
            ("1e3", Ok(1000.0)),
            (".5", Ok(0.5)),
            ("5.", Ok(5.0)),
            ("1_0.2_5", Ok(10.25)),
            ("0x1p-2", Ok(0.25)),
            ("0x.8P0", Ok(0.5)),
            ("0x1.00000000000008p0", Ok(1.0)),
            ("0x1.000000000000081p0", Ok(1.000_000_000_000_000_2)),
            ("0x1p-1074", Ok(5e-324)),
            ("0x1p-1075", Ok(0.0)),
            ("0x1.8p-1075", Ok(5e-324)),
            ("0x100000000000000000p0", Ok(2_f64.powi(68))),
            ("-Infinity", Ok(f64::NEG_INFINITY)),
            ("1e-400", Ok(0.0)),
            ("1e400", Err(NotANumber::Range(f64::INFINITY))),
            ("-0x1p1024", Err(NotANumber::Range(f64::NEG_INFINITY))),
            ("0x1", Err(NotANumber::Syntax)),
            ("+nan", Err(NotANumber::Syntax)),
            (".", Err(NotANumber::Syntax)),
            ("1e", Err(NotANumber::Syntax)),
            ("1_", Err(NotANumber::Syntax)),
            ("1.0.0", Err(NotANumber::Syntax)),
            ("١", Err(NotANumber::Syntax)),
        ] {
            assert_eq!(parse_float(text.as_bytes()), value, "{text}");
        }
        assert!(parse_float(b"NaN").is_ok_and(f64::is_nan));
    }
}
