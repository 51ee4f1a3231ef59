//! The format of a transcript.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::text::{OneOrMany, Text};

/// One run of kubeseal: what it was given, and what it did.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// Unique within the topic.
    pub id: String,
    /// What the case is about.
    pub why: String,
    /// The bug of upstream that the case records, by its number in the compatibility notes.
    pub quirk: Option<String>,
    /// The aspects that are the bug; the others still count. Absent: the case as a whole is the bug.
    pub quirk_in: Option<Vec<Aspect>>,
    /// Arguments, without the program.
    pub(crate) argv: Vec<String>,
    /// On top of HOME, TMPDIR, PATH and LC_ALL only; null removes.
    #[serde(default)]
    pub(crate) env: BTreeMap<String, Option<String>>,
    /// Made in the working directory before the run; a name may begin with `$HOME`.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, Entry>,
    /// Absent: empty.
    #[serde(default)]
    pub(crate) stdin: Text,
    /// Typed on a terminal, in place of `stdin`.
    pub(crate) stdin_tty: Option<Text>,
    /// Standard error is a terminal.
    #[serde(default)]
    pub(crate) stderr_tty: bool,
    /// Run as an ordinary user even where the tests run as root.
    #[serde(default)]
    pub(crate) not_root: bool,
    /// Answers of a loopback server, by path or by method and path.
    pub(crate) http: Option<BTreeMap<String, Replies>>,
    /// What happened.
    #[serde(flatten)]
    pub expected: Expected,
}

/// What a run is expected to do.
#[derive(Debug, Deserialize)]
pub struct Expected {
    /// Exit status.
    pub(crate) exit: Exit,
    /// Absent: nothing may be printed.
    #[serde(default)]
    pub(crate) stdout: Stream,
    /// Absent: nothing may be printed.
    #[serde(default)]
    pub(crate) stderr: Stream,
    /// Files that are new, changed or gone. Nothing else may have changed.
    #[serde(default)]
    pub(crate) files_after: BTreeMap<String, Outcome>,
    /// What the loopback server was asked. Absent: not compared.
    pub(crate) requests: Option<Vec<Request>>,
}

/// A side of a run that can be looked at by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// The exit status.
    Exit,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// Files: which have changed, and into what.
    Files,
    /// Permissions of the files.
    Mode,
    /// Requests to the loopback server.
    Requests,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Exit {
    /// With this status; negative for a signal.
    Status(i32),
    /// Not at all.
    Hang(Hang),
}

/// The word `hang`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Hang {
    Hang,
}

impl Exit {
    pub(crate) const HANG: Self = Self::Hang(Hang::Hang);

    /// How long to wait before the run counts as hanging. A run that is known to hang is not waited for long.
    pub(crate) fn limit(self) -> Duration {
        Duration::from_secs(if self == Self::HANG { 4 } else { 60 })
    }
}

/// What must stand on standard output or standard error.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Stream {
    /// Not byte for byte.
    Loose {
        #[serde(rename = "match")]
        matching: Matching,
        /// All of these must occur.
        text: Option<OneOrMany<String>>,
        /// None of these may occur: for values that an error must not quote.
        lacks: Option<OneOrMany<String>>,
        /// What upstream printed, for the reader.
        #[serde(rename = "recorded")]
        _recorded: Option<IgnoredAny>,
    },
    /// Byte for byte, but for sealed values.
    Exact(Text),
}

impl Default for Stream {
    fn default() -> Self {
        Self::Exact(Text::default())
    }
}

/// How a [`Stream::Loose`] is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Matching {
    Any,
    Contains,
}

/// A file system entry to be made.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Entry {
    Folder {
        #[serde(rename = "dir")]
        _dir: bool,
        mode: Option<String>,
    },
    Symlink {
        symlink: String,
    },
    File {
        content: Text,
        mode: Option<String>,
    },
    Plain(Text),
}

/// What has become of a file system entry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outcome {
    #[serde(default)]
    pub(crate) kind: Kind,
    /// Of a symlink: where it points.
    #[serde(default)]
    pub(crate) content: Text,
    /// Octal, four digits. Absent: not compared.
    pub(crate) mode: Option<String>,
}

/// What a file system entry is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    #[default]
    File,
    Dir,
    Symlink,
    /// It was there before the run.
    Gone,
}

/// Answers to one path; the last one is given again and again.
pub(crate) type Replies = OneOrMany<Reply>;

/// One answer of the loopback server.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Reply {
    #[serde(default = "ok")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) body: Text,
}

fn ok() -> u16 {
    200
}

/// A request as the loopback server saw it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) body: String,
}
