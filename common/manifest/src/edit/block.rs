//! Pairs added to and taken from a mapping in lines.

use super::change::{Changes, Plan};
use super::splice::Splice;
use crate::print::write_entries;
use crate::{Entry, Error, Mapping, Value};

impl<'t> Changes<'t> {
    pub(super) fn block(&mut self, plan: &Plan<'_, 't>, holder: Option<&Entry<'t>>) -> Result<(), Error> {
        let Some((first, _)) = plan.own.first() else {
            return Err(self.refused("the mapping consists of merge keys only"));
        };
        let indent = self.layout.column(first.key_span.start);
        let whole = first.key_span.start..self.mapping_end(plan);
        if plan.own.iter().all(|(_, stays)| !stays) {
            return self.replace_all(plan, holder, indent, whole);
        }
        for (at, (entry, stays)) in plan.own.iter().enumerate() {
            if !stays {
                let next = plan.own.get(at + 1).map(|(next, _)| *next);
                let range = self.line_range(entry, next);
                self.splices.push(Splice { range, text: String::new() });
            }
        }
        if plan.added.is_empty() {
            return Ok(());
        }
        let text = self.lines(&plan.added, indent);
        self.insert_lines(whole.end, text);
        Ok(())
    }

    /// The new pairs of a mapping behind the colon of its key, on lines of their own.
    pub(super) fn block_value(&mut self, entry: &Entry<'t>, new: &Value<'t>) -> Result<(), Error> {
        let (Some(colon), Some(mapping)) = (self.layout.after_colon(entry), new.as_mapping()) else {
            return Err(self.refused("the colon of the key was not found"));
        };
        let end = self.layout.entry_end(entry);
        if end > colon {
            self.splices.push(Splice { range: colon..end, text: String::new() });
        }
        let indent = self.layout.column(entry.key_span.start) + self.layout.step.len();
        let text = self.lines(mapping, indent);
        self.insert_lines(end, text);
        Ok(())
    }

    /// A mapping that loses all it has: new pairs in its place, or an empty mapping behind its key.
    fn replace_all(
        &mut self,
        plan: &Plan<'_, 't>,
        holder: Option<&Entry<'t>>,
        indent: usize,
        whole: std::ops::Range<usize>,
    ) -> Result<(), Error> {
        let colon = holder.and_then(|holder| self.layout.after_colon(holder));
        let splice = match colon {
            _ if !plan.new.is_empty() => {
                let lines = self.lines(plan.new, indent);
                Splice { range: whole, text: lines.trim().to_owned() }
            }
            Some(colon) => Splice { range: colon..whole.end, text: " {}".to_owned() },
            None => Splice { range: whole, text: "{}".to_owned() },
        };
        self.splices.push(splice);
        Ok(())
    }

    fn mapping_end(&self, plan: &Plan<'_, 't>) -> usize {
        let ends = plan.own.iter().map(|(entry, _)| self.layout.entry_end(entry));
        ends.max().unwrap_or(plan.old.span.start)
    }

    /// The bytes of a pair with its lines; where something else stands in front of it on its line, up to the next.
    fn line_range(&self, entry: &Entry<'t>, next: Option<&Entry<'t>>) -> std::ops::Range<usize> {
        let text = self.layout.text;
        let start = self.layout.line_start(entry.key_span.start);
        let alone = text[start..entry.key_span.start].trim_matches([' ', '\u{FEFF}']).is_empty();
        match next {
            Some(next) if !alone => entry.key_span.start..next.key_span.start,
            _ => {
                let bom = if text[start..].starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
                let end = self.next_line(self.layout.entry_end(entry));
                start + bom..end
            }
        }
    }

    /// Behind the line end of the line of an offset, or the offset itself if a line starts there.
    fn next_line(&self, offset: usize) -> usize {
        if self.layout.text[..offset].ends_with(['\r', '\n']) {
            return offset;
        }
        let end = self.layout.line_end(offset);
        if end == self.layout.text.len() {
            end
        } else {
            crate::lines::next_line(self.layout.text.as_bytes(), end)
        }
    }

    fn lines(&self, mapping: &Mapping<'_>, indent: usize) -> String {
        let mut text = String::new();
        write_entries(mapping, indent, self.layout.step.len(), &mut text);
        if self.layout.line_end == "\n" { text } else { text.replace('\n', self.layout.line_end) }
    }

    /// Puts lines behind the line of an offset.
    fn insert_lines(&mut self, offset: usize, mut lines: String) {
        let at = self.next_line(offset);
        let whole_text = self.layout.text;
        if at == whole_text.len() && !whole_text.ends_with(['\r', '\n']) {
            // The last line has no line end, and the new last line gets none.
            lines.truncate(lines.len() - self.layout.line_end.len());
            lines.insert_str(0, self.layout.line_end);
        }
        self.splices.push(Splice { range: at..at, text: lines });
    }
}
