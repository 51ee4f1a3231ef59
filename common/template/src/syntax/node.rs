//! The tree of a template. Nodes lie side by side in one vector and name each other by number: however deep the tree,
//! nothing recurses when it is dropped.

use std::collections::BTreeMap;

use crate::functions::Function;
use crate::value::Value;

/// All templates of one text.
pub(crate) struct Trees {
    /// The name that the text was parsed under.
    pub(crate) name: String,
    /// The text, for lines and columns.
    pub(crate) text: String,
    /// The root of each template: its list of nodes. The text's own is always among them, be it an empty list.
    ///
    /// A name is bytes, since `"\xff"` is one.
    pub(crate) roots: BTreeMap<Box<[u8]>, NodeId>,
    nodes: Vec<Node>,
    size: usize,
}

/// What an allocation takes beside its bytes, and what a name takes in a list, a map or a set of names.
const ALLOCATION: usize = 16;
const NAME: usize = 128;

/// The number of a node in its [`Trees`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(u32);

impl NodeId {
    /// Its place among the nodes of its tree.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A node and the byte of the text that Go counts as its place.
pub(crate) struct Node {
    pub(crate) at: usize,
    pub(crate) kind: Kind,
}

/// What a node is. Kept small: an action of five bytes has four nodes.
pub(crate) enum Kind {
    List(Box<[NodeId]>),
    Text(Box<[u8]>),
    /// Prints its pipeline, unless that declares or assigns.
    Action(NodeId),
    Pipe {
        /// `=` rather than `:=`.
        assign: bool,
        /// The variables, `$` included in their names.
        variables: Box<[NodeId]>,
        commands: Box<[NodeId]>,
    },
    /// A function or operand, and its arguments.
    Command(Box<[NodeId]>),
    Function(&'static Function),
    /// `$x.Field.Field`: the first is the variable's name with its `$`.
    Variable(Box<[Box<str>]>),
    Dot,
    Nil,
    /// `.Field.Field`
    Field(Box<[Box<str>]>),
    /// `(pipeline).Field`, `function.Field`
    Chain(NodeId, Box<[Box<str>]>),
    Bool(bool),
    Number(Box<Number>),
    /// A quoted text: as it is written, and what it means.
    Quoted {
        source: Box<str>,
        text: Box<[u8]>,
    },
    If(Branch),
    With(Branch),
    Range(Branch),
    Break,
    Continue,
    Template {
        name: Box<[u8]>,
        pipe: Option<NodeId>,
    },
}

/// `if`, `with`, `range`.
#[derive(Clone, Copy)]
pub(crate) struct Branch {
    pub(crate) pipe: NodeId,
    pub(crate) then: NodeId,
    pub(crate) otherwise: Option<NodeId>,
}

/// A number literal: each of the types that it fits (Go: `parse.NumberNode`).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Number {
    pub(crate) source: Box<str>,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

impl Kind {
    /// Bytes that it takes beside the node itself.
    fn heap(&self) -> usize {
        let names = |names: &[Box<str>]| names.iter().map(|name| 2 * ALLOCATION + name.len()).sum::<usize>();
        ALLOCATION
            + match self {
                Kind::List(nodes) | Kind::Command(nodes) => size_of_val::<[NodeId]>(nodes),
                Kind::Pipe { variables, commands, .. } => {
                    size_of_val::<[NodeId]>(variables) + size_of_val::<[NodeId]>(commands)
                }
                Kind::Text(text) => text.len(),
                // Those that are declared are known by name, too.
                Kind::Variable(fields) => NAME + names(fields),
                Kind::Field(fields) | Kind::Chain(_, fields) => names(fields),
                Kind::Number(number) => size_of::<Number>() + ALLOCATION + number.source.len(),
                // A run copies it once.
                Kind::Quoted { source, text } => 2 * ALLOCATION + source.len() + 2 * text.len(),
                Kind::Template { name, .. } => name.len(),
                _ => 0,
            }
    }

    /// The name of a function whose results differ each time.
    pub(crate) fn unsettled(&self) -> Option<&'static str> {
        match self {
            Kind::Function(function) if !function.settles => Some(function.name),
            _ => None,
        }
    }
}

impl Trees {
    pub(super) fn new(name: &str, text: &str) -> Self {
        // The name, the text, and what even an empty template takes.
        let size = 512 + name.len() + text.len();
        Trees {
            name: name.to_owned(),
            text: text.to_owned(),
            roots: BTreeMap::new(),
            nodes: Vec::new(),
            size,
        }
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// All nodes in no order that means something.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Bytes that it takes in memory, and a run that meets every node beside it.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// A template of this name begins at the node.
    pub(super) fn define(&mut self, name: Box<[u8]>, root: NodeId) {
        self.size += NAME + 2 * name.len();
        self.roots.insert(name, root);
    }

    pub(super) fn add(&mut self, at: usize, kind: Kind) -> NodeId {
        // The list of nodes has room for twice as many at times, and while it grows it is there twice; a run keeps the value of
        // each argument and each quoted text.
        self.size += 3 * size_of::<Node>() + 2 * size_of::<Value>() + kind.heap();
        let id = NodeId(
            u32::try_from(self.nodes.len()).expect("a node takes a byte of text, and texts are shorter"),
        );
        self.nodes.push(Node { at, kind });
        id
    }
}
