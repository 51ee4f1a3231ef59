use std::collections::VecDeque;
use std::ops::Range;

use crate::lines::{Lines, line_and_column, next_line};
use crate::read::{Fault, JsonFault, Origin, object_end, read_json, read_yaml};
use crate::{Error, ErrorKind, Limits, Note, Value};

/// The language a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.1 as Go's yaml.v2 reads it.
    Yaml,
    /// JSON as Go's encoding/json reads it.
    Json,
}

/// The documents of a text that are not empty, in order, found as they are asked for.
///
/// The text is cut as kubectl cuts it: at each line that starts with `---`, within block scalars too, and what
/// starts with `{` is taken as JSON objects one after another. Pieces that are blank or hold nothing but comments
/// and directives are passed over. Where kubectl would drop something in silence there is an error in its place;
/// the documents after it follow all the same.
///
/// ```
/// use manifest::{Limits, documents};
///
/// let text = "# two secrets\n---\nkind: Secret\n---\n{\"kind\": \"Secret\"}\n";
/// let limits = Limits::default();
/// let lines: Vec<usize> = documents(text, &limits).map(|document| document.unwrap().line()).collect();
/// assert_eq!(lines, [3, 5]);
/// ```
pub fn documents<'t>(text: &'t str, limits: &Limits) -> Documents<'t> {
    let too_large = (text.len() > limits.input_bytes).then_some(limits.input_bytes);
    Documents { text, at: 0, line: 1, number: 0, objects: VecDeque::new(), too_large, separator: None }
}

/// The iterator that [`documents`] returns.
pub struct Documents<'t> {
    text: &'t str,
    /// Where the next piece starts, and its line.
    at: usize,
    line: usize,
    /// Of the document found last.
    number: usize,
    /// JSON objects of the current piece that are still to be returned.
    objects: VecDeque<Document<'t>>,
    too_large: Option<usize>,
    /// Line of the separator before the piece that starts at `at`, if text follows it there.
    separator: Option<usize>,
}

/// One document of a text.
#[derive(Clone, Copy)]
pub struct Document<'t> {
    number: usize,
    line: usize,
    format: Format,
    text: &'t str,
    offset: usize,
    /// Line and column of the whole text where `text` starts, from 1.
    origin: (usize, usize),
    /// What kept a text that starts like JSON from being JSON.
    json_fault: Option<JsonFault>,
}

/// A document that was read.
#[derive(Debug)]
pub struct Parsed<'t> {
    /// What it holds; null if it holds nothing.
    pub value: Value<'t>,
    /// What Go passes in silence, in no particular order.
    pub notes: Vec<Note>,
}

impl std::fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "document {} in line {}, {:?}, {} bytes",
            self.number,
            self.line,
            self.format,
            self.text.len()
        )
    }
}

impl<'t> Iterator for Documents<'t> {
    type Item = Result<Document<'t>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(limit) = self.too_large.take() {
            self.at = self.text.len();
            return Some(Err(Error::new(ErrorKind::TooLarge { limit })));
        }
        loop {
            if let Some(mut object) = self.objects.pop_front() {
                self.number += 1;
                object.number = self.number;
                return Some(Ok(object));
            }
            if self.at >= self.text.len() && self.separator.is_none() {
                return None;
            }
            let separator = self.separator.take();
            let (piece, line) = self.piece();
            if let Some(line) = separator {
                self.number += 1;
                let error = Error::at_line(ErrorKind::TextAfterSeparator, line);
                return Some(Err(error.in_document(self.number)));
            }
            self.open(piece, line);
        }
    }
}

impl<'t> Documents<'t> {
    /// The bytes up to the next separator, and the line where they start.
    fn piece(&mut self) -> (Range<usize>, usize) {
        let (start, first_line) = (self.at, self.line);
        let bytes = self.text.as_bytes();
        let mut at = start;
        // A byte order mark in front of the first line does not hide a separator.
        if self.text[at..].starts_with("\u{FEFF}---") {
            at += '\u{FEFF}'.len_utf8();
        }
        while at < bytes.len() {
            let next = next_line(bytes, at);
            if bytes[at..].starts_with(b"---") {
                let rest = self.text[at + 3..next].trim();
                if !rest.is_empty() && !rest.starts_with('#') {
                    self.separator = Some(self.line);
                }
                self.at = next;
                self.line += 1;
                return (start..at, first_line);
            }
            self.line += 1;
            at = next;
        }
        self.at = bytes.len();
        (start..bytes.len(), first_line)
    }

