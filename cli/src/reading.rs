//! Documents as they are read for any purpose: what Go passes over in silence is refused where it loses something.

use sealed_secrets::manifest::{self, Document, Limits, Note, Value};

use crate::args::CalledAs;
use crate::failure::Failure;
use crate::input::Source;

/// An error of the manifest reader as it is told: position, sentence, hint.
pub(crate) fn unreadable(source: &str, error: &manifest::Error) -> Failure {
    Failure::new(error).maybe_hint(error.hint()).at(source)
}

/// The documents of a text, none of them looked into yet.
///
/// # Errors
/// A text that cannot be cut into documents, by position.
pub(crate) fn documents(source: &Source) -> Result<Vec<Document<'_>>, Failure> {
    manifest::documents(source.text(), &Limits::default())
        .collect::<Result<_, _>>()
        .map_err(|error| unreadable(&source.name, &error))
}

/// What a document holds; `None` where it is empty.
///
/// # Errors
/// A document that cannot be read, holds no object, or loses something in the way that Go reads it.
pub(crate) fn read<'t>(
    source: &str,
    document: &Document<'t>,
    called_as: CalledAs,
) -> Result<Option<Value<'t>>, Failure> {
    let parsed = document.parse(&Limits::default()).map_err(|error| unreadable(source, &error))?;
    if parsed.value.is_null() {
        return Ok(None);
    }
    let here = || format!("{source}, document {} (line {})", document.number(), document.line());
    refuse_losses(&parsed.notes, called_as).map_err(|failure| failure.at(here()))?;
    if parsed.value.as_mapping().is_none() {
        return Err(Failure::new(format!("{} is no object", parsed.value.kind_name())).at(here()));
    }
    Ok(Some(parsed.value))
}

/// kubeseal's users rely on the last of two equal keys, but nobody on the loss of an object or on a password that
/// turns into another one.
fn refuse_losses(notes: &[Note], called_as: CalledAs) -> Result<(), Failure> {
    for note in notes {
        let hint = match note {
            Note::DuplicateKey { path, .. }
                if matches!(path.as_str(), "kind" | "apiVersion" | "metadata") =>
            {
                "several objects in one file need a line `---` between them"
            }
            Note::LoneSurrogate { .. } => {
                "it would be read as U+FFFD, not as what was meant: write it in base64 under data"
            }
            // In objects of other kinds it may be as meant: a workflow has a key `on`.
            Note::RetypedKey { path, .. } if called_as == CalledAs::Seal && is_in_values(path) => {
                "write the key in quotes, or it is another one"
            }
            Note::DuplicateKey { .. } if called_as == CalledAs::Seal => {
                "only the last would count: take one of them out"
            }
            Note::MergeOverride { .. } if called_as == CalledAs::Seal => {
                "YAML means the mapping's own key to win, Go takes the merged one: write the merge key first"
            }
            _ => continue,
        };
        return Err(Failure::new(note).hint(hint));
    }
    Ok(())
}

/// Whether a path leads to a key of a Secret's values, also in a List.
fn is_in_values(path: &str) -> bool {
    let object = path.rfind("].").map_or(path, |end| &path[end + 2..]);
    object.starts_with("data.") || object.starts_with("stringData.")
}
