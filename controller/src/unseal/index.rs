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
use crate::unseal::retry::{Cause, Millis, delay};
use crate::unseal::seen::{ObjectKey, SealedObject, SecretFacts, Standing};
use crate::unseal::status;

/// Bytes of waiting objects that stay in memory. A thousand ordinary ones fit.
const HELD: usize = 12 * 1024 * 1024;

/// How many objects of a namespace are worked on at once, and how many in all.
const PER_NAMESPACE: usize = 32;
const IN_ALL: usize = 128;

/// How many Secrets of SealedSecrets that are gone are deleted at once.
const COLLECTED_AT_ONCE: usize = 16;

/// An object that the API server does not have, while no watch has said so: it is looked for again after this long.
const GONE_AGAIN: Millis = 30_000;

/// From how many bytes on (as [`SealedObject::size`] counts) an object is a giant, a hundred times an ordinary one, and
/// how many of them are worked on at once: the API server takes some that are ten times as large again, and what is
/// opened stands in memory several times.
const GIANT: usize = 512 * 1024;
const GIANTS: usize = 4;

/// Sets of keys that are shared before those that nobody uses any more are dropped.
const KEY_SETS: usize = 256;

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
    /// How many attempts failed before this one.
    pub attempt: u32,
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
    Applied {
        /// What was applied.
        record: Record,
        /// Whose the Secret is.
        standing: Standing,
    },
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
    /// Giants wait apart, so that they keep nobody else waiting; one of a namespace at once.
    giants: FairQueue<ObjectKey>,
    giants_in_hand: usize,
    collect: VecDeque<ObjectKey>,
    timers: BinaryHeap<Reverse<(Millis, ObjectKey)>>,
    /// What is worked on: one piece of work for each name, whatever becomes of the object meanwhile.
    in_hand: HashMap<ObjectKey, InHand>,
    collecting: usize,
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

/// What has to be remembered of a piece of work until it ends.
#[derive(Debug)]
struct InHand {
    /// It came out of the queue of the giants.
    giant: bool,
    /// The ring when it began.
    ring: u64,
    /// What was heard of the Secret since.
    secret: Heard,
}

/// What was last heard of a Secret while its object was worked on.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Nothing,
    Seen {
        uid: Box<str>,
        version: Box<str>,
    },
    /// It was deleted; without uid: a list did not bring it.
    Gone(Option<Box<str>>),
}

