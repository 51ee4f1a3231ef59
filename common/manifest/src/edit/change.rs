//! The splices that lead from one value to another.

use super::layout::{Layout, own_entries};
use super::refused;
use super::splice::Splice;
use crate::print::{Style, double_quoted, is_plain_in_flow, single_quoted, style, write_json};
use crate::{Entry, Error, Mapping, Node, Value};

pub(crate) struct Changes<'t> {
    pub(super) layout: Layout<'t>,
    pub(super) splices: Vec<Splice>,
    /// Keys that lead to the mapping that is being changed.
    path: Vec<String>,
}

/// What happens to the pairs of one mapping.
pub(super) struct Plan<'p, 't> {
    /// The mapping as it stands in the text.
    pub(super) old: &'p Value<'t>,
    /// Its own pairs in the order of the text, each with whether it stays.
    pub(super) own: Vec<(&'p Entry<'t>, bool)>,
    /// What is added at its end.
    pub(super) added: Mapping<'t>,
    /// The mapping as it will be.
    pub(super) new: &'p Mapping<'t>,
}

impl<'t> Changes<'t> {
    pub(crate) fn new(text: &'t str, layout: Layout<'t>) -> Self {
        debug_assert_eq!(text.len(), layout.text.len());
        Changes { layout, splices: Vec::new(), path: Vec::new() }
    }

    pub(crate) fn splices(self) -> Vec<Splice> {
        self.splices
    }

    /// The changes within the root mapping.
    pub(crate) fn between(&mut self, old: &Value<'t>, new: &Value<'t>) -> Result<(), Error> {
        match (&old.node, &new.node) {
            (Node::Mapping(from), Node::Mapping(to)) => self.mapping(old, from, to, None),
            _ => Err(self.refused("the document is no mapping")),
        }
    }

    fn mapping(
        &mut self,
        old: &Value<'t>,
        from: &Mapping<'t>,
        to: &Mapping<'t>,
        holder: Option<&Entry<'t>>,
    ) -> Result<(), Error> {
        if self.layout.text[old.span.start..].starts_with('*') {
            return Err(self.refused("the mapping stands behind an alias"));
        }
        let own: Vec<_> =
            own_entries(old.span, from).map(|entry| (entry, to.get(&entry.key).is_some())).collect();
        let is_own = |key: &str| own.iter().any(|(entry, _)| entry.key == *key);
        let mut added = Mapping::new();
        for entry in to {
            if !is_own(&entry.key) && from.get(&entry.key) != Some(&entry.value) {
                added.push(entry.key.clone(), entry.value.clone());
            }
        }
        for (entry, stays) in &own {
            if let Some(new) = to.get(&entry.key).filter(|new| *stays && **new != entry.value) {
                self.path.push(entry.key.to_string());
                self.value(entry, new, !self.layout.is_block(old))?;
                self.path.pop();
            }
        }
        if added.is_empty() && own.iter().all(|(_, stays)| *stays) {
            return Ok(());
        }
        let plan = Plan { old, own, added, new: to };
        if self.layout.is_block(old) { self.block(&plan, holder) } else { self.flow(&plan) }
    }

    fn value(&mut self, entry: &Entry<'t>, new: &Value<'t>, in_flow: bool) -> Result<(), Error> {
        if let (Node::Mapping(from), Node::Mapping(to)) = (&entry.value.node, &new.node) {
            return self.mapping(&entry.value, from, to, Some(entry));
        }
        let old = &entry.value;
        let raw = &self.layout.text[old.span.range()];
        let Some(colon) = self.layout.after_colon(entry) else {
            return Err(self.refused("the colon of the key was not found"));
        };
        let mut text = String::new();
        if in_flow {
            if !self.in_the_same_quotes(new, raw, &mut text) {
                let line =
                    format!("{}{}", self.layout.line_end, self.layout.indentation(entry.key_span.start));
                self.flow_value(new, Some(&line), &mut text);
            }
        } else if matches!(&new.node, Node::Mapping(mapping) if !mapping.is_empty()) {
            return self.block_value(entry, new);
        } else {
            self.block_scalar_or_flow(new, raw, &mut text);
        }
        let collection = matches!(old.node, Node::Mapping(_) | Node::Sequence(_));
        let range = if raw.is_empty() || (collection && self.layout.is_block(old)) {
            text.insert(0, ' ');
            colon..self.layout.entry_end(entry)
        } else if let Some(header) = self.block_scalar_header(colon, old) {
            header..self.layout.entry_end(entry)
        } else {
            old.span.start..self.layout.entry_end(entry)
        };
        // A block scalar that keeps its blank lines ends behind its last line end.
        let end =
            if self.layout.text[range.clone()].ends_with(['\r', '\n']) { self.layout.line_end } else { "" };
        text.push_str(end);
        self.splices.push(Splice { range, text });
        Ok(())
    }

    /// An error at the place where the changes stand.
    pub(super) fn refused(&self, problem: &'static str) -> Error {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        refused(&path, problem)
    }

    /// Where the `|` or `>` of a block scalar stands whose content was read.
    fn block_scalar_header(&self, colon: usize, old: &Value<'_>) -> Option<usize> {
        let between = self.layout.text.get(colon..old.span.start)?;
        let line = &between[..between.find(['\r', '\n'])?];
        let line = line.find(" #").map_or(line, |comment| &line[..comment]);
        line.rfind(['|', '>']).map(|at| colon + at)
    }

    /// A value within brackets.
    pub(super) fn flow_value(&self, value: &Value<'_>, line: Option<&str>, out: &mut String) {
        if self.layout.json {
            let line = line.filter(|_| self.layout.pair_per_line);
            return write_json(value, line, &self.layout.step, out);
        }
        match &value.node {
            Node::Text(text) if is_plain_in_flow(text) => out.push_str(text),
            Node::Text(text) => double_quoted(text, out),
            Node::Sequence(values) => {
                out.push('[');
                for (at, value) in values.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    self.flow_value(value, None, out);
                }
                out.push(']');
            }
            Node::Mapping(mapping) => {
                out.push('{');
                for (at, entry) in mapping.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    self.flow_value(&Value::text(&*entry.key), None, out);
                    out.push_str(": ");
                    self.flow_value(&entry.value, None, out);
                }
                out.push('}');
            }
            _ => write_json(value, None, "", out),
        }
    }

    /// A text within brackets in the quotes that the old one had; false where it had none, or cannot have them.
    fn in_the_same_quotes(&self, new: &Value<'_>, old: &str, out: &mut String) -> bool {
        let Node::Text(text) = &new.node else { return false };
        match old.chars().next() {
            Some('"') if !self.layout.json => double_quoted(text, out),
            Some('\'') => return single_quoted(text, out),
            _ => return false,
        }
        true
    }

    /// A value behind a key of a block, on the line of the key, in the quotes that the old one had.
    fn block_scalar_or_flow(&self, value: &Value<'_>, old: &str, out: &mut String) {
        let Node::Text(text) = &value.node else { return self.flow_value(value, None, out) };
        match (old.chars().next(), style(text, true)) {
            (Some('"'), _) => double_quoted(text, out),
            (Some('\''), _) | (_, Style::Single) if single_quoted(text, out) => {}
            (_, Style::Plain) => out.push_str(text),
            _ => double_quoted(text, out),
        }
    }
}
