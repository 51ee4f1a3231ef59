use std::fmt::Write as _;

use crate::{Node, Value};

/// Adds a value as Go's encoding/json prints it with an indent of two blanks: keys in the order of the mapping,
/// `<`, `>`, `&`, U+2028 and U+2029 escaped, `{}` and `[]` for what is empty, a line feed at the end.
///
/// Numbers that JSON does not have are written as the texts `+Inf`, `-Inf` and `NaN`.
///
/// ```
/// use manifest::{Value, print_json};
///
/// let mut out = String::new();
/// print_json(&Value::mapping([("a", Value::text("<b>"))]), &mut out);
/// assert_eq!(out, "{\n  \"a\": \"\\u003cb\\u003e\"\n}\n");
/// ```
pub fn print_json(value: &Value<'_>, out: &mut String) {
    write_json(value, Some("\n"), "  ", out);
    out.push('\n');
}

/// Writes a value whose lines begin with `line` (a line end and the indentation of the value itself); on one line
/// without it.
pub(crate) fn write_json(value: &Value<'_>, line: Option<&str>, step: &str, out: &mut String) {
    match &value.node {
        Node::Null => out.push_str("null"),
        Node::Bool(true) => out.push_str("true"),
        Node::Bool(false) => out.push_str("false"),
        Node::Integer(number) => {
            let _ = write!(out, "{number}");
        }
        Node::Unsigned(number) => {
            let _ = write!(out, "{number}");
        }
        Node::Float(number) => match crate::float::json(*number) {
            Some(text) => out.push_str(&text),
            None => write_json_text(&crate::float::shortest_64(*number), out),
        },
        Node::Text(text) => write_json_text(text, out),
        Node::Sequence(values) => {
            let items = values.iter().map(|value| (None, value));
            write_items(items, ('[', ']'), line, step, out);
        }
        Node::Mapping(mapping) => {
            let items = mapping.iter().map(|entry| (Some(entry.key.as_str()), &entry.value));
            write_items(items, ('{', '}'), line, step, out);
        }
    }
}

fn write_items<'v, 't: 'v>(
    items: impl ExactSizeIterator<Item = (Option<&'v str>, &'v Value<'t>)>,
    brackets: (char, char),
    line: Option<&str>,
    step: &str,
    out: &mut String,
) {
    out.push(brackets.0);
    let empty = items.len() == 0;
    let inner = line.map(|line| format!("{line}{step}"));
    for (at, (key, value)) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        match &inner {
            Some(inner) => out.push_str(inner),
            None if at > 0 => out.push(' '),
            None => {}
        }
        if let Some(key) = key {
            write_json_text(key, out);
            out.push_str(": ");
        }
        write_json(value, inner.as_deref(), step, out);
    }
    if let Some(line) = line.filter(|_| !empty) {
        out.push_str(line);
    }
    out.push(brackets.1);
}

/// A text in quotes, escaped as Go does with its HTML escaping on.
pub(crate) fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    let mut copied = 0;
    for (at, character) in text.char_indices() {
        let escape = match character {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{8}' => "\\b",
            '\u{C}' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '<' => "\\u003c",
            '>' => "\\u003e",
            '&' => "\\u0026",
            '\u{2028}' => "\\u2028",
            '\u{2029}' => "\\u2029",
            '\0'..='\u{1F}' => "",
            _ => continue,
        };
        out.push_str(&text[copied..at]);
        if escape.is_empty() {
            let _ = write!(out, "\\u{:04x}", u32::from(character));
        } else {
            out.push_str(escape);
        }
        copied = at + character.len_utf8();
    }
    out.push_str(&text[copied..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_look_as_in_go() {
        let value = Value::mapping([
            ("z", Value::text("a\"\\\u{7}\u{8}\u{C}\n\r\t<>&\u{2028}\u{2029}\u{7f}é🔑")),
            ("a", Value::sequence([Value::integer(-1), Value::null(), Value::bool(true)])),
            ("empty", Value::mapping::<&str>([])),
            ("none", Value::sequence([])),
            ("float", Node::Float(1.0).into()),
            ("endless", Node::Float(f64::INFINITY).into()),
            ("deep", Value::sequence([Value::mapping([("k", Node::Unsigned(u64::MAX).into())])])),
        ]);
        let mut out = String::new();
        print_json(&value, &mut out);
        assert_eq!(
            out,
            r#"{
  "z": "a\"\\\u0007\b\f\n\r\t\u003c\u003e\u0026\u2028\u2029é🔑",
  "a": [
    -1,
    null,
    true
  ],
  "empty": {},
  "none": [],
  "float": 1,
  "endless": "+Inf",
  "deep": [
    {
      "k": 18446744073709551615
    }
  ]
}
"#
            .replace("\\u2029", "\\u2029\u{7f}")
        );
    }

    #[test]
    fn on_one_line() {
        let value = Value::mapping([("a", Value::sequence([Value::integer(1), Value::integer(2)]))]);
        let mut out = String::new();
        write_json(&value, None, "", &mut out);
        assert_eq!(out, r#"{"a": [1, 2]}"#);
    }
}
