//! `strconv`'s quoted texts and characters.

use crate::go::backslash::{ByNumber, LOWER};
use crate::go::unicode::is_print;

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
        let valid = chunk.valid();
        let mut from = 0;
        for (at, character) in valid.char_indices().filter(|(_, character)| !is_shown(*character, '"', shown))
        {
            put(valid.get(from..at).unwrap_or_default().as_bytes());
            escape(character, &mut put);
            from = at + character.len_utf8();
        }
        put(valid.get(from..).unwrap_or_default().as_bytes());
        for byte in chunk.invalid() {
            put(&ByNumber::new(b'x', u32::from(*byte), 2, LOWER));
        }
    }
    put(b"\"");
}

/// `strconv.QuoteRune` and `strconv.QuoteRuneToASCII`; what is no character becomes U+FFFD.
pub(crate) fn quote_rune(rune: u64, shown: Shown) -> Vec<u8> {
    let mut out = b"'".to_vec();
    let character = character(rune);
    if is_shown(character, '\'', shown) {
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        escape(character, &mut |piece| out.extend_from_slice(piece));
    }
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

/// Whether a character stands for itself between such quotes.
fn is_shown(character: char, quote: char, shown: Shown) -> bool {
    character != quote
        && character != '\\'
        && (shown == Shown::Printable || character.is_ascii())
        && is_print(character)
}

fn escape(character: char, put: &mut impl FnMut(&[u8])) {
    let short: &[u8] = match character {
        '\\' => b"\\\\",
        '"' => b"\\\"",
        '\'' => b"\\'",
        '\x07' => b"\\a",
        '\x08' => b"\\b",
        '\x0c' => b"\\f",
        '\n' => b"\\n",
        '\r' => b"\\r",
        '\t' => b"\\t",
        '\x0b' => b"\\v",
        other => {
            return put(&match u32::from(other) {
                code @ (..0x20 | 0x7f) => ByNumber::new(b'x', code, 2, LOWER),
                code @ ..0x1_0000 => ByNumber::new(b'u', code, 4, LOWER),
                code => ByNumber::new(b'U', code, 8, LOWER),
            });
        }
    };
    put(short);
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
}
