//! Blocks: the text itself, definitions, and what stands between `if`, `with`, `range` and their `end`.

use crate::error::ParseError;
use crate::failure::Cap;
use crate::go::quote::quoted;
use crate::syntax::node::{Branch, Kind, NodeId, Trees};
use crate::syntax::parser::Parser;
use crate::syntax::scope::Scope;
use crate::syntax::token::{Keyword, What};

/// A block that is open.
pub(super) struct Block<'a> {
    pub(super) kind: BlockKind<'a>,
    /// Where its list begins, and what is in it so far.
    at: usize,
    nodes: Vec<NodeId>,
}

pub(super) enum BlockKind<'a> {
    /// The whole text.
    Text,
    Define {
        name: Box<[u8]>,
        outer: Scope<'a>,
    },
    /// `block`: a definition and its call.
    Block {
        name: Box<[u8]>,
        outer: Scope<'a>,
        /// The place of the call.
        at: usize,
        pipe: NodeId,
    },
    Control(Control),
}

/// An `if`, `with` or `range`.
#[derive(Clone, Copy)]
pub(super) struct Control {
    which: Keyword,
    pipe: NodeId,
    /// The variables before it; those that it declares end with it.
    mark: usize,
    /// What stands before its `else`, once that was read.
    then: Option<NodeId>,
    /// After `else if` and `else with`: ends with the one before.
    chained: bool,
}

impl<'a> Parser<'a> {
    pub(super) fn open_block(&mut self, kind: BlockKind<'a>) -> Result<(), ParseError> {
        let at = match kind {
            BlockKind::Text => self.peek().at,
            _ => self.peek_word().at,
        };
        // The text itself is no level.
        if self.open.len() > self.limits.nesting {
            return Err(self.limit(Cap::Nesting));
        }
        self.open.push(Block { kind, at, nodes: Vec::new() });
        Ok(())
    }

    pub(super) fn append(&mut self, node: NodeId) {
        if let Some(block) = self.open.last_mut() {
            block.nodes.push(node);
        }
    }

    /// After `define`, which stands at the top of a text only.
    pub(super) fn define(&mut self) -> Result<(), ParseError> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let name = self.expect(What::Quoted, CONTEXT)?;
        let name = self.unquoted(name)?;
        self.expect(What::RightDelimiter, CONTEXT)?;
        self.open_block(BlockKind::Define { name, outer })
    }

    /// After `block`.
    pub(super) fn block(&mut self) -> Result<(), ParseError> {
        const CONTEXT: &str = "block clause";
        let token = self.next_word();
        if token.what != What::Quoted {
            return Err(self.unexpected(token, CONTEXT));
        }
        let name = self.unquoted(token)?;
        let pipe = self.pipeline(CONTEXT)?;
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        self.open_block(BlockKind::Block { name, outer, at: token.at, pipe })
    }

    /// After `if`, `with` or `range`.
    pub(super) fn control(&mut self, which: Keyword, chained: bool) -> Result<(), ParseError> {
        let mark = self.scope.variables.mark();
        let pipe = self.pipeline(match which {
            Keyword::With => "with",
            Keyword::Range => "range",
            _ => "if",
        })?;
        if which == Keyword::Range {
            self.scope.ranges += 1;
        }
        self.open_block(BlockKind::Control(Control { which, pipe, mark, then: None, chained }))
    }

    /// After `end` and its delimiter.
    pub(super) fn end(&mut self) -> Result<(), ParseError> {
        loop {
            let Some(Block { kind, at, nodes }) = self.open.pop() else {
                return Ok(());
            };
            let control = match kind {
                BlockKind::Text => return Err(self.error("unexpected {{end}}")),
                BlockKind::Define { name, outer } => {
                    self.install(name, at, nodes)?;
                    self.scope = outer;
                    return Ok(());
                }
                BlockKind::Block { name, outer, at: call, pipe } => {
                    self.install(name.clone(), at, nodes)?;
                    self.scope = outer;
                    self.scope.action = None;
                    let call = self.trees.add(call, Kind::Template { name, pipe: Some(pipe) });
                    self.append(call);
                    return Ok(());
                }
                BlockKind::Control(control) => control,
            };
            let chained = control.chained;
            self.close(control, at, nodes);
            if !chained {
                return Ok(());
            }
        }
    }

    fn close(&mut self, control: Control, at: usize, nodes: Vec<NodeId>) {
        let Control { which, pipe, mark, then, .. } = control;
        let list = self.trees.add(at, Kind::List(nodes.into()));
        let branch = match then {
            Some(then) => Branch { pipe, then, otherwise: Some(list) },
            None => Branch { pipe, then: list, otherwise: None },
        };
        if which == Keyword::Range && then.is_none() {
            self.scope.ranges = self.scope.ranges.saturating_sub(1);
        }
        self.scope.variables.forget(mark);
        let kind = match which {
            Keyword::With => Kind::With(branch),
            Keyword::Range => Kind::Range(branch),
            _ => Kind::If(branch),
        };
        let node = self.trees.add(self.trees.node(pipe).at, kind);
        self.append(node);
    }

    /// After `else` and its delimiter, or with an `if` or `with` of the same action still to come.
    pub(super) fn otherwise(&mut self, at: usize) -> Result<(), ParseError> {
        let Some(Block { kind, at: begun, nodes }) = self.open.pop() else {
            return Ok(());
        };
        let mut control = match kind {
            BlockKind::Text => return Err(self.error("unexpected {{else}}")),
            BlockKind::Define { .. } => return Err(self.error("unexpected {{else}} in define clause")),
            BlockKind::Block { outer, .. } => {
                self.scope = outer;
                return Err(self.error("unexpected {{else}} in block clause"));
            }
            BlockKind::Control(control) if control.then.is_some() => {
                return Err(self.error("expected end; found {{else}}"));
            }
            BlockKind::Control(control) => control,
        };
        let which = control.which;
        if which == Keyword::Range {
            self.scope.ranges = self.scope.ranges.saturating_sub(1);
        }
        control.then = Some(self.trees.add(begun, Kind::List(nodes.into())));
        let kind = BlockKind::Control(control);
        let chains = matches!(which, Keyword::If | Keyword::With) && self.peek().what == What::Keyword(which);
        if !chains {
            return self.open_block(kind);
        }
        self.next();
        self.open.push(Block { kind, at, nodes: Vec::new() });
        self.control(which, true)
    }

    /// Gives a template its tree, unless it has one; of two, one must be blank.
    fn install(&mut self, name: Box<[u8]>, at: usize, nodes: Vec<NodeId>) -> Result<(), ParseError> {
        let blank = self.is_blank(&nodes);
        if self.filled.contains(&name) {
            if blank {
                return Ok(());
            }
            let name = quoted(&name);
            return Err(self.error(format!("template: multiple definition of template {name}")));
        }
        if !blank {
            self.filled.insert(name.clone());
        }
        let root = self.trees.add(at, Kind::List(nodes.into()));
        self.trees.define(name, root);
        Ok(())
    }

    /// At the end of the text.
    pub(super) fn finish(mut self) -> Result<Trees, ParseError> {
        if let Some(Block { at, nodes, .. }) = self.open.pop() {
            self.install(self.name.as_bytes().into(), at, nodes)?;
        }
        Ok(self.trees)
    }

    /// Whether there is nothing but white space and comments, which leave no node.
    fn is_blank(&self, nodes: &[NodeId]) -> bool {
        nodes.iter().all(|node| match &self.trees.node(*node).kind {
            Kind::Text(text) => std::str::from_utf8(text).is_ok_and(|text| text.trim().is_empty()),
            _ => false,
        })
    }
}
