//! What quoted texts and characters mean: `strconv.Unquote` and `strconv.UnquoteChar`.

/// Go's error for all that is wrong in quotes.
pub(super) const INVALID: &str = "invalid syntax";

/// The bytes that a text in quotes or backquotes stands for, quotes included. None where Go finds the syntax invalid.
pub(super) fn unquote(source: &str) -> Option<Vec<u8>> {
    if let Some(raw) = source.strip_prefix('`') {
        let raw = raw.strip_suffix('`')?;
        return Some(raw.bytes().filter(|byte| *byte != b'\r').collect());
    }
    let mut rest = source.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        match one(&mut rest, '"')? {
            Unquoted::Byte(byte) => bytes.push(byte),
            Unquoted::Character(character) => {
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    Some(bytes)
}

/// The number of a character in single quotes.
pub(super) fn unquote_character(source: &str) -> Result<u32, String> {
    let mut rest = source.strip_prefix('\'').unwrap_or_default();
    let unquoted = one(&mut rest, '\'').ok_or(INVALID)?;
    if rest != "'" {
        return Err(format!("malformed character constant: {source}"));
    }
    Ok(match unquoted {
        Unquoted::Byte(byte) => byte.into(),
        Unquoted::Character(character) => character.into(),
    })
}

enum Unquoted {
    /// `\xff`, `\377`
    Byte(u8),
    Character(char),
}

/// Takes a character or an escape.
fn one(rest: &mut &str, quote: char) -> Option<Unquoted> {
    let first = take(rest)?;
    if first == quote {
        return None;
    }
    if first != '\\' {
        return Some(Unquoted::Character(first));
    }
    let escape = take(rest)?;
    Some(Unquoted::Character(match escape {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '\\' => '\\',
        '\'' | '"' if escape == quote => escape,
        'x' => return digits(rest, 0, 2, 16)?.try_into().ok().map(Unquoted::Byte),
        'u' => char::from_u32(digits(rest, 0, 4, 16)?)?,
        'U' => char::from_u32(digits(rest, 0, 8, 16)?)?,
        '0'..='7' => return digits(rest, escape.to_digit(8)?, 2, 8)?.try_into().ok().map(Unquoted::Byte),
        _ => return None,
    }))
}

/// Takes so many digits.
fn digits(rest: &mut &str, begun: u32, count: usize, radix: u32) -> Option<u32> {
    (0..count).try_fold(begun, |number, _| Some(number.wrapping_mul(radix) | take(rest)?.to_digit(radix)?))
}

fn take(rest: &mut &str) -> Option<char> {
    let mut characters = rest.chars();
    let first = characters.next();
    *rest = characters.as_str();
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_make_bytes_or_characters() {
        for (source, bytes) in [
            (r#""""#, Some(&b""[..])),
            (r#""\xff\351\u00e9\U0001f600""#, Some(b"\xff\xe9\xc3\xa9\xf0\x9f\x98\x80")),
            (r#""\a\b\f\n\r\t\v\\\"'""#, Some(b"\x07\x08\x0c\n\r\t\x0b\\\"'")),
            ("`a\r\n\\n\"`", Some(b"a\n\\n\"")),
            (r#""\400""#, None),
            (r#""\ud800""#, None),
            (r#""\U00110000""#, None),
            (r#""\UFFFFFFFF""#, None),
            (r#""\'""#, None),
            (r#""\x+1""#, None),
            (r#""\x4""#, None),
        ] {
            assert_eq!(unquote(source).as_deref(), bytes, "{source}");
        }
    }

    #[test]
    fn characters() {
        assert_eq!(unquote_character(r"'\xff'"), Ok(255));
        assert_eq!(unquote_character(r"'\''"), Ok(39));
        assert_eq!(unquote_character("'\"'"), Ok(34));
        assert_eq!(unquote_character("''"), Err(INVALID.to_owned()));
        assert_eq!(unquote_character("'ab'"), Err("malformed character constant: 'ab'".to_owned()));
    }
}
