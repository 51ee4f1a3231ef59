//! Ranges with a hyphen.

use crate::budget::Budget;
use crate::functions::versions::constraint::{is_blank, part, without_blanks};
use crate::machine::Failure;

/// A range in a constraint.
struct Range<'a> {
    /// With the blanks around it.
    whole: &'a [u8],
    from: &'a [u8],
    to: &'a [u8],
    after: &'a [u8],
}

/// Writes each `1.2 - 2.3` as `>= 1.2, <= 2.3 `.
pub(super) fn rewrite(budget: &mut Budget, text: &[u8]) -> Result<Vec<u8>, Failure> {
    budget.make(text.len())?;
    let mut out = text.to_vec();
    let mut rest = text;
    while let Some(range) = next(budget, rest)? {
        let written = [b">= ", range.from, b", <= ", range.to, b" "].concat();
        // Go replaces the first text that reads the same, wherever it stands.
        budget.make(out.len().saturating_add(written.len()))?;
        let length = range.whole.len().max(1);
        budget.read(out.len().saturating_mul(length))?;
        if let Some(start) = out.windows(length).position(|piece| piece == range.whole) {
            out.splice(start..start + range.whole.len(), written);
        }
        rest = range.after;
    }
    Ok(out)
}

/// The first range.
fn next<'a>(budget: &mut Budget, text: &'a [u8]) -> Result<Option<Range<'a>>, Failure> {
    budget.read(text.len())?;
    for hyphen in text.iter().enumerate().filter(|(_, b)| **b == b'-').map(|(at, _)| at) {
        let (before, after) = text.split_at(hyphen);
        let (word, to) = (trim_end(before), without_blanks(after.get(1..).unwrap_or_default()));
        // Blanks on both sides, or it belongs to a version.
        if word.len() == before.len() || to.len() + 1 == after.len() {
            continue;
        }
        let Some((_, rest)) = part(to) else { continue };
        let start = word.iter().rposition(|&b| is_blank(b)).map_or(0, |at| at + 1);
        for from in start..word.len() {
            let version = word.get(from..).unwrap_or_default();
            budget.read(version.len())?;
            if part(version).is_some_and(|(_, rest)| rest.is_empty()) {
                // The blanks before it belong to it where nothing else of the word does.
                let begin =
                    if from == start { trim_end(word.get(..start).unwrap_or_default()).len() } else { from };
                let after = without_blanks(rest);
                let whole = text.get(begin..text.len() - after.len()).unwrap_or_default();
                let to = to.get(..to.len() - rest.len()).unwrap_or_default();
                return Ok(Some(Range { whole, from: version, to, after }));
            }
        }
    }
    Ok(None)
}

fn trim_end(text: &[u8]) -> &[u8] {
    text.get(..text.len() - text.iter().rev().take_while(|&&b| is_blank(b)).count()).unwrap_or_default()
}
