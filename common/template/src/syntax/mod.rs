//! From a template's text to its tree.

pub(crate) mod node;

use crate::budget::Limits;
use crate::error::ParseError;
use node::Trees;

/// Parses a text with all templates that it defines.
pub(crate) fn parse(_name: &str, _text: &str, _limits: &Limits) -> Result<Trees, ParseError> {
    unimplemented!()
}
