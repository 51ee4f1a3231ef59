//! What the parser knows of the template it is in: the words it has looked at ahead of time, and the variables.

use std::collections::HashSet;

use crate::syntax::token::{Token, What};

/// One for the text itself, one for each `define` and `block` while it is open.
pub(super) struct Scope<'a> {
    /// The words that were read last and may be put back, the latest read first. Go's errors name the line of the first.
    pub(super) seen: [Token<'a>; 3],
    /// How many of them are still to come.
    pub(super) pending: usize,
    /// Where the action begins that is being read.
    pub(super) action: Option<usize>,
    /// Ranges around this place whose bodies are open.
    pub(super) ranges: usize,
    pub(super) variables: Variables<'a>,
}

impl Scope<'_> {
    pub(super) fn new() -> Self {
        let none = Token { what: What::End, at: 0, text: "" };
        Scope { seen: [none; 3], pending: 0, action: None, ranges: 0, variables: Variables::default() }
    }
}

/// The variables that can be used; `$` always can.
#[derive(Default)]
pub(super) struct Variables<'a> {
    /// In the order of their declarations, each once: one that is declared again lasts as long as the first.
    order: Vec<&'a str>,
    declared: HashSet<&'a str>,
}

impl<'a> Variables<'a> {
    pub(super) fn declare(&mut self, name: &'a str) {
        if self.declared.insert(name) {
            self.order.push(name);
        }
    }

    pub(super) fn is_declared(&self, name: &str) -> bool {
        name == "$" || self.declared.contains(name)
    }

    /// How many there are, for [`Variables::forget`].
    pub(super) fn mark(&self) -> usize {
        self.order.len()
    }

    /// Ends those that were declared after the mark.
    pub(super) fn forget(&mut self, mark: usize) {
        for name in self.order.drain(mark.min(self.order.len())..) {
            self.declared.remove(name);
        }
    }
}
