//! Values put together from what a YAML or JSON reader meets, on a stack of its own.

use super::budget::{Budget, Cost};
use super::duplicates::{Merge, has_duplicates, merge_objects, without_duplicates};
use super::notes::{About, Notes};
use super::path::{Step, path};
use super::{Fault, Origin};
use crate::{Entry, ErrorKind, Limits, Mapping, Node, Note, Span, Text, Value};

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
    cost: Cost,
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
    /// The text that is read, which starts at the origin.
    text: &'t str,
    limits: Limits,
    json: bool,
    origin: Origin,
    stack: Vec<Frame<'t>>,
    root: Option<Value<'t>>,
    /// By the number that the parser gives an anchor; empty while what it names is still open.
    anchors: Vec<Option<Anchored<'t>>>,
    budget: Budget,
    notes: Notes,
    /// JSON only: a mapping has a key twice. They are merged when all is read.
    duplicates: bool,
}

impl<'t> Builder<'t> {
    pub(crate) fn new(text: &'t str, limits: &Limits, json: bool, origin: Origin) -> Self {
        Builder {
            text,
            limits: *limits,
            json,
            origin,
            stack: Vec::new(),
            root: None,
            anchors: Vec::new(),
            budget: Budget::new(limits),
            notes: Notes::default(),
            duplicates: false,
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
            Content::Mapping { entries, .. } if self.json => {
                self.duplicates |= has_duplicates(&entries);
                let mut mapping = Mapping::new();
                *mapping.entries_mut() = entries;
                Node::Mapping(mapping)
            }
            Content::Mapping { entries, merges, .. } => {
                let stack = &self.stack;
                let path = |key: &str| path(steps(stack).chain([Step::Key(key)]));
                let at_root = stack.is_empty();
                Node::Mapping(without_duplicates(entries, &merges, at_root, &path, &mut self.notes))
            }
        };
        let value = Value { node, span };
        self.remember(anchor, &value, height + 1)?;
        self.place(value, height + 1, Role::Node, span)
    }

    /// A scalar, with the number of its anchor (0 for none).
    pub(crate) fn add(&mut self, value: Value<'t>, role: Role, anchor: usize) -> Result<(), Fault> {
        self.remember(anchor, &value, 0)?;
        let span = value.span;
        self.place(value, 0, role, span)
    }

    /// A copy of what an anchor names.
    pub(crate) fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Fault> {
        let Some(Some(anchored)) = self.anchors.get(anchor) else {
            return Err(self.fault(ErrorKind::RecursiveAlias, span));
        };
        let (height, cost, written) = (anchored.height, anchored.cost, anchored.value.span);
        if self.stack.len() + height > self.limits.nesting {
            return Err(self.fault(ErrorKind::TooDeep { limit: self.limits.nesting }, span));
        }
        self.spend(cost, span)?;
        let node = self.anchors[anchor].as_ref().map_or(Node::Null, |anchored| anchored.value.node.clone());
        self.place(Value { node, span }, height, Role::Alias, written)
    }

    /// The value read last, or the key, held half of a surrogate pair.
    pub(crate) fn note_lone_surrogate(&mut self, line: usize) {
        let stack = &self.stack;
        self.notes.add(About::LoneSurrogate, stack.len() == 1, || Note::LoneSurrogate {
            path: path(steps(stack)),
            line,
        });
    }

    /// The whole; nothing at all is null.
    pub(crate) fn finish(mut self, span: Span) -> (Value<'t>, Vec<Note>) {
        let mut root = self.root.unwrap_or(Value { node: Node::Null, span });
        if self.duplicates {
            merge_objects(&mut root.node, None, &mut self.notes);
        }
        (root, self.notes.into_kept())
    }

    fn remember(&mut self, anchor: usize, value: &Value<'t>, height: usize) -> Result<(), Fault> {
        if anchor == 0 {
            return Ok(());
        }
        let cost = Cost::of(value);
        // What stands at the anchor itself is not borrowed a second time.
        self.spend(Cost { borrowed: 0, ..cost }, value.span)?;
        if self.anchors.len() <= anchor {
            self.anchors.resize_with(anchor + 1, || None);
        }
        self.anchors[anchor] = Some(Anchored { value: value.clone(), height, cost });
        Ok(())
    }

    fn spend(&mut self, cost: Cost, span: Span) -> Result<(), Fault> {
        self.budget.spend(cost).map_err(|kind| self.fault(kind, span))
    }

    /// Puts a value where the stack stands; `written` is where its characters stand, for an alias those of its
    /// anchor.
    fn place(&mut self, value: Value<'t>, height: usize, role: Role, written: Span) -> Result<(), Fault> {
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
                    let is_text = matches!(value.node, Node::Text(_));
                    let key = key(value).map_err(|what| fault(ErrorKind::BadKey(what), span))?;
                    let retyped = !is_text && !is_written(&key, self.text, origin, written);
                    *pending = Some(Pending::Key(key, span));
                    if retyped {
                        self.note_retyped_key(span.line);
                    }
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

    fn note_retyped_key(&mut self, line: usize) {
        let stack = &self.stack;
        self.notes
            .add(About::RetypedKey, stack.len() == 1, || Note::RetypedKey { path: path(steps(stack)), line });
    }

    fn fault(&self, kind: ErrorKind, span: Span) -> Fault {
        Fault::new(kind, span.start.saturating_sub(self.origin.offset))
    }
}

/// The keys and positions that lead to the place where the stack stands.
fn steps<'s>(stack: &'s [Frame<'_>]) -> impl Iterator<Item = Step<'s>> {
    stack.iter().filter_map(|frame| match &frame.content {
        Content::Sequence(values) => Some(Step::Position(values.len())),
        Content::Mapping { pending: Some(Pending::Key(key, _)), .. } => Some(Step::Key(key)),
        Content::Mapping { .. } => None,
    })
}

/// Whether a key stands in the text as it is read, or in quotes: then a tag made a number of it on purpose.
fn is_written(key: &str, text: &str, origin: Origin, span: Span) -> bool {
    let range = span.start.saturating_sub(origin.offset)..span.end.saturating_sub(origin.offset);
    text.get(range).is_some_and(|written| written == key || written.starts_with(['"', '\'']))
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
