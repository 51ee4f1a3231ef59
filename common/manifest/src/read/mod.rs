//! From text to values.

mod budget;
mod build;
mod duplicates;
mod json;
mod json_tokens;
mod notes;
mod path;
mod yaml;
mod yaml_problem;

pub(crate) use json::read_json;
pub(crate) use json_tokens::{JsonFault, object_end};
pub(crate) use yaml::read_yaml;

use crate::{ErrorKind, Note, Value};

/// What a reader needs to know of the text it reads: where it lies in the whole.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    /// Bytes of the whole text before it.
    pub(crate) offset: usize,
    /// Line of the whole text where it starts, from 1.
    pub(crate) line: usize,
}

/// What a reader makes of a text.
pub(crate) type Read<'t> = Result<(Value<'t>, Vec<Note>), Fault>;

/// A problem at a byte offset of the text that is being read.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) offset: usize,
}

impl Fault {
    pub(crate) fn new(kind: ErrorKind, offset: usize) -> Self {
        Fault { kind, offset }
    }
}
