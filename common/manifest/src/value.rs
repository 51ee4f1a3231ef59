use std::fmt;
use std::ops::Range;

use crate::{Text, same_field};

/// Where something stands in the text it was read from. All zero in a value that was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Offset of its first byte in the whole text.
    pub start: usize,
    /// Offset behind its last byte.
    pub end: usize,
    /// Its line in the whole text, from 1; 0 in a value that was made.
    pub line: usize,
}

impl Span {
    /// The bytes as a range.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A node of a document, with its place in the text.
///
/// Two values are equal when their nodes are, wherever they stand. `Debug` shows shapes and keys only.
#[derive(Clone)]
pub struct Value<'t> {
    /// What it is.
    pub node: Node<'t>,
    /// Where it stands. For an alias, the place of the alias.
    pub span: Span,
}

/// What a value is, as Go's yaml.v2 and encoding/json see it.
pub enum Node<'t> {
    /// Nothing: `null`, `~`, or no value at all.
    Null,
    /// `true`, `yes`, `on` and their like.
    Bool(bool),
    /// An integer within 64 bits and sign.
    Integer(i64),
    /// A positive integer above [`i64::MAX`].
    Unsigned(u64),
    /// Any other number, the infinite ones and "not a number" included.
    Float(f64),
    /// A text; dates and times are texts too.
    Text(Text<'t>),
    /// A list.
    Sequence(Vec<Value<'t>>),
    /// A mapping, in the order of the document.
    Mapping(Mapping<'t>),
}

/// The pairs of a mapping, in order. No key stands twice.
#[derive(Clone, Default)]
pub struct Mapping<'t> {
    entries: Vec<Entry<'t>>,
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

impl<'t> Value<'t> {
    /// A text.
    pub fn text(text: impl Into<Text<'t>>) -> Self {
        Node::Text(text.into()).into()
    }

    /// A boolean.
    pub fn bool(value: bool) -> Self {
        Node::Bool(value).into()
    }

    /// An integer.
    pub fn integer(value: i64) -> Self {
        Node::Integer(value).into()
    }

    /// Nothing.
    pub fn null() -> Self {
        Node::Null.into()
    }

    /// A list of values.
    pub fn sequence(values: impl IntoIterator<Item = Value<'t>>) -> Self {
        Node::Sequence(values.into_iter().collect()).into()
    }

    /// A mapping of pairs; of two same keys the later one counts.
    pub fn mapping<K: Into<Text<'t>>>(pairs: impl IntoIterator<Item = (K, Value<'t>)>) -> Self {
        Node::Mapping(pairs.into_iter().collect()).into()
    }

    /// The text, if it is one. Numbers and booleans are not: see [`Value::to_text`].
    pub fn as_text(&self) -> Option<&Text<'t>> {
        match &self.node {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.node {
            Node::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The mapping, if it is one.
    pub fn as_mapping(&self) -> Option<&Mapping<'t>> {
        match &self.node {
            Node::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The mapping to change, if it is one.
    pub fn as_mapping_mut(&mut self) -> Option<&mut Mapping<'t>> {
        match &mut self.node {
            Node::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_sequence(&self) -> Option<&[Value<'t>]> {
        match &self.node {
            Node::Sequence(values) => Some(values),
            _ => None,
        }
    }

    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self.node, Node::Null)
    }

    /// The value under a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Value<'t>> {
        self.as_mapping()?.get(key)
    }

    /// The value at the end of a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Value<'t>> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// What it is, for a sentence: "a number", "a list".
    pub fn kind_name(&self) -> &'static str {
        self.node.kind_name()
    }

    /// What Go makes of a scalar where a text is wanted: a text itself, `true` or `false`, integers in decimal,
    /// floating-point numbers shortest **through 32 bits** (`3.1415927`, `1e+10`, `+Inf`). `None` for null
    /// (Go leaves the text empty), lists and mappings.
    pub fn to_text(&self) -> Option<Text<'t>> {
        match &self.node {
            Node::Text(text) => Some(text.clone()),
            Node::Bool(value) => Some(Text::Borrowed(if *value { "true" } else { "false" })),
            Node::Integer(value) => Some(value.to_string().into()),
            Node::Unsigned(value) => Some(value.to_string().into()),
            Node::Float(value) => Some(crate::float::shortest_32(*value).into()),
            Node::Null | Node::Sequence(_) | Node::Mapping(_) => None,
        }
    }

    /// The same value, independent of the text it was read from.
    pub fn into_owned(self) -> Value<'static> {
        Value { node: self.node.into_owned(), span: self.span }
    }
}

