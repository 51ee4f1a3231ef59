//! Whether what was applied still holds, and what did not open does now: decided over the keys and the list of Secrets.

use std::collections::HashSet;

use sealed_secrets::sealing::Fingerprint;

use super::known::{Known, Phase};
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

/// An object that was opened by a key which has gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bereft {
    /// Which.
    pub object: ObjectKey,
    /// Its uid.
    pub uid: Box<str>,
    /// The first of its keys that has gone.
    pub key: Fingerprint,
}

impl Index {
    /// The keys changed. Returns the objects that a key opened which has gone: their Secrets stand, and would not come back.
    ///
    /// Only a key that comes helps what does not open. One that goes is no reason to try anything again.
    pub fn ring_changed(&mut self, version: u64, keys: impl Iterator<Item = Fingerprint>) -> Vec<Bereft> {
        let first = self.ring.version == 0;
        let before = std::mem::replace(&mut self.ring.keys, keys.collect());
        if first {
            self.ring.version = version;
            self.check_all();
            return Vec::new();
        }
        let gone: HashSet<_> = before.difference(&self.ring.keys).copied().collect();
        let bereft = if gone.is_empty() { Vec::new() } else { self.opened_by(&gone) };
        if self.ring.keys.is_subset(&before) {
            return bereft;
        }
        self.ring.version = version;
        let closed: Vec<_> = self
            .objects
            .iter()
            .filter(|(_, known)| known.failed.as_ref().is_some_and(|failed| failed.cause == Cause::Closed))
            .map(|(key, _)| key.clone())
            .collect();
        for key in closed {
            self.wake(&key, Priority::Behind);
        }
        bereft
    }

    /// How many objects were opened by a key that is not there any more.
    #[must_use]
    pub fn without_key(&self) -> usize {
        if self.ring.version == 0 {
            return 0;
        }
        let applied = self.objects.values().filter_map(|known| known.applied.as_ref());
        applied.filter(|applied| applied.keys.iter().any(|key| !self.ring.keys.contains(key))).count()
    }

    /// Objects that one of these keys opened, in order of their names.
    fn opened_by(&self, keys: &HashSet<Fingerprint>) -> Vec<Bereft> {
        let bereft = |(object, known): (&ObjectKey, &Known)| {
            let key = *known.applied.as_ref()?.keys.iter().find(|key| keys.contains(key))?;
            Some(Bereft { object: object.clone(), uid: known.uid.clone(), key })
        };
        let mut bereft: Vec<_> = self.objects.iter().filter_map(bereft).collect();
        bereft.sort_unstable_by(|a, b| a.object.cmp(&b.object));
        bereft
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
            // That a key is gone changes nothing as long as the Secret stands.
            !self.rules.recreate || secret.is_some_and(in_place)
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
