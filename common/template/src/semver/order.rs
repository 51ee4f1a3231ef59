//! Which of two versions is the greater one.

use std::cmp::Ordering;

use crate::semver::version::Parts;

/// By numbers, then by prerelease; metadata does not count.
pub(crate) fn compare(a: &Parts, b: &Parts) -> Ordering {
    (a.major, a.minor, a.patch).cmp(&(b.major, b.minor, b.patch)).then_with(|| {
        match (a.prerelease.is_empty(), b.prerelease.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_prereleases(&a.prerelease, &b.prerelease),
        }
    })
}

/// Identifier by identifier. An empty prerelease is the least here.
pub(super) fn compare_prereleases(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let (a, b) = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => (a.unwrap_or_default(), b.unwrap_or_default()),
        };
        match compare_identifiers(a, b) {
            Ordering::Equal => {}
            other => return other,
        }
    }
}

/// An absent one is the least, then numbers, then texts. A number beyond 64 bits is a text.
fn compare_identifiers(a: &str, b: &str) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return a.len().cmp(&b.len());
    }
    match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}
