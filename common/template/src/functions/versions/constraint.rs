//! Constraints: groups joined by `||`, of which one must hold, each of comparisons joined by commas or blanks, which must all
//! hold. `1.2 - 2.3` is `>= 1.2, <= 2.3`.

use crate::budget::Budget;
use crate::error::WITHHELD;
use crate::functions::versions::comparison::Comparison;
use crate::functions::versions::hyphen;
use crate::functions::versions::pattern::{Pieces, pieces};
use crate::functions::versions::version::Version;
use crate::machine::Failure;

/// Comparisons that must all hold.
pub(super) struct Group {
    comparisons: Vec<Comparison>,
    /// Whether versions with a prerelease can satisfy it: one of the comparisons has one.
    has_prerelease: bool,
}

/// Reads a constraint.
pub(super) fn parse(budget: &mut Budget, text: &[u8]) -> Result<Vec<Group>, Failure> {
    let text = hyphen::rewrite(budget, text)?;
    // A comparison takes some hundred bytes, for a blank and a digit.
    budget.make(text.len().saturating_mul(64))?;
    budget.spend(text.len() as u64 * 2)?;
    let mut groups = Vec::new();
    let mut rest = Some(&text[..]);
    while let Some(text) = rest {
        let end = text.windows(2).position(|pair| pair == b"||");
        let (group, after) = match end {
            Some(end) => (text.get(..end).unwrap_or_default(), text.get(end + 2..)),
            None => (text, None),
        };
        rest = after;
        groups.push(parse_group(group)?);
    }
    Ok(groups)
}

/// Whether a version satisfies one of the groups.
pub(super) fn check(budget: &mut Budget, groups: &[Group], version: &Version) -> Result<bool, Failure> {
    let version = version.parts();
    for group in groups {
        let mut all = true;
        for comparison in &group.comparisons {
            budget.spend(version.prerelease.len() as u64 / 4 + 1)?;
            // A version with a prerelease is for those alone who ask for one.
            all = (version.prerelease.is_empty() || group.has_prerelease) && comparison.holds(&version);
            if !all {
                break;
            }
        }
        if all {
            return Ok(true);
        }
    }
    Ok(false)
}

fn parse_group(text: &[u8]) -> Result<Group, Failure> {
    let mut comparisons = Vec::new();
    // The whole group is looked at before any of its versions is.
    let items = items(text).ok_or_else(|| Failure::said(format!("improper constraint: {WITHHELD}")))?;
    for (operator, text) in items {
        let comparison = Comparison::parse(operator, text);
        comparisons.push(comparison.ok_or_else(|| Failure::said("constraint parser error"))?);
    }
    let has_prerelease = comparisons.iter().any(Comparison::has_prerelease);
    Ok(Group { comparisons, has_prerelease })
}

/// An operator and a version.
type Item<'a> = (&'a [u8], &'a [u8]);

fn items(text: &[u8]) -> Option<Vec<Item<'_>>> {
    let mut items = Vec::new();
    let mut rest = without_blanks(text);
    loop {
        let (operator, after) = operator(rest);
        let version = without_blanks(after);
        let (_, after) = part(version)?;
        items.push((operator, version.get(..version.len() - after.len())?));
        let next = without_blanks(after);
        rest = match next {
            [] => return Some(items),
            [b',', next @ ..] => without_blanks(next),
            _ if next.len() < after.len() => next,
            _ => return None,
        };
    }
}

fn operator(text: &[u8]) -> (&[u8], &[u8]) {
    const OPERATORS: [&[u8]; 11] = [b"!=", b">=", b"=>", b"<=", b"=<", b"~>", b"=", b">", b"<", b"~", b"^"];
    let found = OPERATORS.into_iter().find(|operator| text.starts_with(operator)).unwrap_or_default();
    text.split_at(found.len())
}

/// What looks like a version at the beginning of a text, and what follows. Go's pattern takes `|` for a digit.
pub(super) fn part(text: &[u8]) -> Option<(Pieces<'_>, &[u8])> {
    pieces(text, |b| b.is_ascii_digit() || matches!(b, b'|' | b'x' | b'X' | b'*'))
}

/// Go's blanks: without the vertical tab.
pub(super) fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

/// Without those at its beginning.
pub(super) fn without_blanks(text: &[u8]) -> &[u8] {
    text.get(text.iter().take_while(|&&b| is_blank(b)).count()..).unwrap_or_default()
}
