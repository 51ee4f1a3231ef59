//! What is known of all SealedSecrets and of their Secrets, and what is to be done next. No IO, no clock: events go
//! in, work comes out.
//!
//! Of a SealedSecret that needs nothing only what tells changes apart stays in memory: uid, digest, versions. Its spec
//! is kept while it waits, within a budget; beyond that it is fetched again when its turn comes.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use sealed_secrets::sealing::Fingerprint;

use crate::fair_queue::{FairQueue, Priority};
use crate::unseal::record::{Digest, Record};
use crate::unseal::retry::{Cause, delay};
use crate::unseal::seen::{ObjectKey, SealedObject, SecretFacts, Standing};
use crate::unseal::status;

/// Bytes of waiting objects that stay in memory. A thousand ordinary ones fit.
const HELD: usize = 12 * 1024 * 1024;

/// How many objects of a namespace are worked on at once, and how many in all.
const PER_NAMESPACE: usize = 32;
const IN_ALL: usize = 128;

/// Milliseconds since some start.
pub type Millis = u64;

/// What the index is told once.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Secrets are watched, and those that are deleted come back.
    pub recreate: bool,
    /// Secrets of deleted SealedSecrets are deleted by us.
    pub collect: bool,
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
    /// What came of it.
    pub end: End,
}

/// What came of a task.
#[derive(Clone, Debug)]
pub enum End {
    /// The Secret is as it should be.
    Applied(Record),
    /// It is not, and this must happen before it is worth another attempt.
    Failed(Cause),
    /// The object is gone.
    Gone,
}

/// The whole of it.
pub struct Index {
    rules: Rules,
    objects: HashMap<ObjectKey, Known>,
    secrets: HashMap<ObjectKey, SecretFacts>,
    /// Namespaces (or all) whose Secrets were listed.
    listed: HashSet<Option<Box<str>>>,
    /// What the present list has brought so far.
    listing_objects: HashMap<Option<Box<str>>, HashSet<ObjectKey>>,
    listing_secrets: HashMap<Option<Box<str>>, HashSet<ObjectKey>>,
    queue: FairQueue<ObjectKey>,
    collect: VecDeque<ObjectKey>,
    timers: BinaryHeap<Reverse<(Millis, ObjectKey)>>,
    running: usize,
    held: usize,
    ring: Ring,
    key_sets: HashSet<Arc<[Fingerprint]>>,
}

/// What matters of the key ring.
#[derive(Clone, Debug, Default)]
struct Ring {
    version: u64,
    keys: HashSet<Fingerprint>,
}

#[derive(Debug)]
struct Known {
    uid: Box<str>,
    digest: Digest,
    generation: Option<i64>,
    items: u32,
    applied: Option<Applied>,
    failed: Option<Failed>,
    phase: Phase,
    attempt: u32,
    held: Option<Arc<SealedObject>>,
}

#[derive(Debug)]
struct Applied {
    digest: Digest,
    generation: Option<i64>,
    secret_uid: Box<str>,
    secret_version: Box<str>,
    keys: Arc<[Fingerprint]>,
}

