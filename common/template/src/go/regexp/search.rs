//! Searching: all ways to match at once, rune by rune, so that the time is that of the text times the pattern at most.
//! What is done is counted and paid for as it is done.

use crate::budget::Budget;
use crate::go::regexp::program::{Op, Program};
use crate::go::regexp::tree::Look;
use crate::go::unicode;
use crate::machine::Failure;

/// A slot that holds no place.
pub(super) const NOWHERE: usize = usize::MAX;

/// Instructions looked at for one step of the budget.
const INSTS_A_STEP: u64 = 16;

/// What a search works with, kept for the next one.
pub(super) struct Search {
    now: Threads,
    then: Threads,
    ahead: Vec<Job>,
    /// The places noted on the way to the instruction at hand.
    slots: Vec<usize>,
    /// The places of the match found.
    pub(super) found: Vec<usize>,
    /// Instructions looked at and not yet paid for.
    work: u64,
}

/// The instructions that wait for the next rune, the preferred first.
#[derive(Default)]
struct Threads {
    /// Each instruction's place in `seen`, if it is there.
    places: Vec<u32>,
    seen: Vec<u32>,
    waiting: Vec<u32>,
    /// The places noted, so many for each that waits: instructions times groups at worst.
    rows: Vec<usize>,
    /// Places in the rows that are paid for.
    paid: usize,
}

impl Threads {
    fn insert(&mut self, at: u32) -> bool {
        let Some(place) = self.places.get_mut(at as usize) else { return false };
        if self.seen.get(*place as usize) == Some(&at) {
            return false;
        }
        *place = self.seen.len() as u32;
        self.seen.push(at);
        true
    }

    /// Lets an instruction wait, with the places noted. Its row is paid for before it takes memory.
    fn wait(&mut self, at: u32, slots: &[usize], budget: &mut Budget) -> Result<(), Failure> {
        let length = self.rows.len().saturating_add(slots.len());
        if length > self.paid {
            let capacity = length.max(self.paid.saturating_mul(2));
            budget.make((capacity - self.paid).saturating_mul(size_of::<usize>()))?;
            self.paid = capacity;
            self.rows.reserve_exact(capacity - self.rows.len());
        }
        self.waiting.push(at);
        self.rows.extend_from_slice(slots);
        Ok(())
    }

    fn clear(&mut self) {
        self.seen.clear();
        self.waiting.clear();
        self.rows.clear();
    }
}

enum Job {
    Go(u32),
    /// Takes back what was noted in a slot.
    Restore(u32, usize),
}

impl Search {
    /// Pays for what searches with the program take, but for the places noted.
    pub(super) fn of(program: &Program, budget: &mut Budget) -> Result<Self, Failure> {
        let size = program.len();
        budget.make(size.saturating_mul(2 * 3 * size_of::<u32>() + 2 * size_of::<Job>()))?;
        let threads = || Threads { places: vec![0; size], ..Threads::default() };
        let (now, then) = (threads(), threads());
        Ok(Search { now, then, ahead: Vec::new(), slots: Vec::new(), found: Vec::new(), work: 0 })
    }

    /// Whether the text matches from `start` on. `found` has the ends of the match then, and with enough slots those of the
    /// groups; with fewer than two it has nothing of use, and the search ends as soon as it is known that there is a match.
    pub(super) fn run(
        &mut self,
        program: &Program,
        text: &[u8],
        start: usize,
        slots: usize,
        budget: &mut Budget,
    ) -> Result<bool, Failure> {
        let slots = slots.min(program.slots);
        self.now.clear();
        let mut matched = false;
        let mut place = start;
        self.work += INSTS_A_STEP;
        loop {
            if self.now.waiting.is_empty() {
                if matched || (program.anchored && place > 0) {
                    break;
                }
                if let Some(first) = &program.first {
                    let rest = text.get(place..).unwrap_or_default();
                    let Some(skipped) = rest.iter().position(|byte| first.has(*byte)) else {
                        self.work += rest.len() as u64 / 4;
                        break;
                    };
                    self.work += skipped as u64 / 4;
                    place += skipped;
                }
            }
            let begins = program
                .first
                .as_ref()
                .is_none_or(|first| text.get(place).is_some_and(|byte| first.has(*byte)));
            if begins && !matched && !(program.anchored && place > 0) {
                self.work += slots as u64 / 2;
                self.slots.clear();
                self.slots.resize(slots, NOWHERE);
                if let Some(begin) = self.slots.first_mut() {
                    *begin = place;
                }
                follow(
                    program,
                    text,
                    place,
                    program.start,
                    &mut self.now,
                    &mut self.ahead,
                    &mut self.slots,
                    &mut self.work,
                    budget,
                )?;
            }
            let next = unicode::decode(text.get(place..).unwrap_or_default());
            let after = place + next.map_or(0, |(_, width)| width);
            self.then.clear();
            for (thread, at) in self.now.waiting.iter().enumerate() {
                let inst = program.inst(*at);
                let takes = match (inst.op, next) {
                    (Op::Match, _) => {
                        let row = self.now.rows.get(thread * slots..).and_then(|row| row.get(..slots));
                        self.found.clear();
                        self.found.extend_from_slice(row.unwrap_or_default());
                        if let Some(end) = self.found.get_mut(1) {
                            *end = place;
                        }
                        matched = true;
                        break;
                    }
                    (_, None) => false,
                    (Op::Rune(rune), Some((next, _))) => rune == u32::from(next),
                    (Op::Class(class), Some((next, _))) => program.class_has(class, next.into()),
                    (Op::Any, _) => true,
                    (Op::AnyButNewline, Some((next, _))) => next != '\n',
                    _ => false,
                };
                if takes {
                    self.work += slots as u64 / 2;
                    let row = self.now.rows.get(thread * slots..).and_then(|row| row.get(..slots));
                    self.slots.clear();
                    self.slots.extend_from_slice(row.unwrap_or_default());
                    follow(
                        program,
                        text,
                        after,
                        inst.next,
                        &mut self.then,
                        &mut self.ahead,
                        &mut self.slots,
                        &mut self.work,
                        budget,
                    )?;
                }
            }
            self.work += self.now.waiting.len() as u64 + 1;
            std::mem::swap(&mut self.now, &mut self.then);
            self.pay(budget)?;
            if next.is_none() || (matched && slots < 2) {
                break;
            }
            place = after;
        }
        self.pay(budget)?;
        Ok(matched)
    }

