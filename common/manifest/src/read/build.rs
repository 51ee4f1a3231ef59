//! Values put together from what a YAML or JSON reader meets, on a stack of its own.

use super::duplicates::{Merge, without_duplicates};
use super::{Fault, Origin};
use crate::{Entry, ErrorKind, Limits, Node, Note, Span, Text, Value};

/// What part a node plays where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A node written out.
    Node,
    /// A node that an alias stands for.
    Alias,
    /// The scalar `<<`, which merges what follows if it stands for a key.
    MergeKey,
}

/// A value under an anchor.
struct Anchored<'t> {
    value: Value<'t>,
    height: usize,
    cost: usize,
}

enum Pending<'t> {
    Key(Text<'t>, Span),
    Merge(Span),
}

enum Content<'t> {
    Sequence(Vec<Value<'t>>),
    Mapping { entries: Vec<Entry<'t>>, merges: Vec<Merge>, pending: Option<Pending<'t>> },
}

struct Frame<'t> {
    span: Span,
    anchor: usize,
    /// Levels of lists and mappings below it.
    height: usize,
    content: Content<'t>,
}

pub(crate) struct Builder<'t> {
    limits: Limits,
    json: bool,
    origin: Origin,
    stack: Vec<Frame<'t>>,
    root: Option<Value<'t>>,
    /// By the number that the parser gives an anchor; empty while what it names is still open.
    anchors: Vec<Option<Anchored<'t>>>,
    copied: usize,
    notes: Vec<Note>,
}

impl<'t> Builder<'t> {
    pub(crate) fn new(limits: &Limits, json: bool, origin: Origin) -> Self {
        Builder {
            limits: *limits,
            json,
            origin,
            stack: Vec::new(),
            root: None,
            anchors: Vec::new(),
            copied: 0,
            notes: Vec::new(),
        }
    }

    pub(crate) fn begin_sequence(&mut self, span: Span, anchor: usize) -> Result<(), Fault> {
        self.begin(span, anchor, Content::Sequence(Vec::new()))
    }

    pub(crate) fn begin_mapping(&mut self, span: Span, anchor: usize) -> Result<(), Fault> {
        self.begin(span, anchor, Content::Mapping { entries: Vec::new(), merges: Vec::new(), pending: None })
    }

    fn begin(&mut self, span: Span, anchor: usize, content: Content<'t>) -> Result<(), Fault> {
        if self.stack.len() >= self.limits.nesting {
            return Err(self.fault(ErrorKind::TooDeep { limit: self.limits.nesting }, span));
        }
        self.stack.push(Frame { span, anchor, height: 0, content });
        Ok(())
    }

    /// The innermost list or mapping is complete and ends at this offset of the whole text.
    pub(crate) fn end(&mut self, end: usize) -> Result<(), Fault> {
        let Some(Frame { mut span, anchor, height, content }) = self.stack.pop() else { return Ok(()) };
        span.end = end;
        let node = match content {
            Content::Sequence(values) => Node::Sequence(values),
            Content::Mapping { entries, merges, .. } => {
                let stack = &self.stack;
                let path = |key: &str| path(stack, Some(key));
                Node::Mapping(without_duplicates(entries, &merges, self.json, &path, &mut self.notes))
            }
        };
        let value = Value { node, span };
        self.remember(anchor, &value, height + 1)?;
        self.place(value, height + 1, Role::Node)
    }

    /// A scalar, with the number of its anchor (0 for none).
    pub(crate) fn add(&mut self, value: Value<'t>, role: Role, anchor: usize) -> Result<(), Fault> {
        self.remember(anchor, &value, 0)?;
        self.place(value, 0, role)
    }

    /// A copy of what an anchor names.
    pub(crate) fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Fault> {
        let Some(Some(anchored)) = self.anchors.get(anchor) else {
            return Err(self.fault(ErrorKind::RecursiveAlias, span));
        };
        let (height, cost) = (anchored.height, anchored.cost);
        if self.stack.len() + height > self.limits.nesting {
            return Err(self.fault(ErrorKind::TooDeep { limit: self.limits.nesting }, span));
        }
        self.spend(cost, span)?;
        let node = self.anchors[anchor].as_ref().map_or(Node::Null, |anchored| anchored.value.node.clone());
        self.place(Value { node, span }, height, Role::Alias)
    }

    /// The value read last, or the key, held half of a surrogate pair.
    pub(crate) fn note_lone_surrogate(&mut self, line: usize) {
        self.notes.push(Note::LoneSurrogate { path: path(&self.stack, None), line });
    }

    /// The whole; nothing at all is null.
    pub(crate) fn finish(self, span: Span) -> (Value<'t>, Vec<Note>) {
        (self.root.unwrap_or(Value { node: Node::Null, span }), self.notes)
    }

