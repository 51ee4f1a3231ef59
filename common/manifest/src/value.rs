use std::fmt;
use std::ops::Range;

use crate::Text;
use crate::mapping::{Entry, Mapping};

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
