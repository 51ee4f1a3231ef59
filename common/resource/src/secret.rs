//! A core/v1 Secret whose values are wiped from memory and cannot be printed by accident.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::{Entry, Mapping, Node, Text, Value};
use sealing::Plaintext;
use zeroize::Zeroizing;

use crate::error::{FieldError, Problem, Read};
use crate::schema::{self, Path};

/// Annotations in which tools keep a copy of the whole manifest, values included: kubectl and kubecfg, which upstream
/// drops, too, kapp and Rancher. They are dropped when a Secret is read, so that plaintext lives in `Secret::data`
/// alone.
const COPIES_OF_THE_MANIFEST: [&str; 4] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubecfg.ksonnet.io/last-applied-configuration",
    "kapp.k14s.io/original",
    "objectset.rio.cattle.io/applied",
];

/// A core/v1 Secret. `stringData` is merged into `data` when it is read, as the API server does it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Secret {
    /// Name, namespace, labels, annotations and the rest.
    pub metadata: ObjectMeta,
    /// Type, for example `kubernetes.io/tls`; none means Opaque.
    pub type_: Option<String>,
    /// Whether the Secret can be changed once it exists.
    pub immutable: Option<bool>,
    /// The values by key.
    pub data: BTreeMap<String, Plaintext>,
}

impl Secret {
    /// Reads a Secret from a manifest as kubeseal does: field names in any case, unquoted scalars by their
    /// YAML 1.1 meaning, `stringData` over `data`, `kind` and `apiVersion` not looked at.
    ///
    /// # Errors
    /// The first field that holds something of another kind or whose base64 is wrong, with its line.
    pub fn from_manifest(value: Value<'_>) -> Result<Read<Secret>, FieldError> {
        let mut unknown_fields = Vec::new();
        let mut value = schema::conform(value, schema::SECRET, &Path::ROOT, &mut unknown_fields)?;
        let Node::Mapping(fields) = &mut value.node else {
            return Ok(Read { object: Secret::default(), unknown_fields });
        };
        let mut data = BTreeMap::new();
        let at = Path::ROOT.child("data");
        for Entry { key, value: item, .. } in mapping(fields.remove("data")) {
            let text = item.as_text().map_or("", Text::as_str);
            let bytes = sealing::decode_base64(text)
                .map_err(|error| at.child(&key).error(item.span.line, Problem::Base64(error)))?;
            data.insert(key.to_string(), Plaintext::from(bytes));
        }
        for Entry { key, value: item, .. } in mapping(fields.remove("stringData")) {
            let text = item.as_text().map_or("", Text::as_str);
            data.insert(key.to_string(), Plaintext::from(text.as_bytes().to_vec()));
        }
        let metadata = fields.remove("metadata").map(metadata_from_manifest).transpose()?.unwrap_or_default();
        let type_ = fields.get("type").and_then(Value::as_text).map(|text| text.to_string());
        let immutable = fields.get("immutable").and_then(Value::as_bool);
        Ok(Read { object: Secret { metadata, type_, immutable, data }, unknown_fields })
    }

    /// The Secret as a manifest, fields in the order in which kubeseal prints JSON; values in base64.
    pub fn to_manifest(&self) -> Value<'static> {
        let metadata = serde_json::to_value(&self.metadata)
            .expect("maps with text keys and plain values always serialise");
        let metadata = schema::conform(Value::from(metadata), schema::METADATA, &Path::ROOT, &mut Vec::new())
            .expect("what the type holds is what the table describes");
        let mut secret = Mapping::new();
        secret.push("kind", Value::text("Secret"));
        secret.push("apiVersion", Value::text("v1"));
        secret.push("metadata", metadata);
        if let Some(immutable) = self.immutable {
            secret.push("immutable", Value::bool(immutable));
        }
        if !self.data.is_empty() {
            let mut items = Mapping::new();
            for (key, plaintext) in &self.data {
                let base64 = Zeroizing::new(STANDARD.encode(plaintext.as_bytes()));
                items.push(key.clone(), Value::from(Node::Text(Text::Owned(base64))));
            }
            secret.push("data", Value::from(items));
        }
        if let Some(type_) = self.type_.as_ref().filter(|type_| !type_.is_empty()) {
            secret.push("type", Value::text(type_.clone()));
        }
        Value::from(secret)
    }
}

/// The pairs of a map that may be absent.
fn mapping(value: Option<Value<'_>>) -> Mapping<'_> {
    match value.map(|value| value.node) {
        Some(Node::Mapping(map)) => map,
        _ => Mapping::new(),
    }
}

fn metadata_from_manifest(mut value: Value<'_>) -> Result<ObjectMeta, FieldError> {
    let line = value.span.line;
    if let Node::Mapping(fields) = &mut value.node
        && let Some(mut annotations) = fields.remove("annotations")
        && let Node::Mapping(map) = &mut annotations.node
    {
        for copy in COPIES_OF_THE_MANIFEST {
            map.remove(copy);
        }
        if !map.is_empty() {
            fields.push(Text::Borrowed("annotations"), annotations);
        }
    }
    serde_json::from_value(value.to_json()).map_err(|_| FieldError {
        path: "metadata".into(),
        line,
        problem: Problem::Unreadable,
    })
}
