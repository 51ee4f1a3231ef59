//! How JSON writes texts.

use crate::go::backslash::{ByNumber, LOWER};

/// Writes a text between quotes, piece by piece. `<`, `>` and `&` are escaped where it may land in HTML; U+2028 and U+2029
/// always; a byte that belongs to no character becomes `\ufffd`.
///
/// # Errors
/// Those of `put`.
pub(crate) fn quote_to<E>(
    text: &[u8],
    escape_html: bool,
    mut put: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    put(b"\"")?;
    for chunk in text.utf8_chunks() {
        let valid = chunk.valid();
        let mut from = 0;
        for (at, character) in
            valid.char_indices().filter(|(_, character)| is_escaped(*character, escape_html))
        {
            put(valid.get(from..at).unwrap_or_default().as_bytes())?;
            match short(character) {
                Some(short) => put(short)?,
                // None that is escaped has more digits.
                None => put(&ByNumber::new(b'u', u32::from(character), 4, LOWER))?,
            }
            from = at + character.len_utf8();
        }
        put(valid.get(from..).unwrap_or_default().as_bytes())?;
        for _ in chunk.invalid() {
            put(br"\ufffd")?;
        }
    }
    put(b"\"")
}

/// Whether a character cannot stand for itself.
fn is_escaped(character: char, escape_html: bool) -> bool {
    match character {
        '"' | '\\' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => true,
        '<' | '>' | '&' => escape_html,
        _ => false,
    }
}

/// The escape of a letter, where there is one.
fn short(character: char) -> Option<&'static [u8]> {
    Some(match character {
        '"' => b"\\\"",
        '\\' => b"\\\\",
        '\u{8}' => b"\\b",
        '\u{c}' => b"\\f",
        '\n' => b"\\n",
        '\r' => b"\\r",
        '\t' => b"\\t",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn quote(text: &[u8], escape_html: bool) -> String {
        let mut out = Vec::new();
        let Ok(()) = quote_to(text, escape_html, |piece| {
            out.extend_from_slice(piece);
            Ok::<(), Infallible>(())
        });
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escapes() {
        assert_eq!(
            quote(b"a\"\\/\x00\x1f\x7f\x08\x0c\n\r\t", true),
            r#""a\"\\/\u0000\u001f"#.to_owned() + "\x7f" + r#"\b\f\n\r\t""#
        );
        assert_eq!(
            quote("<>&é\u{2028}\u{2029}\u{fffd}".as_bytes(), true),
            "\"\\u003c\\u003e\\u0026é\\u2028\\u2029\u{fffd}\""
        );
        assert_eq!(quote(b"<>&", false), "\"<>&\"");
    }

    #[test]
    fn each_byte_outside_of_a_character_is_replaced() {
        assert_eq!(quote(b"\xff\xe2\x80a\xed\xa0\x80", true), r#""\ufffd\ufffd\ufffda\ufffd\ufffd\ufffd""#);
    }
}
