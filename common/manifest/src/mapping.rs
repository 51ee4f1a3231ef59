use std::fmt;

use crate::value::{Span, Value};
use crate::{Text, same_field};

/// The pairs of a mapping, in order. No key stands twice.
#[derive(Clone, Default)]
pub struct Mapping<'t> {
    pub(crate) entries: Vec<Entry<'t>>,
}

/// One key with its value.
#[derive(Clone)]
pub struct Entry<'t> {
    /// The key, as the text that Go makes of it.
    pub key: Text<'t>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Value<'t>,
}

impl<'t> Mapping<'t> {
    /// An empty mapping.
    pub fn new() -> Self {
        Mapping::default()
    }

    /// How many keys it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The pairs in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry<'t>> {
        self.entries.iter()
    }

    /// The value under exactly this key.
    pub fn get(&self, key: &str) -> Option<&Value<'t>> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value under exactly this key, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value<'t>> {
        self.entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.value)
    }

    /// The pair of exactly this key.
    pub fn entry(&self, key: &str) -> Option<&Entry<'t>> {
        self.entries.iter().find(|entry| entry.key == *key)
    }

    /// The value under this key as Go's encoding/json looks for a field: the exact name first, then the last one
    /// that differs in upper and lower case only.
    pub fn get_ignore_case(&self, key: &str) -> Option<&Value<'t>> {
        let folded = || self.entries.iter().rev().find(|entry| same_field(&entry.key, key));
        self.entry(key).or_else(folded).map(|entry| &entry.value)
    }

    /// Adds a pair at the end. A key that is there already gets the new value, at its old place.
    pub fn insert(&mut self, key: impl Into<Text<'t>>, value: Value<'t>) -> Option<Value<'t>> {
        let key = key.into();
        match self.get_mut(&key) {
            Some(old) => Some(std::mem::replace(old, value)),
            None => {
                self.push(key, value);
                None
            }
        }
    }

    /// Adds a pair at the end without looking whether the key is there: the caller knows that it is not.
    pub fn push(&mut self, key: impl Into<Text<'t>>, value: Value<'t>) {
        self.entries.push(Entry { key: key.into(), key_span: Span::default(), value });
    }

    /// Takes a pair out; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Value<'t>> {
        let at = self.entries.iter().position(|entry| entry.key == *key)?;
        Some(self.entries.remove(at).value)
    }

    pub(crate) fn entries_mut(&mut self) -> &mut Vec<Entry<'t>> {
        &mut self.entries
    }
}

impl<'t, K: Into<Text<'t>>> FromIterator<(K, Value<'t>)> for Mapping<'t> {
    fn from_iter<I: IntoIterator<Item = (K, Value<'t>)>>(pairs: I) -> Self {
        let mut mapping = Mapping::new();
        for (key, value) in pairs {
            mapping.insert(key, value);
        }
        mapping
    }
}

impl<'t> IntoIterator for Mapping<'t> {
    type Item = Entry<'t>;
    type IntoIter = std::vec::IntoIter<Entry<'t>>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'m, 't> IntoIterator for &'m Mapping<'t> {
    type Item = &'m Entry<'t>;
    type IntoIter = std::slice::Iter<'m, Entry<'t>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Two mappings are equal when they hold the same pairs, in whatever order.
impl PartialEq for Mapping<'_> {
    fn eq(&self, other: &Self) -> bool {
        if self.len() != other.len() {
            return false;
        }
        if self.iter().zip(other).all(|(a, b)| a.key == b.key) {
            for (a, b) in self.iter().zip(other) {
                if a.value.node != b.value.node {
                    return false;
                }
            }
            return true;
        }
        fn sorted<'m, 't>(mapping: &'m Mapping<'t>) -> Vec<&'m Entry<'t>> {
            let mut entries: Vec<_> = mapping.iter().collect();
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            entries
        }
        for (a, b) in sorted(self).into_iter().zip(sorted(other)) {
            if a.key != b.key || a.value.node != b.value.node {
                return false;
            }
        }
        true
    }
}

impl fmt::Debug for Mapping<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|entry| (entry.key.as_str(), &entry.value))).finish()
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?}", self.key.as_str(), self.value)
    }
}
