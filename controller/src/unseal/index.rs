//! What is known of all SealedSecrets and of their Secrets, and what is to be done next. No IO, no clock: events go
//! in, work comes out.
//!
//! Of a SealedSecret that needs nothing only what tells changes apart stays in memory: uid, digest, versions. Its spec
//! is kept while it waits, within a budget; beyond that it is fetched again when its turn comes.

mod check;
mod ends;
mod in_hand;
mod key_sets;
mod known;
mod lists;
mod mending;
mod objects;
mod recovery;
mod secrets;
mod waiting;
mod work;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use sealed_secrets::sealing::Fingerprint;

pub use self::check::Bereft;
use self::check::Ring;
use self::in_hand::InHand;
use self::key_sets::KeySets;
use self::known::{Applied, Known, Phase};
use self::lists::Lists;
use self::mending::Mending;
use self::waiting::{Timers, Turns};
use crate::fair_queue::Priority;
use crate::unseal::record::{Digest, Record};
use crate::unseal::retry::{Attempts, Cause, Recovery};
use crate::unseal::seen::{ObjectKey, SealedObject, SecretFacts, Standing};

/// Bytes of waiting objects that stay in memory. A thousand ordinary ones fit.
const HELD: usize = 12 * 1024 * 1024;

/// What the index is told once.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Secrets are watched, and those that are deleted come back.
    pub recreate: bool,
    /// Secrets of deleted SealedSecrets are deleted by us.
    pub collect: bool,
    /// Statuses are written, and written again where others damaged them.
    pub statuses: bool,
}

/// One piece of work.
#[derive(Debug)]
pub enum Work {
    /// Make the Secret as it should be.
    Unseal(Task),
    /// The SealedSecret is gone: its Secret is to be deleted, since the old way of garbage collection is asked for.
    Collect(ObjectKey),
}

/// A SealedSecret whose turn it is.
#[derive(Clone, Debug)]
pub struct Task {
    /// Which.
    pub key: ObjectKey,
    /// The object, if it is still in memory.
    pub object: Option<Arc<SealedObject>>,
    /// Whether a Secret of its name was seen: then it is read before it is written.
    pub secret_seen: bool,
    /// That Secret, if it is still as an older generation of the object left it: then it need not even be read.
    pub untouched: Option<Untouched>,
    /// Its status has to say this again, and that is all.
    pub tell_again: Option<Record>,
    /// The attempts that failed before this one.
    pub attempts: Attempts,
}

/// A Secret of ours that nobody has written since an older generation was applied, and that has nothing which outlasts
/// an update: whoever replaces this version of it overwrites neither a newer generation nor anything of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untouched {
    /// uid.
    pub uid: Box<str>,
    /// resourceVersion.
    pub version: Box<str>,
}

/// How a task ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// uid of the object that was looked at; none if there is no such object any more.
    pub uid: Option<Box<str>>,
    /// What it was made of.
    pub digest: Digest,
    /// Its generation.
    pub generation: Option<i64>,
    /// How many values it holds.
    pub items: usize,
    /// What tells the reason of a failure, as the status has it, from others; none that was told: 0.
    pub why: u64,
    /// What came of it.
    pub end: End,
}

/// What came of a task.
#[derive(Clone, Debug)]
pub enum End {
    /// The Secret is as it should be.
    Applied {
        /// What was applied.
        record: Record,
        /// Whose the Secret is.
        standing: Standing,
    },
    /// It is not, and this must happen before it is worth another attempt.
    Failed(Cause),
    /// It is paused: nothing was done, and nothing is to be done until its annotation goes.
    Paused,
    /// Its status says again what it said before.
    ToldAgain,
    /// The object is gone.
    Gone,
    /// The API server has a newer generation of the object, or another object of its name: nothing more was written.
    Outdated,
}

