//! Repeats: `*`, `+`, `?`, `{2,3}`.

use crate::go::regexp::error::{self, Refusal};
use crate::go::regexp::parser::{LAZY, Parser};
use crate::go::regexp::tree::MAX_REPEAT;

impl Parser<'_> {
    /// Repeats what is before. `start` is where the operator began, `last` where the operator right before it did.
    pub(super) fn repeat(
        &mut self,
        start: usize,
        min: u32,
        max: Option<u32>,
        last: Option<usize>,
    ) -> Result<(), Refusal> {
        let mut lazy = self.has(LAZY);
        if self.peek(0) == Some(b'?') {
            self.place += 1;
            lazy = !lazy;
        }
        if let Some(last) = last {
            return Err(Self::error_at(error::REPEAT_OPERATOR, last, self.place));
        }
        let Some(item) = self.group.items.pop() else {
            return Err(Self::error_at(error::MISSING_ARGUMENT, start, self.place));
        };
        let item = self.tree.repeat(item, min, max, !lazy).map_err(|reason| match reason {
            error::REPEAT_SIZE => Self::error_at(reason, start, self.place),
            reason => Self::error_at(reason, 0, self.pattern.len()),
        })?;
        self.group.items.push(item);
        Ok(())
    }

    /// `{2}`, `{2,}` or `{2,3}`, and past it; nothing where the brace stands for itself.
    pub(super) fn counts(&mut self) -> Result<Option<(u32, Option<u32>)>, Refusal> {
        let start = self.place;
        let rest = self.rest();
        let inside = |byte: &u8| *byte == b',' || byte.is_ascii_digit();
        let end = 1 + rest.iter().skip(1).take_while(|byte| inside(byte)).count();
        let Some(inner) = rest.get(1..end).filter(|_| rest.get(end) == Some(&b'}')) else { return Ok(None) };
        let comma = memchr::memchr(b',', inner);
        let (first, second) = match comma {
            Some(comma) => (inner.get(..comma), inner.get(comma + 1..)),
            None => (Some(inner), None),
        };
        let Some(min) = first.and_then(count) else { return Ok(None) };
        let max = match second {
            None => Some(min),
            Some(b"") => None,
            Some(digits) => match count(digits) {
                Some(max) => Some(max),
                None => return Ok(None),
            },
        };
        self.place += end + 1;
        if min > MAX_REPEAT || max.is_some_and(|max| max > MAX_REPEAT || min > max) {
            return Err(Self::error_at(error::REPEAT_SIZE, start, self.place));
        }
        Ok(Some((min, max)))
    }
}

/// A count without leading zeros; one beyond all limits is the largest.
fn count(digits: &[u8]) -> Option<u32> {
    let leading_zero = matches!(digits, [b'0', _, ..]);
    if digits.is_empty() || leading_zero || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |n: u32, digit| n.saturating_mul(10).saturating_add(u32::from(digit - b'0'))))
}
