//! Texts as patterns see them.

use zeroize::Zeroizing;

use crate::budget::Budget;
use crate::failure::Failure;

/// What stands for a byte that is no part of valid UTF-8, where valid UTF-8 has no such byte. Go sees U+FFFD there, one byte
/// wide, so whatever matches that rune matches this byte, too.
pub(super) const INVALID: u8 = 0xFF;

/// A text of valid UTF-8 and [`INVALID`], as long as the one it is made of.
pub(super) enum Subject<'a> {
    Valid(&'a [u8]),
    Mended(Zeroizing<Vec<u8>>),
}

impl<'a> Subject<'a> {
    /// Copies the text where it is not valid.
    pub(super) fn of(text: &'a [u8], budget: &mut Budget) -> Result<Self, Failure> {
        budget.read(text.len())?;
        if str::from_utf8(text).is_ok() {
            return Ok(Subject::Valid(text));
        }
        budget.make(text.len())?;
        budget.spend(text.len() as u64 / 16)?;
        let mut mended = Zeroizing::new(Vec::with_capacity(text.len()));
        for chunk in text.utf8_chunks() {
            mended.extend_from_slice(chunk.valid().as_bytes());
            mended.extend(chunk.invalid().iter().map(|_| INVALID));
        }
        Ok(Subject::Mended(mended))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Subject::Valid(text) => text,
            Subject::Mended(text) => text,
        }
    }
}
