//! Where an execution is, for its errors and its budget.

use crate::error::RenderError;
use crate::failure::{Cap, Failure};
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
        self.trees.print(node)
    }

    fn error(&self, reason: String, cap: Option<Cap>) -> Box<RenderError> {
        let (line, column) = self.trees.place(self.node);
        Box::new(RenderError {
            template: self.trees.name.clone(),
            line,
            column,
            executing: String::from_utf8_lossy(self.executing).into_owned(),
            context: self.source(self.node),
            reason,
            cap,
        })
    }
}
