//! Sets of runes.

use std::cmp::Ordering;

use zeroize::Zeroizing;

use crate::go::unicode;

/// The largest rune.
const LAST: u32 = char::MAX as u32;

/// A set of runes, surrogates included: Go's patterns may name them, though no text holds any.
#[derive(Clone, Default)]
pub(super) struct Ranges {
    /// Both ends included; sorted and apart from each other, once [`sort`](Self::sort) has been called.
    ranges: Zeroizing<Vec<(u32, u32)>>,
}

impl Ranges {
    pub(super) fn of(ranges: &[(u32, u32)]) -> Self {
        let mut all = Ranges { ranges: Zeroizing::new(ranges.to_vec()) };
        all.sort();
        all
    }

    pub(super) fn add(&mut self, first: u32, last: u32) {
        match self.ranges.last_mut() {
            Some((_, end)) if first == end.wrapping_add(1) => *end = last,
            _ => self.ranges.push((first, last)),
        }
    }

    pub(super) fn add_all(&mut self, other: &Ranges) {
        self.ranges.extend_from_slice(&other.ranges);
    }

    pub(super) fn sort(&mut self) {
        self.ranges.sort_unstable();
        let mut sorted: Vec<(u32, u32)> = Vec::with_capacity(self.ranges.len());
        for (first, last) in self.ranges.iter().copied() {
            match sorted.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => sorted.push((first, last)),
            }
        }
        self.ranges = Zeroizing::new(sorted);
    }

    /// All other runes; the set must be sorted.
    pub(super) fn negated(&self) -> Self {
        let mut other = Vec::with_capacity(self.ranges.len() + 1);
        let mut next = 0;
        for (first, last) in self.ranges.iter().copied() {
            if first > next {
                other.push((next, first - 1));
            }
            next = last + 1;
        }
        if next <= LAST {
            other.push((next, LAST));
        }
        Self::of(&other)
    }

    /// With all runes that differ from these in case only.
    pub(super) fn folded(&self) -> Self {
        let mut all = self.clone();
        for (first, last) in self.ranges.iter().copied() {
            for rune in (first..=last.min(unicode::LAST_FOLDED)).filter_map(char::from_u32) {
                let mut other = unicode::simple_fold(rune);
                while other != rune {
                    all.add(other.into(), other.into());
                    other = unicode::simple_fold(other);
                }
            }
        }
        all.sort();
        all
    }

    pub(super) fn has(&self, rune: u32) -> bool {
        let place = |(first, last): &(u32, u32)| match rune {
            _ if rune < *first => Ordering::Greater,
            _ if rune > *last => Ordering::Less,
            _ => Ordering::Equal,
        };
        self.ranges.binary_search_by(place).is_ok()
    }

    pub(super) fn is_ascii(&self) -> bool {
        self.ranges.last().is_none_or(|(_, last)| *last < 128)
    }

    /// The ranges, both ends included.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        self.ranges.iter().copied()
    }

    /// How many ranges there are.
    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// How many runes may have another case.
    pub(super) fn foldable(&self) -> u64 {
        let width = |(first, last): &(u32, u32)| {
            u64::from(last.min(&unicode::LAST_FOLDED).saturating_sub(*first)) + 1
        };
        self.ranges.iter().map(width).sum()
    }
}
