//! The library's lazy automaton, led through a text from here: each byte looked at, and each state made, is paid for before. A
//! search of the library itself would not tell how far it looked.

use std::collections::BTreeSet;
use std::ops::Range;

use regex_automata::Input;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{self, Cache, DFA};
use regex_automata::nfa::thompson::NFA;

use crate::budget::Budget;
use crate::failure::{Cap, Failure};

/// Bytes looked at for one step of the budget, where the automaton knows the way.
const BYTES_A_STEP: u64 = 16;

/// What the states may take together. When they are more they are forgotten, and made again.
const CAPACITY: usize = 1024 * 1024;

/// What one of [`known`](Lazy::known) takes.
const KNOWN: usize = 32;

pub(super) struct Lazy {
    dfa: DFA,
    cache: Cache,
    /// What is paid for of the memory of the states.
    paid: usize,
    /// The steps out of states that match which are paid for: the library does not tell of those whether it knows them.
    known: BTreeSet<(LazyStateID, u8)>,
    /// How often the states have been forgotten.
    forgotten: usize,
    /// The price of a state.
    price: u64,
    /// Bytes looked at and not yet paid for.
    work: u64,
}

impl Lazy {
    /// A pattern of so many instructions as Go counts them: that many of the automaton's states can be in use at once.
    pub(super) fn of(nfa: NFA, size: u64, budget: &mut Budget) -> Result<Self, Failure> {
        // Two sets of states; and what a state of this one may take at most, some times, since it is paid for afterwards.
        let states = nfa.states().len();
        let largest = states.min(usize::try_from(size).unwrap_or(usize::MAX).saturating_mul(8));
        let least = (16 * states).saturating_add(64 * largest).saturating_add(8192);
        budget.make(least)?;
        let config =
            DFA::config().cache_capacity(CAPACITY.saturating_add(least)).skip_cache_capacity_check(true);
        let dfa = dfa::Builder::new().configure(config).build_from_nfa(nfa).map_err(too_large)?;
        let cache = dfa.create_cache();
        let paid = cache.memory_usage();
        Ok(Lazy { dfa, cache, paid, known: BTreeSet::new(), forgotten: 0, price: 2 + size / 5, work: 0 })
    }

    /// The end of the first match from `place` on, and a place from which on it begins: nothing was begun there. With `any`
    /// the first match to end will do.
    pub(super) fn search(
        &mut self,
        text: &[u8],
        place: usize,
        any: bool,
        budget: &mut Budget,
    ) -> Result<Option<Range<usize>>, Failure> {
        // The first state, and the last.
        self.pay(budget)?;
        self.pay(budget)?;
        let first = self.dfa.start_state_forward(&mut self.cache, &Input::new(text).range(place..));
        let (first, forgotten) = (first.map_err(too_large)?, self.cache.clear_count());
        let (mut state, mut begin, mut end) = (first, place, None);
        for (at, byte) in (place..).zip(text.get(place..).unwrap_or_default()) {
            state = self.next(state, *byte, budget)?;
            if state.is_match() {
                end = Some(at);
                // Within a rune there is no match, though the automaton finds an empty one there.
                if any && !is_within_rune(text, at) {
                    return Ok(Some(begin..at));
                }
            } else if state.is_dead() {
                return Ok(end.map(|end| begin..end));
            } else if state == first && self.cache.clear_count() == forgotten {
                begin = at + 1;
            }
        }
        if self.dfa.next_eoi_state(&mut self.cache, state).map_err(too_large)?.is_match() {
            end = Some(text.len());
        }
        Ok(end.map(|end| begin..end))
    }

    fn next(&mut self, state: LazyStateID, byte: u8, budget: &mut Budget) -> Result<LazyStateID, Failure> {
        self.work += 1;
        if self.work >= 64 * BYTES_A_STEP {
            budget.spend(self.work / BYTES_A_STEP)?;
            self.work %= BYTES_A_STEP;
        }
        if !state.is_tagged() {
            let next = self.dfa.next_state_untagged(&self.cache, state, byte);
            if !next.is_unknown() {
                return Ok(next);
            }
            self.pay(budget)?;
        } else if self.is_new(state, byte, budget)? {
            self.pay(budget)?;
        }
        self.dfa.next_state(&mut self.cache, state, byte).map_err(too_large)
    }

    fn is_new(&mut self, state: LazyStateID, byte: u8, budget: &mut Budget) -> Result<bool, Failure> {
        self.work += 8;
        if self.cache.clear_count() != self.forgotten {
            self.forgotten = self.cache.clear_count();
            budget.give_back(KNOWN * self.known.len());
            self.known.clear();
        }
        let is_new = self.known.insert((state, byte));
        budget.borrow(if is_new { KNOWN } else { 0 })?;
        Ok(is_new)
    }

    /// Pays for one more state.
    fn pay(&mut self, budget: &mut Budget) -> Result<(), Failure> {
        let used = self.cache.memory_usage();
        if used > self.paid {
            budget.make(used - self.paid)?;
            self.paid = used;
        }
        budget.spend(self.price)
    }
}

/// Whether a rune has begun before that place and not ended there.
pub(super) fn is_within_rune(text: &[u8], place: usize) -> bool {
    text.get(place).is_some_and(|byte| byte & 0xC0 == 0x80)
}

/// All that the library has left to refuse is what would be too large.
pub(super) fn too_large<T>(_: T) -> Failure {
    Failure::Cap(Cap::Memory)
}
