//! Numbers under each verb.

use crate::failure::Failure;
use crate::format::printer::{Printer, characters};
use crate::go::float::{ALL_DIGITS, format_float};
use crate::go::quote::{Shown, character, quote_rune};
use crate::go::unicode::is_print;
use crate::value::Value;

/// An integer's bits, and whether they have a sign.
#[derive(Clone, Copy)]
pub(super) struct Integer {
    pub(super) bits: u64,
    pub(super) signed: bool,
}

impl Integer {
    pub(super) fn signed(value: i64) -> Self {
        Integer { bits: value as u64, signed: true }
    }

    pub(super) fn unsigned(value: u64) -> Self {
        Integer { bits: value, signed: false }
    }
}

impl Printer<'_> {
    pub(super) fn integer(&mut self, value: &Value, number: Integer, verb: char) -> Result<(), Failure> {
        match verb {
            'v' if self.flags.sharp_v && !number.signed => self.address(number.bits, true),
            'v' | 'd' => self.digits(number, 10, verb),
            'b' => self.digits(number, 2, verb),
            'o' | 'O' => self.digits(number, 8, verb),
            'x' | 'X' => self.digits(number, 16, verb),
            'c' => self.pad(character(number.bits).encode_utf8(&mut [0; 4]).as_bytes()),
            'q' => {
                let shown = if self.flags.plus { Shown::Ascii } else { Shown::Printable };
                self.pad(&quote_rune(number.bits, shown))
            }
            'U' => self.code_point(number.bits),
            _ => self.bad_verb(value, verb),
        }
    }

    /// A hexadecimal number, with or without `0x`.
    pub(super) fn address(&mut self, number: u64, prefixed: bool) -> Result<(), Failure> {
        let sharp = std::mem::replace(&mut self.flags.sharp, prefixed);
        let done = self.digits(Integer::unsigned(number), 16, 'v');
        self.flags.sharp = sharp;
        done
    }

    /// Sign, prefix, zeros up to the precision (or, by the flag, the width), digits; padded with blanks.
    pub(super) fn digits(&mut self, number: Integer, base: u32, verb: char) -> Result<(), Failure> {
        self.budget.spend(1)?;
        let flags = self.flags;
        let negative = number.signed && (number.bits as i64) < 0;
        let size = if negative { number.bits.wrapping_neg() } else { number.bits };
        if flags.precision == Some(0) && size == 0 {
            return self.padded_by_blanks(flags.width.unwrap_or(0), |_| Ok(()));
        }
        let signed = negative || flags.plus || flags.space;
        let wanted = match (flags.precision, flags.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if flags.zero && !flags.minus => width.saturating_sub(signed.into()),
            _ => 0,
        };
        let digits = match (base, verb) {
            (2, _) => format!("{size:b}"),
            (8, _) => format!("{size:o}"),
            (16, 'X') => format!("{size:X}"),
            (16, _) => format!("{size:x}"),
            _ => size.to_string(),
        };
        let zeros = wanted.saturating_sub(digits.len());
        let prefix = match base {
            2 if flags.sharp => "0b",
            8 if flags.sharp && zeros == 0 && !digits.starts_with('0') => "0",
            16 if flags.sharp && verb == 'X' => "0X",
            16 if flags.sharp => "0x",
            _ => "",
        };
        let sign = match (negative, flags.plus, flags.space) {
            (true, _, _) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let start = [sign, if verb == 'O' { "0o" } else { "" }, prefix].concat();
        let length = start.len().saturating_add(zeros).saturating_add(digits.len());
        self.padded_by_blanks(flags.width.unwrap_or(0).saturating_sub(length), |printer| {
            printer.write(start.as_bytes())?;
            printer.fill(b'0', zeros)?;
            printer.write(digits.as_bytes())
        })
    }

    /// `U+0041`, and with the flag the character itself where it is printable.
    fn code_point(&mut self, number: u64) -> Result<(), Failure> {
        self.budget.spend(1)?;
        let digits = format!("{number:X}");
        let zeros = self.flags.precision.unwrap_or(0).max(4).saturating_sub(digits.len());
        let shown = u32::try_from(number).ok().and_then(char::from_u32).filter(|shown| is_print(*shown));
        let shown = shown.filter(|_| self.flags.sharp).map_or(String::new(), |shown| format!(" '{shown}'"));
        let length = 2 + zeros + digits.len() + characters(shown.as_bytes());
        self.padded_by_blanks(self.flags.width.unwrap_or(0).saturating_sub(length), |printer| {
            printer.write(b"U+")?;
            printer.fill(b'0', zeros)?;
            printer.write(digits.as_bytes())?;
            printer.write(shown.as_bytes())
        })
    }

    pub(super) fn float(&mut self, value: &Value, number: f64, verb: char) -> Result<(), Failure> {
        let (style, precision) = match verb {
            'v' => (b'g', None),
            'b' => (b'b', None),
            'g' => (b'g', None),
            'G' => (b'G', None),
            'x' => (b'x', None),
            'X' => (b'X', None),
            'f' | 'F' => (b'f', Some(6)),
            'e' => (b'e', Some(6)),
            'E' => (b'E', Some(6)),
            _ => return self.bad_verb(value, verb),
        };
        self.styled_float(number, style, self.flags.precision.or(precision))
    }

    fn styled_float(&mut self, number: f64, style: u8, precision: Option<usize>) -> Result<(), Failure> {
        let flags = self.flags;
        self.room(precision.unwrap_or(0))?;
        self.budget.spend(exact_digits(number, style, precision))?;
        let mut text = format_float(number, style, precision);
        if !matches!(text.first(), Some(b'-' | b'+')) {
            text.insert(0, b'+');
        }
        if let Some(sign @ b'+') = text.first_mut()
            && flags.space
            && !flags.plus
        {
            *sign = b' ';
        }
        if !number.is_finite() {
            let bare = number.is_nan() && !flags.space && !flags.plus;
            let text = text.get(usize::from(bare)..).unwrap_or_default();
            let missing = flags.width.unwrap_or(0).saturating_sub(text.len());
            return self.padded_by_blanks(missing, |printer| printer.write(text));
        }
        if flags.sharp && style != b'b' {
            with_point(&mut text, style, precision);
        }
        let (sign, unsigned) = text.split_at_checked(1).unwrap_or((&text, b""));
        if !flags.plus && sign == b"+" {
            return self.pad(unsigned);
        }
        match flags.width.and_then(|width| width.checked_sub(text.len())) {
            Some(missing @ 1..) if flags.zero && !flags.minus => {
                self.write(sign)?;
                self.padding(missing)?;
                self.write(unsigned)
            }
            _ => self.pad(&text),
        }
    }

    pub(super) fn complex(&mut self, value: &Value, re: f64, im: f64, verb: char) -> Result<(), Failure> {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            return self.bad_verb(value, verb);
        }
        self.write(b"(")?;
        self.float(value, re, verb)?;
        let plus = std::mem::replace(&mut self.flags.plus, true);
        let done = self.float(value, im, verb);
        self.flags.plus = plus;
        done?;
        self.write(b"i)")
    }
}

