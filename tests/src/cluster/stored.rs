//! How often each object was written, as etcd counts it: no lost answer and no killed API server hides a write.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::control_plane::ControlPlane;
use super::http;
use super::namespace::Namespace;

/// The Secrets.
pub const SECRETS: &str = "secrets";

/// The SealedSecrets; a write of the status counts as one of the object.
pub const SEALED_SECRETS: &str = "bitnami.com/sealedsecrets";

/// What etcd knows of an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stored {
    /// The revision of its creation: another one means another object of that name.
    pub created: u64,
    /// How often it was written, its creation included; writes that change nothing never reach etcd.
    pub writes: u64,
}

impl ControlPlane {
    /// All objects of a kind ([`SECRETS`], [`SEALED_SECRETS`]) in a namespace, by name. Asks etcd itself, so it answers
    /// while the API server does not.
    ///
    /// # Errors
    /// etcd does not answer.
    pub fn stored(&self, kind: &str, namespace: &Namespace) -> Result<BTreeMap<String, Stored>> {
        let prefix = format!("/registry/{kind}/{namespace}/");
        // The end of a range is excluded: '0' follows '/'.
        let end = format!("/registry/{kind}/{namespace}0");
        let range =
            json!({"key": STANDARD.encode(&prefix), "range_end": STANDARD.encode(end), "keys_only": true});
        let url = format!("http://{}:2379/v3/kv/range", self.address());
        let answer = http::request("POST", &url, &[], range.to_string().as_bytes())?.expect(200)?.json()?;
        answer["kvs"].as_array().into_iter().flatten().map(|pair| read(pair, &prefix)).collect()
    }
}

fn read(pair: &Value, prefix: &str) -> Result<(String, Stored)> {
    let key = pair["key"].as_str().and_then(|key| String::from_utf8(STANDARD.decode(key).ok()?).ok());
    let key = key.context("a key that is no text")?;
    let name = key.strip_prefix(prefix).context("a key of another place")?.to_owned();
    // Numbers of 64 bits are text in its JSON.
    let number = |field: &str| -> Result<u64> {
        pair[field].as_str().and_then(|text| text.parse().ok()).with_context(|| format!("{field} of {key}"))
    };
    Ok((name, Stored { created: number("create_revision")?, writes: number("version")? }))
}
