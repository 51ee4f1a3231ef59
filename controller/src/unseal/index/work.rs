//! The next piece of work.

use super::in_hand::{Heard, InHand};
use super::known::Phase;
use super::waiting::Turn;
use super::{Index, ObjectKey, Task, Untouched, Work};
use crate::fair_queue::Priority;
use crate::unseal::retry::Millis;

/// How many Secrets of SealedSecrets that are gone are deleted at once.
pub(super) const COLLECTED_AT_ONCE: usize = 16;

impl Index {
    /// Takes the next piece of work. There is none as long as there is no key at all.
    pub fn next(&mut self, now: Millis) -> Option<Work> {
        while let Some((due, key)) = self.timers.take_due(now) {
            if self.objects.get(&key).is_some_and(|known| known.phase == Phase::Waiting(due)) {
                self.wake(&key, Priority::Front);
            }
        }
        self.mend_due(now);
        if let Some(key) = self.next_to_collect() {
            self.collecting += 1;
            self.take_in_hand(&key, None);
            return Some(Work::Collect(key));
        }
        if self.ring.keys.is_empty() {
            return None;
        }
        self.next_to_unseal().map(Work::Unseal)
    }

    /// When [`next`](Self::next) is worth asking again although nothing happens.
    #[must_use]
    pub fn next_timer(&self) -> Option<Millis> {
        self.timers.next()
    }

    fn next_to_unseal(&mut self) -> Option<Task> {
        let Self { turns, objects, .. } = self;
        let waits = |key: &ObjectKey| objects.get(key).filter(|known| known.phase == Phase::Queued);
        let turn = turns.next(|key| waits(key).map(|known| known.cost))?;
        let key = turn.key.clone();
        let known = objects.get_mut(&key)?;
        known.phase = Phase::Running { changed: false };
        let attempts = known.attempts;
        let object = self.release(&key);
        self.take_in_hand(&key, Some(turn));
        let secret_seen = self.secrets.contains_key(&key);
        let untouched = self.untouched(&key);
        let tell_again = self.told_before(&key);
        Some(Task { key, object, secret_seen, untouched, tell_again, attempts })
    }

    /// A version that came of an older generation, here or by the record of one that ended, holds nothing newer. Which
    /// one is older the generation alone tells: an annotation of scope does not raise it.
    fn untouched(&self, key: &ObjectKey) -> Option<Untouched> {
        let (known, secret) = (self.objects.get(key)?, self.secrets.get(key)?);
        let applied = known.applied.as_ref()?;
        let older = applied.generation? < known.generation?;
        let same = secret.uid == applied.secret_uid && secret.version == applied.secret_version;
        (older && same && secret.replaceable)
            .then(|| Untouched { uid: secret.uid.clone(), version: secret.version.clone() })
    }

    /// The next object whose Secret is to be deleted: nobody works on it, and it was not made anew.
    fn next_to_collect(&mut self) -> Option<ObjectKey> {
        let Self { collect, objects, in_hand, collecting, .. } = self;
        if *collecting >= COLLECTED_AT_ONCE {
            return None;
        }
        let mut at = 0;
        loop {
            let key = collect.get(at)?;
            if objects.contains_key(key) {
                collect.remove(at);
            } else if in_hand.contains_key(key) {
                at += 1;
            } else {
                return collect.remove(at);
            }
        }
    }

    fn take_in_hand(&mut self, key: &ObjectKey, turn: Option<Turn>) {
        let in_hand = InHand {
            turn,
            ring: self.ring.version,
            recoveries: self.recovery.count(),
            once_more: false,
            secret: Heard::Nothing,
        };
        self.in_hand.insert(key.clone(), in_hand);
    }
}
