//! What texts in JSON mean.

use zeroize::Zeroizing;

/// The text that stands between quotes in valid JSON. Half a surrogate pair, and each byte that belongs to no character,
/// becomes U+FFFD.
pub(super) fn unquote(mut raw: &[u8]) -> Zeroizing<Vec<u8>> {
    const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;
    let mut text = Zeroizing::new(Vec::with_capacity(raw.len()));
    while let Some(backslash) = raw.iter().position(|byte| *byte == b'\\') {
        let (plain, escape) = raw.split_at(backslash);
        copy(plain, &mut text);
        let (character, length) = match escape {
            [_, b'u', ..] => match unit(escape) {
                0xd800..0xdc00 => {
                    match char::decode_utf16([unit(escape), unit(escape.get(6..).unwrap_or_default())]).next()
                    {
                        Some(Ok(character)) => (character, 12),
                        _ => (REPLACEMENT, 6),
                    }
                }
                unit => (char::from_u32(unit.into()).unwrap_or(REPLACEMENT), 6),
            },
            [_, b'b', ..] => ('\u{8}', 2),
            [_, b'f', ..] => ('\u{c}', 2),
            [_, b'n', ..] => ('\n', 2),
            [_, b'r', ..] => ('\r', 2),
            [_, b't', ..] => ('\t', 2),
            [_, itself, ..] => (char::from(*itself), 2),
            _ => (REPLACEMENT, 1),
        };
        push(character, &mut text);
        raw = escape.get(length..).unwrap_or_default();
    }
    copy(raw, &mut text);
    // What is kept is no larger than what is paid for.
    if text.capacity() > text.len() { Zeroizing::new(text.as_slice().to_vec()) } else { text }
}

/// The number of an escape of four hexadecimal digits; 0, which is no half of a pair, where there is none.
fn unit(escape: &[u8]) -> u16 {
    let [b'\\', b'u', digits @ ..] = escape else { return 0 };
    let digits = digits.get(..4).and_then(|digits| str::from_utf8(digits).ok());
    digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

fn copy(bytes: &[u8], text: &mut Zeroizing<Vec<u8>>) {
    for chunk in bytes.utf8_chunks() {
        put(chunk.valid().as_bytes(), text);
        for _ in chunk.invalid() {
            push(char::REPLACEMENT_CHARACTER, text);
        }
    }
}

fn push(character: char, text: &mut Zeroizing<Vec<u8>>) {
    put(character.encode_utf8(&mut [0; 4]).as_bytes(), text);
}

/// The old room is wiped when the text moves: replacements can make it longer than it was.
fn put(bytes: &[u8], text: &mut Zeroizing<Vec<u8>>) {
    let length = text.len().saturating_add(bytes.len());
    if length > text.capacity() {
        let mut moved = Vec::with_capacity(length.saturating_mul(2));
        moved.extend_from_slice(text);
        *text = Zeroizing::new(moved);
    }
    text.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_halves_of_pairs() {
        let cases: [(&[u8], &str); 8] = [
            (br#"a\"\\\/\b\f\n\r\t"#, "a\"\\/\u{8}\u{c}\n\r\t"),
            (br"\u00e9\u0000", "é\0"),
            (br"\ud83d\ude00!", "😀!"),
            (br"\ud83d!\ude00", "\u{fffd}!\u{fffd}"),
            (br"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (br"\ud83d\u0041", "\u{fffd}A"),
            (br"\ud83d", "\u{fffd}"),
            (b"\xff\xe2\x80a", "\u{fffd}\u{fffd}\u{fffd}a"),
        ];
        for (raw, text) in cases {
            assert_eq!(unquote(raw).as_slice(), text.as_bytes());
        }
    }
}
