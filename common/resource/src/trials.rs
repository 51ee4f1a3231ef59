//! Opening values one private operation after another.

use sealing::{Cursor, Fingerprint, KeyRing, Label, SealedValue};

use crate::open_items::{Found, open_all};

/// What became of a value.
pub(crate) enum Trial {
    /// A key opened it.
    Opened(Found),
    /// No key of the ring does.
    NoKey,
    /// It was not tried, since enough others opened with no key.
    NotTried,
}

/// Values under one label that are opened in their order, as many private operations at a time as wanted.
pub(crate) struct Trials {
    values: Vec<SealedValue>,
    label: Label,
    cursor: Cursor,
    /// The value whose turn it is.
    at: usize,
    /// The keys still to be tried for that value; none before its first trial.
    candidates: Option<std::vec::IntoIter<usize>>,
    /// How many values may open with no key before the rest is not tried any more.
    most_misses: Option<usize>,
    misses: usize,
}

impl Trials {
    pub(crate) fn new(
        values: Vec<SealedValue>,
        label: Label,
        hints: &[Fingerprint],
        most_misses: Option<usize>,
    ) -> Self {
        let mut cursor = Cursor::with_hints(hints);
        values.iter().for_each(|value| cursor.observe(value));
        Trials { values, label, cursor, at: 0, candidates: None, most_misses, misses: 0 }
    }

    pub(crate) fn label(&self) -> &Label {
        &self.label
    }

    /// Tries on, with the same ring at every call, and hands each value over by its place as soon as it is open
    /// or no key is left to try. True when all values were handed over. A value that has the size of no key costs nothing, and
    /// is told whatever else was given up.
    ///
    /// At least one private operation is done where one is to be done, so that every call leads on.
    pub(crate) fn step(
        &mut self,
        ring: &KeyRing,
        operations: usize,
        mut tried: impl FnMut(usize, Trial),
    ) -> bool {
        let mut left = operations.max(1);
        while let Some(value) = self.values.get(self.at) {
            let candidates = self
                .candidates
                .get_or_insert_with(|| ring.candidates(value, &self.cursor).collect::<Vec<_>>().into_iter());
            let has_candidates = candidates.len() > 0;
            // A value that was begun is tried to its end: nothing is missed in between.
            if has_candidates && self.most_misses.is_some_and(|most| self.misses >= most) {
                tried(self.at, Trial::NotTried);
                self.at += 1;
                self.candidates = None;
                continue;
            }
            let mut found = None;
            while found.is_none() && candidates.len() > 0 {
                if left == 0 {
                    return false;
                }
                left -= 1;
                found = candidates.next().and_then(|index| try_one(ring, index, value, &self.label));
            }
            let trial = match found {
                Some(found) => {
                    self.cursor.opened_by(&found.1);
                    Trial::Opened(found)
                }
                None => {
                    self.misses += usize::from(has_candidates);
                    Trial::NoKey
                }
            };
            tried(self.at, trial);
            self.at += 1;
            self.candidates = None;
        }
        true
    }

    /// Tries all values on several threads; by place, each with what it held.
    pub(crate) fn on_threads(self, ring: &KeyRing, threads: usize) -> Vec<Option<Found>> {
        open_all(ring, &self.values, &self.label, self.cursor, threads)
    }
}

fn try_one(ring: &KeyRing, index: usize, value: &SealedValue, label: &Label) -> Option<Found> {
    let plaintext = ring.open_with(index, value, label)?;
    Some((plaintext, *ring.iter().nth(index)?.fingerprint()))
}
