//! Why a pattern is refused.

use std::ops::Range;

use crate::failure::Failure;

/// Why a pattern is none, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) reason: &'static str,
    /// The piece of the pattern that Go quotes.
    pub(crate) piece: Range<usize>,
}

pub(super) const CLASS_RANGE: &str = "invalid character class range";
pub(super) const ESCAPE: &str = "invalid escape sequence";
pub(super) const NAMED_CAPTURE: &str = "invalid named capture";
pub(super) const PERL_OPERATOR: &str = "invalid or unsupported Perl syntax";
pub(super) const REPEAT_OPERATOR: &str = "invalid nested repetition operator";
pub(super) const REPEAT_SIZE: &str = "invalid repeat count";
pub(super) const INVALID_UTF8: &str = "invalid UTF-8";
pub(super) const MISSING_BRACKET: &str = "missing closing ]";
pub(super) const MISSING_PAREN: &str = "missing closing )";
pub(super) const MISSING_ARGUMENT: &str = "missing argument to repetition operator";
pub(super) const TRAILING_BACKSLASH: &str = "trailing backslash at end of expression";
pub(super) const UNEXPECTED_PAREN: &str = "unexpected )";
pub(super) const NESTING_DEPTH: &str = "expression nests too deeply";
pub(super) const LARGE: &str = "expression too large";

/// Why there is no compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Syntax(SyntaxError),
    /// A limit of ours.
    Failure(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Refusal::Failure(failure)
    }
}

impl From<SyntaxError> for Refusal {
    fn from(error: SyntaxError) -> Self {
        Refusal::Syntax(error)
    }
}
