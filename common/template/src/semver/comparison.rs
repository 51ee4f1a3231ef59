//! One comparison of a constraint: an operator and a version that may be incomplete.

use std::cmp::Ordering;

use crate::semver::order::{compare, compare_prereleases};
use crate::semver::pattern::part;
use crate::semver::version::{Parts, Version, ascii};

pub(super) struct Comparison {
    operator: Operator,
    with: Parts,
    missing: Missing,
}

enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// What a version lacks, or has an x for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Nothing,
    Patch,
    /// Minor and patch.
    Minor,
    Everything,
}

impl Comparison {
    /// Reads a version that looks right. None for one that is none: an x among digits, a number too large, a prerelease with
    /// a zero before its digits.
    pub(super) fn parse(operator: &[u8], text: &[u8]) -> Option<Self> {
        let (pieces, _) = part(text)?;
        let is_open = |number: Option<&&[u8]>| number.is_none_or(|n| matches!(*n, b"x" | b"X" | b"*"));
        let [major, minor, patch] = [0, 1, 2].map(|index| pieces.numbers.get(index));
        let (missing, numbers) = match (is_open(major), is_open(minor), is_open(patch)) {
            (true, ..) => (Missing::Everything, [None, None, None]),
            (_, true, _) => (Missing::Minor, [major, None, None]),
            (_, _, true) => (Missing::Patch, [major, minor, None]),
            _ => (Missing::Nothing, [major, minor, patch]),
        };
        let mut version =
            numbers.map(|n| n.map_or_else(|| "0".to_owned(), |n| ascii(n).to_string())).join(".");
        if !pieces.prerelease.is_empty() {
            version.push('-');
            version.push_str(&ascii(pieces.prerelease));
        }
        let with = Version::parse(version.as_bytes()).ok()?.parts();
        let operator = match operator {
            b"" | b"=" => Operator::Equal,
            b"!=" => Operator::NotEqual,
            b">" => Operator::Greater,
            b"<" => Operator::Less,
            b">=" | b"=>" => Operator::GreaterOrEqual,
            b"<=" | b"=<" => Operator::LessOrEqual,
            b"~" | b"~>" => Operator::Tilde,
            _ => Operator::Caret,
        };
        Some(Comparison { operator, with, missing })
    }

    pub(super) fn has_prerelease(&self) -> bool {
        !self.with.prerelease.is_empty()
    }

    /// Whether a version satisfies it, its prerelease apart.
    pub(super) fn holds(&self, version: &Parts) -> bool {
        let order = compare(version, &self.with);
        match self.operator {
            Operator::Equal if self.missing == Missing::Nothing => order.is_eq(),
            Operator::Equal | Operator::Tilde => order.is_ge() && self.is_near(version),
            Operator::NotEqual => self.differs(version, order),
            Operator::Greater => match self.missing {
                // More than 1 begins with 2, more than 1.2 with 1.3.
                Missing::Minor => version.major > self.with.major,
                Missing::Patch => (version.major, version.minor) > (self.with.major, self.with.minor),
                // More than anything is what has a major version.
                Missing::Everything => version.major > self.with.major || order.is_gt(),
                Missing::Nothing => order.is_gt(),
            },
            Operator::Less => order.is_lt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::LessOrEqual => match self.missing {
                Missing::Nothing => order.is_le(),
                Missing::Minor => version.major <= self.with.major,
                Missing::Patch | Missing::Everything => {
                    (version.major, version.minor) <= (self.with.major, self.with.minor)
                }
            },
            Operator::Caret => order.is_ge() && self.is_compatible(version),
        }
    }

    /// `~`: the same major version, and minor version where there is one. 0.0.0 takes everything.
    fn is_near(&self, version: &Parts) -> bool {
        let with = &self.with;
        let is_complete = matches!(self.missing, Missing::Nothing | Missing::Everything);
        if (with.major, with.minor, with.patch) == (0, 0, 0) && is_complete {
            return true;
        }
        version.major == with.major && (version.minor == with.minor || self.missing == Missing::Minor)
    }

    /// `^`: the first number that is not 0 stays.
    fn is_compatible(&self, version: &Parts) -> bool {
        let with = &self.with;
        if with.major > 0 || self.missing == Missing::Minor {
            return version.major == with.major;
        }
        if version.major > 0 {
            return false;
        }
        if with.minor > 0 || self.missing == Missing::Patch {
            return version.minor == with.minor;
        }
        version.minor == 0 && version.patch == with.patch
    }

    fn differs(&self, version: &Parts, order: Ordering) -> bool {
        let with = &self.with;
        match self.missing {
            Missing::Nothing => order.is_ne(),
            _ if version.major != with.major => true,
            Missing::Minor => false,
            _ if version.minor != with.minor => true,
            Missing::Patch => compare_prereleases(&version.prerelease, &with.prerelease).is_ne(),
            Missing::Everything => order.is_ne(),
        }
    }
}
