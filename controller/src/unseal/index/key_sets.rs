//! Most objects were opened with the same keys: one copy of each set.

use std::collections::HashSet;
use std::sync::Arc;

use sealed_secrets::sealing::Fingerprint;

/// Sets of keys that are shared before those that nobody uses any more are dropped.
pub(super) const KEY_SETS: usize = 256;

/// The sets that are shared.
#[derive(Default)]
pub(super) struct KeySets(pub(super) HashSet<Arc<[Fingerprint]>>);

impl KeySets {
    /// The copy of this set that all share.
    pub(super) fn shared(&mut self, keys: &[Fingerprint]) -> Arc<[Fingerprint]> {
        if let Some(known) = self.0.get(keys) {
            return Arc::clone(known);
        }
        if self.0.len() >= KEY_SETS {
            self.0.retain(|keys| Arc::strong_count(keys) > 1);
        }
        let keys: Arc<[Fingerprint]> = keys.into();
        self.0.insert(Arc::clone(&keys));
        keys
    }
}
