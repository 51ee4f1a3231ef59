//! Why something has no result: what Go would say, without any value in it, or a limit.

use std::fmt;

/// Stands in an error for a value that Go would quote there.
pub const WITHHELD: &str = "<withheld>";

/// Why a function has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// An error or a panic of Go's, in its words. Values are replaced by [`WITHHELD`]; names, types, counts and
    /// pieces of the template's text stay.
    Said(String),
    /// A limit.
    Cap(Cap),
}

impl Failure {
    pub(crate) fn said(text: impl Into<String>) -> Self {
        Failure::Said(text.into())
    }
}

/// The limit that a template ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    /// [`Limits::text`](crate::Limits::text).
    Text,
    /// [`Limits::nesting`](crate::Limits::nesting).
    Nesting,
    /// [`Limits::trees`](crate::Limits::trees).
    Trees,
    /// [`Limits::fuel`](crate::Limits::fuel).
    Fuel,
    /// [`Limits::memory`](crate::Limits::memory).
    Memory,
    /// [`Limits::value`](crate::Limits::value).
    Value,
    /// [`Limits::output`](crate::Limits::output).
    Output,
    /// [`Limits::depth`](crate::Limits::depth).
    Depth,
    /// The flag of [`Budget::stopped_by`](crate::Budget::stopped_by) was set.
    Time,
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cap::Text => "the template is too long",
            Cap::Nesting => "the template is nested too deeply",
            Cap::Trees => "the template has too many parts",
            Cap::Fuel => "the template takes too many steps",
            Cap::Memory => "the template makes too much data",
            Cap::Value => "a value grows too large",
            Cap::Output => "the output grows too large",
            Cap::Depth => "templates or values are nested too deeply",
            Cap::Time => "the template takes too long",
        })
    }
}
