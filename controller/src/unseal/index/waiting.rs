//! Who waits: for a turn, or for a time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::fair_queue::{FairQueue, Priority};
use crate::unseal::retry::Millis;
use crate::unseal::seen::ObjectKey;

/// How many objects of a namespace are worked on at once, and how many in all.
pub(super) const PER_NAMESPACE: usize = 32;
pub(super) const IN_ALL: usize = 128;

/// From how many bytes on (as [`SealedObject::size`](crate::unseal::seen::SealedObject::size) counts) an object is a
/// giant, a hundred times an ordinary one, and how many of them are worked on at once: the API server takes some that are
/// ten times as large again, and what is opened stands in memory several times.
pub(super) const GIANT: usize = 512 * 1024;
pub(super) const GIANTS: usize = 4;

/// Objects that wait for their turn, by namespace. Giants wait apart, so that they keep nobody else waiting; one of a
/// namespace at once.
pub(super) struct Turns {
    giants: Lane,
    ordinary: Lane,
}

struct Lane {
    queue: FairQueue<ObjectKey>,
    in_hand: usize,
    at_once: usize,
}

impl Default for Turns {
    fn default() -> Self {
        let lane =
            |per_namespace, at_once| Lane { queue: FairQueue::new(per_namespace), in_hand: 0, at_once };
        Self { giants: lane(1, GIANTS), ordinary: lane(PER_NAMESPACE, IN_ALL) }
    }
}

impl Turns {
    /// Waits from now on.
    pub(super) fn push(&mut self, key: &ObjectKey, giant: bool, priority: Priority) {
        self.lane(giant).queue.push(key.namespace(), priority, key.clone());
    }

    /// Whose turn it is, and whether it counts as a giant until it is [`done`](Self::done). Those that do not wait any
    /// more are passed over.
    pub(super) fn next(&mut self, waits: impl Fn(&ObjectKey) -> bool) -> Option<(ObjectKey, bool)> {
        let giant = self.giants.next(&waits).map(|key| (key, true));
        giant.or_else(|| self.ordinary.next(&waits).map(|key| (key, false)))
    }

    /// Work that [`next`](Self::next) gave has ended.
    pub(super) fn done(&mut self, key: &ObjectKey, giant: bool) {
        let lane = self.lane(giant);
        lane.in_hand -= 1;
        lane.queue.done(key.namespace());
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.giants.queue.len() + self.ordinary.queue.len()
    }

    fn lane(&mut self, giant: bool) -> &mut Lane {
        if giant { &mut self.giants } else { &mut self.ordinary }
    }
}

impl Lane {
    fn next(&mut self, waits: impl Fn(&ObjectKey) -> bool) -> Option<ObjectKey> {
        if self.in_hand >= self.at_once {
            return None;
        }
        while let Some((namespace, key)) = self.queue.pop() {
            if waits(&key) {
                self.in_hand += 1;
                return Some(key);
            }
            // Deleted while it waited.
            self.queue.done(&namespace);
        }
        None
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
