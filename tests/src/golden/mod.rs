//! Transcripts of the real kubeseal 0.40.0, replayed against a binary.
//!
//! `golden/*.json` hold what kubeseal printed, returned and wrote, a file a topic, a list of cases each
//! (format: [`Case`]). `golden/overrides.json` and `golden/quirks.json` say where ours does something else,
//! and why ([`Difference`]). Everything that was sealed is really opened, with another implementation of the
//! format than the client's ([`TestKeys`]).

mod case;
mod compare;
mod differences;
mod readable;
mod run;
mod sandbox;
mod server;
mod test_keys;
mod text;
mod tidy;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

pub use case::{Aspect, Case, Expected};
pub use differences::{Difference, Differences};
pub use test_keys::TestKeys;

/// The topics, in the order of the tally.
pub const TOPICS: [&str; 14] = [
    "seal",
    "scopes",
    "namespaces",
    "formats",
    "cert",
    "yaml_input",
    "multidoc",
    "raw",
    "merge",
    "recovery",
    "templates",
    "flags",
    "validate_offline",
    "online",
];

/// Which program is replayed against, and with it what is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Ours: the listed differences stand in place of the transcript, and nothing may be left behind.
    Ours,
    /// The real kubeseal: the transcript as it was recorded, bugs included.
    Upstream,
}

/// All cases and what is needed to judge them.
pub struct Golden {
    cases: Vec<(String, Case)>,
    differences: Differences,
    keys: TestKeys,
}

impl Golden {
    /// Reads the folder `golden` of this crate.
    ///
    /// # Errors
    /// A file is missing or has a field that is not known.
    pub fn load() -> Result<Self> {
        let mut cases = Vec::new();
        for topic in TOPICS {
            let listed: Vec<Case> = read_json(&folder().join(format!("{topic}.json")))?;
            cases.extend(listed.into_iter().map(|case| (format!("{topic}/{}", case.id), case)));
        }
        Ok(Self { cases, differences: Differences::load()?, keys: TestKeys::load(&inputs().join("keys"))? })
    }

    /// The cases by their names, `topic/id`.
    pub fn cases(&self) -> impl Iterator<Item = (&str, &Case)> {
        self.cases.iter().map(|(name, case)| (name.as_str(), case))
    }

    /// Where ours differs from the transcripts.
    pub fn differences(&self) -> &Differences {
        &self.differences
    }

    /// Runs a case with `program` and judges it.
    ///
    /// # Errors
    /// No such case, the run itself fails, or the program did something else: the error shows all differences.
    pub fn check(&self, name: &str, subject: Subject, program: &Path) -> Result<()> {
        let Some((_, case)) = self.cases.iter().find(|(known, _)| known == name) else {
            bail!("there is no case {name}");
        };
        let difference = match subject {
            Subject::Ours => self.differences.of(name),
            Subject::Upstream => None,
        };
        let expected = difference.map_or(&case.expected, |difference| &difference.ours);
        let ignored = match (subject, difference) {
            (Subject::Ours, None) => case.quirk_in.as_deref().unwrap_or_default(),
            _ => &[],
        };
        let ran = run::run(case, expected.exit.limit(), program)?;
        let mut problems = compare::problems(expected, ignored, &ran, &self.keys);
        if subject == Subject::Ours {
            problems.extend(ran.left_behind.iter().map(|name| format!("left behind: {name}")));
        }
        if problems.is_empty() {
            return Ok(());
        }
        let reason =
            difference.map_or(String::new(), |difference| format!("\nours differs: {}", difference.reason));
        bail!("{}{reason}\n{}", case.why, problems.join("\n"))
    }
}

/// The folder of the transcripts.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// Keys, certificates, manifests and kubeconfigs that the cases name as `$INPUTS`. All of them are for tests only.
pub fn inputs() -> PathBuf {
    folder().join("inputs")
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("in {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_used_twice() {
        let golden = Golden::load().unwrap();
        let names: std::collections::BTreeSet<_> = golden.cases().map(|(name, _)| name).collect();
        assert_eq!(names.len(), golden.cases().count());
    }
}
