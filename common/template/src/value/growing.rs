use zeroize::Zeroizing;

use crate::budget::{Budget, Cap};
use crate::machine::Failure;

/// A text that is paid for while it grows, and wiped where it moves.
#[derive(Default)]
pub(crate) struct Growing {
    bytes: Zeroizing<Vec<u8>>,
    paid: usize,
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
            budget.make(piece)?;
            self.paid = self.paid.saturating_add(piece);
        }
        if length > self.bytes.capacity() {
            let mut moved = Vec::with_capacity(length.max(self.bytes.len().saturating_mul(2)).max(PIECE));
            moved.extend_from_slice(&self.bytes);
            self.bytes = Zeroizing::new(moved);
        }
        Ok(())
    }
}
