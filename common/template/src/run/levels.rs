//! The executor calls itself for every block, template and pair of parentheses. Its stack grows by pieces, at levels that
//! the template alone decides, so that what a piece costs is paid for like everything else.

use crate::failure::Cap;
use crate::run::{Outcome, Run};

/// Levels on one piece of the stack.
const LEVELS: usize = 64;
/// Bytes of a piece: room for its levels, of up to 8 KiB each where nothing is optimized, and for a function that is called
/// on the last of them.
const PIECE: usize = 768 << 10;
/// The steps that a piece costs.
const PRICE: u64 = 250;
/// Levels for each of the depth's: a template that calls itself does so within an `if` or a `range`, and from parentheses
/// at the deepest.
const PER_DEPTH: usize = 3;

/// Runs on the caller's stack where that has the room of a piece.
pub(super) fn from_here<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(PIECE, PIECE, run)
}

impl Run<'_, '_, '_> {
    /// One level deeper.
    pub(super) fn deeper<T>(&mut self, evaluate: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let limits = self.machine.budget.limits();
        if self.level >= limits.depth.max(limits.nesting).saturating_mul(PER_DEPTH) {
            return Err(self.capped(Cap::Depth));
        }
        self.level += 1;
        let outcome = if self.level.is_multiple_of(LEVELS) {
            self.spend(PRICE)?;
            stacker::grow(PIECE, || evaluate(self))
        } else {
            evaluate(self)
        };
        self.level -= 1;
        outcome
    }
}