#[derive(Debug)]
struct Failed {
    digest: Digest,
    generation: Option<i64>,
    cause: Cause,
    ring: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing to do.
    Idle,
    /// Seen with a record of what was applied, which is checked as soon as Secrets and keys are known.
    Unchecked,
    Queued,
    /// Being worked on; `again`: something happened meanwhile.
    Running {
        again: bool,
    },
    /// Tried again at this time.
    Waiting(Millis),
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
            listing_objects: HashMap::new(),
            listing_secrets: HashMap::new(),
            queue: FairQueue::new(PER_NAMESPACE),
            collect: VecDeque::new(),
            timers: BinaryHeap::new(),
            running: 0,
            held: 0,
            ring: Ring::default(),
            key_sets: HashSet::new(),
        }
    }

    /// A list of SealedSecrets begins, of one namespace or of all.
    pub fn objects_list_begins(&mut self, scope: Option<&str>) {
        self.listing_objects.insert(scope.map(Into::into), HashSet::new());
    }

    /// The list is complete: what it did not bring is gone. Returns those.
    pub fn objects_listed(&mut self, scope: Option<&str>) -> Vec<ObjectKey> {
        let Some(seen) = self.listing_objects.remove(&scope.map(Into::into)) else { return Vec::new() };
        let within = |key: &ObjectKey| scope.is_none_or(|namespace| namespace == key.namespace());
        let gone: Vec<_> =
            self.objects.keys().filter(|key| within(key) && !seen.contains(key)).cloned().collect();
        for key in &gone {
            self.object_gone(key);
        }
        gone
    }

    /// A SealedSecret is there, or has changed. `listed`: it came with the list of this scope, not as news.
    pub fn object_seen(&mut self, object: SealedObject, listed: Option<Option<&str>>) {
        if let Some(scope) = listed
            && let Some(seen) = self.listing_objects.get_mut(&scope.map(Into::into))
        {
            seen.insert(object.key.clone());
        }
        let key = object.key.clone();
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
        let known = self.objects.entry(key.clone()).or_insert_with(|| Known {
            uid: object.uid.clone(),
            digest: object.digest,
            generation: object.generation,
            items: 0,
            applied,
            failed: None,
            phase: Phase::Idle,
            attempt: 0,
            held: None,
        });
        let changed = known.digest != object.digest || known.generation != object.generation;
        known.digest = object.digest;
        known.generation = object.generation;
        known.items = u32::try_from(object.items).unwrap_or(u32::MAX);
        if object.deleting {
            // Its Secret goes with it; making one now would only keep the collector busy.
            return;
        }
        match known.phase {
            Phase::Running { .. } => {
                if changed {
                    known.phase = Phase::Running { again: true };
                    self.hold(&key, object);
                }
            }
            Phase::Queued => self.hold(&key, object),
            Phase::Idle | Phase::Unchecked | Phase::Waiting(_) => {
                if changed {
                    known.attempt = 0;
                }
                if known
                    .failed
                    .as_ref()
                    .is_some_and(|failed| failed.stands(known.digest, known.generation, ring))
                {
                    return;
                }
                if known.is_applied() {
                    if is_new {
                        known.phase = Phase::Unchecked;
                        self.check(&key);
                    }
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

    /// A list of Secrets begins.
    pub fn secrets_list_begins(&mut self, scope: Option<&str>) {
        self.listing_secrets.insert(scope.map(Into::into), HashSet::new());
    }

    /// The list is complete: Secrets of ours that it did not bring are gone, and records can be checked.
    pub fn secrets_listed(&mut self, scope: Option<&str>) {
        let own: Option<Box<str>> = scope.map(Into::into);
        let Some(seen) = self.listing_secrets.remove(&own) else { return };
        let within = |key: &ObjectKey| scope.is_none_or(|namespace| namespace == key.namespace());
        let gone: Vec<_> =
            self.secrets.keys().filter(|key| within(key) && !seen.contains(key)).cloned().collect();
        for key in gone {
            self.secret_gone(&key);
        }
        if self.listed.insert(own) {
            self.check_all();
        }
    }

    /// A Secret is there, or has changed.
    pub fn secret_seen(&mut self, key: &ObjectKey, facts: SecretFacts, listed: Option<Option<&str>>) {
        if let Some(scope) = listed
            && let Some(seen) = self.listing_secrets.get_mut(&scope.map(Into::into))
            && facts.standing != Standing::Foreign
        {
            seen.insert(key.clone());
        }
        if let Some(known) = self.objects.get_mut(key)
            && let Some(Failed { cause: Cause::SecretInTheWay { uid, version }, .. }) = &known.failed
            && (**uid != *facts.uid || **version != *facts.version)
        {
            known.failed = None;
            self.wake(key, Priority::Front);
        }
        if facts.standing == Standing::Foreign {
            // Most Secrets of a cluster: dropped on arrival.
            self.secrets.remove(key);
        } else {
            self.secrets.insert(key.clone(), facts);
        }
    }

    /// A Secret was deleted.
    pub fn secret_gone(&mut self, key: &ObjectKey) {
        let was = self.secrets.remove(key);
        let Some(known) = self.objects.get_mut(key) else { return };
        let in_the_way = known.failed.as_ref().is_some_and(|failed| failed.cause.is_secret_in_the_way());
        let ours = was.is_some_and(|secret| secret.standing == Standing::Ours);
        if in_the_way || (ours && self.rules.recreate) {
            known.applied = None;
            known.failed = None;
            match &mut known.phase {
                Phase::Running { again } => *again = true,
                _ => self.wake(key, Priority::Front),
            }
        }
    }

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

    /// Takes the next piece of work. There is none as long as there is no key at all.
    pub fn next(&mut self, now: Millis) -> Option<Work> {
        while let Some(Reverse((due, _))) = self.timers.peek()
            && *due <= now
        {
            let Some(Reverse((due, key))) = self.timers.pop() else { break };
            if self.objects.get(&key).is_some_and(|known| known.phase == Phase::Waiting(due)) {
                self.wake(&key, Priority::Front);
            }
        }
        if let Some(key) = self.collect.pop_front() {
            return Some(Work::Collect(key));
        }
        if self.ring.keys.is_empty() || self.running >= IN_ALL {
            return None;
        }
        while let Some((namespace, key)) = self.queue.pop() {
            let Some(known) = self.objects.get_mut(&key).filter(|known| known.phase == Phase::Queued) else {
                // Deleted while it waited.
                self.queue.done(&namespace);
                continue;
            };
            known.phase = Phase::Running { again: false };
            let object = known.held.take();
            self.held -= object.as_ref().map_or(0, |object| object.size);
            self.running += 1;
            let secret_seen = self.secrets.contains_key(&key);
            return Some(Work::Unseal(Task { key, object, secret_seen }));
        }
        None
    }

    /// When [`next`](Self::next) is worth asking again although nothing happens.
    #[must_use]
    pub fn next_timer(&self) -> Option<Millis> {
        self.timers.peek().map(|Reverse((due, _))| *due)
    }

    /// A task has ended.
    pub fn finished(&mut self, key: &ObjectKey, finished: Finished, now: Millis) {
        self.running -= 1;
        self.queue.done(key.namespace());
        let applied = match &finished.end {
            End::Applied(record) => Some(self.applied(record, finished.generation)),
            _ => None,
        };
        let ring = self.ring.version;
        let Some(known) = self.objects.get_mut(key) else { return };
        let Phase::Running { again } = known.phase else { return };
        known.phase = Phase::Idle;
        if finished.uid.as_deref().is_some_and(|uid| uid != &*known.uid) {
            self.wake(key, Priority::Front);
            return;
        }
        known.items = u32::try_from(finished.items).unwrap_or(u32::MAX);
        match finished.end {
            End::Applied(_) => {
                known.applied = applied;
                known.failed = None;
                known.attempt = 0;
            }
            End::Failed(cause) => {
                let failed = Failed { digest: finished.digest, generation: finished.generation, cause, ring };
                known.attempt += 1;
                if let Some(pause) = delay(&failed.cause, known.attempt) {
                    let due = now + pause;
                    known.phase = Phase::Waiting(due);
                    self.timers.push(Reverse((due, key.clone())));
                }
                known.failed = Some(failed);
            }
            // The watch will say so, too, and knows better if it was made anew.
            End::Gone => return,
        }
        if again {
            self.wake(key, Priority::Front);
        }
    }

    /// How many objects wait for their turn.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.len()
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
        if let Some(known) = self.objects.remove(key) {
            self.held -= known.held.map_or(0, |object| object.size);
        }
    }

    fn applied(&mut self, record: &Record, generation: Option<i64>) -> Applied {
        // Most objects were opened with the same keys: one copy of each set.
        let keys = match self.key_sets.get(record.keys.as_slice()) {
            Some(known) => Arc::clone(known),
            None => {
                let keys: Arc<[Fingerprint]> = record.keys.as_slice().into();
                self.key_sets.insert(Arc::clone(&keys));
                keys
            }
        };
        Applied {
            digest: record.digest,
            generation,
            secret_uid: record.secret_uid.clone(),
            secret_version: record.secret_version.clone(),
            keys,
        }
    }

    /// Puts an object into the queue if it is not there already; what runs is done again afterwards.
    fn wake(&mut self, key: &ObjectKey, priority: Priority) {
        match self.objects.get_mut(key).map(|known| &mut known.phase) {
            Some(Phase::Running { again }) => *again = true,
            Some(Phase::Idle | Phase::Unchecked | Phase::Waiting(_)) => self.enqueue(key, priority),
            Some(Phase::Queued) | None => {}
        }
    }

    fn enqueue(&mut self, key: &ObjectKey, priority: Priority) {
        if let Some(known) = self.objects.get_mut(key) {
            known.phase = Phase::Queued;
            self.queue.push(key.namespace(), priority, key.clone());
        }
    }

    /// Keeps an object while it waits, if there is room.
    fn hold(&mut self, key: &ObjectKey, object: SealedObject) {
        let Some(known) = self.objects.get_mut(key) else { return };
        self.held -= known.held.take().map_or(0, |object| object.size);
        if self.held + object.size <= HELD {
            self.held += object.size;
            known.held = Some(Arc::new(object));
        }
    }

    fn check_all(&mut self) {
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
    fn check(&mut self, key: &ObjectKey) {
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
        } else {
            known.applied = None;
            self.enqueue(key, Priority::Behind);
        }
    }
}

impl Known {
    fn is_applied(&self) -> bool {
        self.applied
            .as_ref()
            .is_some_and(|applied| applied.digest == self.digest && applied.generation == self.generation)
    }
}

impl Failed {
    /// Whether the failure is the answer to this object under these keys, too.
    fn stands(&self, digest: Digest, generation: Option<i64>, ring: u64) -> bool {
        self.digest == digest
            && self.generation == generation
            && (self.cause != Cause::Closed || self.ring == ring)
    }
}
