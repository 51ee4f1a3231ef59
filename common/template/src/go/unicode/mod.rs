//! `unicode` and `unicode/utf8`: runes of byte strings, their kinds and their simple case mappings, of Unicode 15.0.0.

mod tables;

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex_syntax::hir::{Class, Hir, HirKind};

/// The last rune that has another case.
pub(crate) const LAST_FOLDED: u32 = 0x1E943;

/// What an invalid byte is seen as.
pub(crate) const INVALID: char = char::REPLACEMENT_CHARACTER;

/// The first rune and its width; a byte that begins no valid UTF-8 is [`INVALID`] of width 1. None at the end.
pub(crate) fn decode(bytes: &[u8]) -> Option<(char, usize)> {
    let first = *bytes.first()?;
    let width = match first {
        ..0x80 => return Some((char::from(first), 1)),
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return Some((INVALID, 1)),
    };
    let rune =
        bytes.get(..width).and_then(|bytes| str::from_utf8(bytes).ok()).and_then(|text| text.chars().next());
    Some(rune.map_or((INVALID, 1), |rune| (rune, width)))
}

/// The last rune and its width, as [`decode`].
pub(crate) fn decode_last(bytes: &[u8]) -> Option<(char, usize)> {
    let end = bytes.len();
    for width in 1..=end.min(4) {
        match bytes.get(end - width..).and_then(decode) {
            Some((rune, whole)) if whole == width && (rune != INVALID || width == 3) => {
                return Some((rune, width));
            }
            _ => {}
        }
    }
    (end > 0).then_some((INVALID, 1))
}

/// The runes of a byte string, as `range` goes through it: each with its bytes.
#[derive(Clone)]
pub(crate) struct Runes<'a>(&'a [u8]);

pub(crate) fn runes(bytes: &[u8]) -> Runes<'_> {
    Runes(bytes)
}

impl<'a> Iterator for Runes<'a> {
    type Item = (char, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (rune, width) = decode(self.0)?;
        let (own, rest) = self.0.split_at_checked(width)?;
        self.0 = rest;
        Some((rune, own))
    }
}

/// `unicode.ToUpper`.
pub(crate) fn to_upper(rune: char) -> char {
    match rune {
        ..'\u{80}' => rune.to_ascii_uppercase(),
        _ if is_later(rune) => rune,
        _ => to_simple(rune.to_uppercase()).unwrap_or_else(|| title_of_iota(rune)),
    }
}

/// `unicode.ToLower`.
pub(crate) fn to_lower(rune: char) -> char {
    match rune {
        ..'\u{80}' => rune.to_ascii_lowercase(),
        // The one whose full mapping has two characters.
        '\u{130}' => 'i',
        _ if is_later(rune) => rune,
        _ => to_simple(rune.to_lowercase()).unwrap_or(rune),
    }
}

/// `unicode.ToTitle`.
pub(crate) fn to_title(rune: char) -> char {
    match rune {
        '\u{1C4}'..='\u{1C6}' => '\u{1C5}',
        '\u{1C7}'..='\u{1C9}' => '\u{1C8}',
        '\u{1CA}'..='\u{1CC}' => '\u{1CB}',
        '\u{1F1}'..='\u{1F3}' => '\u{1F2}',
        // Georgian writes no titles.
        '\u{10D0}'..='\u{10FF}' => rune,
        _ => to_upper(rune),
    }
}

/// `unicode.SimpleFold`: the next larger rune that differs in case only, or else the smallest.
pub(crate) fn simple_fold(rune: char) -> char {
    match rune {
        ..'A'
        | '\u{2D2E}'..='\u{A63F}'
        | '\u{ABC0}'..='\u{FAFF}'
        | '\u{FF5B}'..='\u{103FF}'
        | '\u{1E944}'.. => {
            return rune;
        }
        // The Turkish letters, which fold to nothing else.
        '\u{130}' | '\u{131}' => return rune,
        // Sharp s, which is upper case's lower case, but has no upper case itself.
        '\u{DF}' => return '\u{1E9E}',
        _ => {}
    }
    for orbit in tables::ORBITS {
        if let Some(place) = orbit.iter().position(|other| *other == rune) {
            return orbit.get(place + 1).or(orbit.first()).copied().unwrap_or(rune);
        }
    }
    let lower = to_lower(rune);
    if lower != rune { lower } else { to_upper(rune) }
}

/// `unicode.IsUpper`.
pub(crate) fn is_upper(rune: char) -> bool {
    match rune {
        '\u{2160}'..='\u{216F}' | '\u{24B6}'..='\u{24CF}' | '\u{1F130}'..='\u{1F189}' => false,
        _ => rune.is_uppercase() && !is_later(rune),
    }
}

/// `unicode.IsTitle`.
pub(crate) fn is_title(rune: char) -> bool {
    matches!(
        rune,
        '\u{1C5}' | '\u{1C8}' | '\u{1CB}' | '\u{1F2}' | '\u{1F88}'..='\u{1F8F}' | '\u{1F98}'..='\u{1F9F}'
            | '\u{1FA8}'..='\u{1FAF}' | '\u{1FBC}' | '\u{1FCC}' | '\u{1FFC}'
    )
}

/// `unicode.IsLower`.
pub(crate) fn is_lower(rune: char) -> bool {
    // U+0295 has become caseless since.
    rune == '\u{295}' || (rune.is_lowercase() && !within(tables::OTHER_LOWER, rune))
}

