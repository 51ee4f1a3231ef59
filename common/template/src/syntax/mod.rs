//! From a template's text to its tree.

pub(crate) mod node;

use crate::budget::Limits;
use crate::error::ParseError;
use crate::functions::Function;
use node::{NodeId, Trees};

/// Finds a function by its name: [`functions::named`](crate::functions::named).
pub(crate) type Lookup = fn(&str) -> Option<&'static Function>;

/// Parses a text with all templates that it defines.
pub(crate) fn parse(
    _name: &str,
    _text: &str,
    _limits: &Limits,
    _functions: Lookup,
) -> Result<Trees, ParseError> {
    unimplemented!()
}

impl Trees {
    /// Where a node is: its line, from 1, and the bytes before it in that line.
    pub(crate) fn place(&self, _id: NodeId) -> (usize, usize) {
        unimplemented!()
    }

    /// A node as Go prints it in errors: on one line, blanks and parentheses as the tree says rather than the text.
    pub(crate) fn print(&self, _id: NodeId) -> String {
        unimplemented!()
    }
}