#[derive(Debug)]
struct Known {
    uid: Box<str>,
    digest: Digest,
    generation: Option<i64>,
    items: u32,
    giant: bool,
    applied: Option<Applied>,
    failed: Option<Failed>,
    phase: Phase,
    attempt: u32,
    held: Option<Arc<SealedObject>>,
    deleting: bool,
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
    /// Being worked on; `changed`: the object changed meanwhile.
    Running {
        changed: bool,
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
            giants: FairQueue::new(1),
            giants_in_hand: 0,
            collect: VecDeque::new(),
            timers: BinaryHeap::new(),
            in_hand: HashMap::new(),
            collecting: 0,
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
        // Work that was begun for its predecessor has to end first.
        let phase =
            if self.in_hand.contains_key(&key) { Phase::Running { changed: true } } else { Phase::Idle };
        let known = self.objects.entry(key.clone()).or_insert_with(|| Known {
            uid: object.uid.clone(),
            digest: object.digest,
            generation: object.generation,
            items: 0,
            giant: false,
            applied,
            failed: None,
            phase,
            attempt: 0,
            held: None,
            deleting: false,
        });
        let changed = known.digest != object.digest || known.generation != object.generation;
        known.digest = object.digest;
        known.generation = object.generation;
        known.items = u32::try_from(object.items).unwrap_or(u32::MAX);
        known.giant = object.size >= GIANT;
        if changed {
            known.attempt = 0;
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
        match known.phase {
            Phase::Running { changed: before } => {
                if changed || (before && is_new) {
                    known.phase = Phase::Running { changed: true };
                    self.hold(&key, object);
                }
            }
            Phase::Queued => self.hold(&key, object),
            Phase::Idle | Phase::Unchecked | Phase::Waiting(_) => {
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

    /// A list of Secrets begins.
    pub fn secrets_list_begins(&mut self, scope: Option<&str>) {
        self.listing_secrets.insert(scope.map(Into::into), HashSet::new());
    }

    /// The list is complete: Secrets that it did not bring are gone, and records can be checked.
    pub fn secrets_listed(&mut self, scope: Option<&str>) {
        let own: Option<Box<str>> = scope.map(Into::into);
        let Some(seen) = self.listing_secrets.remove(&own) else { return };
        let missing = |key: &ObjectKey| {
            scope.is_none_or(|namespace| namespace == key.namespace()) && !seen.contains(key)
        };
        let in_the_way = self.objects.iter().filter(|(_, known)| known.in_the_way().is_some());
        let gone: HashSet<_> = self
            .secrets
            .keys()
            .chain(in_the_way.map(|(key, _)| key))
            .chain(self.in_hand.keys())
            .filter(|key| missing(key))
            .cloned()
            .collect();
        for key in gone {
            self.secret_gone(&key, None);
        }
        if self.listed.insert(own) {
            self.check_all();
        }
    }

    /// A Secret is there, or has changed.
    pub fn secret_seen(&mut self, key: &ObjectKey, facts: SecretFacts, listed: Option<Option<&str>>) {
        let known = self.objects.get_mut(key);
        let in_the_way = known.as_ref().and_then(|known| known.in_the_way());
        let in_hand = self.in_hand.get_mut(key);
        if let Some(scope) = listed
            && let Some(seen) = self.listing_secrets.get_mut(&scope.map(Into::into))
            && (facts.standing != Standing::Foreign || in_the_way.is_some() || in_hand.is_some())
        {
            seen.insert(key.clone());
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
        if let Some(key) = self.next_to_collect() {
            self.collecting += 1;
            self.take_in_hand(&key, false);
            return Some(Work::Collect(key));
        }
        if self.ring.keys.is_empty() {
            return None;
        }
        self.next_of(true).or_else(|| self.next_of(false)).map(Work::Unseal)
    }

    /// The next giant, or the next of the others.
    fn next_of(&mut self, giant: bool) -> Option<Task> {
        let ordinary = self.in_hand.len().saturating_sub(self.collecting + self.giants_in_hand);
        if if giant { self.giants_in_hand >= GIANTS } else { ordinary >= IN_ALL } {
            return None;
        }
        while let Some((namespace, key)) = self.queue_of(giant).pop() {
            let Some(known) = self.objects.get_mut(&key).filter(|known| known.phase == Phase::Queued) else {
                // Deleted while it waited.
                self.queue_of(giant).done(&namespace);
                continue;
            };
            known.phase = Phase::Running { changed: false };
            let attempt = known.attempt;
            let object = self.release(&key);
            self.take_in_hand(&key, giant);
            let secret_seen = self.secrets.contains_key(&key);
            return Some(Task { key, object, secret_seen, attempt });
        }
        None
    }

    fn queue_of(&mut self, giant: bool) -> &mut FairQueue<ObjectKey> {
        if giant { &mut self.giants } else { &mut self.queue }
    }

    fn take_in_hand(&mut self, key: &ObjectKey, giant: bool) {
        self.giants_in_hand += usize::from(giant);
        self.in_hand.insert(key.clone(), InHand { giant, ring: self.ring.version, secret: Heard::Nothing });
    }

    /// When [`next`](Self::next) is worth asking again although nothing happens.
    #[must_use]
    pub fn next_timer(&self) -> Option<Millis> {
        self.timers.peek().map(|Reverse((due, _))| *due)
    }

    /// A task has ended.
    pub fn finished(&mut self, key: &ObjectKey, finished: Finished, now: Millis) {
        let Some((changed, in_hand)) = self.put_down(key) else { return };
        let Finished { uid, digest, generation, items, end } = finished;
        let end = match end {
            End::Applied { record, standing } => {
                Ok((self.applied(&record, generation), SecretFacts::of(&record, standing)))
            }
            End::Failed(cause) => Err(Some(cause)),
            End::Gone => Err(None),
        };
        let ring = self.ring.version;
        let recreate = self.rules.recreate;
        let Some(known) = self.objects.get_mut(key) else { return };
        // The object in the hand of the task and the one that the watch brought last may each be ahead of the other.
        let outrun = match &uid {
            Some(uid) if *uid != known.uid => true,
            Some(_) => changed && (digest != known.digest || generation != known.generation),
            None => changed,
        };
        if uid.as_ref().is_some_and(|uid| *uid != known.uid) {
            self.wake(key, Priority::Front);
            return;
        }
        let seen = uid.is_some();
        if seen && !changed {
            known.items = u32::try_from(items).unwrap_or(u32::MAX);
        }
        let again = match end {
            Ok((applied, secret)) => {
                let lost = recreate && in_hand.secret.is_against(&secret);
                known.applied = Some(applied);
                known.failed = None;
                known.attempt = 0;
                if recreate && !lost && secret.standing != Standing::Foreign {
                    let there = self.secrets.get(key).is_some_and(|there| there.uid == secret.uid);
                    if !there {
                        // From now on its deletion is noticed, even if the watch has not brought it yet.
                        self.secrets.insert(key.clone(), secret);
                    }
                }
                lost
            }
            Err(Some(cause)) => {
                let again = match &cause {
                    Cause::Closed => in_hand.ring != ring,
                    Cause::SecretInTheWay { uid, version } => in_hand.secret.is_other_than(uid, version),
                    _ => false,
                };
                // An object that could not even be fetched: what failed is what is known of it.
                let (digest, generation) =
                    if seen { (digest, generation) } else { (known.digest, known.generation) };
                known.attempt = known.attempt.saturating_add(1);
                let pause = match &cause {
                    // Without a watch of Secrets nobody says when it is out of the way.
                    Cause::SecretInTheWay { .. } if !recreate => delay(&Cause::Refused, known.attempt),
                    cause => delay(cause, known.attempt),
                };
                known.failed = Some(Failed { digest, generation, cause, ring: in_hand.ring });
                if !again && !outrun {
                    self.wait(key, pause, now);
                }
                again
            }
            Err(None) => {
                // The watch will say so, too, and knows better if it was made anew.
                if !outrun {
                    self.wait(key, Some(GONE_AGAIN), now);
                }
                false
            }
        };
        if again || outrun {
            self.wake(key, Priority::Front);
        } else {
            // It may have changed to and fro.
            self.release(key);
        }
    }

    /// A task has panicked. The object is left alone until it changes: the same again would panic again.
    pub fn panicked(&mut self, key: &ObjectKey) {
        let Some((changed, in_hand)) = self.put_down(key) else { return };
        let Some(known) = self.objects.get_mut(key) else { return };
        known.failed = Some(Failed {
            digest: known.digest,
            generation: known.generation,
            cause: Cause::Unusable,
            ring: in_hand.ring,
        });
        if changed {
            self.wake(key, Priority::Front);
        }
    }

    /// A Secret was deleted, or could not be, after its SealedSecret was gone.
    pub fn collected(&mut self, key: &ObjectKey) {
        if self.in_hand.remove(key).is_none() {
            return;
        }
        self.collecting -= 1;
        if let Some(known) = self.objects.get_mut(key)
            && matches!(known.phase, Phase::Running { .. })
        {
            // Made anew meanwhile.
            known.phase = Phase::Idle;
            self.wake(key, Priority::Front);
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
        self.queue.len() + self.giants.len()
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
        self.objects.remove(key);
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

    /// Ends a piece of work: whether the object changed meanwhile, and what else was heard. The object, if there still
    /// is one, is idle then.
    fn put_down(&mut self, key: &ObjectKey) -> Option<(bool, InHand)> {
        let in_hand = self.in_hand.remove(key)?;
        self.giants_in_hand -= usize::from(in_hand.giant);
        self.queue_of(in_hand.giant).done(key.namespace());
        let changed = self.objects.get_mut(key).is_some_and(|known| {
            std::mem::replace(&mut known.phase, Phase::Idle) == Phase::Running { changed: true }
        });
        Some((changed, in_hand))
    }

    fn wait(&mut self, key: &ObjectKey, pause: Option<Millis>, now: Millis) {
        if let (Some(pause), Some(known)) = (pause, self.objects.get_mut(key))
            && !known.deleting
        {
            let due = now + pause;
            known.phase = Phase::Waiting(due);
            self.timers.push(Reverse((due, key.clone())));
        }
    }

    fn applied(&mut self, record: &Record, generation: Option<i64>) -> Applied {
        // Most objects were opened with the same keys: one copy of each set.
        let keys = match self.key_sets.get(record.keys.as_slice()) {
            Some(known) => Arc::clone(known),
            None => {
                if self.key_sets.len() >= KEY_SETS {
                    self.key_sets.retain(|keys| Arc::strong_count(keys) > 1);
                }
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
            let giant = known.giant;
            self.queue_of(giant).push(key.namespace(), priority, key.clone());
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
    /// Whether the last attempt made the Secret, of what the object is now. After a failure what was applied before
    /// may be what is wanted again, but the status says otherwise.
    fn is_applied(&self) -> bool {
        let applied = self.applied.as_ref().filter(|_| self.failed.is_none());
        applied.is_some_and(|applied| applied.digest == self.digest && applied.generation == self.generation)
    }

    /// uid and resourceVersion of the Secret that is in the way.
    fn in_the_way(&self) -> Option<(&str, &str)> {
        match &self.failed.as_ref()?.cause {
            Cause::SecretInTheWay { uid, version } => Some((uid, version)),
            _ => None,
        }
    }
}

impl Heard {
    /// Whether the Secret that was just applied may be gone or replaced.
    fn is_against(&self, applied: &SecretFacts) -> bool {
        match self {
            Heard::Nothing => false,
            Heard::Seen { uid, .. } => *uid != applied.uid,
            Heard::Gone(Some(uid)) => *uid == applied.uid && applied.standing == Standing::Ours,
            Heard::Gone(None) => true,
        }
    }

    /// Whether the Secret that was in the way may be so no longer.
    fn is_other_than(&self, in_the_way: &str, of_version: &str) -> bool {
        match self {
            Heard::Nothing => false,
            Heard::Seen { uid, version } => **uid != *in_the_way || **version != *of_version,
            Heard::Gone(_) => true,
        }
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

#[cfg(test)]
mod tests;
