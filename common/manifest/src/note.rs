use std::fmt;

/// Something in a document that Go reads in silence and a careful reader may refuse or warn of.
///
/// A path names keys and list positions (`stringData.password`, `items[2].metadata`), never a value. A key is cut at
/// 256 characters, and a path of thousands shows its beginning and its last step, each with `…` for what is left out.
///
/// Of one document 100 notes of each kind are kept, those about keys of its root counted by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A key stands twice in one mapping: the later one counts (in JSON two objects are merged).
    DuplicateKey {
        /// Where the key stands.
        path: String,
        /// Line of the one that counts, from 1.
        line: usize,
        /// Line of the one that is lost, from 1.
        first_line: usize,
    },
    /// A merge key (`<<`) replaced a key that stands before it in the same mapping. YAML means the mapping's own
    /// key to win; Go lets the later one win.
    MergeOverride {
        /// Where the key stands.
        path: String,
        /// Line of the merge key, from 1.
        line: usize,
        /// Line of the key that is lost, from 1.
        first_line: usize,
    },
    /// An escape such as `\ud800` without its other half, in JSON: Go makes it the replacement character U+FFFD,
    /// so the text read is not the text that was meant.
    LoneSurrogate {
        /// Where the text stands.
        path: String,
        /// Its line, from 1.
        line: usize,
    },
    /// An unquoted key of a YAML mapping is a number or a boolean, and the text that Go makes of it is not what
    /// stands there: `y` becomes `true`, `010` becomes `8` and `1.10` becomes `1.1`.
    RetypedKey {
        /// Where the key stands, as it is read.
        path: String,
        /// Its line, from 1.
        line: usize,
    },
}

impl Note {
    /// Where in the document it is, as keys joined by dots.
    pub fn path(&self) -> &str {
        match self {
            Note::DuplicateKey { path, .. }
            | Note::MergeOverride { path, .. }
            | Note::LoneSurrogate { path, .. }
            | Note::RetypedKey { path, .. } => path,
        }
    }

    /// The line of the text it is about, from 1.
    pub fn line(&self) -> usize {
        match self {
            Note::DuplicateKey { line, .. }
            | Note::MergeOverride { line, .. }
            | Note::LoneSurrogate { line, .. }
            | Note::RetypedKey { line, .. } => *line,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::DuplicateKey { path, line, first_line } => {
                write!(f, "line {line}: {path} is given a second time (first in line {first_line})")
            }
            Note::MergeOverride { path, line, first_line } => {
                write!(f, "line {line}: the merge key replaces {path} of line {first_line}")
            }
            Note::LoneSurrogate { path, line } => {
                write!(f, "line {line}: {path} holds half of a surrogate pair")
            }
            Note::RetypedKey { path, line } => {
                write!(f, "line {line}: an unquoted key is read as {path}")
            }
        }
    }
}
