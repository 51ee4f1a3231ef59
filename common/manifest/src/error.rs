use std::fmt;

/// Why a text could not be read or edited, and where.
///
/// The sentence never quotes a value of the input. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    document: Option<usize>,
    line: Option<usize>,
    column: Option<usize>,
    kind: ErrorKind,
}

/// What is wrong, without its position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A byte sequence that is no UTF-8.
    #[error("the text is not valid UTF-8")]
    InvalidUtf8,
    /// UTF-16 with the low byte first, as PowerShell's `>` writes it.
    #[error("the text is UTF-16, not UTF-8")]
    Utf16,
    /// UTF-16 with the high byte first, but damaged.
    #[error("the text is UTF-16, but damaged")]
    DamagedUtf16,
    /// A NUL byte.
    #[error("the text holds a NUL byte")]
    NulByte,
    /// More bytes than [`crate::Limits::input_bytes`].
    #[error("the text is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A line that starts with `---` and goes on.
    #[error("text after `---` on the same line")]
    TextAfterSeparator,
    /// Content after a line `...`.
    #[error("content after the end of the document (`...`); what follows would be lost")]
    ContentAfterEnd,
    /// The YAML is not well-formed.
    #[error("{0}")]
    Yaml(&'static str),
    /// The JSON is not well-formed.
    #[error("{0}")]
    Json(&'static str),
    /// Lists and mappings nested deeper than [`crate::Limits::nesting`].
    #[error("lists and mappings are nested more than {limit} levels deep")]
    TooDeep {
        /// The limit, in levels.
        limit: usize,
    },
    /// Aliases that copy more than [`crate::Limits::alias_bytes`], or stand for more text than
    /// [`crate::Limits::alias_text_bytes`].
    #[error("aliases copy more than {limit} bytes")]
    TooManyAliases {
        /// The limit, in bytes.
        limit: usize,
    },
    /// An alias within what its own anchor names.
    #[error("an alias refers to the value that contains it")]
    RecursiveAlias,
    /// `<<` with something other than a mapping.
    #[error("the merge key `<<` wants a mapping or a list of mappings")]
    MergeWithoutMapping,
    /// A key that Go cannot turn into text.
    #[error("{0} cannot be a key")]
    BadKey(&'static str),
    /// A scalar that is not what its tag says.
    #[error("the value does not fit its tag {0}")]
    TagMismatch(&'static str),
    /// A `!!binary` that is no base64.
    #[error("the !!binary value is not valid base64")]
    BadBinary,
    /// A `!!binary` that is no text.
    #[error("the !!binary value is not text in UTF-8")]
    BinaryNotText,
    /// An edit at a path that the document does not have, or that leads through something other than a mapping.
    #[error("{path}: {problem}")]
    Edit {
        /// Keys joined by dots.
        path: String,
        /// What stands in the way.
        problem: &'static str,
    },
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Error { document: None, line: None, column: None, kind }
    }

    pub(crate) fn at(kind: ErrorKind, line: usize, column: usize) -> Self {
        Error { document: None, line: Some(line), column: Some(column), kind }
    }

    pub(crate) fn at_line(kind: ErrorKind, line: usize) -> Self {
        Error { document: None, line: Some(line), column: None, kind }
    }

    pub(crate) fn in_document(mut self, number: usize) -> Self {
        self.document = Some(number);
        self
    }

    /// The document it is in, from 1, where documents could be told apart.
    pub fn document(&self) -> Option<usize> {
        self.document
    }

    /// The line of the text, from 1.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The column of that line, from 1, in characters.
    pub fn column(&self) -> Option<usize> {
        self.column
    }

    /// What is wrong; its `Display` is the sentence without the position.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// What to do about it, where there is something to say.
    pub fn hint(&self) -> Option<&'static str> {
        match &self.kind {
            ErrorKind::InvalidUtf8 => Some("save the file as UTF-8; write bytes that are no text as base64"),
            ErrorKind::Utf16 | ErrorKind::DamagedUtf16 | ErrorKind::NulByte => Some(
                "save the file as UTF-8; in PowerShell use `| Out-File -Encoding utf8 FILE` in place of `> FILE`",
            ),
            ErrorKind::TextAfterSeparator => Some("begin the document on the line after `---`"),
            ErrorKind::ContentAfterEnd => {
                Some("put a line `---` in place of `...` to begin another document")
            }
            ErrorKind::BadKey(_) => Some("quote the key"),
            ErrorKind::BinaryNotText => Some("write bytes that are no text as base64, without the tag"),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, figure) in [("document", self.document), ("line", self.line), ("column", self.column)] {
            if let Some(figure) = figure {
                write!(f, "{separator}{name} {figure}")?;
                separator = ", ";
            }
        }
        if !separator.is_empty() {
            f.write_str(": ")?;
        }
        self.kind.fmt(f)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_a_plain_sentence_with_its_position() {
        let error = Error::at(ErrorKind::NulByte, 14, 3).in_document(2);
        assert_eq!(error.to_string(), "document 2, line 14, column 3: the text holds a NUL byte");
        assert!(error.hint().unwrap().contains("UTF-8"));
        assert_eq!(Error::new(ErrorKind::Utf16).to_string(), "the text is UTF-16, not UTF-8");
        assert_eq!(
            Error::at_line(ErrorKind::TextAfterSeparator, 3).to_string(),
            "line 3: text after `---` on the same line"
        );
    }
}
