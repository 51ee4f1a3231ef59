//! `strconv`'s quoted texts and characters.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, Hir, HirKind};

/// Which characters a quoted text shows as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Those that [`is_print`] (`%q`).
    Printable,
    /// Of these the ASCII ones alone (`%+q`).
    Ascii,
}

/// `strconv.Quote` and `strconv.QuoteToASCII`. Up to ten times as long as the text.
pub(crate) fn quote(text: &[u8], shown: Shown) -> Vec<u8> {
    let mut length: usize = 0;
    quote_to(text, shown, |piece| length = length.saturating_add(piece.len()));
    let mut out = Vec::with_capacity(length);
    quote_to(text, shown, |piece| out.extend_from_slice(piece));
    out
}

/// [`quote`] for what is a name or a piece of a template: `%q`.
pub(crate) fn quoted(text: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(&quote(text.as_ref(), Shown::Printable)).into_owned()
}

/// Hands the quoted text over piece by piece, each of whole characters.
pub(crate) fn quote_to(text: &[u8], shown: Shown, mut put: impl FnMut(&[u8])) {
    put(b"\"");
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            escape(character, '"', shown, &mut put);
        }
        for byte in chunk.invalid() {
            put(format!("\\x{byte:02x}").as_bytes());
        }
    }
    put(b"\"");
}

/// `strconv.QuoteRune` and `strconv.QuoteRuneToASCII`; what is no character becomes U+FFFD.
pub(crate) fn quote_rune(rune: u64, shown: Shown) -> Vec<u8> {
    let mut out = b"'".to_vec();
    escape(character(rune), '\'', shown, &mut |piece| out.extend_from_slice(piece));
    out.push(b'\'');
    out
}

/// The character of that number, or U+FFFD.
pub(crate) fn character(rune: u64) -> char {
    u32::try_from(rune).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// `strconv.CanBackquote`: whether the text can stand between backquotes on one line.
pub(crate) fn can_backquote(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        text.chars()
            .all(|character| character == '\t' || !matches!(character, ..' ' | '`' | '\x7f' | '\u{feff}'))
    })
}

/// `strconv.IsPrint`: a letter, mark, number, punctuation, symbol, or the ASCII blank.
pub(crate) fn is_print(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    PRINTABLE
        .binary_search_by(|(first, last)| {
            if *last < character {
                std::cmp::Ordering::Less
            } else if *first > character {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        })
        .is_ok()
}

/// The printable characters as of Unicode 15.0, which is the edition of Go 1.26. Taken from the tables of the regexp library
/// once, since a table of our own would be another thing to keep up.
static PRINTABLE: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let class = regex_syntax::parse(r"[[\p{L}\p{M}\p{N}\p{P}\p{S}]&&\p{age:15.0}]");
    match class.map(Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => {
            class.ranges().iter().map(|range| (range.start(), range.end())).collect()
        }
        // Not reached, as the tests show; it would escape everything beyond ASCII.
        _ => Vec::new(),
    }
});

fn escape(character: char, quote: char, shown: Shown, put: &mut impl FnMut(&[u8])) {
    let escaped = match character {
        '\\' => "\\\\",
        '"' if quote == '"' => "\\\"",
        '\'' if quote == '\'' => "\\'",
        '\x07' => "\\a",
        '\x08' => "\\b",
        '\x0c' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\x0b' => "\\v",
        character if is_print(character) && (shown == Shown::Printable || character.is_ascii()) => {
            return put(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        character => {
            let escaped = match u32::from(character) {
                code @ (..0x20 | 0x7f) => format!("\\x{code:02x}"),
                code @ ..0x1_0000 => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            };
            return put(escaped.as_bytes());
        }
    };
    put(escaped.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let quoted = |text: &[u8], shown| String::from_utf8(quote(text, shown)).unwrap();
        assert_eq!(
            quoted(b"a\"b'\\\x07\x00\x7f\xff\xe2\x82", Shown::Printable),
            r#""a\"b'\\\a\x00\x7f\xff\xe2\x82""#
        );
        let text = "é\u{ad}\u{200b}\u{e000}\u{1f44d}\u{fffd}\u{10ffff}".as_bytes();
        assert_eq!(quoted(text, Shown::Printable), "\"é\\u00ad\\u200b\\ue000👍\u{fffd}\\U0010ffff\"");
        assert_eq!(quoted(text, Shown::Ascii), r#""\u00e9\u00ad\u200b\ue000\U0001f44d\ufffd\U0010ffff""#);
    }

    #[test]
    fn runes() {
        let quoted = |rune| String::from_utf8(quote_rune(rune, Shown::Printable)).unwrap();
        assert_eq!(quoted(0x27), r"'\''");
        assert_eq!(quoted(0x22), "'\"'");
        assert_eq!(quoted(0xd800), "'\u{fffd}'");
        assert_eq!(quoted(u64::MAX), "'\u{fffd}'");
    }

    #[test]
    fn backquotes_stand_around_one_line() {
        assert!(can_backquote("tab\t é".as_bytes()));
        for text in ["a`b", "a\nb", "\u{feff}", "\x7f"] {
            assert!(!can_backquote(text.as_bytes()), "{text:?}");
        }
        assert!(!can_backquote(b"\xff"));
    }

    #[test]
    fn printable_is_what_unicode_15_0_knows() {
        // Assigned in 15.0 and in 15.1; a number of another category than letters; private use.
        assert!(is_print('\u{1e4d0}') && is_print('\u{2460}'));
        assert!(!is_print('\u{2ebf0}') && !is_print('\u{e000}') && !is_print('\u{a0}'));
    }
}
