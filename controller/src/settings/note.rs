//! What is worth saying of settings that are not wrong.

/// A sentence for the log, once, at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Whether somebody should do something about it.
    pub warning: bool,
    /// The sentence.
    pub text: String,
}

impl Note {
    pub(super) fn warning(text: impl Into<String>) -> Self {
        Self { warning: true, text: text.into() }
    }

    pub(super) fn information(text: impl Into<String>) -> Self {
        Self { warning: false, text: text.into() }
    }

    /// Logs it.
    pub fn log(&self) {
        if self.warning {
            tracing::warn!("{}", self.text);
        } else {
            tracing::info!("{}", self.text);
        }
    }
}
