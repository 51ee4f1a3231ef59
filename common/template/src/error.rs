//! What is wrong with a template, without any value in it.

use std::fmt;

use crate::budget::Cap;
use crate::go::quote::quoted;

/// Stands in an error for a value that Go would quote there.
pub const WITHHELD: &str = "<withheld>";

/// A template that cannot be parsed. Holds nothing but names and pieces of the template's own text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The template's name.
    pub template: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1. Go names none.
    pub column: usize,
    /// What is wrong, in Go's words.
    pub reason: String,
    /// The limit that it ran into, where it did.
    pub cap: Option<Cap>,
}

impl fmt::Display for ParseError {
    /// As Go prints it: `template: NAME:LINE: REASON`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template: {}:{}: {}", self.template, self.line, self.reason)
    }
}

impl std::error::Error for ParseError {}

/// A template that failed while it was executed. Holds names, pieces of the template's own text, and no value.
///
/// For the holder of the keys alone: which template fails, and where, tells something about the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    /// The name of the template text that the place is in.
    pub template: String,
    /// Line, from 1.
    pub line: usize,
    /// Bytes before the place in its line, as Go counts columns here.
    pub column: usize,
    /// The template that was executed: the text's own, or one that it defines.
    pub executing: String,
    /// The piece of the template at that place, as Go prints it.
    pub context: String,
    /// What went wrong, in Go's words where it is Go's error.
    pub reason: String,
    /// The limit that it ran into, where it did.
    pub cap: Option<Cap>,
}

impl fmt::Display for RenderError {
    /// As Go prints it: `template: NAME:LINE:COLUMN: executing "NAME" at <CONTEXT>: REASON`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { template, line, column, executing, context, reason, .. } = self;
        let executing = quoted(executing);
        write!(f, "template: {template}:{line}:{column}: executing {executing} at <{context}>: {reason}")
    }
}

impl std::error::Error for RenderError {}
