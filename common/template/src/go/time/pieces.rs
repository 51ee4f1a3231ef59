//! What the text of a time is read by: numbers in their ranges, and why a text is none.

use crate::failure::WITHHELD;
use crate::go::time::duration::leading_digits;

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

/// What is left of the text.
pub(super) type Read<'a> = Result<&'a [u8], Refusal>;

pub(super) fn within(n: i64, range: std::ops::Range<i64>, name: &'static str) -> Result<i64, Refusal> {
    if range.contains(&n) { Ok(n) } else { Err(Refusal::OutOfRange(name)) }
}

/// One digit or two; `is_fixed` wants two.
pub(super) fn number(value: &[u8], is_fixed: bool) -> Result<(i64, &[u8]), Refusal> {
    let digit = |b: &u8| i64::from(b - b'0');
    match value {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] => Ok((digit(a) * 10 + digit(b), rest)),
        [a @ b'0'..=b'9', rest @ ..] if !is_fixed => Ok((digit(a), rest)),
        _ => Err(Refusal::Unlike),
    }
}

/// Digits, perhaps with a sign before them; none at all are 0.
pub(super) fn signed(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        _ => (1, text),
    };
    let (n, rest) = leading_digits(digits)?;
    rest.is_empty().then(|| (n as i64).wrapping_mul(sign))
}
