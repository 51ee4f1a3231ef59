//! Texts and bytes under each verb.

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::format::printer::{Printer, characters};
use crate::go::quote::{Shown, can_backquote, quote_to};
use crate::value::{List, Value};

impl Printer<'_> {
    pub(super) fn text(&mut self, value: &Value, text: &[u8], verb: char) -> Result<(), Failure> {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(text),
            'v' | 's' => self.plain(text),
            'x' => self.hexadecimal(text, *b"0x", b"0123456789abcdef"),
            'X' => self.hexadecimal(text, *b"0X", b"0123456789ABCDEF"),
            'q' => self.quoted(text),
            _ => self.bad_verb(value, verb),
        }
    }

    /// A `[]uint8`, which prints as a text under the verbs for texts. `name` is what Go calls its type there under `%v`.
    pub(super) fn bytes(&mut self, list: &List, verb: char, name: &str) -> Result<(), Failure> {
        if matches!(verb, 's' | 'q' | 'x' | 'X') {
            let value = Value::List(list.clone());
            let bytes = self.bytes_of(list)?;
            return self.text(&value, &bytes, verb);
        }
        self.list(list, verb, 0, if matches!(verb, 'v' | 'd') { name } else { "[]uint8" })
    }

    /// The bytes of a `[]uint8`.
    fn bytes_of(&mut self, list: &List) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.budget.make(list.len())?;
        self.budget.spend(list.len() as u64)?;
        Ok(list.bytes())
    }

    /// As it is, cut to the precision.
    pub(super) fn plain(&mut self, text: &[u8]) -> Result<(), Failure> {
        let text = self.cut(text)?;
        self.pad(text)
    }

    /// `%q`: between quotes, or with `#` between backquotes where possible.
    fn quoted(&mut self, text: &[u8]) -> Result<(), Failure> {
        let text = self.cut(text)?;
        // Once to measure, once to write.
        self.budget.walk(text.len().saturating_mul(2))?;
        let shown = if self.flags.plus { Shown::Ascii } else { Shown::Printable };
        let backquoted = self.flags.sharp && can_backquote(text);
        let (mut length, mut width) = (0_usize, 0_usize);
        if backquoted {
            (length, width) = (text.len().saturating_add(2), characters(text).saturating_add(2));
        } else {
            quote_to(text, shown, |piece| {
                length = length.saturating_add(piece.len());
                width = width.saturating_add(characters(piece));
            });
        }
        let missing = self.flags.width.unwrap_or(0).saturating_sub(width);
        self.padded(missing, |printer| {
            printer.room(length)?;
            if backquoted {
                printer.write(b"`")?;
                printer.write(text)?;
                return printer.write(b"`");
            }
            let mut done = Ok(());
            quote_to(text, shown, |piece| {
                if done.is_ok() {
                    done = printer.write(piece);
                }
            });
            done
        })
    }

    /// The first characters, as many as the precision says.
    fn cut<'t>(&mut self, text: &'t [u8]) -> Result<&'t [u8], Failure> {
        let Some(precision) = self.flags.precision else { return Ok(text) };
        self.budget.read(text.len())?;
        self.budget.walk(text.len().min(precision.saturating_mul(4)))?;
        let mut left = precision;
        let mut length: usize = 0;
        for chunk in text.utf8_chunks() {
            let widths = chunk.valid().chars().map(char::len_utf8).chain(chunk.invalid().iter().map(|_| 1));
            for width in widths {
                if left == 0 {
                    return Ok(text.get(..length).unwrap_or_default());
                }
                left -= 1;
                length += width;
            }
        }
        Ok(text)
    }

    /// Two digits a byte; with a blank between bytes, and a prefix before all or (with the blank) before each.
    fn hexadecimal(&mut self, text: &[u8], prefix: [u8; 2], digits: &[u8; 16]) -> Result<(), Failure> {
        let flags = self.flags;
        let text = text.get(..flags.precision.unwrap_or(text.len()).min(text.len())).unwrap_or_default();
        if text.is_empty() {
            return self.padding(flags.width.unwrap_or(0));
        }
        let each = 2 + if flags.space { 1 + if flags.sharp { 2 } else { 0 } } else { 0 };
        let whole = text.len().saturating_mul(each);
        let whole = match (flags.space, flags.sharp) {
            (true, _) => whole - 1,
            (false, true) => whole.saturating_add(2),
            (false, false) => whole,
        };
        let missing = flags.width.unwrap_or(0).saturating_sub(whole);
        self.budget.walk(whole)?;
        self.padded(missing, |printer| {
            printer.room(whole)?;
            for (index, byte) in text.iter().enumerate() {
                if flags.space && index > 0 {
                    printer.write(b" ")?;
                }
                if flags.sharp && (flags.space || index == 0) {
                    printer.write(&prefix)?;
                }
                let digit = |nibble: u8| digits.get(usize::from(nibble)).copied().unwrap_or_default();
                printer.write(&[digit(byte >> 4), digit(byte & 15)])?;
            }
            Ok(())
        })
    }
}
