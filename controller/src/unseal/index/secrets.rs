//! What the watch of Secrets tells: those that come back when they are deleted, and those that are in the way.

use std::collections::HashSet;

use super::in_hand::Heard;
use super::{Index, ObjectKey};
use crate::fair_queue::Priority;
use crate::unseal::seen::{SecretFacts, Standing};

impl Index {
    /// A list of Secrets begins.
    pub fn secrets_list_begins(&mut self, scope: Option<&str>) {
        self.listing_secrets.begin(scope);
    }

    /// The list is complete: Secrets that it did not bring are gone, and records can be checked.
    pub fn secrets_listed(&mut self, scope: Option<&str>) {
        let Some(list) = self.listing_secrets.end(scope) else { return };
        let in_the_way = self.objects.iter().filter(|(_, known)| known.in_the_way().is_some());
        let gone: HashSet<_> = self
            .secrets
            .keys()
            .chain(in_the_way.map(|(key, _)| key))
            .chain(self.in_hand.keys())
            .filter(|key| list.lacks(key))
            .cloned()
            .collect();
        for key in gone {
            self.secret_gone(&key, None);
        }
        if self.listed.insert(list.scope) {
            self.check_all();
        }
    }

    /// There will be no list, since it is not permitted: records cannot be checked, and their objects are looked at.
    pub fn secrets_not_listed(&mut self, scope: Option<&str>) {
        if self.listed.insert(scope.map(Into::into)) {
            self.check_all();
        }
    }

    /// A Secret is there, or has changed.
    pub fn secret_seen(&mut self, key: &ObjectKey, facts: SecretFacts, listed: Option<Option<&str>>) {
        let known = self.objects.get_mut(key);
        let in_the_way = known.as_ref().and_then(|known| known.in_the_way());
        let in_hand = self.in_hand.get_mut(key);
        // Foreign ones that nobody asks about are not worth the memory.
        if facts.standing != Standing::Foreign || in_the_way.is_some() || in_hand.is_some() {
            self.listing_secrets.brought(listed, key);
        }
        if let Some(in_hand) = in_hand {
            // Judged when the work ends: it may be what the work itself wrote.
            in_hand.secret = Heard::Seen { uid: facts.uid.clone(), version: facts.version.clone() };
        } else if in_the_way.is_some_and(|(uid, version)| *uid != *facts.uid || *version != *facts.version) {
            if let Some(known) = known {
                known.failed = None;
            }
            self.wake(key, Priority::Front);
        }
        if facts.standing == Standing::Foreign {
            // Most Secrets of a cluster: dropped on arrival.
            self.secrets.remove(key);
        } else {
            self.secrets.insert(key.clone(), facts);
        }
    }

    /// A Secret was deleted; `gone` is what it was, or nothing if a list did not bring it.
    pub fn secret_gone(&mut self, key: &ObjectKey, gone: Option<&SecretFacts>) {
        if let Some(in_hand) = self.in_hand.get_mut(key) {
            in_hand.secret = Heard::Gone(gone.map(|gone| gone.uid.clone()));
        }
        if let (Some(there), Some(gone)) = (self.secrets.get(key), gone)
            && there.uid != gone.uid
        {
            // News of a former one: the answer to a write was faster than the watch.
            return;
        }
        let was = self.secrets.remove(key);
        if self.in_hand.contains_key(key) {
            return;
        }
        let Some(known) = self.objects.get_mut(key) else { return };
        let ours = was.as_ref().or(gone).is_some_and(|secret| secret.standing == Standing::Ours);
        // What does not open makes no Secret, whether there is one or not.
        let hopeless = known.failed.as_ref().is_some_and(|failed| failed.cause.is_hopeless());
        if known.in_the_way().is_some() || (ours && self.rules.recreate && !hopeless) {
            known.applied = None;
            known.failed = None;
            self.wake(key, Priority::Front);
        }
    }
}
