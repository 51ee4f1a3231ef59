//! One line of a log, as Go's log/slog writes it: `key=value` pairs with Go's quoting, or one JSON object.

use std::fmt::Write;

/// A value of a pair.
pub(super) enum Value<'v> {
    /// Quoted where needed.
    Text(&'v str),
    /// A number or a truth value.
    Bare(&'v str),
}

/// A line that grows pair by pair.
pub(super) struct Line {
    text: String,
    json: bool,
}

impl Line {
    pub(super) fn new(json: bool) -> Self {
        let mut text = String::with_capacity(160);
        if json {
            text.push('{');
        }
        Self { text, json }
    }

    pub(super) fn add(&mut self, key: &str, value: &Value<'_>) {
        if self.json {
            if self.text.len() > 1 {
                self.text.push(',');
            }
            self.json_text(key);
            self.text.push(':');
            match value {
                Value::Text(text) => self.json_text(text),
                Value::Bare(text) => self.text.push_str(text),
            }
        } else {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.plain_text(key);
            self.text.push('=');
            match value {
                Value::Text(text) => self.plain_text(text),
                Value::Bare(text) => self.text.push_str(text),
            }
        }
    }

    /// The line with its end.
    pub(super) fn finish(mut self) -> String {
        if self.json {
            self.text.push('}');
        }
        self.text.push('\n');
        self.text
    }

    fn plain_text(&mut self, text: &str) {
        if needs_quotes(text) {
            self.quote(text, escape_go);
        } else {
            self.text.push_str(text);
        }
    }

    fn json_text(&mut self, text: &str) {
        self.quote(text, escape_json);
    }

    fn quote(&mut self, text: &str, escape: fn(char, &mut String)) {
        self.text.push('"');
        for c in text.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                c if is_printable(c) => self.text.push(c),
                c => escape(c, &mut self.text),
            }
        }
        self.text.push('"');
    }
}

/// The rule of slog's TextHandler. A backslash alone needs no quotes.
fn needs_quotes(text: &str) -> bool {
    text.is_empty()
        || text.chars().any(|c| match c {
            ' ' | '=' | '"' => true,
            c => !is_printable(c) || c.is_whitespace(),
        })
}

/// Whether a character shows as itself. What Rust escapes in the Debug form of a text does not: control and format
/// characters, among them those that turn the direction of writing, and line separators.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // A combining mark is escaped at the beginning of a text only.
    let mut bytes = [b'x'; 5];
    let end = 1 + c.encode_utf8(&mut bytes[1..]).len();
    std::str::from_utf8(&bytes[..end]).is_ok_and(|text| text.escape_debug().count() == 2)
}

/// As Go's strconv.Quote writes what cannot be shown.
fn escape_go(c: char, out: &mut String) {
    let escaped = match c {
        '\u{7}' => write!(out, "\\a"),
        '\u{8}' => write!(out, "\\b"),
        '\u{c}' => write!(out, "\\f"),
        '\u{b}' => write!(out, "\\v"),
        c if u32::from(c) < 0x80 => write!(out, "\\x{:02x}", u32::from(c)),
        c if u32::from(c) < 0x10000 => write!(out, "\\u{:04x}", u32::from(c)),
        c => write!(out, "\\U{:08x}", u32::from(c)),
    };
    escaped.expect("a String takes everything");
}

/// As JSON (RFC 8259) wants it.
fn escape_json(c: char, out: &mut String) {
    let mut units = [0; 2];
    for unit in c.encode_utf16(&mut units) {
        write!(out, "\\u{unit:04x}").expect("a String takes everything");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: bool, text: &str) -> String {
        let mut line = Line::new(json);
        line.add("k", &Value::Text(text));
        line.finish()
    }

    #[test]
    fn quotes_are_gos() {
        for (text, expected) in [
            ("plain", "k=plain\n"),
            ("a/b:c,[d]{e}'f'\\g", "k=a/b:c,[d]{e}'f'\\g\n"),
            ("", "k=\"\"\n"),
            ("two words", "k=\"two words\"\n"),
            ("a=b", "k=\"a=b\"\n"),
            ("say \"x\\\"", "k=\"say \\\"x\\\\\\\"\"\n"),
            ("a\nb\r\tc", "k=\"a\\nb\\r\\tc\"\n"),
            ("\u{1b}[31m\u{7f}\0", "k=\"\\x1b[31m\\x7f\\x00\"\n"),
            ("é💡e\u{301}", "k=é💡e\u{301}\n"),
            ("a\u{a0}b\u{2028}c\u{202e}d", "k=\"a\\u00a0b\\u2028c\\u202ed\"\n"),
            ("\u{e0001}", "k=\"\\U000e0001\"\n"),
        ] {
            assert_eq!(written(false, text), expected, "{text:?}");
        }
    }

    #[test]
    fn json_holds_every_character_in_one_line() {
        let hostile: String =
            (0..0x3000).chain([0x1f4a1, 0xe0001, 0x10ffff]).filter_map(char::from_u32).collect();
        let line = written(true, &hostile);
        assert_eq!(line.lines().count(), 1);
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["k"], hostile);
        let line = written(false, &hostile);
        assert!(!line.trim_end_matches('\n').contains(char::is_control));
    }
}
