//! How a document is laid out, so that what is added looks like what is there.

use crate::{Entry, Mapping, Node, Span, Value};

/// The habits of a document and questions about places in its text.
pub(crate) struct Layout<'t> {
    pub(crate) text: &'t str,
    pub(crate) json: bool,
    /// The line end in use.
    pub(crate) line_end: &'static str,
    /// What one level more is indented by, in YAML blocks in blanks.
    pub(crate) step: String,
    /// JSON only: each pair has a line of its own.
    pub(crate) pair_per_line: bool,
    /// What stands between a key and its value.
    pub(crate) colon: &'static str,
}

impl<'t> Layout<'t> {
    pub(crate) fn new(text: &'t str, root: &Value<'_>, json: bool) -> Self {
        let own = &text[root.span.range()];
        let line_end = match own.find(['\r', '\n']) {
            Some(at) if own[at..].starts_with("\r\n") => "\r\n",
            Some(at) if own[at..].starts_with('\r') => "\r",
            _ => "\n",
        };
        let mut layout =
            Layout { text, json, line_end, step: "  ".to_owned(), pair_per_line: false, colon: ": " };
        let first = root.as_mapping().and_then(|mapping| own_entries(root.span, mapping).next());
        if json {
            if let Some(first) = first {
                let before = &text[root.span.start + 1..first.key_span.start];
                layout.pair_per_line = before.contains(['\r', '\n']);
                if layout.pair_per_line {
                    let outer = layout.indentation(root.span.start);
                    let inner = layout.indentation(first.key_span.start);
                    layout.step = inner.strip_prefix(outer).unwrap_or("  ").to_owned();
                } else if text[first.key_span.end..first.value.span.start].ends_with(':') {
                    layout.colon = ":";
                }
            }
        } else if let Some(step) = layout.block_step(root) {
            layout.step = " ".repeat(step);
        }
        layout
    }

    /// How much deeper the first mapping stands that is nested in another's block.
    fn block_step(&self, value: &Value<'_>) -> Option<usize> {
        let mapping = value.as_mapping()?;
        own_entries(value.span, mapping).find_map(|entry| match &entry.value.node {
            Node::Mapping(inner) if !inner.is_empty() && self.is_block(&entry.value) => {
                self.column(entry.value.span.start).checked_sub(self.column(entry.key_span.start))
            }
            _ => None,
        })
    }

    /// Whether a list or mapping is written without brackets.
    pub(crate) fn is_block(&self, value: &Value<'_>) -> bool {
        !self.json && !self.text[value.span.start..].starts_with(['{', '[', '*'])
    }

    /// Characters of the line in front of an offset.
    pub(crate) fn column(&self, offset: usize) -> usize {
        self.text[self.line_start(offset)..offset].trim_start_matches('\u{FEFF}').chars().count()
    }

    pub(crate) fn line_start(&self, offset: usize) -> usize {
        self.text[..offset].rfind(['\r', '\n']).map_or(0, |end| end + 1)
    }

    /// Where the line of an offset ends, in front of its line end.
    pub(crate) fn line_end(&self, offset: usize) -> usize {
        self.text[offset..].find(['\r', '\n']).map_or(self.text.len(), |end| offset + end)
    }

    /// The blanks at the start of the line of an offset.
    pub(crate) fn indentation(&self, offset: usize) -> &'t str {
        let line = &self.text[self.line_start(offset)..offset];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// Behind the colon of a pair; `None` where it is not right behind the key.
    pub(crate) fn after_colon(&self, entry: &Entry<'_>) -> Option<usize> {
        let rest = &self.text[entry.key_span.end..];
        let colon = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        colon.starts_with(':').then(|| self.text.len() - colon.len() + 1)
    }

    /// Where a pair ends: behind the last character of its value that is no blank or comment.
    pub(crate) fn entry_end(&self, entry: &Entry<'_>) -> usize {
        let empty = entry.value.is_null() && entry.value.span.start == entry.value.span.end;
        match self.after_colon(entry) {
            Some(colon) if empty => colon,
            None if empty => entry.key_span.end,
            _ => self.value_end(&entry.value).max(entry.key_span.end),
        }
    }

    fn value_end(&self, value: &Value<'_>) -> usize {
        let raw = &self.text[value.span.range()];
        match &value.node {
            Node::Mapping(mapping) if self.is_block(value) => own_entries(value.span, mapping)
                .map(|entry| self.entry_end(entry))
                .max()
                .unwrap_or(value.span.start),
            Node::Sequence(values) if self.is_block(value) => {
                values.iter().map(|value| self.value_end(value)).max().unwrap_or(value.span.start)
            }
            // The blank lines at the end of a block scalar that keeps them belong to it.
            Node::Text(text) if text.ends_with("\n\n") && !raw.starts_with(['"', '\'', '*']) => {
                value.span.end
            }
            _ => value.span.start + raw.trim_end().len(),
        }
    }
}

/// The pairs that are written in a mapping itself, in the order of the text; those of a merge key or behind an
/// alias are not.
pub(crate) fn own_entries<'m, 't>(
    span: Span,
    mapping: &'m Mapping<'t>,
) -> impl Iterator<Item = &'m Entry<'t>> {
    let mut entries: Vec<_> =
        mapping.iter().filter(|entry| span.range().contains(&entry.key_span.start)).collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    entries.into_iter()
}
