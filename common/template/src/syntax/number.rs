//! Number literals. A literal has no type of its own: it is read as every type that can hold it.

use crate::go::number::{NotANumber, parse_float, parse_int, parse_uint};
use crate::go::quote::quoted;
use crate::syntax::literal::unquote_character;
use crate::syntax::node::Number;
use crate::syntax::token::What;

/// Reads a number, a complex number or a character, or tells in Go's words why it is none.
pub(super) fn number(source: &str, what: What) -> Result<Number, String> {
    match what {
        What::Rune => {
            let character = unquote_character(source)?;
            let (int, uint, float) = (Some(character.into()), Some(character.into()), Some(character.into()));
            Ok(Number { source: source.into(), int, uint, float, complex: None })
        }
        What::Complex => Ok(complex(source, pair(source)?)),
        _ => match source.strip_suffix('i').map(|imaginary| parse_float(imaginary.as_bytes())) {
            Some(Ok(imaginary)) => Ok(complex(source, (0.0, imaginary))),
            _ => real(source),
        },
    }
}

fn real(source: &str) -> Result<Number, String> {
    let int = parse_int(source.as_bytes(), 0).ok();
    // Go reads -0 as unsigned, too, and no other number with a sign.
    let uint = parse_uint(source.as_bytes(), 0).ok().or((int == Some(0)).then_some(0));
    let whole = int.map(|int| int as f64).or(uint.map(|uint| uint as f64));
    if whole.is_some() {
        return Ok(Number { source: source.into(), int, uint, float: whole, complex: None });
    }
    match parse_float(source.as_bytes()) {
        Ok(_) if !source.contains(['.', 'e', 'E', 'p', 'P']) => {
            Err(format!("integer overflow: {}", quoted(source)))
        }
        Ok(float) => Ok(Number {
            source: source.into(),
            int: whole_int(float),
            uint: whole_uint(float),
            float: Some(float),
            complex: None,
        }),
        Err(_) => Err(format!("illegal number syntax: {}", quoted(source))),
    }
}

/// Without an imaginary part it serves as a real number, too.
fn complex(source: &str, (real, imaginary): (f64, f64)) -> Number {
    let float = (imaginary == 0.0).then_some(real);
    Number {
        source: source.into(),
        int: float.and_then(whole_int),
        uint: float.and_then(whole_uint),
        float,
        complex: Some((real, imaginary)),
    }
}

fn whole_int(float: f64) -> Option<i64> {
    let limit = 2_f64.powi(63);
    (float.fract() == 0.0 && (-limit..limit).contains(&float)).then_some(float as i64)
}

fn whole_uint(float: f64) -> Option<u64> {
    (float.fract() == 0.0 && (0.0..2_f64.powi(64)).contains(&float)).then_some(float as u64)
}

/// The two parts of a complex number as `fmt.Sscan` reads them, which is stricter than `strconv` about some forms (`1+i`).
fn pair(source: &str) -> Result<(f64, f64), String> {
    const SYNTAX: &str = "syntax error scanning complex number";
    let mut rest = source;
    let real = part(&mut rest);
    if !rest.starts_with(['+', '-']) {
        return Err(SYNTAX.to_owned());
    }
    let imaginary = part(&mut rest);
    if !rest.starts_with('i') {
        return Err(SYNTAX.to_owned());
    }
    Ok((float(real)?, float(imaginary)?))
}

/// Takes a sign and what belongs to a float. An `i` right after the sign counts as the beginning of `Inf`.
fn part<'a>(rest: &mut &'a str) -> &'a str {
    let source = *rest;
    let mut left = source.strip_prefix(['+', '-']).unwrap_or(source);
    left = left.strip_prefix('i').unwrap_or(left);
    let hexadecimal = left.strip_prefix("0x").or(left.strip_prefix("0X"));
    let (radix, exponent) = if hexadecimal.is_some() { (16, ['p', 'P']) } else { (10, ['e', 'E']) };
    let digits = |next: char| next == '_' || next.is_digit(radix);
    left = hexadecimal.unwrap_or(left).trim_start_matches(digits);
    if let Some(fraction) = left.strip_prefix('.') {
        left = fraction.trim_start_matches(digits);
    }
    if let Some(after) = left.strip_prefix(exponent) {
        let after = after.strip_prefix(['+', '-']).unwrap_or(after);
        left = after.trim_start_matches(|next: char| next == '_' || next.is_ascii_digit());
    }
    *rest = left;
    source.get(..source.len() - left.len()).unwrap_or_default()
}

fn float(part: &str) -> Result<f64, String> {
    parse_float(part.as_bytes()).map_err(|why| {
        let why = match why {
            NotANumber::Syntax => "invalid syntax",
            NotANumber::Range(_) => "value out of range",
        };
        format!("strconv.ParseFloat: parsing {}: {why}", quoted(part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_every_type_that_holds_it() {
        type Read = (Option<i64>, Option<u64>, Option<f64>, Option<(f64, f64)>);
        let cases: [(&str, What, Read); 13] = [
            ("017", What::Number, (Some(15), Some(15), Some(15.0), None)),
            ("+5", What::Number, (Some(5), None, Some(5.0), None)),
            ("-0", What::Number, (Some(0), Some(0), Some(0.0), None)),
            ("18446744073709551615", What::Number, (None, Some(u64::MAX), Some(u64::MAX as f64), None)),
            ("1e3", What::Number, (Some(1000), Some(1000), Some(1000.0), None)),
            ("9223372036854775808.0", What::Number, (None, Some(1 << 63), Some(2_f64.powi(63)), None)),
            ("-0x1p63", What::Number, (Some(i64::MIN), None, Some(-(2_f64.powi(63))), None)),
            ("1e20", What::Number, (None, None, Some(1e20), None)),
            ("2.5", What::Number, (None, None, Some(2.5), None)),
            ("1i", What::Number, (None, None, None, Some((0.0, 1.0)))),
            ("0i", What::Number, (Some(0), Some(0), Some(0.0), Some((0.0, 0.0)))),
            ("-3+0i", What::Complex, (Some(-3), None, Some(-3.0), Some((-3.0, 0.0)))),
            (r"'\xff'", What::Rune, (Some(255), Some(255), Some(255.0), None)),
        ];
        for (source, what, read) in cases {
            let Number { int, uint, float, complex, .. } = number(source, what).unwrap();
            assert_eq!((int, uint, float, complex), read, "{source}");
        }
    }

    #[test]
    fn what_is_no_number() {
        for (source, what, error) in [
            ("08", What::Number, r#"integer overflow: "08""#),
            ("1e400", What::Number, r#"illegal number syntax: "1e400""#),
            ("0x10i", What::Number, r#"illegal number syntax: "0x10i""#),
            ("1+i", What::Complex, "syntax error scanning complex number"),
            ("0o7+1i", What::Complex, "syntax error scanning complex number"),
            ("+i+1i", What::Complex, r#"strconv.ParseFloat: parsing "+i": invalid syntax"#),
            ("1+1e400i", What::Complex, r#"strconv.ParseFloat: parsing "+1e400": value out of range"#),
        ] {
            assert_eq!(number(source, what).unwrap_err(), error);
        }
    }
}
