//! JSON values, with their places.

use super::build::{Builder, Role};
use super::json_tokens::{JsonFault, Kind, Token, Tokens};
use super::{Fault, Origin, Read};
use crate::lines::Lines;
use crate::resolve::{Meaning, resolve};
use crate::{ErrorKind, Limits, Node, Span, Text, Value};

/// Reads a text that holds one JSON object and nothing else.
pub(crate) fn read_json<'t>(text: &'t str, origin: Origin, limits: &Limits) -> Read<'t> {
    let mut builder = Builder::new(text, limits, true, origin);
    let mut tokens = Tokens::new(text, 0);
    let mut lines = Lines::new(text, origin.line, 1);
    while let Some(Token { kind, start, end }) = tokens.next().map_err(fault)? {
        lines.advance(start);
        let span = Span { start: origin.offset + start, end: origin.offset + end, line: lines.line };
        let node = match kind {
            Kind::ObjectStart => {
                builder.begin_mapping(span, 0)?;
                continue;
            }
            Kind::ArrayStart => {
                builder.begin_sequence(span, 0)?;
                continue;
            }
            Kind::ObjectEnd | Kind::ArrayEnd => {
                builder.end(span.end)?;
                continue;
            }
            Kind::Key | Kind::String => {
                let (content, whole) = unescape(&text[start + 1..end - 1]);
                if kind == Kind::Key {
                    builder.add(Value { node: Node::Text(content), span }, Role::Node, 0)?;
                    if !whole {
                        builder.note_lone_surrogate(span.line);
                    }
                    continue;
                }
                if !whole {
                    builder.note_lone_surrogate(span.line);
                }
                Node::Text(content)
            }
            // A number where a text is wanted sends Go to its YAML reader, whose meaning therefore counts.
            Kind::Number => match resolve(&text[start..end]) {
                Meaning::Integer(value) => Node::Integer(value),
                Meaning::Unsigned(value) => Node::Unsigned(value),
                Meaning::Float(value) => Node::Float(value),
                _ => Node::Text(Text::Borrowed(&text[start..end])),
            },
            Kind::True => Node::Bool(true),
            Kind::False => Node::Bool(false),
            Kind::Null => Node::Null,
        };
        builder.add(Value { node, span }, Role::Node, 0)?;
    }
    Ok(builder.finish(Span { start: origin.offset, end: origin.offset + tokens.offset(), line: origin.line }))
}

fn fault(fault: JsonFault) -> Fault {
    Fault::new(ErrorKind::Json(fault.problem), fault.offset)
}

/// The characters between the quotes, and whether each surrogate had its other half. As in Go a lone one becomes
/// U+FFFD.
fn unescape(raw: &str) -> (Text<'_>, bool) {
    if !raw.contains('\\') {
        return (Text::Borrowed(raw), true);
    }
    let mut whole = true;
    // Never longer than the raw text, so that no copy is left behind by growing.
    let mut content = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        content.push_str(&rest[..at]);
        let escape = rest.as_bytes()[at + 1];
        rest = &rest[at + 2..];
        content.push(match escape {
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = four_hex(rest);
                rest = &rest[4..];
                let second = rest.strip_prefix("\\u").map(four_hex);
                match (first, second) {
                    (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) => {
                        rest = &rest[6..];
                        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                    }
                    _ => char::from_u32(first).unwrap_or_else(|| {
                        whole = false;
                        char::REPLACEMENT_CHARACTER
                    }),
                }
            }
            other => char::from(other),
        });
    }
    content.push_str(rest);
    (content.into(), whole)
}

/// The token reader has seen that four hexadecimal digits are there.
fn four_hex(text: &str) -> u32 {
    text.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0xFFFD)
}
