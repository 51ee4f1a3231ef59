//! Whether what was applied still holds, and what did not open does now: decided over the keys and the list of Secrets.

use std::collections::HashSet;

use sealed_secrets::sealing::Fingerprint;

use super::known::Phase;
use super::{Index, ObjectKey};
use crate::fair_queue::Priority;
use crate::unseal::retry::Cause;
use crate::unseal::seen::SecretFacts;

/// What matters of the key ring.
#[derive(Clone, Debug, Default)]
pub(super) struct Ring {
    pub(super) version: u64,
    pub(super) keys: HashSet<Fingerprint>,
}

impl Index {
    /// The keys changed.
    pub fn ring_changed(&mut self, version: u64, keys: impl Iterator<Item = Fingerprint>) {
        let first = self.ring.version == 0;
        self.ring = Ring { version, keys: keys.collect() };
        if first {
            self.check_all();
            return;
        }
        let closed: Vec<_> = self
            .objects
            .iter()
            .filter(|(_, known)| known.failed.as_ref().is_some_and(|failed| failed.cause == Cause::Closed))
            .map(|(key, _)| key.clone())
            .collect();
        for key in closed {
            self.wake(&key, Priority::Behind);
        }
    }

    pub(super) fn check_all(&mut self) {
        let unchecked: Vec<_> = self
            .objects
            .iter()
            .filter(|(_, known)| known.phase == Phase::Unchecked)
            .map(|(key, _)| key.clone())
            .collect();
        for key in unchecked {
            self.check(&key);
        }
    }

    /// Whether what the record of an object says still holds; if not, the object is looked at.
    pub(super) fn check(&mut self, key: &ObjectKey) {
        let listed = self.listed.contains(&None) || self.listed.contains(&Some(key.namespace().into()));
        if (self.rules.recreate && !listed) || self.ring.version == 0 {
            return;
        }
        let secret = self.secrets.get(key);
        let Some(known) = self.objects.get_mut(key) else { return };
        let holds = known.applied.as_ref().is_some_and(|applied| {
            let in_place = |secret: &SecretFacts| {
                secret.uid == applied.secret_uid && secret.version == applied.secret_version
            };
            // Whoever wants no Secret to come back wants none looked for, either.
            (!self.rules.recreate || secret.is_some_and(in_place))
                && applied.keys.iter().all(|key| self.ring.keys.contains(key))
        });
        if holds {
            known.phase = Phase::Idle;
            self.look_at_status(key);
        } else {
            known.applied = None;
            self.enqueue(key, Priority::Behind);
        }
    }
}
