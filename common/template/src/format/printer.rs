//! What printing writes to, and padding.

use crate::budget::Budget;
use crate::failure::Failure;
use crate::value::Growing;

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`, which names fields; it is no plus then.
    pub(super) plus_v: bool,
    /// `%#v`, Go syntax; it is no sharp then.
    pub(super) sharp_v: bool,
}

/// A text that grows within the budget.
pub(super) struct Printer<'a> {
    pub(super) budget: &'a mut Budget,
    pub(super) flags: Flags,
    /// Within the text about a wrong verb, where values show their insides.
    pub(super) erroring: bool,
    out: Growing,
}

impl<'a> Printer<'a> {
    pub(super) fn new(budget: &'a mut Budget) -> Self {
        Printer { budget, flags: Flags::default(), erroring: false, out: Growing::default() }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.out.finish()
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.write(self.budget, bytes)
    }

    /// So many blanks, or zeros by the flag.
    pub(super) fn padding(&mut self, count: usize) -> Result<(), Failure> {
        let byte = if self.flags.zero && !self.flags.minus { b'0' } else { b' ' };
        self.fill(byte, count)
    }

    pub(super) fn fill(&mut self, byte: u8, count: usize) -> Result<(), Failure> {
        self.out.fill(self.budget, byte, count)
    }

    /// Writes bytes, padded to the width, which counts characters.
    pub(super) fn pad(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let missing = match self.flags.width {
            None | Some(0) => return self.write(bytes),
            Some(width) => {
                self.budget.read(bytes.len().saturating_mul(4))?;
                width.saturating_sub(characters(bytes))
            }
        };
        self.padded(missing, |printer| printer.write(bytes))
    }

    /// Writes something with so much padding, on the side that the flag says.
    pub(super) fn padded(
        &mut self,
        missing: usize,
        write: impl FnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if self.flags.minus {
            write(self)?;
            self.padding(missing)
        } else {
            self.padding(missing)?;
            write(self)
        }
    }

    /// The same with blanks, whatever the flag for zeros says.
    pub(super) fn padded_by_blanks(
        &mut self,
        missing: usize,
        write: impl FnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        let done = self.padded(missing, write);
        self.flags.zero = zero;
        done
    }

    /// Pays for so many bytes more and makes room.
    pub(super) fn room(&mut self, more: usize) -> Result<(), Failure> {
        self.out.room(self.budget, more)
    }
}

/// `utf8.RuneCount`: a byte that belongs to no character counts as one.
pub(super) fn characters(bytes: &[u8]) -> usize {
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}
