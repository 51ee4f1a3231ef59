//! How JSON writes texts.

const HEX: &[u8; 16] = b"0123456789abcdef";

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
        for (at, character) in valid.char_indices() {
            let Some(escaped) = escape(character, escape_html) else { continue };
            put(valid.get(from..at).unwrap_or_default().as_bytes())?;
            put(&escaped)?;
            from = at + character.len_utf8();
        }
        put(valid.get(from..).unwrap_or_default().as_bytes())?;
        for _ in chunk.invalid() {
            put(br"\ufffd")?;
        }
    }
    put(b"\"")
}

/// How a character is written that cannot stand for itself.
fn escape(character: char, escape_html: bool) -> Option<Vec<u8>> {
    let short = |letter| Some(vec![b'\\', letter]);
    match character {
        '"' => short(b'"'),
        '\\' => short(b'\\'),
        '\u{8}' => short(b'b'),
        '\u{c}' => short(b'f'),
        '\n' => short(b'n'),
        '\r' => short(b'r'),
        '\t' => short(b't'),
        '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => Some(long(character)),
        '<' | '>' | '&' if escape_html => Some(long(character)),
        _ => None,
    }
}

fn long(character: char) -> Vec<u8> {
    let code = u32::from(character);
    let digit = |shift: u32| HEX.get((code >> shift & 0xf) as usize).copied().unwrap_or(b'0');
    vec![b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]
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
