//! What a run of the client printed, and how it ended.

use std::os::unix::process::ExitStatusExt;

use super::CANARY;
use crate::process::Finished;
use crate::secrets::Secret;

/// The first letters of the canary, and of its base64: not even a piece of a value may be told.
const PIECES: [&str; 2] = ["c4nary", "YzRuYXJ5"];

/// What a run printed, and how it ended.
pub struct Ran {
    /// Exit status; of a run that a signal ended: the negative number of the signal.
    pub status: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Checks at once that no value of a Secret was told.
    #[track_caller]
    pub(super) fn new(finished: Finished, opens: bool) -> Ran {
        let Finished { status, stdout, stderr } = finished;
        let status = status.code().unwrap_or_else(|| -status.signal().unwrap_or_default());
        let ran = Ran { status, stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() };
        assert!(CANARY.starts_with(PIECES[0]), "the pieces are not those of the canary");
        for piece in PIECES {
            assert!(!ran.stderr.contains(piece), "a value was told on stderr:\n{ran}");
            let on_stdout = String::from_utf8_lossy(&ran.stdout).contains(piece);
            assert!(opens || !on_stdout, "a value was told on stdout:\n{ran}");
        }
        ran
    }

    /// Asks for an exit status.
    #[track_caller]
    pub fn exits(self, status: i32) -> Ran {
        assert_eq!(self.status, status, "exit status\n{self}");
        self
    }

    /// Asks for a text on stderr.
    #[track_caller]
    pub fn says(self, text: &str) -> Ran {
        assert!(self.stderr.contains(text), "stderr lacks {text:?}\n{self}");
        self
    }

    /// Asks that a text is not on stderr.
    #[track_caller]
    pub fn keeps_quiet_about(self, text: &str) -> Ran {
        assert!(!self.stderr.contains(text), "stderr has {text:?}\n{self}");
        self
    }

    /// Asks that nothing is on stdout.
    #[track_caller]
    pub fn prints_nothing(self) -> Ran {
        assert!(self.stdout.is_empty(), "stdout is not empty\n{self}");
        self
    }

    /// stdout as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap_or_else(|_| panic!("stdout is no text\n{self}"))
    }

    /// The JSON values on stdout.
    #[track_caller]
    pub fn json(&self) -> Vec<serde_json::Value> {
        let values = serde_json::Deserializer::from_slice(&self.stdout).into_iter();
        values.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("stdout is no JSON: {error}\n{self}"))
    }

    /// The Secrets that stand in JSON on stdout.
    #[track_caller]
    pub fn secrets(&self) -> Vec<Secret> {
        let read = |value: serde_json::Value| Secret::from_json(value.to_string().as_bytes());
        let secrets: anyhow::Result<_> = self.json().into_iter().map(read).collect();
        secrets.unwrap_or_else(|error| panic!("{error:#}\n{self}"))
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 4096;
        let shown = String::from_utf8_lossy(&self.stdout[..self.stdout.len().min(SHOWN)]);
        write!(f, "status {}\nstdout:\n{shown}\nstderr:\n{}", self.status, self.stderr)
    }
}
