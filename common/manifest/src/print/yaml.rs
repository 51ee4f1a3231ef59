use super::natural_order::sort_by_key;
use super::scalar::{Style, escape, escape_by_code, style};
use crate::resolve::{Meaning, resolve};
use crate::{Entry, Mapping, Node, Value};

/// Texts are folded at the first blank behind this column.
const WIDTH: usize = 80;
/// Blanks that a level is indented by.
const STEP: usize = 2;
/// Keys of more bytes than this stand behind `? `.
const LONGEST_SIMPLE_KEY: usize = 128;
/// What YAML 1.1 takes for the end of a line. Keys that hold one stand behind `? ` too.
const BREAKS: [char; 5] = ['\r', '\n', '\u{85}', '\u{2028}', '\u{2029}'];

/// Adds one document as kubeseal prints it, with the text of sigs.k8s.io/yaml behind a line `---`: keys in natural
/// order, quotes where YAML 1.1 could read something else, blocks for texts of several lines, folding at 80
/// columns.
///
/// Where Go's own output would not read back (U+2028 in a key) or would fail (U+007F to U+009F) the characters
/// are escaped, and sets of keys that Go puts into random order always come in the same.
///
/// ```
/// use manifest::{Value, print_yaml};
///
/// let mut out = String::new();
/// print_yaml(&Value::mapping([("b", Value::text("yes")), ("a", Value::text("x: y"))]), &mut out);
/// assert_eq!(out, "---\na: 'x: y'\nb: \"yes\"\n");
/// ```
pub fn print_yaml(value: &Value<'_>, out: &mut String) {
    out.push_str("---\n");
    let mut printer = Printer::new(out);
    printer.node(value, Place::Root);
    printer.indent = -1;
    printer.begin_line();
}

/// Adds the pairs of a mapping as lines at an indentation, each ended by a line feed, with so many blanks for a
/// level more.
pub(crate) fn write_entries(mapping: &Mapping<'_>, indent: usize, step: usize, out: &mut String) {
    let mut printer = Printer::new(out);
    // More than nine cannot be told to the reader of a block scalar.
    printer.step = step.clamp(1, 9);
    printer.entries(mapping, isize::try_from(indent).unwrap_or(0));
    printer.indent = -1;
    printer.begin_line();
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    Value,
    /// A key in front of its colon, on one line.
    SimpleKey,
    /// A key behind `? `.
    ComplexKey,
}

struct Printer<'o> {
    out: &'o mut String,
    /// Characters of the current line.
    column: usize,
    /// Blanks that a level is indented by.
    step: usize,
    /// Indentation of the collection around; -1 around the root.
    indent: isize,
    /// The last thing written was a blank, or what counts as one.
    after_blank: bool,
    /// Nothing but indentation and `- ` stands on the line.
    at_indentation: bool,
}

impl<'o> Printer<'o> {
    fn new(out: &'o mut String) -> Self {
        Printer { out, column: 0, step: STEP, indent: -1, after_blank: true, at_indentation: true }
    }

    fn node(&mut self, value: &Value<'_>, place: Place) {
        match &value.node {
            Node::Null => self.word("null"),
            Node::Bool(true) => self.word("true"),
            Node::Bool(false) => self.word("false"),
            Node::Integer(number) => self.word(&number.to_string()),
            Node::Unsigned(number) => self.word(&number.to_string()),
            Node::Float(number) => self.word(&float(*number)),
            Node::Text(text) => self.text(text, place),
            Node::Sequence(values) if values.is_empty() => self.word("[]"),
            Node::Mapping(mapping) if mapping.is_empty() => self.word("{}"),
            Node::Sequence(values) => self.sequence(values, place),
            Node::Mapping(mapping) => self.entries(mapping, self.deeper()),
        }
    }

    fn deeper(&self) -> isize {
        if self.indent < 0 { 0 } else { self.indent + self.step as isize }
    }

    fn entries(&mut self, mapping: &Mapping<'_>, indent: isize) {
        let mut entries: Vec<&Entry<'_>> = mapping.iter().collect();
        sort_by_key(&mut entries, |entry| entry.key.as_str());
        let outer = std::mem::replace(&mut self.indent, indent);
        for entry in entries {
            self.begin_line();
            if entry.key.len() <= LONGEST_SIMPLE_KEY && !entry.key.contains(BREAKS) {
                self.text(&entry.key, Place::SimpleKey);
                self.put(":");
            } else {
                self.indicator("?");
                self.text(&entry.key, Place::ComplexKey);
                self.begin_line();
                self.indicator(":");
            }
            self.after_blank = false;
            self.node(&entry.value, Place::Value);
        }
        self.indent = outer;
    }

