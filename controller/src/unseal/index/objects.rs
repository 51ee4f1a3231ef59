//! What the watch of SealedSecrets tells.

use super::known::{Known, Phase};
use super::waiting::GIANT;
use super::{Index, ObjectKey, SealedObject};
use crate::fair_queue::Priority;
use crate::unseal::retry::Attempts;
use crate::unseal::status;

impl Index {
    /// A list of SealedSecrets begins, of one namespace or of all.
    pub fn objects_list_begins(&mut self, scope: Option<&str>) {
        self.listing_objects.begin(scope);
    }

    /// The list is complete: what it did not bring is gone. Returns those.
    pub fn objects_listed(&mut self, scope: Option<&str>) -> Vec<ObjectKey> {
        let Some(list) = self.listing_objects.end(scope) else { return Vec::new() };
        let gone: Vec<_> = self.objects.keys().filter(|key| list.lacks(key)).cloned().collect();
        for key in &gone {
            self.object_gone(key);
        }
        gone
    }

    /// SealedSecrets may not be listed any more, in one namespace or anywhere: what is there nobody knows. All of them are
    /// forgotten, and none is taken for deleted; those that are there come with the next list.
    pub fn objects_refused(&mut self, scope: Option<&str>) {
        self.listing_objects.end(scope);
        let theirs = |key: &&ObjectKey| scope.is_none_or(|namespace| namespace == key.namespace());
        let keys: Vec<_> = self.objects.keys().filter(theirs).cloned().collect();
        for key in keys {
            self.forget(&key);
        }
    }

    /// A SealedSecret is there, or has changed. `listed`: it came with the list of this scope, not as news.
    pub fn object_seen(&mut self, object: SealedObject, listed: Option<Option<&str>>) {
        let key = object.key.clone();
        self.listing_objects.brought(listed, &key);
        if self.objects.get(&key).is_some_and(|known| known.uid != object.uid) {
            // Deleted and made anew between two events.
            self.forget(&key);
        }
        let is_new = !self.objects.contains_key(&key);
        let record = is_new.then(|| status::record(&object.status, object.generation)).flatten();
        let applied = record.map(|record| self.applied(&record, object.generation));
        // What was looked at before is looked at again behind what somebody waits for.
        let priority = if listed.is_some() && !object.status.conditions.is_empty() {
            Priority::Behind
        } else {
            Priority::Front
        };
        let ring = self.ring.version;
        // Work that was begun for its predecessor has to end first.
        let phase =
            if self.in_hand.contains_key(&key) { Phase::Running { changed: true } } else { Phase::Idle };
        let known = self.objects.entry(key.clone()).or_insert_with(|| Known {
            uid: object.uid.clone(),
            digest: object.digest,
            generation: object.generation,
            items: 0,
            giant: false,
            cost: 0,
            applied,
            failed: None,
            phase,
            attempts: Attempts::default(),
            control: object.control,
            held: None,
            deleting: false,
            says: None,
            mend: false,
        });
        known.says = status::says(&object.status, object.generation, &object.digest);
        let changed = known.digest != object.digest || known.generation != object.generation;
        known.digest = object.digest;
        known.generation = object.generation;
        known.items = u32::try_from(object.items).unwrap_or(u32::MAX);
        known.giant = object.size >= GIANT;
        // The Secret that is there may be as large as what was wanted before.
        known.cost = if changed { known.cost.max(object.cost()) } else { object.cost() };
        // A status that speaks of a pause is right as long as there is one.
        let told_paused = status::is_paused(&object.status);
        let asked = known.control.asks(object.control) || told_paused != object.control.paused;
        known.control = object.control;
        if changed || asked {
            known.attempts = Attempts::default();
            known.mend = false;
        }
        if object.deleting {
            // Its Secret goes with it; making one now would only keep the collector busy.
            known.deleting = true;
            if !matches!(known.phase, Phase::Running { .. }) {
                known.phase = Phase::Idle;
            }
            self.release(&key);
            return;
        }
        if asked && !matches!(known.phase, Phase::Running { .. } | Phase::Queued) {
            known.failed = None;
            self.enqueue(&key, Priority::Front);
            self.hold(&key, object);
            return;
        }
        match known.phase {
            Phase::Running { .. } if asked => {
                if let Some(in_hand) = self.in_hand.get_mut(&key) {
                    in_hand.once_more = true;
                }
                self.hold(&key, object);
            }
            Phase::Running { changed: before } => {
                if changed || (before && is_new) {
                    known.phase = Phase::Running { changed: true };
                    self.hold(&key, object);
                }
            }
            Phase::Queued => self.hold(&key, object),
            // Told already, and nothing is to be done.
            Phase::Idle | Phase::Unchecked | Phase::Waiting(_) if object.control.paused => {
                known.phase = Phase::Idle;
            }
            Phase::Idle | Phase::Unchecked | Phase::Waiting(_) => {
                if known
                    .failed
                    .as_ref()
                    .is_some_and(|failed| failed.stands(known.digest, known.generation, ring))
                {
                    self.look_at_status(&key);
                    return;
                }
                if known.is_applied() {
                    if is_new {
                        known.phase = Phase::Unchecked;
                        self.check(&key);
                    } else {
                        self.look_at_status(&key);
                    }
                    return;
                }
                if is_new && priority == Priority::Behind {
                    // Its Secret is most likely there: known for sure once the Secrets are listed, which spares a
                    // creation in vain. What its record may say is of another spec.
                    known.applied = None;
                    known.phase = Phase::Unchecked;
                    self.hold(&key, object);
                    self.check(&key);
                    return;
                }
                self.enqueue(&key, priority);
                self.hold(&key, object);
            }
        }
    }

    /// A SealedSecret was deleted.
    pub fn object_gone(&mut self, key: &ObjectKey) {
        self.forget(key);
        if self.rules.collect {
            self.collect.push_back(key.clone());
        }
    }
}
