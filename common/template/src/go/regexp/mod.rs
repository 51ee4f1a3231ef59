//! `regexp`: patterns of RE2 as Go reads them, and searches that count what they cost.
//!
//! Reading them is of our own, since Go has a syntax, limits and errors of its own; searching is done by a library's automata,
//! led in such a way that what they do is paid for before. Looking for all matches can take the square of the text.

mod automaton;
mod error;
mod escapes;
mod expand;
mod groups;
mod hir;
mod lazy;
mod names;
mod parser;
mod ranges;
mod repeats;
mod subject;
#[cfg(test)]
mod tests;
mod tree;

use std::ops::Range;

use crate::budget::Budget;
use crate::failure::Failure;
use crate::go::unicode;
use automaton::Automaton;
use subject::Subject;

pub(crate) use error::{Refusal, SyntaxError};

/// A compiled pattern (`regexp.Regexp`) with what its searches work with.
pub(crate) struct Regexp {
    automaton: Automaton,
    /// The names of the groups from 1 on; those without one have an empty name.
    groups: Vec<String>,
    /// Whether the pattern is the empty text.
    empty: bool,
}

impl Regexp {
    /// Compiles a pattern, paid for.
    ///
    /// # Errors
    /// What Go refuses; the budget.
    pub(crate) fn compile(pattern: &[u8], budget: &mut Budget) -> Result<Self, Refusal> {
        let parsed = parser::parse(pattern, budget)?;
        let automaton = Automaton::of(&parsed, budget)?;
        Ok(Regexp { automaton, groups: parsed.groups, empty: pattern.is_empty() })
    }

    /// `MatchString`.
    pub(crate) fn is_match(&mut self, text: &[u8], budget: &mut Budget) -> Result<bool, Failure> {
        self.automaton.is_match(Subject::of(text, budget)?.bytes(), budget)
    }

    /// The first match (`FindStringIndex`).
    pub(crate) fn find(&mut self, text: &[u8], budget: &mut Budget) -> Result<Option<Range<usize>>, Failure> {
        self.find_from(Subject::of(text, budget)?.bytes(), 0, budget)
    }

    /// All matches, one after the other, or the first so many (`FindAllStringIndex`). An empty match right after another one
    /// is none.
    pub(crate) fn find_all(
        &mut self,
        text: &[u8],
        limit: i64,
        budget: &mut Budget,
    ) -> Result<Vec<Range<usize>>, Failure> {
        let limit = if limit < 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) };
        let mut all: Vec<Range<usize>> = Vec::new();
        let mut place = 0;
        let mut last = None;
        let subject = Subject::of(text, budget)?;
        let text = subject.bytes();
        while all.len() < limit && place <= text.len() {
            let Some(found) = self.find_from(text, place, budget)? else { break };
            let end = found.end;
            let accepted = end != place || Some(found.start) != last;
            place = if end == place { next_place(text, place) } else { end };
            last = Some(end);
            if accepted {
                budget.make(GROWING * size_of::<Range<usize>>())?;
                all.push(found);
            }
        }
        Ok(all)
    }

    /// `Split`: nothing for a limit of 0.
    pub(crate) fn split(
        &mut self,
        text: &[u8],
        limit: i64,
        budget: &mut Budget,
    ) -> Result<Option<Vec<Range<usize>>>, Failure> {
        if limit == 0 {
            return Ok(None);
        }
        if text.is_empty() && !self.empty {
            return Ok(Some(vec![Range::default()]));
        }
        let mut pieces: Vec<Range<usize>> = Vec::new();
        let (mut begin, mut end) = (0, 0);
        for found in self.find_all(text, limit, budget)? {
            if limit > 0 && pieces.len() as u64 + 1 >= limit.unsigned_abs() {
                break;
            }
            end = found.start;
            if found.end != 0 {
                budget.make(GROWING * size_of::<Range<usize>>())?;
                pieces.push(begin..end);
            }
            begin = found.end;
        }
        if end != text.len() {
            pieces.push(begin..text.len());
        }
        Ok(Some(pieces))
    }

    fn find_from(
        &mut self,
        text: &[u8],
        place: usize,
        budget: &mut Budget,
    ) -> Result<Option<Range<usize>>, Failure> {
        let found = self.automaton.find(text, place, 2, budget)?;
        Ok(found.and_then(|slots| Some(slots.slot(0)?..slots.slot(1)?)))
    }
}

/// How often a list stands in memory while it grows: it is moved to twice the room.
const GROWING: usize = 3;

/// Past the rune there; past the end at the end.
fn next_place(text: &[u8], place: usize) -> usize {
    place + text.get(place..).and_then(unicode::decode).map_or(1, |(_, width)| width)
}

/// `QuoteMeta`: a pattern that matches the text alone.
pub(crate) fn quote_meta(text: &[u8], budget: &mut Budget) -> Result<Vec<u8>, Failure> {
    let special = |byte: &u8| br"\.+*?()|[]{}^$".contains(byte);
    budget.read(text.len().saturating_mul(4))?;
    let size = text.len() + text.iter().filter(|byte| special(byte)).count();
    budget.make(size)?;
    let mut quoted = Vec::with_capacity(size);
    for byte in text {
        if special(byte) {
            quoted.push(b'\\');
        }
        quoted.push(*byte);
    }
    Ok(quoted)
}
