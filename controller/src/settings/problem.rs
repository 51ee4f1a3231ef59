//! What is wrong with a setting.

use std::fmt;

use crate::args::Given;

/// A setting that cannot be: where it was said, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `--key-size`, or `SEALED_SECRETS_KEY_SIZE`.
    pub place: String,
    /// What is wrong, and what is wanted.
    pub sentence: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.sentence)
    }
}

/// Reads a value; the parser says only what is wanted.
pub(super) fn read<T>(given: &Given, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<T, Problem> {
    let text = given.text.to_str();
    let value = text.ok_or_else(|| "text in UTF-8 is wanted".to_owned()).and_then(parse);
    value.map_err(|reason| Problem {
        place: given.to_string(),
        sentence: format!("is {}: {reason}", shortened(&given.text.to_string_lossy())),
    })
}

/// A value as it was typed, in quotes; a screen is not filled with a long one.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}
