//! From a template's text to its tree, as Go's `text/template/parse`: what it accepts, and the errors it gives otherwise.

pub(crate) mod names;
pub(crate) mod node;

mod action;
mod block;
mod lex;
mod literal;
mod number;
mod parser;
mod pipeline;
mod print;
mod scope;
#[cfg(test)]
mod tests;
mod token;
mod words;

use crate::budget::Limits;
use crate::error::ParseError;
use crate::failure::Cap;
use crate::functions::Function;
use node::Trees;
use parser::Parser;

/// Finds a function by its name: [`functions::named`](crate::functions::named).
pub(crate) type Lookup = fn(&str) -> Option<&'static Function>;

/// Bytes of a text beyond which its nodes may have no numbers left; each takes a byte and more.
const LONGEST: usize = u32::MAX as usize / 2;

/// Parses a text with all templates that it defines.
pub(crate) fn parse(name: &str, text: &str, limits: &Limits, functions: Lookup) -> Result<Trees, ParseError> {
    let parser = Parser::new(name, text, limits, functions);
    if text.len() > limits.text.min(LONGEST) {
        return Err(parser.limit(Cap::Text));
    }
    parser.parse()
}