    fn remember(&mut self, anchor: usize, value: &Value<'t>, height: usize) -> Result<(), Fault> {
        if anchor == 0 {
            return Ok(());
        }
        let cost = cost(value);
        self.spend(cost, value.span)?;
        if self.anchors.len() <= anchor {
            self.anchors.resize_with(anchor + 1, || None);
        }
        self.anchors[anchor] = Some(Anchored { value: value.clone(), height, cost });
        Ok(())
    }

    /// Counts before copying.
    fn spend(&mut self, cost: usize, span: Span) -> Result<(), Fault> {
        self.copied = self.copied.saturating_add(cost);
        if self.copied > self.limits.alias_bytes {
            return Err(self.fault(ErrorKind::TooManyAliases { limit: self.limits.alias_bytes }, span));
        }
        Ok(())
    }

    fn place(&mut self, value: Value<'t>, height: usize, role: Role) -> Result<(), Fault> {
        let origin = self.origin;
        let fault = |kind, span: Span| Fault::new(kind, span.start.saturating_sub(origin.offset));
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        frame.height = frame.height.max(height);
        match &mut frame.content {
            Content::Sequence(values) => values.push(value),
            Content::Mapping { entries, merges, pending } => match pending.take() {
                None if role == Role::MergeKey => *pending = Some(Pending::Merge(value.span)),
                None => {
                    let span = value.span;
                    let key = key(value).map_err(|what| fault(ErrorKind::BadKey(what), span))?;
                    *pending = Some(Pending::Key(key, span));
                }
                Some(Pending::Key(key, key_span)) => entries.push(Entry { key, key_span, value }),
                Some(Pending::Merge(span)) => {
                    let start = entries.len();
                    merge(entries, value, role).map_err(|()| fault(ErrorKind::MergeWithoutMapping, span))?;
                    merges.push(Merge { entries: start..entries.len(), line: span.line });
                }
            },
        }
        Ok(())
    }

    fn fault(&self, kind: ErrorKind, span: Span) -> Fault {
        Fault::new(kind, span.start.saturating_sub(self.origin.offset))
    }
}

/// The keys and positions that lead to the place where the stack stands.
fn path(stack: &[Frame<'_>], last: Option<&str>) -> String {
    let mut path = String::new();
    let add_key = |path: &mut String, key: &str| {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    };
    for frame in stack {
        match &frame.content {
            Content::Sequence(values) => path.push_str(&format!("[{}]", values.len())),
            Content::Mapping { pending: Some(Pending::Key(key, _)), .. } => add_key(&mut path, key),
            Content::Mapping { .. } => {}
        }
    }
    if let Some(key) = last {
        add_key(&mut path, key);
    }
    path
}

/// The text that sigs.k8s.io/yaml makes of a key, or what it is when Go refuses it.
fn key<'t>(value: Value<'t>) -> Result<Text<'t>, &'static str> {
    match value.node {
        Node::Text(text) => Ok(text),
        Node::Bool(_) | Node::Integer(_) => value.to_text().ok_or("nothing"),
        Node::Float(float) => Ok(match crate::float::shortest_32(float).as_str() {
            "+Inf" => Text::Borrowed(".inf"),
            "-Inf" => Text::Borrowed("-.inf"),
            "NaN" => Text::Borrowed(".nan"),
            text => text.to_owned().into(),
        }),
        Node::Unsigned(_) => Err("a number above 64 bits with sign"),
        Node::Null | Node::Sequence(_) | Node::Mapping(_) => Err(value.kind_name()),
    }
}

/// Adds the pairs of a mapping, or of a list of mappings of which the first takes precedence. As in Go an alias
/// to a list will not do.
fn merge<'t>(entries: &mut Vec<Entry<'t>>, value: Value<'t>, role: Role) -> Result<(), ()> {
    match value.node {
        Node::Mapping(mapping) => entries.extend(mapping),
        Node::Sequence(values) if role != Role::Alias => {
            for value in values.into_iter().rev() {
                let Node::Mapping(mapping) = value.node else { return Err(()) };
                entries.extend(mapping);
            }
        }
        _ => return Err(()),
    }
    Ok(())
}

/// Bytes that a copy takes.
fn cost(value: &Value<'_>) -> usize {
    size_of::<Value<'_>>()
        + match &value.node {
            Node::Text(text) => text.owned_bytes(),
            Node::Sequence(values) => values.iter().map(cost).sum(),
            Node::Mapping(mapping) => mapping
                .iter()
                .map(|entry| {
                    size_of::<Entry<'_>>() - size_of::<Value<'_>>()
                        + entry.key.owned_bytes()
                        + cost(&entry.value)
                })
                .sum(),
            _ => 0,
        }
}
