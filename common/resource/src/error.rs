//! What can be wrong with one object, said so that no value is ever part of the sentence.

use std::fmt;

use sealing::Base64Error;

/// A field of an object that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct FieldError {
    /// Where in the object, for example `metadata.labels.app`.
    pub path: String,
    /// The line of the file, counted from 1; 0 where the object came from no file.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The field holds something of another kind.
    WrongKind {
        /// What belongs there, for example "text".
        wanted: &'static str,
        /// What is there, for example "a list".
        found: &'static str,
    },
    /// Another key of the object, spelt in other letters, means this field, too: Go would keep one of them.
    SameField(&'static str),
    /// Not a time as RFC 3339 writes it.
    NotATime,
    /// Not standard base64 with padding (RFC 4648, section 4).
    Base64(Base64Error),
    /// A part of the object that its type cannot hold; no more is said, since the reason could quote a value.
    Unreadable,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::WrongKind { wanted, found } => {
                write!(f, "{wanted} is wanted here, but there is {found}")
            }
            Problem::SameField(field) => write!(f, "{field} is there already, in other upper and lower case"),
            Problem::NotATime => f.write_str("not a time such as 2026-01-31T12:00:00Z"),
            Problem::Base64(error) => error.fmt(f),
            Problem::Unreadable => f.write_str("cannot be read"),
        }
    }
}

/// A field that the object does not have. Kubernetes and kubeseal drop such fields without a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// Where in the object, for example `metadata.annotation`.
    pub path: String,
    /// The line of the file, counted from 1; 0 where the object came from no file.
    pub line: usize,
    /// The field that was probably meant, for example `metadata.annotations`.
    pub likely: Option<String>,
}

impl fmt::Display for UnknownField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown field {}", self.path)?;
        match &self.likely {
            Some(likely) => write!(f, " is dropped; did you mean {likely}?"),
            None => write!(f, " is dropped"),
        }
    }
}

/// An object that was read, and what it said that its type has no place for.
#[derive(Debug)]
pub struct Read<T> {
    /// The object.
    pub object: T,
    /// Fields that were dropped, in the order of the file.
    pub unknown_fields: Vec<UnknownField>,
}
