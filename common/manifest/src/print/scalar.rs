//! How yaml.v2 writes a text: which quotes, and where it may break the line.

use std::fmt::Write as _;

use crate::resolve::{Meaning, is_base_60, resolve};

/// The ways to write a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Single,
    Double,
    /// A block behind `|`.
    Literal,
}

const SEPARATORS: [char; 2] = ['\u{2028}', '\u{2029}'];

/// What the characters of a text allow.
struct Shape {
    plain: bool,
    single: bool,
    literal: bool,
}

/// The style that yaml.v2 takes; a key on its own line cannot be a block.
///
/// U+2028 and U+2029, which are line ends in YAML 1.1, go into double quotes with an escape unless they stand at the
/// very end: otherwise Go and others do not read the same. So does the key `<<`, which Go writes bare and then
/// takes for a merge key.
pub(crate) fn style(text: &str, key: bool) -> Style {
    if key && (text == "<<" || text.contains(SEPARATORS)) {
        return Style::Double;
    }
    let shape = shape(text);
    let lines = text.contains('\n');
    if lines {
        return if shape.literal && !key { Style::Literal } else { Style::Double };
    }
    if resolve(text) != Meaning::Text || is_base_60(text) {
        return Style::Double;
    }
    if shape.plain {
        Style::Plain
    } else if shape.single {
        Style::Single
    } else {
        Style::Double
    }
}

/// Whether a text can stand bare between the brackets of a flow collection.
pub(crate) fn is_plain_in_flow(text: &str) -> bool {
    style(text, false) == Style::Plain && !text.contains([',', '?', ':', '[', ']', '{', '}'])
}

/// Whether a text can stand between single quotes on one line.
pub(crate) fn single_quoted(text: &str, out: &mut String) -> bool {
    if !shape(text).single || text.contains('\n') {
        return false;
    }
    out.push('\'');
    for character in text.chars() {
        if character == '\'' {
            out.push('\'');
        }
        out.push(character);
    }
    out.push('\'');
    true
}

/// A text between double quotes on one line.
pub(crate) fn double_quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        if !escape(character, out) {
            out.push(character);
        }
    }
    out.push('"');
}

/// Adds the escape of a character that needs one between double quotes.
pub(crate) fn escape(character: char, out: &mut String) -> bool {
    let short = match character {
        '"' => '"',
        '\\' => '\\',
        '\n' => 'n',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ if is_printable(character) => return false,
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\u{B}' => 'v',
        '\u{C}' => 'f',
        '\r' => 'r',
        '\u{1B}' => 'e',
        '\u{85}' => 'N',
        _ => {
            escape_by_code(character, out);
            return true;
        }
    };
    out.push('\\');
    out.push(short);
    true
}

/// Adds a character by its number.
pub(crate) fn escape_by_code(character: char, out: &mut String) {
    let code = u32::from(character);
    let _ = match code {
        0..=0xFF => write!(out, "\\x{code:02X}"),
        0x100..=0xFFFF => write!(out, "\\u{code:04X}"),
        _ => write!(out, "\\U{code:08X}"),
    };
}

/// What yaml.v2 writes as it is. Characters beyond U+FFFF are not among it.
fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}')
        && character != '\u{FEFF}'
}

fn shape(text: &str) -> Shape {
    if text.is_empty() {
        return Shape { plain: true, single: true, literal: false };
    }
    // Base64 and most words hold nothing to look at.
    let simple =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'.' | b'_' | b'-');
    // By pieces without a way out of the middle, which the compiler turns into vector instructions.
    let simple_piece = |piece: &[u8]| piece.iter().fold(true, |all, byte| all & simple(*byte));
    if !text.starts_with(['-', '.']) && text.as_bytes().chunks(64).all(simple_piece) {
        return Shape { plain: true, single: true, literal: true };
    }
    let mut indicators = text.starts_with("---") || text.starts_with("...");
    let mut special = false;
    let mut separator_within = false;
    // A blank behind a line end, and a line end behind a blank.
    let (mut break_space, mut space_break, mut lines) = (false, false, false);
    let mut previous = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let blank_follows = matches!(characters.peek(), None | Some(' ' | '\t'));
        indicators |= match (previous, character) {
            (
                None,
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
                | '`',
            ) => true,
            (None, '?' | ':' | '-') | (Some(_), ':') => blank_follows,
            (Some(previous), '#') => is_blank(previous),
            _ => false,
        };
        let separator = SEPARATORS.contains(&character);
        special |= !is_printable(character);
        separator_within |= previous.is_some_and(|previous| SEPARATORS.contains(&previous)) && !separator;
        lines |= character == '\n' || separator;
        break_space |= character == ' ' && previous == Some('\n');
        space_break |= (character == '\n' || separator) && previous == Some(' ');
        previous = Some(character);
    }
    special |= separator_within || (lines && text.contains('\n') && text.contains(SEPARATORS));
    let at_edge = |character| text.starts_with(character) || text.ends_with(character);
    Shape {
        plain: !indicators && !special && !lines && !at_edge(' '),
        single: !special && !break_space && !space_break,
        literal: !special && !space_break && !text.ends_with(' '),
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_as_go_chooses_them() {
        for (text, expected) in [
            ("hello", Style::Plain),
            ("it's", Style::Plain),
            ("a:b", Style::Plain),
            ("<<", Style::Plain),
            ("=", Style::Plain),
            ("a #b", Style::Single),
            ("a: b", Style::Single),
            ("@x", Style::Single),
            (" x", Style::Single),
            ("- x", Style::Single),
            ("---", Style::Single),
            ("", Style::Double),
            ("yes", Style::Double),
            ("1e3", Style::Double),
            ("0o7", Style::Double),
            ("1:30", Style::Double),
            ("2024-01-01", Style::Double),
            ("a\tb", Style::Double),
            ("🔑", Style::Double),
            ("a\nb", Style::Literal),
            ("  a\nb", Style::Literal),
            ("a \nb", Style::Double),
            ("a\nb ", Style::Double),
            ("a\u{2028}b", Style::Double),
            ("a\u{2028}", Style::Single),
            ("a \u{2028}", Style::Double),
            ("a\n\u{2028}", Style::Double),
            ("a\u{85}b", Style::Double),
        ] {
            assert_eq!(style(text, false), expected, "{text:?}");
        }
        assert_eq!(style("a\nb", true), Style::Double);
        assert_eq!(style("<<", true), Style::Double);
        assert_eq!(style("\u{2028}", true), Style::Double);
    }

    #[test]
    fn escapes() {
        let mut out = String::new();
        double_quoted(
            "\0\u{7}\u{8}\t\n\u{B}\u{C}\r\u{1B}\"\\/\u{85}\u{2028}\u{2029}\u{7f}\u{9f}\u{a0}\u{FEFF}é🔑",
            &mut out,
        );
        assert_eq!(
            out,
            r#""\0\a\b\t\n\v\f\r\e\"\\/\N\L\P\x7F\x9F"#.to_owned() + "\u{a0}\\uFEFFé\\U0001F511\""
        );
    }
}