    /// Puts the documents of a piece into the queue.
    fn open(&mut self, piece: Range<usize>, line: usize) {
        let mut text = &self.text[piece.clone()];
        let mut start = piece.start;
        if let Some(rest) = text.strip_prefix('\u{FEFF}') {
            start += text.len() - rest.len();
            text = rest;
        }
        let Some(content) = content_offset(text) else { return };
        let (lines, _) = line_and_column(text, content);
        let whole = Document {
            number: 0,
            line: line + lines - 1,
            format: Format::Yaml,
            text,
            offset: start,
            origin: (line, 1),
            json_fault: None,
        };
        if !text.trim_start_matches(JSON_BLANKS).starts_with('{') {
            self.objects.push_back(whole);
        } else if let Err(fault) = self.open_json(whole) {
            self.objects.clear();
            self.objects.push_back(Document { json_fault: Some(fault), ..whole });
        }
    }

    /// Queues the JSON objects of a piece, or tells why it holds something else.
    fn open_json(&mut self, whole: Document<'t>) -> Result<(), JsonFault> {
        let text = whole.text;
        let mut lines = Lines::new(text, whole.origin.0, whole.origin.1);
        let mut at = 0;
        loop {
            at += text[at..].len() - text[at..].trim_start_matches(JSON_BLANKS).len();
            if at == text.len() {
                return Ok(());
            }
            let end = object_end(text, at)?;
            lines.advance(at);
            self.objects.push_back(Document {
                line: lines.line,
                format: Format::Json,
                text: &text[at..end],
                offset: whole.offset + at,
                origin: (lines.line, lines.column),
                ..whole
            });
            at = end;
        }
    }
}

const JSON_BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// Where the first line with content starts, behind its indentation. Comments, the directives `%YAML` and `%TAG`
/// and the end mark `...` are no content.
fn content_offset(text: &str) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        let next = next_line(text.as_bytes(), at);
        let line = &text[at..next];
        let content = line.trim_start_matches([' ', '\t']);
        let end_mark = line.strip_prefix("...").is_some_and(|rest| rest.trim().is_empty());
        let directive = line.starts_with("%YAML ") || line.starts_with("%TAG ");
        if !content.trim_end().is_empty() && !content.starts_with('#') && !end_mark && !directive {
            return Some(at + line.len() - content.len());
        }
        at = next;
    }
    None
}

impl<'t> Document<'t> {
    /// Its number among those of the text that are not empty, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The line of the whole text where its content starts, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The language it is written in. What starts like JSON and is none, but for a comment or a trailing comma,
    /// is YAML.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Its own text, comments included, without the separators.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Where its text starts in the whole text, in bytes.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Reads the document. The spans of the values count from the start of the whole text.
    ///
    /// # Errors
    /// What is no well-formed YAML or JSON, what exceeds a limit, and what Go would refuse or lose, each with
    /// document, line and column.
    pub fn parse(&self, limits: &Limits) -> Result<Parsed<'t>, Error> {
        let origin = Origin { offset: self.offset, line: self.origin.0 };
        let read = match self.format {
            Format::Json => read_json(self.text, origin, limits),
            Format::Yaml => read_yaml(self.text, origin, limits),
        };
        let fault = match read {
            Ok((value, notes)) => return Ok(Parsed { value, notes }),
            Err(fault) => fault,
        };
        // Neither JSON nor YAML: the reader that came further knows better what was meant.
        let fault = match self.json_fault {
            Some(json) if matches!(fault.kind, ErrorKind::Yaml(_)) && json.offset >= fault.offset => {
                Fault::new(ErrorKind::Json(json.problem), json.offset)
            }
            _ => fault,
        };
        let (line, column) = line_and_column(self.text, fault.offset);
        let column = if line == 1 { self.origin.1 + column - 1 } else { column };
        Err(Error::at(fault.kind, self.origin.0 + line - 1, column).in_document(self.number))
    }
}
