//! Replacing matches, with `$1`, `${1}`, `$name` and `$$` in the replacement.

use std::ops::Range;

use memchr::memchr;

use crate::budget::Budget;
use crate::failure::Failure;
use crate::go::regexp::subject::Subject;
use crate::go::regexp::{GROWING, Regexp};
use crate::go::unicode;

/// A slot that holds no place.
const NOWHERE: usize = usize::MAX;

/// A piece of a replacement.
enum Piece<'a> {
    Text(&'a [u8]),
    /// What the first of these groups matched that has matched anything.
    Groups(Vec<usize>),
}

impl Regexp {
    /// The text with all matches replaced (`ReplaceAllString`, or `ReplaceAllLiteralString`); nothing where there are none.
    pub(crate) fn replace_all(
        &mut self,
        text: &[u8],
        replacement: &[u8],
        literal: bool,
        budget: &mut Budget,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let pieces = if literal { vec![Piece::Text(replacement)] } else { self.pieces(replacement, budget)? };
        let refers = pieces.iter().any(|piece| matches!(piece, Piece::Groups(_)));
        let slots = if refers { self.automaton.slots } else { 2 };
        let matches = self.replaced(text, slots, budget)?;
        if matches.is_empty() {
            return Ok(None);
        }
        let mut size = 0_usize;
        budget.spend((matches.len() / slots).saturating_mul(pieces.len() + 1) as u64 / 8)?;
        write(text, &matches, slots, &pieces, |part| size = size.saturating_add(part.len()));
        budget.make(size)?;
        let mut out = Vec::with_capacity(size);
        write(text, &matches, slots, &pieces, |part| out.extend_from_slice(part));
        Ok(Some(out))
    }

    /// The places of all matches, so many slots for each. Other than in [`find_all`](Regexp::find_all), an empty match right
    /// after another one is found; it is not replaced.
    fn replaced(&mut self, text: &[u8], slots: usize, budget: &mut Budget) -> Result<Vec<usize>, Failure> {
        let mut all = Vec::new();
        let mut place = 0;
        let subject = Subject::of(text, budget)?;
        let text = subject.bytes();
        while place <= text.len() {
            budget.make(slots.saturating_mul(GROWING * size_of::<usize>()))?;
            let Some(found) = self.automaton.find(text, place, slots, budget)? else { break };
            all.extend((0..slots).map(|slot| found.slot(slot).unwrap_or(NOWHERE)));
            let end = found.slot(1).unwrap_or(place);
            place = end.max(super::next_place(text, place));
        }
        Ok(all)
    }

    /// Takes a replacement apart. A dollar that begins no name stays.
    fn pieces<'a>(&self, replacement: &'a [u8], budget: &mut Budget) -> Result<Vec<Piece<'a>>, Failure> {
        let mut pieces = Vec::new();
        let mut rest = replacement;
        while let Some(dollar) = memchr(b'$', rest) {
            budget.make(2 * size_of::<Piece<'_>>())?;
            let (before, after) = rest.split_at_checked(dollar).unwrap_or((rest, b""));
            pieces.push(Piece::Text(before));
            let (dollar, after) = after.split_at_checked(1).unwrap_or((b"", after));
            if let Some(after) = after.strip_prefix(b"$") {
                pieces.push(Piece::Text(dollar));
                rest = after;
            } else if let Some((name, after)) = named(after) {
                pieces.push(Piece::Groups(self.groups_of(name, budget)?));
                rest = after;
            } else {
                pieces.push(Piece::Text(dollar));
                rest = after;
            }
        }
        pieces.push(Piece::Text(rest));
        Ok(pieces)
    }

    fn groups_of(&self, name: &[u8], budget: &mut Budget) -> Result<Vec<usize>, Failure> {
        if let Some(number) = number(name) {
            return Ok(vec![number]);
        }
        budget.spend(self.groups.len() as u64 / 4)?;
        let named = self.groups.iter().enumerate().filter(|(_, group)| group.as_bytes() == name);
        let groups: Vec<_> = named.map(|(index, _)| index + 1).collect();
        budget.make(groups.len().saturating_mul(size_of::<usize>()))?;
        Ok(groups)
    }
}

/// Calls with all parts of the result, in order.
fn write(text: &[u8], matches: &[usize], slots: usize, pieces: &[Piece<'_>], mut part: impl FnMut(&[u8])) {
    let mut last = 0;
    for found in matches.chunks_exact(slots) {
        let [start, end, ..] = found else { continue };
        part(text.get(last..*start).unwrap_or_default());
        // An empty match right after another one is passed over.
        if *end > last || *start == 0 {
            for piece in pieces {
                part(match piece {
                    Piece::Text(text) => text,
                    Piece::Groups(groups) => groups
                        .iter()
                        .find_map(|group| text.get(group_range(found, *group)?))
                        .unwrap_or_default(),
                });
            }
        }
        last = *end;
    }
    part(text.get(last..).unwrap_or_default());
}

fn group_range(found: &[usize], group: usize) -> Option<Range<usize>> {
    let slot = group.checked_mul(2)?;
    let (start, end) = (*found.get(slot)?, *found.get(slot + 1)?);
    (start != NOWHERE && end != NOWHERE).then_some(start..end)
}

/// The name after a dollar, in braces or as long as it can be, and what follows it.
fn named(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"{");
    let braced = inner.is_some();
    let text = inner.unwrap_or(text);
    let in_name = |rune: char| unicode::is_letter(rune) || unicode::is_digit(rune) || rune == '_';
    let length = unicode::runes(text).take_while(|(rune, _)| in_name(*rune)).map(|(_, own)| own.len()).sum();
    let (name, rest) = text.split_at_checked(length).filter(|(name, _)| !name.is_empty())?;
    if braced { rest.strip_prefix(b"}").map(|rest| (name, rest)) } else { Some((name, rest)) }
}

/// A group's number; a name of digits that begin with a zero is none.
fn number(name: &[u8]) -> Option<usize> {
    let leading_zero = matches!(name, [b'0', _, ..]);
    if leading_zero || name.len() > 9 || !name.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(name).ok()?.parse().ok()
}
