//! Texts of the transcripts: literal strings with marked parts.

use std::fs;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// A text, as a list of parts to be joined.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "OneOrMany<Part>")]
pub(crate) struct Text(pub(crate) Vec<Part>);

/// A part of a [`Text`].
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Part {
    /// Just these characters.
    Literal(String),
    /// A file below `inputs/`.
    Input {
        #[serde(rename = "$input")]
        path: String,
    },
    /// Bytes that are no text.
    Bytes {
        #[serde(rename = "$base64")]
        base64: String,
    },
    /// A string many times over.
    Repeat {
        #[serde(rename = "$repeat")]
        text: String,
        times: usize,
    },
    /// One sealed value that must open to this. Sealing is random, so the characters cannot be compared.
    Sealed {
        #[serde(rename = "$sealed")]
        sealed: Sealed,
    },
}

/// What a sealed value holds, and for whom.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Sealed {
    #[serde(rename = "plaintext_base64", deserialize_with = "from_base64")]
    pub(crate) plaintext: Vec<u8>,
    /// `namespace/name`, `namespace` or nothing, by the scope.
    pub(crate) label: String,
    /// The key's file is `keys/<key>.key.pem`.
    pub(crate) key: String,
}

/// A single value or a list of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub(crate) fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(value) => vec![value],
            Self::Many(values) => values,
        }
    }
}

impl From<OneOrMany<Part>> for Text {
    fn from(parts: OneOrMany<Part>) -> Self {
        Self(parts.into_vec())
    }
}

impl Text {
    /// The bytes of a text on the input side.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for part in &self.0 {
            bytes.extend(part.bytes()?);
        }
        Ok(bytes)
    }
}

impl Part {
    /// The bytes of every part but a sealed one, which stands for many texts.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        match self {
            Self::Literal(text) => Ok(text.clone().into_bytes()),
            Self::Input { path } => {
                fs::read(super::inputs().join(path)).with_context(|| format!("reading inputs/{path}"))
            }
            Self::Bytes { base64 } => STANDARD.decode(base64).context("in $base64"),
            Self::Repeat { text, times } => Ok(text.repeat(*times).into_bytes()),
            Self::Sealed { .. } => bail!("a sealed value cannot be an input"),
        }
    }
}

fn from_base64<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}
