//! Secrets with random content, and their manifests.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;
use rand::RngExt;
use serde_json::{Value, json};

/// A Kubernetes Secret with arbitrary bytes in it. Made up: it may be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Name of the object.
    pub name: String,
    /// Namespace of the object.
    pub namespace: String,
    /// Type; empty: not given.
    pub kind: String,
    /// The values by their keys.
    pub data: BTreeMap<String, Vec<u8>>,
}

impl Secret {
    /// A Secret of `items` values: the first of up to `largest` bytes, the others of up to 4 KiB.
    ///
    /// Sizes are spread over the orders of magnitude: empty and tiny values are as likely as large ones.
    pub fn random(random: &mut impl Rng, items: usize, largest: usize) -> Self {
        let types =
            ["Opaque", "kubernetes.io/basic-auth", "kubernetes.io/dockerconfigjson", "example.com/own", ""];
        let data = (0..items)
            .map(|item| {
                let largest = if item == 0 { largest } else { largest.min(4096) };
                let order = random.random_range(0..=largest.max(1).ilog2());
                let size = random.random_range(0..=(1_usize << order).min(largest));
                let mut value = vec![0; size];
                random.fill_bytes(&mut value);
                (format!("{}{item}", word(random)), value)
            })
            .collect();
        Self {
            name: word(random),
            namespace: word(random),
            kind: types[random.random_range(0..types.len())].to_owned(),
            data,
        }
    }

    /// The manifest as JSON; `annotations` go into its metadata.
    pub fn to_json(&self, annotations: &[(&str, &str)]) -> Value {
        let mut object = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": { "name": self.name, "namespace": self.namespace },
            "data": self.data.iter().map(|(key, value)| (key.clone(), STANDARD.encode(value))).collect::<BTreeMap<_, _>>(),
        });
        if !self.kind.is_empty() {
            object["type"] = json!(self.kind);
        }
        for (name, value) in annotations {
            object["metadata"]["annotations"][*name] = json!(value);
        }
        object
    }

    /// The manifest as YAML. Every text in it is of characters that need no quotes.
    pub fn to_yaml(&self, annotations: &[(&str, &str)]) -> String {
        let mut text = format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\n  namespace: {}\n",
            self.name, self.namespace
        );
        if !annotations.is_empty() {
            text += "  annotations:\n";
        }
        for (name, value) in annotations {
            text += &format!("    {name}: \"{value}\"\n");
        }
        if !self.kind.is_empty() {
            text += &format!("type: {}\n", self.kind);
        }
        text += "data:\n";
        for (key, value) in &self.data {
            text += &format!("  {key}: \"{}\"\n", STANDARD.encode(value));
        }
        text
    }

    /// The Secret that a JSON manifest describes. An opened empty value is `null` in kubeseal's output.
    ///
    /// # Errors
    /// It is no JSON, has no name, or a value is no base64.
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let object: Value = serde_json::from_slice(text).context("the output is no JSON")?;
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut data = BTreeMap::new();
        for (key, value) in object["data"].as_object().into_iter().flatten() {
            let value =
                STANDARD.decode(value.as_str().unwrap_or_default()).context("a value is no base64")?;
            data.insert(key.clone(), value);
        }
        Ok(Self {
            name: object["metadata"]["name"].as_str().context("the object has no name")?.to_owned(),
            namespace: word(&object["metadata"]["namespace"]),
            kind: word(&object["type"]),
            data,
        })
    }
}

/// A short name of lower-case letters that YAML does not take for anything else.
fn word(random: &mut impl Rng) -> String {
    let length = random.random_range(3..12);
    let letters: String = (0..length).map(|_| char::from(random.random_range(b'a'..=b'z'))).collect();
    format!("x-{letters}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    #[test]
    fn json_comes_back() {
        let mut random = SmallRng::seed_from_u64(7);
        for _ in 0..20 {
            let secret = Secret::random(&mut random, 3, 4096);
            assert_eq!(Secret::from_json(secret.to_json(&[]).to_string().as_bytes()).unwrap(), secret);
        }
    }
}