/// How many digits are computed one by one, with numbers as long as the float's exponent is large.
fn exact_digits(number: f64, style: u8, precision: Option<usize>) -> u64 {
    let Some(precision) = precision.filter(|_| number.is_finite()) else { return 2 };
    let whole = if style == b'f' { number.abs().log10().max(0.0) as u64 } else { 0 };
    precision.min(ALL_DIGITS) as u64 + whole
}

/// What `#` does to a float: there is a point, and `g` keeps zeros up to its precision. Go counts the digits of the text in
/// its own way, the `x` of a hexadecimal prefix among them.
fn with_point(text: &mut Vec<u8>, style: u8, precision: Option<usize>) {
    let hexadecimal = matches!(style, b'x' | b'X');
    let mut wanted = match style {
        b'g' | b'G' | b'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let exponent = text.iter().position(|byte| match byte {
        b'p' | b'P' => true,
        b'e' | b'E' => !hexadecimal,
        _ => false,
    });
    let tail = text.split_off(exponent.unwrap_or(text.len()));
    let mut significant = false;
    for byte in text.iter().skip(1).filter(|byte| **byte != b'.') {
        significant |= *byte != b'0';
        wanted = wanted.saturating_sub(significant.into());
    }
    if !text.contains(&b'.') {
        if let [_, b'0'] = **text {
            wanted = wanted.saturating_sub(1);
        }
        text.push(b'.');
    }
    text.extend(std::iter::repeat_n(b'0', wanted));
    text.extend(tail);
}
