//! A compiled pattern: where it matches, and its groups.
//!
//! The end of a match is found by the library's lazy automaton, which is led from here; where the match and its groups begin is
//! asked of the library's other machine, over no more bytes than those, so that the most it can take is known before.

use std::ops::Range;

use regex_automata::Input;
use regex_automata::nfa::thompson::pikevm::{Cache, PikeVM};
use regex_automata::nfa::thompson::{Compiler, Config, NFA};
use regex_automata::util::primitives::NonMaxUsize;

use crate::budget::Budget;
use crate::failure::Failure;
use crate::go::regexp::hir;
use crate::go::regexp::lazy::{Lazy, is_within_rune, too_large};
use crate::go::regexp::parser::Parsed;

/// A pattern that can be searched for.
pub(super) struct Automaton {
    lazy: Lazy,
    nfa: NFA,
    /// What tells where groups begin and end, once it is asked.
    groups: Option<(PikeVM, Cache)>,
    /// Instructions, as Go counts them: that many of the automaton's states can be in use at once.
    size: u64,
    /// Two for the whole match and two for each group.
    pub(super) slots: usize,
    found: Vec<Option<NonMaxUsize>>,
}

impl Automaton {
    pub(super) fn of(parsed: &Parsed, budget: &mut Budget) -> Result<Self, Failure> {
        let size = parsed.tree.entry(parsed.root).size;
        let ready = hir::ready(&parsed.tree, parsed.root, budget)?;
        let config = Config::new().utf8(false).nfa_size_limit(Some(ready.automaton));
        let compile = || Compiler::new().configure(config).build_from_hir(&ready.hir).map_err(too_large);
        // The compiler calls itself some times a level of the tree.
        let stack = 64 * 1024 + 4 * 1024 * parsed.tree.entry(parsed.root).height as usize;
        let nfa = stacker::maybe_grow(stack, stack, compile)?;
        budget.give_back(ready.borrowed);
        budget.make(nfa.memory_usage())?;
        let lazy = Lazy::of(nfa.clone(), size, budget)?;
        let slots = 2 * (parsed.groups.len() + 1);
        Ok(Automaton { lazy, nfa, groups: None, size, slots, found: Vec::new() })
    }

    /// Whether there is a match. The search ends as soon as that is known.
    pub(super) fn is_match(&mut self, text: &[u8], budget: &mut Budget) -> Result<bool, Failure> {
        Ok(self.span(text, 0, true, budget)?.is_some())
    }

    /// The first match from `place` on: so many slots, with the ends of the match, and those of its groups.
    pub(super) fn find(
        &mut self,
        text: &[u8],
        place: usize,
        slots: usize,
        budget: &mut Budget,
    ) -> Result<Option<Found<'_>>, Failure> {
        let Some(span) = self.span(text, place, false, budget)? else { return Ok(None) };
        self.found.clear();
        self.found.resize(slots.clamp(2, self.slots), None);
        // In these bytes alone, so that the most it can take is known.
        let (bytes, slots) = (span.len() as u64 + 1, self.found.len() as u64);
        budget.spend(1 + bytes.saturating_mul(self.size + 4).saturating_mul(slots + 4) / 64)?;
        let (machine, rows) = match &mut self.groups {
            Some(groups) => groups,
            none => {
                let row = size_of::<usize>() * self.nfa.group_info().slot_len() + 16;
                budget.make((self.nfa.states().len() + 1).saturating_mul(2 * row))?;
                let machine = PikeVM::new_from_nfa(self.nfa.clone()).map_err(too_large)?;
                let rows = machine.create_cache();
                none.insert((machine, rows))
            }
        };
        let input = Input::new(text).range(span);
        machine.search_slots(rows, &input, &mut self.found);
        Ok(Some(Found(&self.found)))
    }

    /// From where on the first match may begin, and its end.
    fn span(
        &mut self,
        text: &[u8],
        mut place: usize,
        any: bool,
        budget: &mut Budget,
    ) -> Result<Option<Range<usize>>, Failure> {
        loop {
            let span = self.lazy.search(text, place, any, budget)?;
            match span {
                // No match, and as it is empty and was preferred, none begins before it.
                Some(span) if is_within_rune(text, span.end) => {
                    place = span.end;
                    while is_within_rune(text, place) {
                        place += 1;
                    }
                }
                span => return Ok(span),
            }
        }
    }
}

/// The places of a match and of its groups.
pub(super) struct Found<'a>(&'a [Option<NonMaxUsize>]);

impl Found<'_> {
    pub(super) fn slot(&self, slot: usize) -> Option<usize> {
        self.0.get(slot).copied().flatten().map(NonMaxUsize::get)
    }
}
