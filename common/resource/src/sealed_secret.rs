//! The custom resource `SealedSecret` (bitnami.com/v1alpha1), as upstream defines it.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube_derive::CustomResource;
use manifest::{Mapping, Node, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::error::{FieldError, Problem, Read};
use crate::schema::{self, Path};

/// `apiVersion` of a SealedSecret.
pub const API_VERSION: &str = "bitnami.com/v1alpha1";

/// `kind` of a SealedSecret.
pub const KIND: &str = "SealedSecret";

#[expect(clippy::duplicated_attributes, reason = "two printer columns may have the same type")]
/// What a SealedSecret asks for: the Secret of the same name and namespace, with these values.
#[derive(CustomResource, Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq)]
#[kube(
    group = "bitnami.com",
    version = "v1alpha1",
    kind = "SealedSecret",
    plural = "sealedsecrets",
    singular = "sealedsecret",
    namespaced,
    status = "SealedSecretStatus",
    derive = "PartialEq",
    doc = "A Secret that is safe to keep in Git: every value is encrypted for the controller of one cluster.",
    printcolumn(name = "Status", type_ = "string", json_path = ".status.conditions[0].message"),
    printcolumn(name = "Synced", type_ = "string", json_path = ".status.conditions[0].status"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status",
        priority = 1
    ),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[0].reason", priority = 1),
    crates(
        kube_core = "::kube_core",
        k8s_openapi = "::k8s_openapi",
        schemars = "::schemars",
        serde = "::serde",
        serde_json = "::serde_json"
    )
)]
#[serde(rename_all = "camelCase")]
pub struct SealedSecretSpec {
    /// What the Secret is to look like besides its values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<SecretTemplate>,

    /// Deprecated: the JSON of a whole Secret, sealed in one piece. Still opened, never written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "bytes_schema")]
    pub data: Option<String>,

    /// Sealed values by key, each base64 of one ciphertext.
    #[serde(default)]
    #[schemars(schema_with = "encrypted_data_schema", !default)]
    pub encrypted_data: BTreeMap<String, String>,
}

/// What the Secret is to look like besides its values.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct SecretTemplate {
    /// Labels, annotations and whatever else the Secret's metadata are to hold. Name and namespace play no
    /// role: they are those of the SealedSecret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "template_metadata_schema")]
    pub metadata: Option<ObjectMeta>,

    /// Type of the Secret, for example `kubernetes.io/tls`. Empty means Opaque.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_: Option<String>,

    /// Whether the Secret can be changed once it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub immutable: Option<bool>,

    /// Keys of the Secret that are made from templates over the decrypted values. A null takes the value of
    /// that key out of the Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "template_data_schema")]
    pub data: Option<BTreeMap<String, Option<String>>>,
}

/// What the controller last made of a SealedSecret.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = nothing_required, transform = not_looked_at)]
pub struct SealedSecretStatus {
    /// The `metadata.generation` that the conditions speak of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// The conditions; `Synced` comes first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(!default)]
    pub conditions: Vec<Condition>,

    /// Which controller wrote this status. A custom resource definition that does not know the field, as upstream's
    /// does not, lets the API server drop it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(description = "Which controller wrote this status.")]
    pub controller: Option<String>,
}

/// One condition of a SealedSecret.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Which condition, for example `Synced`.
    #[serde(rename = "type")]
    pub type_: String,

    /// `True`, `False` or `Unknown`.
    pub status: String,

    /// When the controller last looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_update_time: Option<Time>,

    /// When the status last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Time>,

    /// The reason in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,

    /// The reason in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl SealedSecret {
    /// Reads a SealedSecret from a manifest as kubeseal does: field names in any case, unquoted scalars by
    /// their YAML 1.1 meaning, `kind` and `apiVersion` not looked at.
    ///
    /// # Errors
    /// The first field that holds something of another kind, with its line.
    pub fn from_manifest(value: Value<'_>) -> Result<Read<SealedSecret>, FieldError> {
        let mut unknown_fields = Vec::new();
        let line = value.span.line;
        let mut json =
            schema::conform(value, schema::SEALED_SECRET, &Path::ROOT, &mut unknown_fields)?.to_json();
        if let Some(map) = json.as_object_mut() {
            // The derived type insists on fields that Go lets be absent.
            map.insert("apiVersion".into(), API_VERSION.into());
            map.insert("kind".into(), KIND.into());
            map.entry("metadata").or_insert_with(|| serde_json::json!({}));
            map.entry("spec").or_insert_with(|| serde_json::json!({}));
        }
        let object = serde_json::from_value(json).map_err(|_| FieldError {
            path: KIND.into(),
            line,
            problem: Problem::Unreadable,
        })?;
        Ok(Read { object, unknown_fields })
    }

    /// The object as a manifest, fields in the order in which kubeseal prints JSON.
    pub fn to_manifest(&self) -> Value<'static> {
        self.clone().into_manifest()
    }

    /// As [`to_manifest`](Self::to_manifest), without a copy of the ciphertexts.
    pub fn into_manifest(mut self) -> Value<'static> {
        let items = std::mem::take(&mut self.spec.encrypted_data);
        let value =
            serde_json::to_value(&self).expect("maps with text keys and plain values always serialise");
        let mut unknown = Vec::new();
        let mut value = schema::conform(Value::from(value), schema::SEALED_SECRET, &Path::ROOT, &mut unknown)
            .expect("what the type holds is what the table describes");
        debug_assert!(unknown.is_empty(), "the table lacks a field of the type: {unknown:?}");
        let spec = value.as_mapping_mut().and_then(|fields| fields.get_mut("spec"));
        if let Some(slot) = spec.and_then(|spec| spec.as_mapping_mut()?.get_mut("encryptedData")) {
            let mut map = Mapping::new();
            items.into_iter().for_each(|(key, item)| map.push(key, Value::text(item)));
            slot.node = Node::Mapping(map);
        }
        value
    }
}

