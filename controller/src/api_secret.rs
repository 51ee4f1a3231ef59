//! A Secret as the API server has it: nothing is dropped on the way in and out, values are wiped.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets::ObjectMeta;
use sealed_secrets::sealing::{Plaintext, decode_base64};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use zeroize::Zeroizing;

/// Annotation that the controller puts on a Secret which is to have no owner reference: without one, nothing else would
/// tell that it made the Secret. It also stands on what some controller could read as a sealing key: an owner can be taken off
/// by whoever deletes the SealedSecret. It stands on the Secret, where only those can write it who may write Secrets: a
/// note in the status of the SealedSecret could be forged to take over a foreign Secret.
pub const UNSEALED: &str = "sealkit.dev/unsealed";

/// A core/v1 Secret, read from and written to the API server.
///
/// Unlike [`sealed_secrets::Secret`], which is what a user seals, this one keeps every annotation: a Secret that is
/// changed in place must not lose any.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
pub struct ApiSecret {
    /// Everything that the API server keeps of it besides the values.
    pub metadata: ObjectMeta,
    /// `type`; the API server fills in Opaque.
    #[serde(default, rename = "type")]
    pub type_: Option<String>,
    /// Whether data can be changed.
    #[serde(default)]
    pub immutable: Option<bool>,
    /// The values.
    #[serde(default, deserialize_with = "data")]
    pub data: BTreeMap<String, Plaintext>,
}

impl ApiSecret {
    /// The body of a request, which is wiped when it was sent; not so the shorter buffers that it grew out of.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("maps with text keys and plain values always serialise")
    }
}

impl From<sealed_secrets::Secret> for ApiSecret {
    fn from(secret: sealed_secrets::Secret) -> Self {
        let sealed_secrets::Secret { metadata, type_, immutable, data, .. } = secret;
        Self { metadata, type_, immutable, data }
    }
}

impl Serialize for ApiSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", "Secret")?;
        map.serialize_entry("apiVersion", "v1")?;
        map.serialize_entry("metadata", &self.metadata)?;
        if let Some(type_) = self.type_.as_ref().filter(|type_| !type_.is_empty()) {
            map.serialize_entry("type", type_)?;
        }
        if let Some(immutable) = self.immutable {
            map.serialize_entry("immutable", &immutable)?;
        }
        map.serialize_entry("data", &Data(&self.data))?;
        map.end()
    }
}

struct Data<'a>(&'a BTreeMap<String, Plaintext>);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            map.serialize_entry(key, &*Zeroizing::new(STANDARD.encode(value.as_bytes())))?;
        }
        map.end()
    }
}

fn data<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Plaintext>, D::Error> {
    let values = Option::<BTreeMap<String, Option<Value>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(values
        .into_iter()
        .map(|(key, value)| (key, value.map_or_else(Plaintext::default, |value| value.0)))
        .collect())
}

/// One value, decoded straight out of the buffer that it came in.
struct Value(Plaintext);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64;
        impl Visitor<'_> for Base64 {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("base64")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
                // The reason could quote the value.
                let bytes = decode_base64(text).map_err(|_| E::custom("a value is no base64"))?;
                Ok(Value(Plaintext::from(bytes)))
            }
        }
        deserializer.deserialize_str(Base64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was() {
        let text = br#"{"kind":"Secret","apiVersion":"v1","metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"},"name":"a"},"type":"Opaque","immutable":true,"data":{"k":"aGk="}}"#;
        let secret: ApiSecret = serde_json::from_slice(text).unwrap();
        assert_eq!(secret.data["k"].as_bytes(), b"hi");
        assert_eq!(String::from_utf8(secret.to_json()).unwrap(), String::from_utf8(text.to_vec()).unwrap());
        assert!(!format!("{secret:?}").contains("hi"));
    }

    #[test]
    fn data_may_be_missing_and_values_null() {
        let secret: ApiSecret = serde_json::from_str(r#"{"metadata":{},"data":null}"#).unwrap();
        assert!(secret.data.is_empty());
        let secret: ApiSecret = serde_json::from_str(r#"{"metadata":{},"data":{"a":null}}"#).unwrap();
        assert!(secret.data["a"].as_bytes().is_empty());
    }

    #[test]
    fn what_is_no_base64_is_not_quoted() {
        let error =
            serde_json::from_str::<ApiSecret>(r#"{"metadata":{},"data":{"a":"hunter2!"}}"#).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