/// The whole of it.
pub struct Index {
    rules: Rules,
    objects: HashMap<ObjectKey, Known>,
    secrets: HashMap<ObjectKey, SecretFacts>,
    /// Namespaces (or all) whose Secrets were listed.
    listed: HashSet<Option<Box<str>>>,
    /// What the present list has brought so far.
    listing_objects: Lists,
    listing_secrets: Lists,
    turns: Turns,
    collect: VecDeque<ObjectKey>,
    timers: Timers,
    recovery: Recovery,
    /// What is worked on: one piece of work for each name, whatever becomes of the object meanwhile.
    in_hand: HashMap<ObjectKey, InHand>,
    collecting: usize,
    held: usize,
    ring: Ring,
    key_sets: KeySets,
    mending: Mending,
}

impl Index {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            objects: HashMap::new(),
            secrets: HashMap::new(),
            listed: HashSet::new(),
            listing_objects: Lists::default(),
            listing_secrets: Lists::default(),
            turns: Turns::default(),
            collect: VecDeque::new(),
            timers: Timers::default(),
            recovery: Recovery::default(),
            in_hand: HashMap::new(),
            collecting: 0,
            held: 0,
            ring: Ring::default(),
            key_sets: KeySets::default(),
            mending: Mending::default(),
        }
    }

    /// Whether there is such an object.
    #[must_use]
    pub fn knows(&self, key: &ObjectKey) -> bool {
        self.objects.contains_key(key)
    }

    /// How many objects wait for their turn.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.turns.len()
    }

    /// The namespaces that have SealedSecrets.
    #[must_use]
    pub fn namespaces(&self) -> HashSet<&str> {
        self.objects.keys().map(ObjectKey::namespace).collect()
    }

    /// How many values are sealed under each key, as far as they were opened; values of an object that is sealed under
    /// several keys count for each.
    #[must_use]
    pub fn items_per_key(&self) -> HashMap<Fingerprint, u64> {
        let mut counts = HashMap::new();
        for known in self.objects.values() {
            for key in known.applied.iter().flat_map(|applied| applied.keys.iter()) {
                *counts.entry(*key).or_default() += u64::from(known.items);
            }
        }
        counts
    }

    fn forget(&mut self, key: &ObjectKey) {
        self.release(key);
        self.mending.forget(key);
        self.objects.remove(key);
    }

    fn applied(&mut self, record: &Record, generation: Option<i64>) -> Applied {
        Applied {
            digest: record.digest,
            generation,
            secret_uid: record.secret_uid.clone(),
            secret_version: record.secret_version.clone(),
            keys: self.key_sets.shared(&record.keys),
        }
    }

    /// Puts an object into the queue if it is not there already. What is in hand is judged when it ends.
    fn wake(&mut self, key: &ObjectKey, priority: Priority) {
        match self.objects.get(key).map(|known| known.phase) {
            Some(Phase::Idle | Phase::Unchecked | Phase::Waiting(_)) => self.enqueue(key, priority),
            Some(Phase::Running { .. } | Phase::Queued) | None => {}
        }
    }

    fn enqueue(&mut self, key: &ObjectKey, priority: Priority) {
        if let Some(known) = self.objects.get_mut(key).filter(|known| !known.deleting) {
            known.phase = Phase::Queued;
            self.turns.push(key, known.giant, priority);
        }
    }

    /// Keeps an object while it waits, if there is room.
    fn hold(&mut self, key: &ObjectKey, object: SealedObject) {
        self.release(key);
        if let Some(known) = self.objects.get_mut(key)
            && self.held + object.size <= HELD
        {
            self.held += object.size;
            known.held = Some(Arc::new(object));
        }
    }

    /// Keeps it no longer.
    fn release(&mut self, key: &ObjectKey) -> Option<Arc<SealedObject>> {
        let object = self.objects.get_mut(key)?.held.take()?;
        self.held -= object.size;
        Some(object)
    }
}

#[cfg(test)]
mod tests;
