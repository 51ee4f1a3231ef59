//! Where an execution is, for its errors and its budget.

use crate::budget::Cap;
use crate::error::RenderError;
use crate::machine::Failure;
use crate::run::{Outcome, Run};
use crate::syntax::node::NodeId;

impl<'t> Run<'t, '_, '_> {
    /// Goes to a node, for one step: errors name it from now on.
    pub(super) fn at(&mut self, node: NodeId) -> Outcome<()> {
        self.node = node;
        self.spend(1)
    }

    pub(super) fn spend(&mut self, steps: u64) -> Outcome<()> {
        self.machine.budget.spend(steps).map_err(|failure| self.stopped(failure))
    }

    /// The steps for looking at so many bytes.
    pub(super) fn read(&mut self, bytes: usize) -> Outcome<()> {
        self.machine.budget.read(bytes).map_err(|failure| self.stopped(failure))
    }

    /// Takes memory, and the steps to fill it.
    pub(super) fn make(&mut self, bytes: usize) -> Outcome<()> {
        self.machine.budget.make(bytes).map_err(|failure| self.stopped(failure))
    }

    /// Fails at the present node.
    pub(super) fn fail<T>(&self, reason: impl Into<String>) -> Outcome<T> {
        Err(self.error(reason.into(), None))
    }

    /// The error at the present node for what the machine says.
    pub(super) fn stopped(&self, failure: Failure) -> Box<RenderError> {
        match failure {
            Failure::Said(reason) => self.error(reason, None),
            Failure::Cap(cap) => self.capped(cap),
        }
    }

    /// The error for a limit that is reached at the present node.
    pub(super) fn capped(&self, cap: Cap) -> Box<RenderError> {
        self.error(cap.to_string(), Some(cap))
    }

    /// A node as Go prints it.
    pub(super) fn source(&self, node: NodeId) -> String {
        self.trees.source(node)
    }

    fn error(&self, reason: String, cap: Option<Cap>) -> Box<RenderError> {
        let at = self.trees.node(self.node).at;
        let before = self.trees.text.as_bytes().get(..at).unwrap_or_default();
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        Box::new(RenderError {
            template: self.trees.name.clone(),
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            column: before.len() - line_start,
            executing: self.executing.to_owned(),
            context: self.source(self.node),
            reason,
            cap,
        })
    }
}