    fn sequence(&mut self, values: &[Value<'_>], place: Place) {
        // The items of a list under a key stand as deep as the key.
        let under_key = matches!(place, Place::Value | Place::ComplexKey) && !self.at_indentation;
        let indent = if under_key { self.indent } else { self.deeper() };
        let outer = std::mem::replace(&mut self.indent, indent);
        for value in values {
            self.begin_line();
            self.indicator("-");
            self.node(value, Place::Item);
        }
        self.indent = outer;
    }

    /// `-`, `?` or `:`, behind which a collection may start on the same line.
    fn indicator(&mut self, indicator: &str) {
        let at_indentation = self.at_indentation;
        self.word(indicator);
        self.at_indentation = at_indentation;
    }

    /// A word, apart from what stands before it.
    fn word(&mut self, word: &str) {
        if !self.after_blank {
            self.put(" ");
        }
        self.put(word);
        self.after_blank = false;
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
        self.at_indentation = false;
    }

    fn put_char(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
        self.at_indentation = false;
    }

    fn end_line(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    /// Goes to the indentation, on a new line unless this one has nothing else yet.
    fn begin_line(&mut self) {
        let indent = usize::try_from(self.indent).unwrap_or(0);
        if !self.at_indentation || self.column > indent || (self.column == indent && !self.after_blank) {
            self.end_line();
        }
        while self.column < indent {
            self.out.push(' ');
            self.column += 1;
        }
        self.after_blank = true;
        self.at_indentation = true;
    }

    fn text(&mut self, text: &str, place: Place) {
        let key = place == Place::SimpleKey;
        // What is folded or goes over several lines is indented below what it belongs to.
        let deeper = self.indent.max(0) + self.step as isize;
        let outer = std::mem::replace(&mut self.indent, deeper);
        // A key that Go writes over several lines with a separator of lines or paragraphs would not read back.
        let as_key = key || (place == Place::ComplexKey && text.contains(['\u{2028}', '\u{2029}']));
        match style(text, as_key) {
            Style::Plain => self.plain(text, key),
            Style::Single => self.single(text, key),
            Style::Double => self.double(text, key),
            Style::Literal => self.literal(text),
        }
        self.indent = outer;
    }

    fn plain(&mut self, text: &str, key: bool) {
        if !self.after_blank {
            self.put(" ");
        }
        if key || !text.contains(' ') {
            self.put(text);
        } else {
            self.folded(text, false);
        }
        self.after_blank = false;
    }

    fn single(&mut self, text: &str, key: bool) {
        self.word("'");
        if key {
            self.put(&text.replace('\'', "''"));
        } else {
            self.folded(text, true);
        }
        self.put("'");
        self.after_blank = false;
    }

    /// Characters with a line end in place of a single blank where the line is full.
    fn folded(&mut self, text: &str, quoted: bool) {
        let mut previous = None;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if character == ' ' {
                let inside = !quoted || (at > 0 && next.is_some());
                if previous != Some(' ') && next != Some(' ') && inside && self.column > WIDTH {
                    self.begin_line();
                } else {
                    self.put_char(' ');
                }
            } else {
                if quoted && character == '\'' {
                    self.put_char('\'');
                }
                self.put_char(character);
            }
            previous = Some(character);
        }
    }

    fn double(&mut self, text: &str, key: bool) {
        self.word("\"");
        // yaml.v2 escapes every character of a text that starts with a byte order mark.
        let all = text.starts_with('\u{FEFF}');
        let mut after_space = false;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let start = self.out.len();
            if escape(character, self.out) {
                self.column += self.out.len() - start;
                self.at_indentation = false;
                after_space = false;
            } else if all {
                match character {
                    '\u{A0}' => self.out.push_str("\\_"),
                    _ => escape_by_code(character, self.out),
                }
                self.column += self.out.len() - start;
                after_space = false;
            } else if character == ' ' {
                let next = characters.peek().map(|(_, next)| *next);
                if !key && !after_space && self.column > WIDTH && at > 0 && next.is_some() {
                    self.begin_line();
                    if next == Some(' ') {
                        self.put_char('\\');
                    }
                } else {
                    self.put_char(' ');
                }
                after_space = true;
            } else {
                self.put_char(character);
                after_space = false;
            }
        }
        self.put("\"");
        self.after_blank = false;
    }

    fn literal(&mut self, text: &str) {
        self.word("|");
        if text.starts_with([' ', '\n']) {
            let step = self.step.to_string();
            self.put(&step);
        }
        if !text.ends_with('\n') {
            self.put("-");
        } else if text == "\n" || text.ends_with("\n\n") {
            self.put("+");
        }
        self.end_line();
        self.after_blank = true;
        self.at_indentation = true;
        for line in text.split_inclusive('\n') {
            let content = line.strip_suffix('\n').unwrap_or(line);
            if !content.is_empty() {
                self.begin_line();
                self.put(content);
            }
            if line.ends_with('\n') {
                self.end_line();
                self.at_indentation = true;
            }
        }
    }
}

/// A number goes through JSON and is read anew before Go prints it, so 1000.0 becomes 1000.
fn float(number: f64) -> String {
    let Some(json) = crate::float::json(number) else {
        return match number {
            f64::INFINITY => ".inf",
            f64::NEG_INFINITY => "-.inf",
            _ => ".nan",
        }
        .to_owned();
    };
    match resolve(&json) {
        Meaning::Integer(number) => number.to_string(),
        Meaning::Unsigned(number) => number.to_string(),
        Meaning::Float(number) => crate::float::shortest_64(number),
        _ => json,
    }
}
