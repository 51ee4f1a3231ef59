//! Who waits: for a turn, or for a time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use crate::fair_queue::{FairQueue, Priority};
use crate::unseal::retry::Millis;
use crate::unseal::seen::ObjectKey;

/// How many objects of a namespace are worked on at once, and how many in all; a namespace that has none in hand gets in
/// above that. Most of them wait: for a processor, for the renderer, for the API server.
pub(super) const PER_NAMESPACE: usize = 32;
pub(super) const IN_ALL: usize = 128;

/// Bytes that all objects in hand may take together, as [`SealedObject::cost`](crate::unseal::seen::SealedObject::cost)
/// reckons them.
pub(super) const BYTES: usize = 32 << 20;

/// An ordinary object takes less. One of a namespace that has nothing in hand gets in even where all bytes are taken, as
/// long as those that do so take no more than this together.
pub(super) const SMALL: usize = 64 << 10;
const ABOVE: usize = 8 << 20;

/// From how many bytes on (as [`SealedObject::size`](crate::unseal::seen::SealedObject::size) counts) an object is a
/// giant, a hundred times an ordinary one, and how many of them are worked on at once: the API server takes some that are
/// three times as large again.
pub(super) const GIANT: usize = 512 * 1024;
pub(super) const GIANTS: usize = 4;

/// Objects that wait for their turn, by namespace. Giants wait apart, so that they keep nobody else waiting; one of a
/// namespace at once.
pub(super) struct Turns {
    giants: FairQueue<ObjectKey>,
    ordinary: FairQueue<ObjectKey>,
    giants_in_hand: usize,
    hand: Hand,
}

impl Default for Turns {
    fn default() -> Self {
        let (giants, ordinary) = (FairQueue::new(1), FairQueue::new(PER_NAMESPACE));
        Self { giants, ordinary, giants_in_hand: 0, hand: Hand::default() }
    }
}

/// An object whose turn it is, and what it counts as until it is [`done`](Turns::done).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) key: ObjectKey,
    pub(super) giant: bool,
    pub(super) cost: usize,
}

impl Turns {
    /// Waits from now on.
    pub(super) fn push(&mut self, key: &ObjectKey, giant: bool, priority: Priority) {
        let queue = if giant { &mut self.giants } else { &mut self.ordinary };
        queue.push(key.namespace(), priority, key.clone());
    }

    /// Whose turn it is: of those that wait, what each costs is told by `cost`. Those that do not wait any more (none) are
    /// passed over, and so are those for which there is no room now; they keep their turn.
    pub(super) fn next(&mut self, cost: impl Fn(&ObjectKey) -> Option<usize>) -> Option<Turn> {
        let Self { giants, ordinary, giants_in_hand, hand } = self;
        let giant = if *giants_in_hand < GIANTS { hand.take(giants, &cost) } else { None };
        if let Some((key, cost)) = giant {
            *giants_in_hand += 1;
            return Some(Turn { key, giant: true, cost });
        }
        let (key, cost) = hand.take(ordinary, &cost)?;
        Some(Turn { key, giant: false, cost })
    }

    /// Work that [`next`](Self::next) gave has ended.
    pub(super) fn done(&mut self, turn: &Turn) {
        let Turn { key, giant, cost } = turn;
        let queue = if *giant { &mut self.giants } else { &mut self.ordinary };
        queue.done(key.namespace());
        self.giants_in_hand -= usize::from(*giant);
        self.hand.put_down(key.namespace(), *cost);
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.giants.len() + self.ordinary.len()
    }
}

/// What is in hand: objects, and the bytes that they may take.
#[derive(Debug, Default)]
struct Hand {
    all: Held,
    namespaces: HashMap<Arc<str>, Held>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Held {
    objects: usize,
    bytes: usize,
}

impl Hand {
    fn take(
        &mut self,
        queue: &mut FairQueue<ObjectKey>,
        cost: impl Fn(&ObjectKey) -> Option<usize>,
    ) -> Option<(ObjectKey, usize)> {
        loop {
            let room = |namespace: &Arc<str>, key: &ObjectKey| {
                cost(key).is_none_or(|cost| self.has_room(namespace, cost))
            };
            let (namespace, key) = queue.pop_where(room)?;
            let Some(cost) = cost(&key) else {
                // Deleted while it waited.
                queue.done(&namespace);
                continue;
            };
            for held in [&mut self.all, self.namespaces.entry(namespace).or_default()] {
                held.objects += 1;
                held.bytes += cost;
            }
            return Some((key, cost));
        }
    }

    /// A namespace gets a third of what is free, and no more: however many are greedy, there is room for the next one. One
    /// that has nothing in hand gets all that is free; small objects get in even so, and a large one where nothing else is.
    fn has_room(&self, namespace: &str, cost: usize) -> bool {
        let free = BYTES.saturating_sub(self.all.bytes);
        match self.namespaces.get(namespace) {
            Some(own) => self.all.objects < IN_ALL && own.bytes + cost <= free / 3,
            None => {
                cost <= free
                    || self.all.objects == 0
                    || (cost <= SMALL && self.all.bytes + cost <= BYTES + ABOVE)
            }
        }
    }

    fn put_down(&mut self, namespace: &str, cost: usize) {
        self.all.objects -= 1;
        self.all.bytes -= cost;
        if let Some(held) = self.namespaces.get_mut(namespace) {
            held.objects -= 1;
            held.bytes -= cost;
            if held.objects == 0 {
                self.namespaces.remove(namespace);
            }
        }
    }
}

/// Objects that are looked at again at a time of their own. What needs no timer any more is still in here: the caller
/// knows.
#[derive(Default)]
pub(super) struct Timers(BinaryHeap<Reverse<(Millis, ObjectKey)>>);

impl Timers {
    /// Waits until then.
    pub(super) fn set(&mut self, due: Millis, key: &ObjectKey) {
        self.0.push(Reverse((due, key.clone())));
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Millis> {
        self.0.peek().map(|Reverse((due, _))| *due)
    }

    /// One that is due.
    pub(super) fn take_due(&mut self, now: Millis) -> Option<(Millis, ObjectKey)> {
        self.next().filter(|due| *due <= now)?;
        self.0.pop().map(|Reverse(timer)| timer)
    }
}
