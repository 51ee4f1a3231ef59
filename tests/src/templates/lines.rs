//! Questions and answers as lines of JSON.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// A template and what it sees.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Question {
    /// Comes back with the answer.
    pub id: String,
    /// The template's name; `tpl` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its text.
    pub template: String,
    /// The values, bytes by name.
    #[serde(default, with = "bytes_by_name")]
    pub data: BTreeMap<String, Vec<u8>>,
    /// How many times it is rendered, to measure; 0 is once, too.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeat: u32,
}

/// What a program says to a question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The question's.
    pub id: String,
    /// The output, where it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_base64: Option<String>,
    /// Where it failed: `parse`, `exec`; `panic`, `question`; Go's also `limit` and `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_stage: Option<String>,
    /// What is wrong; Go's with U+FFFD for what is no UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Ours: the limit that it ran into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<String>,
    /// Ours: the steps that one rendering took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    /// The time of all renderings, where the question asked for more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nanos: Option<u64>,
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The template gave this.
    Output(Vec<u8>),
    /// The template failed.
    Failed {
        /// As in [`Reply::error_stage`].
        stage: String,
        /// The error's text.
        text: String,
        /// As in [`Reply::cap`].
        cap: Option<String>,
    },
    /// The program ended without an answer: its exit status.
    Died(String),
    /// There was no answer in time; the program was killed.
    Late,
}

impl Reply {
    /// The answer in it.
    ///
    /// # Errors
    /// Neither an output nor an error is in it, or the output is no base64.
    pub fn answer(&self) -> Result<Answer> {
        if let Some(stage) = &self.error_stage {
            let text = self.error.clone().unwrap_or_default();
            return Ok(Answer::Failed { stage: stage.clone(), text, cap: self.cap.clone() });
        }
        let output = self.output_base64.as_ref().context("neither an output nor an error")?;
        Ok(Answer::Output(STANDARD.decode(output).context("the output is no base64")?))
    }
}

/// Bytes as a person can read them, and paste into a string of Go's or Rust's: at most 2000.
#[must_use]
pub fn shown(bytes: &[u8]) -> String {
    let start = bytes.get(..2000).unwrap_or(bytes);
    let more = if start.len() < bytes.len() { format!(" … {} bytes", bytes.len()) } else { String::new() };
    match std::str::from_utf8(start) {
        Ok(text) if !text.contains(|c: char| c.is_control()) => format!("`{text}`{more}"),
        _ => format!("\"{}\"{more}", start.escape_ascii()),
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

mod bytes_by_name {
    use super::{BTreeMap, Deserialize, STANDARD};
    use base64::Engine as _;
    use serde::de::Error as _;
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        data: &BTreeMap<String, Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(data.iter().map(|(name, value)| (name, STANDARD.encode(value))))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, Vec<u8>>, D::Error> {
        BTreeMap::<String, String>::deserialize(deserializer)?
            .into_iter()
            .map(|(name, value)| Ok((name, STANDARD.decode(value).map_err(D::Error::custom)?)))
            .collect()
    }
}