    /// Pays for what was done.
    fn pay(&mut self, budget: &mut Budget) -> Result<(), Failure> {
        if self.work >= 64 * INSTS_A_STEP {
            budget.spend(self.work / INSTS_A_STEP)?;
            self.work %= INSTS_A_STEP;
        }
        Ok(())
    }
}

/// Adds to the threads all instructions that wait for a rune, and can be come to from there without one.
#[expect(
    clippy::too_many_arguments,
    reason = "the parts of a search, of which the other threads are borrowed meanwhile"
)]
fn follow(
    program: &Program,
    text: &[u8],
    place: usize,
    from: u32,
    threads: &mut Threads,
    ahead: &mut Vec<Job>,
    slots: &mut [usize],
    work: &mut u64,
    budget: &mut Budget,
) -> Result<(), Failure> {
    ahead.push(Job::Go(from));
    while let Some(job) = ahead.pop() {
        *work += 1;
        let mut at = match job {
            Job::Go(at) => at,
            Job::Restore(slot, place) => {
                if let Some(slot) = slots.get_mut(slot as usize) {
                    *slot = place;
                }
                continue;
            }
        };
        while threads.insert(at) {
            *work += 1;
            let inst = program.inst(at);
            match inst.op {
                Op::Fail => break,
                Op::Match | Op::Rune(_) | Op::Class(_) | Op::Any | Op::AnyButNewline => {
                    threads.wait(at, slots, budget)?;
                    *work += slots.len() as u64 / 2;
                    break;
                }
                Op::Split(other) => ahead.push(Job::Go(other)),
                Op::Save(slot) => {
                    if let Some(noted) = slots.get_mut(slot as usize) {
                        ahead.push(Job::Restore(slot, *noted));
                        *noted = place;
                    }
                }
                Op::Look(look) if !holds(look, text, place) => break,
                Op::Look(_) => {}
            }
            at = inst.next;
        }
    }
    Ok(())
}

fn holds(look: Look, text: &[u8], place: usize) -> bool {
    let before = place.checked_sub(1).and_then(|before| text.get(before));
    let after = text.get(place);
    // Words are of ASCII, so that a byte tells as much as a rune.
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| *byte == b'_' || byte.is_ascii_alphanumeric());
    match look {
        Look::TextStart => before.is_none(),
        Look::TextEnd => after.is_none(),
        Look::LineStart => before.is_none_or(|byte| *byte == b'\n'),
        Look::LineEnd => after.is_none_or(|byte| *byte == b'\n'),
        Look::WordBoundary => is_word(before) != is_word(after),
        Look::NoWordBoundary => is_word(before) == is_word(after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Cap, Limits};

    #[test]
    fn rows_are_paid_for_before_they_take_memory() {
        let mut budget = Budget::new(Limits { memory: 1000, ..Limits::default() });
        let mut threads = Threads::default();
        assert!(threads.wait(0, &[NOWHERE; 60], &mut budget).is_ok());
        let refused = threads.wait(1, &[NOWHERE; 120], &mut budget);
        assert_eq!(refused, Err(Failure::Cap(Cap::Memory)));
        assert_eq!(threads.rows.capacity(), 60);
    }
}
