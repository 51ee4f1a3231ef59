//! The tree of a template. Nodes lie side by side in one vector and name each other by number: however deep the tree,
//! nothing recurses when it is dropped.

use std::collections::BTreeMap;

use crate::functions::Function;

/// All templates of one text.
pub(crate) struct Trees {
    /// The name that the text was parsed under.
    pub(crate) name: String,
    /// The text, for lines and columns.
    pub(crate) text: String,
    /// The root of each template: its list of nodes. The text's own is missing when it is empty beside its definitions.
    pub(crate) roots: BTreeMap<String, NodeId>,
    nodes: Vec<Node>,
}

/// The number of a node in its [`Trees`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(u32);

/// A node and the byte of the text that Go counts as its place.
pub(crate) struct Node {
    pub(crate) at: usize,
    pub(crate) kind: Kind,
}

/// What a node is.
pub(crate) enum Kind {
    List(Vec<NodeId>),
    Text(Box<[u8]>),
    /// Prints its pipeline, unless that declares or assigns.
    Action(NodeId),
    Pipe {
        /// `=` rather than `:=`.
        assign: bool,
        /// The variables, `$` included in their names.
        variables: Vec<NodeId>,
        commands: Vec<NodeId>,
    },
    /// A function or operand, and its arguments.
    Command(Vec<NodeId>),
    Function(&'static Function),
    /// `$x.Field.Field`: the first is the variable's name with its `$`.
    Variable(Vec<String>),
    Dot,
    Nil,
    /// `.Field.Field`
    Field(Vec<String>),
    /// `(pipeline).Field`
    Chain(NodeId, Vec<String>),
    Bool(bool),
    Number(Number),
    /// A quoted text: as it is written, and what it means.
    Quoted {
        source: String,
        text: Box<[u8]>,
    },
    If(Branch),
    With(Branch),
    Range(Branch),
    Break,
    Continue,
    Template {
        name: String,
        pipe: Option<NodeId>,
    },
}

/// `if`, `with`, `range`.
pub(crate) struct Branch {
    pub(crate) pipe: NodeId,
    pub(crate) then: NodeId,
    pub(crate) otherwise: Option<NodeId>,
}

/// A number literal: each of the types that it fits (Go: `parse.NumberNode`).
#[derive(Clone)]
pub(crate) struct Number {
    pub(crate) source: String,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

impl Trees {
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}
