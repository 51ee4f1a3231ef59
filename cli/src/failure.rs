//! What the user is told when something does not work: what, where, and what to do about it.

use std::borrow::Cow;
use std::fmt;
use std::process::ExitCode;

/// How a run ends, for the whole toolkit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    #[default]
    Well = 0,
    /// Something failed; what is told apart from it was done.
    Failed = 1,
    /// The command line makes no sense; nothing was begun.
    Usage = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// One thing that went wrong.
///
/// The sentences name files, documents, objects and items, never values. `Display` is for people: the sentence,
/// and the hint on a line of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) what: String,
    pub(crate) hint: Option<String>,
    pub(crate) exit: Exit,
}

impl Failure {
    pub(crate) fn new(what: impl fmt::Display) -> Failure {
        Failure { what: what.to_string(), hint: None, exit: Exit::Failed }
    }

    pub(crate) fn usage(what: impl fmt::Display) -> Failure {
        Failure { exit: Exit::Usage, ..Failure::new(what) }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn maybe_hint(mut self, hint: Option<impl Into<String>>) -> Failure {
        self.hint = hint.map(Into::into).or(self.hint);
        self
    }

    /// Puts where it happened before the sentence.
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Failure {
        self.what = format!("{place}: {}", self.what);
        self
    }

    /// A failed call of the system, in the words of the system, as Go prints it: `open x: no such file or directory`.
    pub(crate) fn io(call: &str, path: &std::path::Path, error: &std::io::Error) -> Failure {
        Failure::new(format!("{call} {}: {}", path.display(), system_text(error)))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.what))?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\nhint: {}", printable(hint)))
    }
}

/// Whether a terminal does something else with it than to show it: control characters, and those that turn the direction of
/// what follows (Unicode's bidirectional controls).
pub(crate) fn is_obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text with its control characters escaped, line ends aside: names of files and objects come from anywhere, and a
/// terminal obeys what it is sent.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let obeyed = |letter: char| is_obeyed(letter) && letter != '\n';
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .fold(String::new(), |mut shown, letter| {
            if obeyed(letter) {
                shown.extend(letter.escape_default());
            } else {
                shown.push(letter);
            }
            shown
        })
        .into()
}

/// The system's words for an error without Rust's `(os error 2)`, beginning in lower case as kubeseal prints it.
pub(crate) fn system_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