/// `unicode.IsSpace`.
pub(crate) fn is_space(rune: char) -> bool {
    rune.is_whitespace()
}

/// `unicode.IsLetter`.
pub(crate) fn is_letter(rune: char) -> bool {
    if rune.is_ascii() { rune.is_ascii_alphabetic() } else { within(tables::LETTERS, rune) }
}

/// `unicode.IsDigit`: a decimal digit.
pub(crate) fn is_digit(rune: char) -> bool {
    if rune.is_ascii() { rune.is_ascii_digit() } else { within(tables::DIGITS, rune) }
}

/// `unicode.IsNumber`: digits, Roman numerals, fractions …
pub(crate) fn is_number(rune: char) -> bool {
    rune.is_numeric() && !is_later(rune)
}

/// `unicode.IsPunct`.
pub(crate) fn is_punct(rune: char) -> bool {
    within(tables::PUNCTUATION, rune)
}

/// `unicode.IsPrint` and `strconv.IsPrint`: a letter, mark, number, punctuation, symbol, or the ASCII blank.
pub(crate) fn is_print(rune: char) -> bool {
    if rune.is_ascii() { (' '..='~').contains(&rune) } else { within(&PRINTABLE, rune) }
}

/// What Unicode 15.0.0 has to show: letters, marks, numbers, punctuation and symbols. Taken from the tables of the regexp library
/// once, since a table of our own would be another thing to keep up. A static, since errors are quoted outside of any run.
static PRINTABLE: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| {
    let class = regex_syntax::parse(r"[[\p{L}\p{M}\p{N}\p{P}\p{S}]&&\p{age:15.0}]");
    match class.map(Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        // Not reached, as the tests show; it would escape everything beyond ASCII.
        _ => Vec::new(),
    }
});

/// Whether Unicode 15.0.0 does not know it, or not yet as what it is to the standard library.
fn is_later(rune: char) -> bool {
    within(tables::LATER, rune)
}

fn within(ranges: &[(u32, u32)], rune: char) -> bool {
    let rune = u32::from(rune);
    let place = |(first, last): &(u32, u32)| {
        if rune < *first {
            Ordering::Greater
        } else if rune > *last {
            Ordering::Less
        } else {
            Ordering::Equal
        }
    };
    ranges.binary_search_by(place).is_ok()
}

/// A full mapping that is a simple one.
fn to_simple(mut mapped: impl ExactSizeIterator<Item = char>) -> Option<char> {
    if mapped.len() == 1 { mapped.next() } else { None }
}

/// Greek letters with an iota below have two upper case characters in full, and one title case character, which is the
/// simple mapping of both.
fn title_of_iota(rune: char) -> char {
    match rune {
        '\u{1F80}'..='\u{1F87}' | '\u{1F90}'..='\u{1F97}' | '\u{1FA0}'..='\u{1FA7}' => {
            char::from_u32(u32::from(rune) + 8).unwrap_or(rune)
        }
        '\u{1FB3}' => '\u{1FBC}',
        '\u{1FC3}' => '\u{1FCC}',
        '\u{1FF3}' => '\u{1FFC}',
        _ => rune,
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// The digest is Go's own, over every rune's upper, lower and title case, its next in folding, and its kinds, as
    /// 32-bit numbers, little-endian.
    #[test]
    fn every_rune_is_as_go_has_it() {
        let mut digest = Sha256::new();
        for rune in '\0'..=char::MAX {
            let kinds = [is_upper, is_lower, is_title, is_space, is_letter, is_digit, is_number, is_punct]
                .map(|kind| kind(rune));
            let kinds = kinds.iter().rev().fold(0, |bits, kind| bits << 1 | u32::from(*kind));
            let mapped = [to_upper, to_lower, to_title, simple_fold].map(|map| u32::from(map(rune)));
            for number in mapped.into_iter().chain([kinds]) {
                digest.update(number.to_le_bytes());
            }
        }
        let hex: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "34cdfe90dd2a09f4ba2f0f8ca3e82f72e4bb9028253f269baf303e13f5cdb603");
    }

    /// The digest is Go's own, over a byte for every rune: whether it prints.
    #[test]
    fn every_rune_prints_as_in_go() {
        let printed: Vec<u8> = ('\0'..=char::MAX).map(|rune| u8::from(is_print(rune))).collect();
        let hex: String = Sha256::digest(&printed).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "6807be73edc48385d4751b3a6fa6998cfd2d5709b54f67f0740b6f45f18a3f5c");
    }

    #[test]
    fn invalid_bytes_are_one_replacement_each() {
        let widths = |bytes| runes(bytes).map(|(rune, own)| (rune, own.len())).collect::<Vec<_>>();
        assert_eq!(widths(b"a\xe9\xe2\x82\xac"), [('a', 1), (INVALID, 1), ('€', 3)]);
        assert_eq!(widths(b"\xed\xa0\x80"), [(INVALID, 1); 3], "a surrogate");
        assert_eq!(widths(b"\xe2\x82"), [(INVALID, 1); 2], "cut off");
        assert_eq!(decode_last(b"a\xe2\x82\xac"), Some(('€', 3)));
        assert_eq!(decode_last("a\u{fffd}".as_bytes()), Some((INVALID, 3)));
        assert_eq!(decode_last(b"a\xc3\x28\xff"), Some((INVALID, 1)));
        assert_eq!(decode_last(b""), None);
    }
}
