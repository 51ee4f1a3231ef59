//! A pattern's tree, with Go's limits on it.

use std::rc::Rc;

use zeroize::{DefaultIsZeroes, Zeroizing};

use crate::go::regexp::error;
use crate::go::regexp::ranges::Ranges;

/// Go's limit on instructions: what 128 MiB hold there.
const MAX_SIZE: u64 = 128 * 1024 * 1024 / 40;
/// Go's limits on the tree's height, and on copies of one thing by repeats within repeats.
const MAX_HEIGHT: u32 = 1000;
pub(super) const MAX_REPEAT: u32 = 1000;

/// A node's place in its tree.
pub(super) type Id = u32;

/// What matches without taking any rune.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    LineStart,
    LineEnd,
    TextStart,
    TextEnd,
    WordBoundary,
    NoWordBoundary,
}

#[derive(Clone, Copy, Default)]
pub(super) enum Node {
    #[default]
    Empty,
    Rune(u32),
    /// One of the tree's classes.
    Class(u32),
    Any,
    AnyButNewline,
    Look(Look),
    Capture {
        sub: Id,
        number: u32,
    },
    Repeat {
        sub: Id,
        min: u32,
        max: Option<u32>,
        greedy: bool,
    },
    /// So many of the tree's children from there on, one after the other.
    Concat {
        first: u32,
        count: u32,
    },
    /// The first that leads to a match.
    Alternate {
        first: u32,
        count: u32,
    },
}

/// A node with what is asked of it again and again.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry {
    pub(super) node: Node,
    /// Whether it can match without taking a rune.
    pub(super) nullable: bool,
    /// Instructions that it becomes, as Go estimates them.
    pub(super) size: u64,
    pub(super) height: u32,
    /// The most copies that repeats within make of one thing.
    copies: u32,
}

impl DefaultIsZeroes for Entry {}

#[derive(Default)]
pub(super) struct Tree {
    nodes: Zeroizing<Vec<Entry>>,
    children: Vec<Id>,
    pub(super) classes: Vec<Rc<Ranges>>,
}

impl Tree {
    /// With room for the nodes of a pattern of so many bytes, so that none is left behind when the list grows.
    pub(super) fn of(bytes: usize) -> Self {
        Tree { nodes: Zeroizing::new(Vec::with_capacity(2 * bytes + 4)), ..Tree::default() }
    }

    pub(super) fn entry(&self, id: Id) -> Entry {
        self.nodes.get(id as usize).copied().unwrap_or_default()
    }

    pub(super) fn children(&self, first: u32, count: u32) -> &[Id] {
        self.children.get(first as usize..).and_then(|rest| rest.get(..count as usize)).unwrap_or_default()
    }

    /// A node that takes one rune or none.
    pub(super) fn leaf(&mut self, node: Node) -> Id {
        let nullable = matches!(node, Node::Empty | Node::Look(_));
        self.push(Entry { node, nullable, size: 1, height: 1, copies: 1 })
    }

    pub(super) fn capture(&mut self, sub: Id, number: u32) -> Result<Id, &'static str> {
        let of = self.entry(sub);
        self.checked(Entry {
            node: Node::Capture { sub, number },
            size: of.size + 2,
            height: of.height + 1,
            ..of
        })
    }

    pub(super) fn repeat(
        &mut self,
        sub: Id,
        min: u32,
        max: Option<u32>,
        greedy: bool,
    ) -> Result<Id, &'static str> {
        let of = self.entry(sub);
        let size = match max {
            None if min == 0 => of.size + 2,
            None => u64::from(min) * of.size + 1,
            Some(max) => u64::from(max) * of.size + u64::from(max.saturating_sub(min)),
        };
        let copies = if max == Some(0) { 1 } else { max.unwrap_or(min).max(1) * of.copies };
        let node = Node::Repeat { sub, min, max, greedy };
        let id = self.checked(Entry {
            node,
            nullable: min == 0 || of.nullable,
            size: size.max(1),
            height: of.height + 1,
            copies,
        })?;
        if copies > MAX_REPEAT { Err(error::REPEAT_SIZE) } else { Ok(id) }
    }

    pub(super) fn concat(&mut self, items: &[Id]) -> Result<Id, &'static str> {
        let (first, count) = (self.children.len() as u32, items.len() as u32);
        self.joined(items, Node::Concat { first, count }, 0)
    }

    pub(super) fn alternate(&mut self, items: &[Id]) -> Result<Id, &'static str> {
        let (first, count) = (self.children.len() as u32, items.len() as u32);
        self.joined(items, Node::Alternate { first, count }, u64::from(count.saturating_sub(1)))
    }

    fn joined(&mut self, items: &[Id], node: Node, more: u64) -> Result<Id, &'static str> {
        match items {
            [] => return Ok(self.leaf(Node::Empty)),
            [one] => return Ok(*one),
            _ => {}
        }
        self.children.extend_from_slice(items);
        let of = items.iter().map(|item| self.entry(*item));
        let nullable = match node {
            Node::Concat { .. } => of.clone().all(|entry| entry.nullable),
            _ => of.clone().any(|entry| entry.nullable),
        };
        let size = of.clone().map(|entry| entry.size).sum::<u64>() + more;
        let height = of.clone().map(|entry| entry.height).max().unwrap_or(0) + 1;
        let copies = of.map(|entry| entry.copies).max().unwrap_or(1);
        self.checked(Entry { node, nullable, size, height, copies })
    }

    fn checked(&mut self, entry: Entry) -> Result<Id, &'static str> {
        if entry.size > MAX_SIZE {
            Err(error::LARGE)
        } else if entry.height > MAX_HEIGHT {
            Err(error::NESTING_DEPTH)
        } else {
            Ok(self.push(entry))
        }
    }

    fn push(&mut self, entry: Entry) -> Id {
        self.nodes.push(entry);
        self.nodes.len() as u32 - 1
    }
}
