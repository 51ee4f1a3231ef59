//! A version: three numbers, a prerelease, metadata.

use std::cell::RefCell;

use zeroize::Zeroizing;

use crate::semver::pattern::{is_identifier, pieces};

/// A version as Masterminds/semver 3 reads it. Methods of the pointer can change it in place, for all who share it.
pub(crate) struct Version(RefCell<Parts>);

/// What a version holds.
#[derive(Clone, Default)]
pub(crate) struct Parts {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    pub(crate) prerelease: Zeroizing<String>,
    pub(crate) metadata: Zeroizing<String>,
    /// The text it was read from; of a version that was made from another one, its text, with the `v` of the other one.
    pub(crate) original: Zeroizing<String>,
}

/// Why a text is no version.
pub(crate) enum Refusal<'a> {
    Plain(&'static str),
    /// These digits are more than 64 bits.
    TooLarge(&'a [u8]),
}

impl<'a> Refusal<'a> {
    const INVALID: Self = Refusal::Plain("invalid semantic version");

    /// In Masterminds' words, with this in place of the digits.
    pub(crate) fn text(&self, digits: &str) -> String {
        match self {
            Refusal::Plain(text) => (*text).to_owned(),
            Refusal::TooLarge(_) => format!(
                "error parsing version segment: strconv.ParseUint: parsing \"{digits}\": value out of range"
            ),
        }
    }

    /// The digits that are too many.
    pub(crate) fn digits(&self) -> &'a [u8] {
        match self {
            Refusal::Plain(_) => &[],
            Refusal::TooLarge(digits) => digits,
        }
    }
}

impl Version {
    /// What one takes beside its text: three numbers and three small texts.
    pub(crate) const SIZE: usize = 256;

    /// Reads a version that may lack minor and patch and may begin with `v`. Zeros may lead in the numbers, not in a prerelease.
    ///
    /// # Errors
    /// What is no version.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Refusal<'_>> {
        let (pieces, rest) = pieces(text, |b| b.is_ascii_digit()).ok_or(Refusal::INVALID)?;
        if !rest.is_empty() {
            return Err(Refusal::INVALID);
        }
        let mut numbers = [0; 3];
        for (number, digits) in numbers.iter_mut().zip(&pieces.numbers) {
            *number = ascii(digits).parse().map_err(|_| Refusal::TooLarge(digits))?;
        }
        if !pieces.prerelease.is_empty() {
            check_prerelease(pieces.prerelease).map_err(Refusal::Plain)?;
        }
        let [major, minor, patch] = numbers;
        let prerelease = ascii(pieces.prerelease);
        let metadata = ascii(pieces.metadata);
        Ok(Version::of(Parts { major, minor, patch, prerelease, metadata, original: ascii(text) }))
    }

    pub(crate) fn of(parts: Parts) -> Self {
        Version(RefCell::new(parts))
    }

    /// 0.0.0, read from nothing.
    pub(crate) fn zero() -> Self {
        Version::of(Parts::default())
    }

    /// What it holds now.
    pub(crate) fn parts(&self) -> Parts {
        self.0.borrow().clone()
    }

    /// Becomes another version, as `Scan` and the Unmarshal methods of the pointer do it, and `mergeOverwrite`.
    pub(crate) fn replace(&self, other: &Version) {
        let parts = other.parts();
        *self.0.borrow_mut() = parts;
    }

    /// Bytes of the text it was read from: what comparing it costs.
    pub(crate) fn size(&self) -> usize {
        self.0.borrow().original.len()
    }

    /// Its `String()`: complete, and without the `v`.
    pub(crate) fn text(&self) -> String {
        self.0.borrow().text()
    }

    /// Go's `==` of two versions that are no pointers, and what `reflect.DeepEqual` says of both kinds.
    pub(crate) fn is_same(&self, other: &Version) -> bool {
        let (a, b) = (self.0.borrow(), other.0.borrow());
        (a.major, a.minor, a.patch) == (b.major, b.minor, b.patch)
            && (&*a.prerelease, &*a.metadata, &*a.original) == (&*b.prerelease, &*b.metadata, &*b.original)
    }
}

impl Parts {
    pub(super) fn text(&self) -> String {
        let Parts { major, minor, patch, prerelease, metadata, .. } = self;
        let mut text = String::with_capacity(64 + prerelease.len() + metadata.len());
        text.push_str(&format!("{major}.{minor}.{patch}"));
        for (mark, part) in [('-', prerelease), ('+', metadata)] {
            if !part.is_empty() {
                text.push(mark);
                text.push_str(part);
            }
        }
        text
    }

    /// A version made from this one, whose original text begins with `v` where this one's does.
    pub(crate) fn changed(mut self) -> Version {
        let mark = if self.original.starts_with('v') { "v" } else { "" };
        self.original = Zeroizing::new(format!("{mark}{}", self.text()));
        Version::of(self)
    }
}

/// Whether a text can be a prerelease.
pub(crate) fn check_prerelease(text: &[u8]) -> Result<(), &'static str> {
    for part in text.split(|&b| b == b'.') {
        if part.is_empty() || !part.iter().all(|&b| is_identifier(b)) {
            return Err("invalid prerelease string");
        }
        if part.len() > 1 && part.starts_with(b"0") && part.iter().all(u8::is_ascii_digit) {
            return Err("version segment starts with 0");
        }
    }
    Ok(())
}

/// Whether a text can be metadata.
pub(crate) fn check_metadata(text: &[u8]) -> Result<(), &'static str> {
    let is_good = |part: &[u8]| !part.is_empty() && part.iter().all(|&b| is_identifier(b));
    if text.split(|&b| b == b'.').all(is_good) { Ok(()) } else { Err("invalid metadata string") }
}

/// A text that was checked: nothing else than ASCII is in it.
pub(crate) fn ascii(text: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(text.iter().map(|&b| char::from(b)).collect())
}
