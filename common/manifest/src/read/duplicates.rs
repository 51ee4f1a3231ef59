//! One pair for each key of a mapping.

use std::collections::HashMap;
use std::ops::Range;

use super::notes::{About, Notes};
use super::path::{Place, Step};
use crate::{Entry, Mapping, Node, Note};

/// Which pairs of a mapping came out of a merge key.
pub(crate) struct Merge {
    pub(crate) entries: Range<usize>,
    /// Line of the merge key.
    pub(crate) line: usize,
}

/// The pairs of a YAML mapping with each key once, at its first place. The last value counts, a merged one
/// included, as in Go.
pub(crate) fn without_duplicates<'t>(
    entries: Vec<Entry<'t>>,
    merges: &[Merge],
    at_root: bool,
    path: &dyn Fn(&str) -> String,
    notes: &mut Notes,
) -> Mapping<'t> {
    let mut mapping = Mapping::new();
    if !has_duplicates(&entries) {
        *mapping.entries_mut() = entries;
        return mapping;
    }
    let places = places(&entries);
    let kept = mapping.entries_mut();
    // Lines of the keys as they stand in this mapping, which for merged ones is the line of the merge key.
    let mut lines = Vec::<(usize, bool)>::new();
    for ((at, entry), place) in entries.into_iter().enumerate().zip(places) {
        let merged = merges.get(merges.partition_point(|merge| merge.entries.end <= at));
        let merged = merged.filter(|merge| merge.entries.contains(&at));
        let line = merged.map_or(entry.key_span.line, |merge| merge.line);
        if place == kept.len() {
            lines.push((line, merged.is_some()));
            kept.push(entry);
            continue;
        }
        let (first_line, first_merged) = std::mem::replace(&mut lines[place], (line, merged.is_some()));
        match (first_merged, merged) {
            // That a mapping's own key takes the place of a merged one is what merge keys are for, and so is the
            // order of several.
            (true, _) => {}
            (false, None) => notes.add(About::DuplicateKey, at_root, || Note::DuplicateKey {
                path: path(&entry.key),
                line,
                first_line,
            }),
            (false, Some(_)) => notes.add(About::MergeOverride, at_root, || Note::MergeOverride {
                path: path(&entry.key),
                line,
                first_line,
            }),
        }
        // The keys are equal.
        kept[place] = entry;
    }
    mapping
}

/// Makes each key stand once in all mappings of a JSON value. Go decodes an object over the object that is there,
/// which merges them; of other values the last counts.
///
/// From the outside in: the pairs of equal objects are put together first and looked at once, however many objects
/// there are and however deep they merge.
pub(crate) fn merge_objects(node: &mut Node<'_>, place: Option<&Place<'_>>, notes: &mut Notes) {
    match node {
        Node::Sequence(values) => {
            for (at, value) in values.iter_mut().enumerate() {
                merge_objects(
                    &mut value.node,
                    Some(&Place { before: place, step: Step::Position(at) }),
                    notes,
                );
            }
        }
        Node::Mapping(mapping) => {
            let entries = mapping.entries_mut();
            if has_duplicates(entries) {
                *entries = gather(std::mem::take(entries), place, notes);
            }
            for Entry { key, value, .. } in entries {
                let step = Step::Key(key);
                merge_objects(&mut value.node, Some(&Place { before: place, step }), notes);
            }
        }
        _ => {}
    }
}

/// Each key once, at its first place, with the pairs of all objects that it has one after another.
fn gather<'t>(entries: Vec<Entry<'t>>, before: Option<&Place<'_>>, notes: &mut Notes) -> Vec<Entry<'t>> {
    let places = places(&entries);
    let mut kept = Vec::<Entry<'t>>::new();
    for (entry, place) in entries.into_iter().zip(places) {
        if place == kept.len() {
            kept.push(entry);
            continue;
        }
        let old = &mut kept[place];
        let (line, first_line) = (entry.key_span.line, old.key_span.line);
        notes.add(About::DuplicateKey, before.is_none(), || {
            let path = Place { before, step: Step::Key(&entry.key) }.path();
            Note::DuplicateKey { path, line, first_line }
        });
        match (&mut old.value.node, entry.value.node) {
            (Node::Mapping(first), Node::Mapping(second)) => first.entries_mut().extend(second),
            (node, new) => *node = new,
        }
        old.value.span = entry.value.span;
        old.key_span = entry.key_span;
    }
    kept
}

pub(crate) fn has_duplicates(entries: &[Entry<'_>]) -> bool {
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

/// For each pair the place of its key among the different keys.
fn places(entries: &[Entry<'_>]) -> Vec<usize> {
    let mut known = HashMap::with_capacity(entries.len());
    let mut places = Vec::with_capacity(entries.len());
    for entry in entries {
        let next = known.len();
        places.push(*known.entry(entry.key.as_str()).or_insert(next));
    }
    places
}
