//! Where ours does something else than kubeseal 0.40.0, and why.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::Case;
use super::case::Expected;
use super::{folder, read_json};

/// One case in which ours differs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// `topic/id`.
    pub case: String,
    /// Why ours differs, for users.
    pub reason: String,
    /// What ours does; checked in place of the transcript.
    #[serde(deserialize_with = "known_fields")]
    pub ours: Expected,
}

/// All differences: `overrides.json` (on purpose, or not built yet) and `quirks.json` (bugs of upstream).
pub struct Differences {
    overrides: BTreeMap<String, Difference>,
    quirks: BTreeMap<String, Difference>,
}

impl Differences {
    /// Reads both lists.
    ///
    /// # Errors
    /// A list is missing, has an unknown field, or names a case twice.
    pub fn load() -> Result<Self> {
        Ok(Self { overrides: list("overrides.json")?, quirks: list("quirks.json")? })
    }

    /// What ours does in a case, if it is not what the transcript says.
    pub fn of(&self, case: &str) -> Option<&Difference> {
        self.overrides.get(case).or_else(|| self.quirks.get(case))
    }

    /// What is wrong with the lists: a bug of upstream without an answer, an entry without a case, a case in both.
    pub fn flaws<'a>(&self, cases: impl Iterator<Item = (&'a str, &'a Case)>) -> Vec<String> {
        let cases: BTreeMap<_, _> = cases.collect();
        let mut flaws = Vec::new();
        for (name, case) in &cases {
            let whole_case = case.quirk.is_some() && case.quirk_in.is_none();
            if whole_case && !self.quirks.contains_key(*name) {
                flaws.push(format!("quirks.json: {name} is missing: say what ours does there"));
            }
        }
        for name in self.quirks.keys() {
            if cases.get(name.as_str()).is_none_or(|case| case.quirk.is_none()) {
                flaws.push(format!("quirks.json: {name} records no bug of upstream, or is no case"));
            }
        }
        for name in self.overrides.keys() {
            if !cases.contains_key(name.as_str()) {
                flaws.push(format!("overrides.json: {name} is no case"));
            }
            if self.quirks.contains_key(name) {
                flaws.push(format!("overrides.json: {name} stands in quirks.json too"));
            }
        }
        flaws
    }
}

fn list(file: &str) -> Result<BTreeMap<String, Difference>> {
    let mut by_case = BTreeMap::new();
    for difference in read_json::<Vec<Difference>>(&folder().join(file))? {
        let name = difference.case.clone();
        if by_case.insert(name.clone(), difference).is_some() {
            bail!("{file} names {name} twice");
        }
    }
    Ok(by_case)
}

/// A misspelt field would be a check that never fails. (Serde cannot refuse it by itself: in a transcript the same
/// type stands flattened among other fields.)
fn known_fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Expected, D::Error> {
    const KNOWN: [&str; 5] = ["exit", "stdout", "stderr", "files_after", "requests"];
    let fields = serde_json::Map::deserialize(deserializer)?;
    if let Some(unknown) = fields.keys().find(|field| !KNOWN.contains(&field.as_str())) {
        return Err(D::Error::custom(format!("unknown field {unknown}")));
    }
    Expected::deserialize(serde_json::Value::Object(fields)).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::super::Golden;

    #[test]
    fn every_bug_of_upstream_has_an_answer_and_no_answer_is_stale() {
        let golden = Golden::load().unwrap();
        let flaws = golden.differences().flaws(golden.cases());
        assert!(flaws.is_empty(), "{}", flaws.join("\n"));
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let parse = |ours: &str| {
            let text = format!(r#"{{"case": "a/b", "reason": "r", "ours": {ours}}}"#);
            serde_json::from_str::<super::Difference>(&text).is_ok()
        };
        assert!(parse(r#"{"exit": 1, "stderr": {"match": "contains", "text": "x", "lacks": "y"}}"#));
        assert!(!parse(r#"{"exit": 1, "files": {}}"#));
        assert!(!parse(r#"{"exit": 1, "stderr": {"match": "contains", "texts": "x"}}"#));
        assert!(!parse(r#"{"exit": 1, "files_after": {"a": {"contents": "x"}}}"#));
    }

    #[test]
    fn every_difference_says_why() {
        let golden = Golden::load().unwrap();
        for (name, _) in golden.cases() {
            if let Some(difference) = golden.differences().of(name) {
                assert!(difference.reason.len() > 20, "{name}: give a reason");
            }
        }
    }
}