/// Upstream's `encryptedData`: whatever is stored there survives, so that one odd object blocks no list.
fn encrypted_data_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": { "type": "string" },
        "x-kubernetes-preserve-unknown-fields": true,
    })
}

/// A status without conditions is one, as in upstream's schema. That the schema sets no default for them must not make
/// them required.
fn nothing_required(schema: &mut Schema) {
    schema.remove("required");
}

/// What the API server shows as the status of an object that no controller has looked at. Without it kstatus (Flux, Helm)
/// calls a new object current before its Secret is there: it does so with whatever tells nothing of generations.
fn not_looked_at(schema: &mut Schema) {
    schema.insert("default".into(), serde_json::json!({ "observedGeneration": -1 }));
}

fn bytes_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "byte" })
}

/// Values may be null: upstream's schema says plain text here, so that its API server drops a null before the
/// controller can see it.
fn template_data_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "nullable": true,
        "additionalProperties": { "type": "string", "nullable": true },
    })
}

fn template_metadata_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "nullable": true,
        "x-kubernetes-preserve-unknown-fields": true,
        "properties": {
            "annotations": { "type": "object", "additionalProperties": { "type": "string" } },
            "finalizers": { "type": "array", "items": { "type": "string" } },
            "labels": { "type": "object", "additionalProperties": { "type": "string" } },
            "name": { "type": "string" },
            "namespace": { "type": "string" },
        },
    })
}

#[cfg(test)]
mod tests {
    use kube_core::CustomResourceExt;

    use super::*;

    /// What every client and cluster that knows upstream's CRD relies on.
    #[test]
    fn the_crd_is_upstreams() {
        let crd = serde_json::to_value(SealedSecret::crd()).unwrap();
        assert_eq!(crd["metadata"]["name"], "sealedsecrets.bitnami.com");
        let spec = &crd["spec"];
        assert_eq!(spec["group"], "bitnami.com");
        assert_eq!(spec["scope"], "Namespaced");
        assert_eq!(spec["names"]["kind"], "SealedSecret");
        assert_eq!(spec["names"]["plural"], "sealedsecrets");
        assert_eq!(spec["names"]["singular"], "sealedsecret");
        assert_eq!(spec["names"]["shortNames"].as_array().map_or(0, Vec::len), 0);
        let version = &spec["versions"][0];
        assert_eq!(version["name"], "v1alpha1");
        assert_eq!(version["subresources"]["status"], serde_json::json!({}));
        let columns: Vec<_> = version["additionalPrinterColumns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| column["name"].as_str().unwrap())
            .collect();
        // Upstream's, and what `kubectl get -o wide` shows besides.
        assert_eq!(columns, ["Status", "Synced", "Age", "Ready", "Reason"]);
        let schema = &version["schema"]["openAPIV3Schema"];
        assert_eq!(schema["required"], serde_json::json!(["spec"]));
        let template = &schema["properties"]["spec"]["properties"]["template"];
        assert_eq!(template["properties"]["data"]["additionalProperties"]["nullable"], true);
        assert_eq!(template["properties"]["metadata"]["x-kubernetes-preserve-unknown-fields"], true);
        assert_eq!(
            schema["properties"]["spec"]["properties"]["encryptedData"],
            serde_json::json!({
                "type": "object",
                "additionalProperties": { "type": "string" },
                "x-kubernetes-preserve-unknown-fields": true,
                "description": "Sealed values by key, each base64 of one ciphertext.",
            })
        );
        // Upstream's schema sets no defaults. The one here stands in no spec: a SealedSecret that is applied stays as it is.
        assert_eq!(crd.to_string().matches("\"default\"").count(), 1);
        assert_eq!(
            schema["properties"]["status"]["default"],
            serde_json::json!({ "observedGeneration": -1 })
        );
        let read = serde_json::from_value::<SealedSecret>(serde_json::json!({
            "apiVersion": API_VERSION, "kind": KIND, "metadata": {}, "spec": { "encryptedData": {} },
        }));
        assert_eq!(read.unwrap().status, None, "it is the API server's matter alone");
        assert_eq!(schema["properties"]["spec"]["required"], serde_json::json!(["encryptedData"]));
        let status = &schema["properties"]["status"];
        assert_eq!(status["required"], serde_json::Value::Null, "a status may hold anything or nothing");
        assert_eq!(
            status["properties"]["controller"],
            serde_json::json!({
                "type": "string",
                "nullable": true,
                "description": "Which controller wrote this status.",
            })
        );
    }
}