impl Node<'_> {
    /// What it is, for a sentence: "a number", "a list".
    pub fn kind_name(&self) -> &'static str {
        match self {
            Node::Null => "nothing",
            Node::Bool(_) => "a boolean",
            Node::Integer(_) | Node::Unsigned(_) | Node::Float(_) => "a number",
            Node::Text(_) => "a text",
            Node::Sequence(_) => "a list",
            Node::Mapping(_) => "a mapping",
        }
    }

    // Loops in place of iterators keep the frames of this and of the other recursions below small: a thousand
    // levels have to fit a small stack.
    fn into_owned(self) -> Node<'static> {
        match self {
            Node::Null => Node::Null,
            Node::Bool(value) => Node::Bool(value),
            Node::Integer(value) => Node::Integer(value),
            Node::Unsigned(value) => Node::Unsigned(value),
            Node::Float(value) => Node::Float(value),
            Node::Text(text) => Node::Text(text.into_owned()),
            Node::Sequence(values) => {
                let mut owned = Vec::with_capacity(values.len());
                for Value { node, span } in values {
                    owned.push(Value { node: node.into_owned(), span });
                }
                Node::Sequence(owned)
            }
            Node::Mapping(mapping) => {
                let mut entries = Vec::with_capacity(mapping.len());
                for Entry { key, key_span, value: Value { node, span } } in mapping {
                    let value = Value { node: node.into_owned(), span };
                    entries.push(Entry { key: key.into_owned(), key_span, value });
                }
                Node::Mapping(Mapping { entries })
            }
        }
    }
}

impl Clone for Node<'_> {
    fn clone(&self) -> Self {
        match self {
            Node::Null => Node::Null,
            Node::Bool(value) => Node::Bool(*value),
            Node::Integer(value) => Node::Integer(*value),
            Node::Unsigned(value) => Node::Unsigned(*value),
            Node::Float(value) => Node::Float(*value),
            Node::Text(text) => Node::Text(text.clone()),
            Node::Sequence(values) => {
                let mut copy = Vec::with_capacity(values.len());
                for value in values {
                    copy.push(Value { node: value.node.clone(), span: value.span });
                }
                Node::Sequence(copy)
            }
            Node::Mapping(mapping) => {
                let mut entries = Vec::with_capacity(mapping.len());
                for Entry { key, key_span, value } in mapping {
                    let value = Value { node: value.node.clone(), span: value.span };
                    entries.push(Entry { key: key.clone(), key_span: *key_span, value });
                }
                Node::Mapping(Mapping { entries })
            }
        }
    }
}

/// Numbers are equal when they are of one kind and of one value; "not a number" equals itself here, so that a
/// document equals itself.
impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Node::Null, Node::Null) => true,
            (Node::Bool(a), Node::Bool(b)) => a == b,
            (Node::Integer(a), Node::Integer(b)) => a == b,
            (Node::Unsigned(a), Node::Unsigned(b)) => a == b,
            (Node::Float(a), Node::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Node::Text(a), Node::Text(b)) => a == b,
            (Node::Sequence(a), Node::Sequence(b)) => {
                if a.len() != b.len() {
                    return false;
                }
                for (a, b) in a.iter().zip(b) {
                    if a.node != b.node {
                        return false;
                    }
                }
                true
            }
            (Node::Mapping(a), Node::Mapping(b)) => a == b,
            _ => false,
        }
    }
}

impl<'t> From<Node<'t>> for Value<'t> {
    fn from(node: Node<'t>) -> Self {
        Value { node, span: Span::default() }
    }
}

impl<'t> From<Mapping<'t>> for Value<'t> {
    fn from(mapping: Mapping<'t>) -> Self {
        Node::Mapping(mapping).into()
    }
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
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

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Sequence(values) => f.debug_list().entries(values).finish(),
            Node::Mapping(mapping) => mapping.fmt(f),
            scalar => f.write_str(scalar.kind_name()),
        }
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
