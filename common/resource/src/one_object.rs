//! A text that is to hold one SealedSecret and nothing else.

use manifest::{Document, Limits, Note, documents};

use crate::error::FieldError;
use crate::sealed_secret::{API_VERSION, KIND, SealedSecret};

/// How much the text of one request may ask of the reader: far above any SealedSecret, and little enough that a
/// text made of aliases takes no more memory than one without.
pub(crate) const LIMITS: Limits =
    Limits { nesting: 200, alias_bytes: 1 << 20, alias_text_bytes: 4 << 20, input_bytes: 16 << 20 };

/// Why a text is not taken as one SealedSecret. Nothing in the sentences is quoted from a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// No YAML and no JSON.
    #[error(transparent)]
    Text(#[from] manifest::Error),
    /// Nothing, or comments only.
    #[error("there is no object in it, and one SealedSecret is wanted")]
    Nothing,
    /// More than one document.
    #[error("it holds more than one document, and one SealedSecret is wanted")]
    SeveralDocuments,
    /// A document that is no mapping.
    #[error("the document is {0}, and a SealedSecret is wanted")]
    NoObject(&'static str),
    /// A List, whatever is in it.
    #[error("it is a List, and one SealedSecret is wanted: send its objects one by one")]
    List,
    /// `kind` or `apiVersion` is missing, or no text.
    #[error("{0} is missing: a SealedSecret of {API_VERSION} is wanted")]
    Missing(&'static str),
    /// Another kind or another version.
    #[error("its {0} is another one: a SealedSecret of {API_VERSION} is wanted")]
    Other(&'static str),
    /// A key that stands twice, so that readers may differ in what the object is.
    #[error("{0}")]
    Twice(Note),
    /// A field that holds something of another kind.
    #[error("line {line}: {error}", line = .0.line, error = .0)]
    Field(FieldError),
}

/// Reads the one SealedSecret of a text, in YAML or JSON. Fields that it does not have are passed over, `kind` and
/// `apiVersion` must be right, as upstream's controller 0.40.0 wants them.
///
/// # Errors
/// See [`InputError`].
pub(crate) fn read(text: &str) -> Result<(Document<'_>, SealedSecret), InputError> {
    let mut found = documents(text, &LIMITS);
    let document = found.next().ok_or(InputError::Nothing)??;
    let parsed = document.parse(&LIMITS)?;
    match found.next() {
        Some(Ok(_)) => return Err(InputError::SeveralDocuments),
        Some(Err(error)) => return Err(error.into()),
        None => {}
    }
    let Some(fields) = parsed.value.as_mapping() else {
        return Err(if parsed.value.is_null() {
            InputError::Nothing
        } else {
            InputError::NoObject(parsed.value.kind_name())
        });
    };
    for (field, wanted) in [("kind", KIND), ("apiVersion", API_VERSION)] {
        let there = fields.get_ignore_case(field).and_then(|value| value.as_text());
        match there.map(manifest::Text::as_str) {
            Some(there) if there == wanted => {}
            None | Some("") => return Err(InputError::Missing(field)),
            Some(there) if field == "kind" && there.ends_with("List") => return Err(InputError::List),
            Some(_) => return Err(InputError::Other(field)),
        }
    }
    let twice = |note: &Note| matches!(note, Note::DuplicateKey { .. } | Note::MergeOverride { .. });
    if let Some(note) = parsed.notes.into_iter().find(twice) {
        return Err(InputError::Twice(note));
    }
    let read = SealedSecret::from_manifest(parsed.value).map_err(InputError::Field)?;
    Ok((document, read.object))
}
