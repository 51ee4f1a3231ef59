//! YAML values, with their places, from the parser's events.

use std::borrow::Cow;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use granit_parser::{Event, Parser, ScalarStyle, Tag};
use zeroize::Zeroizing;

use super::build::{Builder, Role};
use super::yaml_problem::problem;
use super::{Fault, Origin, Read};
use crate::resolve::{Meaning, resolve};
use crate::{ErrorKind, Limits, Node, Span, Text, Value};

const CORE: &str = "tag:yaml.org,2002:";

/// The standard alphabet with padding; unused bits at the end need not be zero, as in Go.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// Reads a text that holds one YAML document, or none, which is null.
pub(crate) fn read_yaml<'t>(text: &'t str, origin: Origin, limits: &Limits) -> Read<'t> {
    let mut options = granit_parser::options! {
        flow_nesting_limit: limits.nesting,
        block_nesting_limit: limits.nesting,
        emit_anchor_events: true,
    };
    options.set_emit_comments(false);
    let mut builder = Builder::new(text, limits, false, origin);
    let mut documents = 0;
    let mut started = false;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, place) = event.map_err(|error| {
            let offset = error.marker().byte_offset().unwrap_or(0);
            Fault::new(problem(error.kind(), limits.nesting), offset)
        })?;
        let range = place.byte_range().unwrap_or(0..0);
        let span = Span {
            start: origin.offset + range.start,
            end: origin.offset + range.end,
            line: origin.line + place.start.line() - 1,
        };
        if !started && event.is_node() {
            started = true;
            tab_before(text, range.start)?;
        }
        match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > 1 {
                    return Err(Fault::new(ErrorKind::ContentAfterEnd, range.start));
                }
            }
            Event::Scalar(content, style, anchor, tag) => {
                let raw = text.get(range.clone()).unwrap_or_default();
                if style == ScalarStyle::DoubleQuoted && has_slash_escape(raw) {
                    return Err(Fault::new(
                        ErrorKind::Yaml("`\\/` is an escape that Go's YAML does not have"),
                        range.start,
                    ));
                }
                let (node, role) =
                    scalar(content, style, tag.as_deref()).map_err(|kind| Fault::new(kind, range.start))?;
                builder.add(Value { node, span }, role, anchor)?;
            }
            Event::SequenceStart(_, anchor, _) => builder.begin_sequence(span, anchor)?,
            Event::MappingStart(_, anchor, _) => builder.begin_mapping(span, anchor)?,
            Event::SequenceEnd | Event::MappingEnd => builder.end(span.end)?,
            Event::Alias(anchor) => builder.alias(anchor, span)?,
            // Go takes fewer characters for a name, and an unquoted password that starts with `&` is more likely
            // than a name with others.
            Event::Anchor(_, name) if !name.bytes().all(is_name_byte) => {
                return Err(Fault::new(
                    ErrorKind::Yaml(
                        "an anchor's name has letters, digits, `-` and `_` only; quote the value",
                    ),
                    range.start,
                ));
            }
            _ => {}
        }
    }
    let nothing = Span { start: origin.offset, end: origin.offset, line: origin.line };
    Ok(builder.finish(nothing))
}

/// The parser takes a tab in front of the whole for a blank; Go does not, and says so where there are more lines.
fn tab_before(text: &str, start: usize) -> Result<(), Fault> {
    let line = text[..start].rfind(['\r', '\n']).map_or(0, |end| end + 1);
    let before = &text[line..start];
    if before.contains('\t') && before.trim_matches([' ', '\t']).is_empty() {
        return Err(Fault::new(ErrorKind::Yaml("a tab is used for indentation"), line));
    }
    Ok(())
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// What yaml.v2 makes of a scalar: its tag decides, else quotes make it a text, else the table.
fn scalar<'t>(
    content: Cow<'t, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
) -> Result<(Node<'t>, Role), ErrorKind> {
    let plain = style == ScalarStyle::Plain;
    let Some(tag) = tag else {
        if !plain {
            return Ok((text(content), Role::Node));
        }
        let role = if content == "<<" { Role::MergeKey } else { Role::Node };
        return Ok((node(resolve(&content), content), role));
    };
    // The tag `!` alone makes a text of anything but a merge key.
    if tag.handle().is_empty() && tag.suffix() == "!" {
        let role = if content == "<<" { Role::MergeKey } else { Role::Node };
        return Ok((text(content), role));
    }
    let name = tag.suffix_in_namespace(CORE).unwrap_or_default();
    let meaning = resolve(&content);
    let fits = match (&*name, meaning) {
        ("bool", Meaning::Bool(_))
        | ("int", Meaning::Integer(_) | Meaning::Unsigned(_))
        | ("float", Meaning::Float(_))
        | ("null", Meaning::Null)
        | ("timestamp", Meaning::Timestamp) => node(meaning, content),
        ("float", Meaning::Integer(value)) => Node::Float(value as f64),
        ("bool", _) => return Err(ErrorKind::TagMismatch("!!bool")),
        ("int", _) => return Err(ErrorKind::TagMismatch("!!int")),
        ("float", _) => return Err(ErrorKind::TagMismatch("!!float")),
        ("null", _) => return Err(ErrorKind::TagMismatch("!!null")),
        ("timestamp", _) => return Err(ErrorKind::TagMismatch("!!timestamp")),
        ("merge", _) if content == "<<" => return Ok((text(content), Role::MergeKey)),
        ("binary", _) => binary(&characters(content))?,
        // !!str, and tags that Go does not know.
        _ => text(content),
    };
    Ok((fits, Role::Node))
}

fn node(meaning: Meaning, content: Cow<'_, str>) -> Node<'_> {
    match meaning {
        Meaning::Null => Node::Null,
        Meaning::Bool(value) => Node::Bool(value),
        Meaning::Integer(value) => Node::Integer(value),
        Meaning::Unsigned(value) => Node::Unsigned(value),
        Meaning::Float(value) => Node::Float(value),
        Meaning::Timestamp | Meaning::Text => text(content),
    }
}

fn text(content: Cow<'_, str>) -> Node<'_> {
    Node::Text(characters(content))
}

fn characters(content: Cow<'_, str>) -> Text<'_> {
    match content {
        Cow::Borrowed(content) => Text::Borrowed(content),
        Cow::Owned(content) => Text::from(content),
    }
}

/// Base64 as Go's decoder takes it: padded, line ends ignored wherever they stand.
fn binary(content: &str) -> Result<Node<'static>, ErrorKind> {
    let mut joined = Zeroizing::new(Vec::with_capacity(content.len()));
    joined.extend(content.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')));
    let mut bytes = Zeroizing::new(vec![0; base64::decoded_len_estimate(joined.len())]);
    let length = BASE64.decode_slice(&*joined, &mut bytes).map_err(|_| ErrorKind::BadBinary)?;
    bytes.truncate(length);
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Node::Text(text.into())),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(ErrorKind::BinaryNotText)
        }
    }
}

/// Whether a double-quoted scalar holds the escape `\/`, which YAML 1.2 has and Go has not.
fn has_slash_escape(raw: &str) -> bool {
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && bytes.next() == Some(b'/') {
            return true;
        }
    }
    false
}
