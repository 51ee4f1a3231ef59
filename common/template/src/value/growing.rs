//! A text while it is made.

use zeroize::Zeroizing;

use crate::budget::Budget;
use crate::failure::{Cap, Failure};

/// A text that is paid for while it grows, and wiped where it moves.
#[derive(Default)]
pub(crate) struct Growing {
    bytes: Zeroizing<Vec<u8>>,
    /// Bytes whose steps are paid for.
    paid: usize,
    /// Bytes of memory that are taken: all the room that there is.
    taken: usize,
}

impl Growing {
    pub(crate) fn write(&mut self, budget: &mut Budget, bytes: &[u8]) -> Result<(), Failure> {
        self.room(budget, bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn fill(&mut self, budget: &mut Budget, byte: u8, count: usize) -> Result<(), Failure> {
        self.room(budget, count)?;
        let length = self.bytes.len().saturating_add(count);
        self.bytes.resize(length, byte);
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        std::mem::take(&mut *self.bytes)
    }

    /// Pays for so many bytes more and makes room. The old room is wiped when the text moves.
    pub(crate) fn room(&mut self, budget: &mut Budget, more: usize) -> Result<(), Failure> {
        /// The least that is paid at once.
        const PIECE: usize = 64;
        let length = self.bytes.len().saturating_add(more);
        if length > budget.limits().value {
            return Err(Failure::Cap(Cap::Value));
        }
        if let Some(lacking) = length.checked_sub(self.paid)
            && lacking > 0
        {
            let piece = lacking.max(PIECE).min(budget.limits().value);
            budget.read(piece)?;
            self.paid = self.paid.saturating_add(piece);
        }
        if length > self.bytes.capacity() {
            let twice = self.bytes.len().saturating_mul(2).max(PIECE).min(budget.limits().value);
            let (before, after) = (self.taken, length.max(twice));
            budget.borrow(after)?;
            let mut moved = Vec::with_capacity(after);
            moved.extend_from_slice(&self.bytes);
            self.bytes = Zeroizing::new(moved);
            self.taken = after;
            budget.give_back(before);
        }
        Ok(())
    }
}
