//! What a template writes.

use zeroize::Zeroizing;

use crate::budget::Budget;
use crate::failure::Failure;

/// What a template has written so far. Every buffer that it outgrows is wiped.
#[derive(Default)]
pub(super) struct Output(Zeroizing<Vec<u8>>);

impl Output {
    /// Appends, within the limit of the output and paid for.
    pub(super) fn write(&mut self, budget: &mut Budget, bytes: &[u8]) -> Result<(), Failure> {
        let length = self.0.len().saturating_add(bytes.len());
        budget.write(bytes.len())?;
        if length > self.0.capacity() {
            let capacity = length.max(self.0.capacity().saturating_mul(2)).max(512);
            let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    pub(super) fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}
