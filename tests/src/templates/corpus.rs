//! The recorded answers of Go: `common/template/tests/cases.jsonl`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;
use serde::Deserialize;

use super::lines::{Answer, Question};

/// A question and what Go said to it.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// The question.
    #[serde(flatten)]
    pub question: Question,
    /// What it is about.
    pub group: String,
    /// Go's answer.
    pub expect: Expected,
}

/// Go's answer: one of the three.
#[derive(Clone, Debug, Deserialize)]
pub struct Expected {
    output_base64: Option<String>,
    r#match: Option<String>,
    error_stage: Option<String>,
    error: Option<String>,
}

/// All cases.
///
/// # Errors
/// The file cannot be read.
pub fn cases() -> Result<Vec<Case>> {
    read("cases.jsonl")?.lines().map(|line| serde_json::from_str(line).context("reading a case")).collect()
}

/// The cases where ours differs on purpose, and why: `deviations.json` beside the corpus.
///
/// # Errors
/// The file cannot be read.
pub fn deviations() -> Result<BTreeMap<String, String>> {
    serde_json::from_str(&read("deviations.json")?).context("reading deviations.json")
}

fn read(name: &str) -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../common/template/tests").join(name);
    fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}

impl Expected {
    /// Whether the output is not the same each time.
    #[must_use]
    pub fn varies(&self) -> bool {
        self.r#match.is_some()
    }

    /// Whether an answer is the recorded one, the text of an error included.
    ///
    /// # Errors
    /// The record is none.
    pub fn is_met_by(&self, answer: &Answer) -> Result<bool> {
        Ok(match (self, answer) {
            (Self { output_base64: Some(wanted), .. }, Answer::Output(output)) => {
                STANDARD.decode(wanted).context("the record is no base64")? == *output
            }
            (Self { r#match: Some(pattern), .. }, Answer::Output(output)) => {
                let whole = Regex::new(&format!(r"\A(?:{pattern})\z")).context("the record's pattern")?;
                std::str::from_utf8(output).is_ok_and(|output| whole.is_match(output))
            }
            (Self { error_stage: Some(wanted), error, .. }, Answer::Failed { stage, text, .. }) => {
                wanted == stage && error.as_ref() == Some(text)
            }
            (Self { output_base64: None, r#match: None, error_stage: None, .. }, _) => {
                bail!("a case without an answer")
            }
            _ => false,
        })
    }
}
