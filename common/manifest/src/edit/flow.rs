//! Pairs added to and taken from a mapping in braces, in YAML and JSON.

use super::change::{Changes, Plan};
use super::splice::Splice;
use crate::print::write_json_text;
use crate::{Entry, Error, Value};

impl<'t> Changes<'t> {
    pub(super) fn flow(&mut self, plan: &Plan<'_, 't>) -> Result<(), Error> {
        let (start, end) = (plan.old.span.start, plan.old.span.end);
        let Some(last) = plan.own.iter().rfind(|(_, stays)| *stays).map(|(entry, _)| *entry) else {
            let text = self.whole(plan);
            self.splices.push(Splice { range: start..end, text });
            return Ok(());
        };
        let mut removed_from = None;
        for (entry, stays) in &plan.own {
            if !stays {
                removed_from = removed_from.or(Some(entry.key_span.start));
            } else if let Some(from) = removed_from.take() {
                self.splices.push(Splice { range: from..entry.key_span.start, text: String::new() });
            }
        }
        let last_end = self.layout.entry_end(last);
        if let (Some(_), Some((entry, _))) = (removed_from, plan.own.last()) {
            let range = last_end..self.layout.entry_end(entry);
            self.splices.push(Splice { range, text: String::new() });
        }
        if !plan.added.is_empty() {
            let separator = self.separator(plan);
            let mut text = String::new();
            for entry in &plan.added {
                text.push(',');
                text.push_str(&separator);
                self.pair(
                    entry,
                    Some(separator.as_str()).filter(|line| line.contains(['\r', '\n'])),
                    &mut text,
                );
            }
            self.splices.push(Splice { range: last_end..last_end, text });
        }
        Ok(())
    }

    /// What stands between a comma and the next pair, as between the pairs that are there.
    fn separator(&self, plan: &Plan<'_, 't>) -> String {
        let text = self.layout.text;
        let Some((first, _)) = plan.own.first() else { return " ".to_owned() };
        let before = &text[plan.old.span.start + 1..first.key_span.start];
        if before.contains(['\r', '\n']) {
            return format!("{}{}", self.layout.line_end, self.layout.indentation(first.key_span.start));
        }
        let compact = match plan.own.get(1) {
            Some((second, _)) => text[..second.key_span.start].ends_with(','),
            None => self.layout.colon == ":",
        };
        if compact { String::new() } else { " ".to_owned() }
    }

    /// The mapping anew, braces included.
    fn whole(&self, plan: &Plan<'_, 't>) -> String {
        let mut text = "{".to_owned();
        let outer = self.layout.indentation(plan.old.span.start);
        let line = format!("{}{outer}{}", self.layout.line_end, self.layout.step);
        let per_line = self.layout.pair_per_line;
        for (at, entry) in plan.new.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            if per_line {
                text.push_str(&line);
            } else if at > 0 {
                text.push(' ');
            }
            self.pair(entry, Some(line.as_str()).filter(|_| per_line), &mut text);
        }
        if per_line && !plan.new.is_empty() {
            text.push_str(self.layout.line_end);
            text.push_str(outer);
        }
        text.push('}');
        text
    }

    fn pair(&self, entry: &Entry<'t>, line: Option<&str>, out: &mut String) {
        if self.layout.json {
            write_json_text(&entry.key, out);
            out.push_str(self.layout.colon);
        } else {
            self.flow_value(&Value::text(&*entry.key), None, out);
            out.push_str(": ");
        }
        self.flow_value(&entry.value, line, out);
    }
}
