//! Names taken apart into words, as huandu/xstrings does it.

use crate::go::unicode;

/// What a word is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No rune at all, or only bytes that are no UTF-8.
    Invalid,
    Number,
    Capitals,
    Letters,
    Connector,
    Punctuation,
    Other,
}

/// A word, and what follows it.
pub(super) struct Word<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a [u8],
    pub(super) rest: &'a [u8],
}

/// The first word of a text.
pub(super) fn next_word(text: &[u8]) -> Word<'_> {
    let (first, mut length) = next_valid(text, unicode::INVALID);
    let mut scan = Scan { text, last: first };
    let kind = match first {
        unicode::INVALID => Kind::Invalid,
        _ if is_connector(first) => {
            length = scan.over(length, is_connector);
            Kind::Connector
        }
        _ if unicode::is_punct(first) => {
            length = scan.over(length, unicode::is_punct);
            Kind::Punctuation
        }
        _ if unicode::is_upper(first) => {
            length = scan.capitals(length);
            Kind::Capitals
        }
        _ if is_alphabet(first) => {
            length = scan.over(length, is_small);
            Kind::Letters
        }
        _ if unicode::is_number(first) => {
            length = scan.over(length, unicode::is_number);
            Kind::Number
        }
        _ => {
            length = scan.over(length, is_other);
            Kind::Other
        }
    };
    let (text, rest) = text.split_at_checked(length).unwrap_or((text, b""));
    Word { kind, text, rest }
}

/// What stands between words.
pub(super) fn is_connector(rune: char) -> bool {
    rune == '-' || rune == '_' || unicode::is_space(rune)
}

/// A letter but for most Chinese characters, which each are a word of their own kind.
fn is_alphabet(rune: char) -> bool {
    let chinese =
        matches!(rune, '\u{3400}'..='\u{4D85}' | '\u{4E00}'..='\u{9FCC}' | '\u{20000}'..='\u{2B81D}');
    unicode::is_letter(rune) && !chinese
}

fn is_small(rune: char) -> bool {
    is_alphabet(rune) && !unicode::is_upper(rune)
}

fn is_other(rune: char) -> bool {
    !is_connector(rune) && !is_alphabet(rune) && !unicode::is_number(rune) && !unicode::is_punct(rune)
}

/// Goes through a word, with the last valid rune seen.
struct Scan<'a> {
    text: &'a [u8],
    last: char,
}

impl Scan<'_> {
    /// The length of the word as far as its runes are of the kind.
    fn over(&mut self, mut length: usize, belongs: fn(char) -> bool) -> usize {
        loop {
            let (rune, width) = self.next(length);
            if width == 0 || !belongs(rune) {
                return length;
            }
            length += width;
        }
    }

    /// A capital and small letters, or capitals but for the last one before small letters: `HTTPStatus` is two words.
    fn capitals(&mut self, length: usize) -> usize {
        let (rune, width) = self.next(length);
        if width == 0 || !is_alphabet(rune) {
            return length;
        }
        if !unicode::is_upper(rune) {
            return self.over(length + width, is_small);
        }
        let mut length = length + width;
        let mut last = width;
        loop {
            let (rune, width) = self.next(length);
            if width == 0 {
                return length;
            }
            if !unicode::is_upper(rune) {
                return if is_alphabet(rune) { length - last } else { length };
            }
            last = width;
            length += width;
        }
    }

    fn next(&mut self, from: usize) -> (char, usize) {
        let (rune, width) = next_valid(self.text.get(from..).unwrap_or_default(), self.last);
        self.last = rune;
        (rune, width)
    }
}

/// The next rune that is not U+FFFD with the width of all up to its end; at the end of the text the one before.
fn next_valid(text: &[u8], before: char) -> (char, usize) {
    let mut width = 0;
    for (rune, own) in unicode::runes(text) {
        width += own.len();
        if rune != unicode::INVALID {
            return (rune, width);
        }
    }
    (before, width)
}
