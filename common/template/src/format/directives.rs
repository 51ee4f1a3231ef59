//! The language of printf's format.

use memchr::memchr;

use crate::failure::Failure;
use crate::format::printer::{Flags, Printer};
use crate::go::unicode;
use crate::value::Value;

/// Prints the format with its values.
pub(super) fn print(printer: &mut Printer<'_>, format: &[u8], values: &[Value]) -> Result<(), Failure> {
    let mut reader = Reader { rest: format, values, next: 0, good_index: true, reordered: false };
    loop {
        let literal = reader.rest.iter().position(|byte| *byte == b'%').unwrap_or(reader.rest.len());
        let (literal, rest) = reader.rest.split_at(literal);
        printer.write(literal)?;
        let [_, rest @ ..] = rest else { break };
        reader.rest = rest;
        printer.budget.spend(1)?;
        reader.directive(printer)?;
    }
    if !reader.reordered {
        extra(printer, values.get(reader.next..).unwrap_or_default())?;
    }
    Ok(())
}

/// What is said of arguments that no verb took.
fn extra(printer: &mut Printer<'_>, values: &[Value]) -> Result<(), Failure> {
    if values.is_empty() {
        return Ok(());
    }
    printer.flags = Flags::default();
    printer.write(b"%!(EXTRA ")?;
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.write(b", ")?;
        }
        match value.type_of() {
            None => printer.write(b"<nil>")?,
            Some(kind) => {
                printer.write(kind.name().as_bytes())?;
                printer.write(b"=")?;
                printer.argument(value, 'v')?;
            }
        }
    }
    printer.write(b")")
}

struct Reader<'a> {
    /// What is left of the format.
    rest: &'a [u8],
    values: &'a [Value],
    /// The number of the value that the next verb takes.
    next: usize,
    /// Whether the indexes of this directive (`%[2]d`) make sense.
    good_index: bool,
    /// Whether there was any index: nothing is extra then.
    reordered: bool,
}

impl Reader<'_> {
    /// Reads what follows a `%`.
    fn directive(&mut self, printer: &mut Printer<'_>) -> Result<(), Failure> {
        printer.flags = Flags::default();
        self.good_index = true;
        self.flags(&mut printer.flags);
        let mut after_index = self.index(printer)?;
        if self.take(b'*') {
            let width = self.number_from_value();
            if width.is_none() {
                printer.write(b"%!(BADWIDTH)")?;
            }
            printer.flags.width = width.map(|width| usize::try_from(width.unsigned_abs()).unwrap_or(0));
            if width.is_some_and(|width| width < 0) {
                printer.flags.minus = true;
                printer.flags.zero = false;
            }
            after_index = false;
        } else {
            printer.flags.width = self.number();
            if after_index && printer.flags.width.is_some() {
                self.good_index = false;
            }
        }
        if let [b'.', _, ..] = self.rest {
            self.take(b'.');
            if after_index {
                self.good_index = false;
            }
            after_index = self.index(printer)?;
            if self.take(b'*') {
                let precision =
                    self.number_from_value().and_then(|precision| usize::try_from(precision).ok());
                if precision.is_none() {
                    printer.write(b"%!(BADPREC)")?;
                }
                printer.flags.precision = precision;
                after_index = false;
            } else {
                printer.flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !after_index {
            self.index(printer)?;
        }
        let Some(verb) = self.verb() else {
            return printer.write(b"%!(NOVERB)");
        };
        self.print(printer, verb)
    }

    fn print(&mut self, printer: &mut Printer<'_>, verb: char) -> Result<(), Failure> {
        if verb == '%' {
            return printer.write(b"%");
        }
        if !self.good_index {
            return printer.write(format!("%!{verb}(BADINDEX)").as_bytes());
        }
        let Some(value) = self.values.get(self.next) else {
            return printer.write(format!("%!{verb}(MISSING)").as_bytes());
        };
        if matches!(verb, 'v' | 'w') {
            let flags = &mut printer.flags;
            flags.sharp_v = std::mem::take(&mut flags.sharp);
            flags.plus_v = std::mem::take(&mut flags.plus);
        }
        self.next += 1;
        printer.argument(value, verb)
    }

    fn flags(&mut self, flags: &mut Flags) {
        while let [byte, rest @ ..] = self.rest {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.rest = rest;
        }
    }

    fn take(&mut self, wanted: u8) -> bool {
        match self.rest {
            [byte, rest @ ..] if *byte == wanted => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// A number, if one stands here. One that is far too large ends the format.
    fn number(&mut self) -> Option<usize> {
        let (number, rest) = leading_number(self.rest);
        self.rest = rest;
        number
    }

    /// An index in brackets, if one stands here: the number of the next value, from 1. Says whether there was one.
    fn index(&mut self, printer: &mut Printer<'_>) -> Result<bool, Failure> {
        let [b'[', inside @ ..] = self.rest else { return Ok(false) };
        self.reordered = true;
        let close = memchr(b']', inside);
        // A bracket that is never closed is looked for up to the end, each time anew.
        printer.budget.read(close.unwrap_or(inside.len()))?;
        let Some(close) = close.filter(|_| self.rest.len() >= 3) else {
            self.rest = inside;
            self.good_index = false;
            return Ok(false);
        };
        let (inside, after) = inside.split_at(close);
        self.rest = after.get(1..).unwrap_or_default();
        let (Some(number), []) = leading_number(inside) else {
            self.good_index = false;
            return Ok(false);
        };
        match number.checked_sub(1).filter(|index| *index < self.values.len()) {
            Some(index) => self.next = index,
            None => self.good_index = false,
        }
        Ok(true)
    }

    /// The next value as a width or precision, if it is an integer of a sensible size.
    fn number_from_value(&mut self) -> Option<i64> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        let number = match value {
            Value::Int(n) | Value::Int64(n) | Value::Duration(n) | Value::Month(n) | Value::Weekday(n) => *n,
            Value::Uint8(n) => i64::from(*n),
            Value::Uint64(n) => i64::try_from(*n).ok()?,
            _ => return None,
        };
        (number.unsigned_abs() <= MOST).then_some(number)
    }

    /// The character that says how to print; what is none counts as U+FFFD.
    fn verb(&mut self) -> Option<char> {
        let (verb, length) = unicode::decode(self.rest)?;
        self.rest = self.rest.get(length..).unwrap_or_default();
        Some(verb)
    }
}

/// The largest width or precision of a value, and the largest number that may still get another digit.
const MOST: u64 = 1_000_000;

/// The number at the start of a text, if there is one, and what follows. The number's text ends everything when another digit
/// follows a number above [`MOST`].
fn leading_number(text: &[u8]) -> (Option<usize>, &[u8]) {
    let mut number = None;
    let mut rest = text;
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        let so_far = number.unwrap_or(0);
        if so_far as u64 > MOST {
            return (None, &[]);
        }
        number = Some(so_far * 10 + usize::from(digit - b'0'));
        rest = after;
    }
    (number, rest)
}
