//! The nodes that write, branch and call templates.

use std::io::Write as _;

use zeroize::Zeroizing;

use crate::format;
use crate::go::quote::quoted;
use crate::run::held::Held;
use crate::run::{Flow, Outcome, Run};
use crate::syntax::node::{Branch, Kind, NodeId};
use crate::value::Value;

impl<'t> Run<'t, '_, '_> {
    /// Executes a template's list of nodes with no variable but `$`.
    pub(super) fn template(&mut self, dot: &Held, root: NodeId) -> Outcome<()> {
        let caller = self.variables.enter();
        self.declare("$", dot.clone())?;
        self.list(dot, root)?;
        self.variables.leave(caller);
        Ok(())
    }

    /// Executes the nodes of a list.
    pub(super) fn list(&mut self, dot: &Held, list: NodeId) -> Outcome<Flow> {
        self.at(list)?;
        let Kind::List(nodes) = &self.trees.node(list).kind else {
            return self.walk(dot, list);
        };
        self.deeper(|run| {
            for node in nodes {
                match run.walk(dot, *node)? {
                    Flow::Next => {}
                    leave => return Ok(leave),
                }
            }
            Ok(Flow::Next)
        })
    }

    fn walk(&mut self, dot: &Held, node: NodeId) -> Outcome<Flow> {
        self.at(node)?;
        match &self.trees.node(node).kind {
            Kind::Text(text) => self.write(text)?,
            Kind::Action(pipe) => {
                let value = self.pipeline(dot, *pipe)?;
                if !self.declares(*pipe) {
                    self.node = node;
                    self.print(&value)?;
                }
            }
            Kind::If(branch) => return self.branch(dot, branch, false),
            Kind::With(branch) => return self.branch(dot, branch, true),
            Kind::Range(branch) => return self.range(dot, branch),
            Kind::Template { name, pipe } => self.call_template(dot, name, *pipe)?,
            Kind::Break => return Ok(Flow::Break),
            Kind::Continue => return Ok(Flow::Continue),
            Kind::List(_) => return self.list(dot, node),
            _ => return self.fail(format!("unknown node: {}", self.source(node))),
        }
        Ok(Flow::Next)
    }

    /// `if`, and `with`, which moves the dot.
    fn branch(&mut self, dot: &Held, branch: &'t Branch, moves: bool) -> Outcome<Flow> {
        let mark = self.variables.mark();
        let value = self.pipeline(dot, branch.pipe)?;
        let flow = if !value.is_true() {
            match branch.otherwise {
                Some(list) => self.list(dot, list)?,
                None => Flow::Next,
            }
        } else if moves {
            self.list(&Held::own(value), branch.then)?
        } else {
            self.list(dot, branch.then)?
        };
        self.variables.forget(mark);
        Ok(flow)
    }

    fn call_template(&mut self, dot: &Held, name: &'t [u8], pipe: Option<NodeId>) -> Outcome<()> {
        self.read(name.len())?;
        let Some(root) = self.trees.roots.get(name).copied() else {
            return self.fail(format!("template {} not defined", quoted(name)));
        };
        let calls = self.calls + 1;
        self.machine.budget.depth(calls).map_err(|failure| self.stopped(failure))?;
        let value = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Value::Missing,
        };
        let (executing, node) = (self.executing, self.node);
        self.executing = name;
        self.calls = calls;
        self.template(&Held::own(value), root)?;
        self.calls = calls - 1;
        self.executing = executing;
        self.node = node;
        Ok(())
    }

    /// Writes a value as Go prints it.
    fn print(&mut self, value: &Value) -> Outcome<()> {
        match value {
            Value::Missing => self.write(b"<no value>"),
            Value::Text(text) => self.write(text),
            Value::Int(n) | Value::Int64(n) => {
                let mut digits = Zeroizing::new([0; 20]);
                let mut rest = digits.as_mut_slice();
                // 20 bytes hold every 64-bit number with its sign.
                let _ = write!(rest, "{n}");
                let left = rest.len();
                let length = digits.len() - left;
                self.write(digits.get(..length).unwrap_or_default())
            }
            other => {
                let bytes = format::print(self.machine, std::slice::from_ref(other));
                let bytes = Zeroizing::new(bytes.map_err(|failure| self.stopped(failure))?);
                self.write(&bytes)
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Outcome<()> {
        self.output.write(self.machine.budget, bytes).map_err(|failure| self.stopped(failure))
    }
}
