//! How `text/template` escapes texts for other languages.

use crate::go::backslash::{ByNumber, UPPER};
use crate::go::unicode::is_print;

/// One of the escapes here: hands the escaped text over piece by piece.
pub(crate) type Escape = fn(&[u8], &mut dyn FnMut(&[u8]));

/// For HTML: the five characters that mean something there, and NUL.
pub(crate) fn html(text: &[u8], give: &mut dyn FnMut(&[u8])) {
    let mut rest = text;
    while let Some(next) = rest.iter().position(|byte| html_entity(*byte).is_some()) {
        let (plain, from) = rest.split_at(next);
        give(plain);
        let Some((special, after)) = from.split_first() else { break };
        give(html_entity(*special).unwrap_or_default());
        rest = after;
    }
    give(rest);
}

fn html_entity(byte: u8) -> Option<&'static [u8]> {
    Some(match byte {
        0 => "\u{fffd}".as_bytes(),
        b'"' => b"&#34;",
        b'\'' => b"&#39;",
        b'&' => b"&amp;",
        b'<' => b"&lt;",
        b'>' => b"&gt;",
        _ => return None,
    })
}

/// For a text in quotes in JavaScript. Bytes that are no UTF-8 stay as they are.
pub(crate) fn js(text: &[u8], give: &mut dyn FnMut(&[u8])) {
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            js_character(character, give);
        }
        give(chunk.invalid());
    }
}

fn js_character(character: char, give: &mut dyn FnMut(&[u8])) {
    match character {
        '\\' => give(b"\\\\"),
        '\'' => give(b"\\'"),
        '"' => give(b"\\\""),
        '<' | '>' | '&' | '=' | '\0'..' ' => by_number(character, give),
        other if other.is_ascii() || is_print(other) => {
            give(other.encode_utf8(&mut [0; 4]).as_bytes());
        }
        other => by_number(other, give),
    }
}

/// With four digits, or more where there are more.
fn by_number(character: char, give: &mut dyn FnMut(&[u8])) {
    let code = u32::from(character);
    let digits = code.checked_ilog2().map_or(0, |bits| bits / 4) + 1;
    give(&ByNumber::new(b'u', code, digits.max(4), UPPER));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &[u8], escape: Escape) -> Vec<u8> {
        let mut all = Vec::new();
        escape(text, &mut |piece| all.extend_from_slice(piece));
        all
    }

    #[test]
    fn html_replaces_five_characters_and_nul() {
        let got = escaped(b"a<b>&\"c'\0\xff", html);
        assert_eq!(got, b"a&lt;b&gt;&amp;&#34;c&#39;\xef\xbf\xbd\xff");
    }

    #[test]
    fn js_leaves_what_prints_and_what_is_no_utf8() {
        let got = escaped("\\'\"<>&=\n\u{7f}é\u{200b}\u{e0001}".as_bytes(), js);
        assert_eq!(got, "\\\\\\'\\\"\\u003C\\u003E\\u0026\\u003D\\u000A\u{7f}é\\u200B\\uE0001".as_bytes());
        assert_eq!(escaped(b"\xff\xe9 a\xc3", js), b"\xff\xe9 a\xc3");
    }
}
