//! One pair for each key of a mapping.

use std::ops::Range;

use crate::{Entry, Mapping, Node, Note};

/// Which pairs of a mapping came out of a merge key.
pub(crate) struct Merge {
    pub(crate) entries: Range<usize>,
    /// Line of the merge key.
    pub(crate) line: usize,
}

/// The pairs with each key once, at its first place. The last value counts, a merged one included, as in Go; in
/// JSON Go decodes an object over the object that is there, which merges them.
pub(crate) fn without_duplicates<'t>(
    entries: Vec<Entry<'t>>,
    merges: &[Merge],
    json: bool,
    path: &dyn Fn(&str) -> String,
    notes: &mut Vec<Note>,
) -> Mapping<'t> {
    let mut mapping = Mapping::new();
    if !has_duplicates(&entries) {
        *mapping.entries_mut() = entries;
        return mapping;
    }
    let mut places = std::collections::HashMap::<String, usize>::new();
    let kept = mapping.entries_mut();
    // Lines of the keys as they stand in this mapping, which for merged ones is the line of the merge key.
    let mut lines = Vec::<(usize, bool)>::new();
    for (at, entry) in entries.into_iter().enumerate() {
        let merged = merges.get(merges.partition_point(|merge| merge.entries.end <= at));
        let merged = merged.filter(|merge| merge.entries.contains(&at));
        let line = merged.map_or(entry.key_span.line, |merge| merge.line);
        let Some(&place) = places.get(&*entry.key) else {
            places.insert(entry.key.to_string(), kept.len());
            lines.push((line, merged.is_some()));
            kept.push(entry);
            continue;
        };
        let (first_line, first_merged) = std::mem::replace(&mut lines[place], (line, merged.is_some()));
        match (first_merged, merged) {
            // That a mapping's own key takes the place of a merged one is what merge keys are for, and so is the
            // order of several.
            (true, _) => {}
            (false, None) => notes.push(Note::DuplicateKey { path: path(&entry.key), line, first_line }),
            (false, Some(_)) => {
                notes.push(Note::MergeOverride { path: path(&entry.key), line, first_line });
            }
        }
        let old = &mut kept[place];
        match (&mut old.value.node, entry.value.node) {
            (Node::Mapping(first), Node::Mapping(second)) if json => {
                let inner = |key: &str| path(&format!("{}.{key}", &*entry.key));
                let mut all = std::mem::take(first.entries_mut());
                all.extend(second);
                *first = without_duplicates(all, &[], true, &inner, notes);
            }
            (node, new) => *node = new,
        }
        old.value.span = entry.value.span;
        old.key_span = entry.key_span;
    }
    mapping
}

fn has_duplicates(entries: &[Entry<'_>]) -> bool {
    if entries.len() <= 12 {
        return entries
            .iter()
            .enumerate()
            .any(|(at, entry)| entries[..at].iter().any(|earlier| earlier.key == entry.key));
    }
    let mut keys: Vec<&str> = entries.iter().map(|entry| &*entry.key).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}
