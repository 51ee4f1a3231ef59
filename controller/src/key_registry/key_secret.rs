//! A key Secret as the API server lists it: only what a key is read from, and that in memory that is wiped.
//!
//! kube's typed Secret would leave the private key behind in strings and buffers that nobody wipes, and its
//! annotations may hold a whole copy of it (`kubectl apply`). Here the text is read in place, from a buffer that
//! its owner wipes, and nothing but name, uid, version, time, the one label, who made it and the two values is taken out.

use std::collections::BTreeMap;
use std::fmt;

use sealed_secrets::Secret;
use sealed_secrets::key_secret::{KEY_LABEL, KeySecretError, key_of_secret};
use sealed_secrets::sealing::{KeyError, Plaintext, SealingKey, decode_base64};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::api_secret::UNSEALED;

/// Value of the label of a key in use.
pub(super) const ACTIVE: &str = "active";

/// A Secret that should hold a sealing key.
#[derive(Debug)]
pub(super) struct KeySecret {
    /// What says which Secret it is.
    pub(super) identity: Identity,
    /// Value of the label by which keys are found.
    pub(super) label: Option<String>,
    /// A SealedSecret owns it, or it bears the mark of one that does not.
    pub(super) is_of_sealed_secret: bool,
    data: BTreeMap<String, Plaintext>,
}

/// Which Secret, in which version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// Its name in the controller's namespace.
    pub(super) name: String,
    /// Never the same for two Secrets, although they bear one name after another.
    pub(super) uid: String,
    /// Changes with each write.
    pub(super) version: String,
    /// When it was created, in Unix seconds.
    pub(super) created: i64,
}

/// One answer to a list.
#[derive(Debug)]
pub(super) struct Listed {
    /// From where a watch goes on.
    pub(super) version: String,
    /// The Secrets.
    pub(super) secrets: Vec<KeySecret>,
}

impl KeySecret {
    /// Reads the key and prepares it, which takes milliseconds.
    ///
    /// # Errors
    /// Why it holds none that opens; the text quotes nothing of it.
    pub(super) fn key(self) -> Result<SealingKey, KeySecretError> {
        let key = key_of_secret(&Secret { data: self.data, ..Secret::default() })?;
        key.check()?;
        Ok(key)
    }

    /// Whether the legacy key Secret, which is found by its name, counts: without the label, or with the same
    /// as all others. Upstream does not look; but a key that somebody marked otherwise is marked on purpose.
    pub(super) fn counts_by_name(&self) -> bool {
        self.label.as_deref().is_none_or(|label| label == ACTIVE)
    }
}

/// Reads a `SecretList` in JSON.
///
/// # Errors
/// When it is none. What the text was is not told.
pub(super) fn read_list(json: &[u8]) -> Result<Listed, NoSecretList> {
    let list: wire::List = serde_json::from_slice(json).map_err(|_| NoSecretList)?;
    let secrets = list.items.unwrap_or_default().into_iter().map(KeySecret::from).collect();
    Ok(Listed { version: list.metadata.resource_version, secrets })
}

/// The answer is no list of Secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer is no list of Secrets")]
pub(super) struct NoSecretList;

impl From<wire::Item> for KeySecret {
    fn from(item: wire::Item) -> Self {
        let wire::Item { metadata, data } = item;
        let created = metadata.creation_timestamp.and_then(|time| time.parse::<jiff::Timestamp>().ok());
        let identity = Identity {
            name: metadata.name,
            uid: metadata.uid,
            version: metadata.resource_version,
            created: created.map_or(0, jiff::Timestamp::as_second),
        };
        let wire::Data { key, certificate } = data.unwrap_or_default();
        let data = [("tls.key", key), ("tls.crt", certificate)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.0)))
            .collect();
        let owners = metadata.owner_references.unwrap_or_default();
        let is_of_sealed_secret = owners.iter().any(wire::Owner::is_sealed_secret)
            || metadata.annotations.unwrap_or_default().is_marked;
        let label = metadata.labels.and_then(|mut labels| labels.remove(KEY_LABEL));
        Self { identity, label, is_of_sealed_secret, data }
    }
}

/// Why a Secret holds no usable key, in words for its owner.
pub(super) fn reason(error: &KeySecretError) -> String {
    match error {
        KeySecretError::NoTlsKey => "it has no tls.key".to_owned(),
        KeySecretError::Key(KeyError::Missing) => "tls.key holds no private key in PEM".to_owned(),
        other => other.to_string(),
    }
}

/// The fields that are read.
mod wire {
    use std::collections::BTreeMap;

    use sealed_secrets::{API_VERSION, KIND};

    use super::{Annotations, Base64Value};

    #[derive(serde::Deserialize)]
    pub(super) struct List {
        pub(super) metadata: ListMeta,
        // Go writes null for a list without entries.
        pub(super) items: Option<Vec<Item>>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct ListMeta {
        #[serde(default)]
        pub(super) resource_version: String,
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Item {
        pub(super) metadata: Metadata,
        pub(super) data: Option<Data>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Metadata {
        pub(super) name: String,
        pub(super) uid: String,
        #[serde(default)]
        pub(super) resource_version: String,
        pub(super) creation_timestamp: Option<String>,
        pub(super) labels: Option<BTreeMap<String, String>>,
        pub(super) annotations: Option<Annotations>,
        pub(super) owner_references: Option<Vec<Owner>>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Owner {
        #[serde(default)]
        api_version: String,
        #[serde(default)]
        kind: String,
    }

    impl Owner {
        /// Of whatever version, and whether it is the controller's or not: each is a SealedSecret's doing.
        pub(super) fn is_sealed_secret(&self) -> bool {
            let group = |api_version: &str| api_version.split('/').next().map(str::to_owned);
            self.kind == KIND && group(&self.api_version) == group(API_VERSION)
        }
    }

    #[derive(Default, serde::Deserialize)]
    pub(super) struct Data {
        #[serde(rename = "tls.key")]
        pub(super) key: Option<Base64Value>,
        #[serde(rename = "tls.crt")]
        pub(super) certificate: Option<Base64Value>,
    }
}

/// The annotations, of which only one matters, and of that only that it is there. Their values are skipped: that of
/// `kubectl apply` holds a copy of the key.
#[derive(Default)]
struct Annotations {
    is_marked: bool,
}

impl<'de> serde::Deserialize<'de> for Annotations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Annotations;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("annotations")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Annotations, A::Error> {
                let mut is_marked = false;
                while let Some(name) = map.next_key::<String>()? {
                    is_marked |= name == UNSEALED;
                    let IgnoredAny = map.next_value()?;
                }
                Ok(Annotations { is_marked })
            }
        }
        deserializer.deserialize_map(Names)
    }
}

/// Base64, decoded while it is read. The API server writes it without escapes, so that serde lends the text
/// out of the buffer and copies nothing.
struct Base64Value(Plaintext);

impl<'de> serde::Deserialize<'de> for Base64Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Base64Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("base64")
            }

            fn visit_str<E>(self, text: &str) -> Result<Base64Value, E> {
                // What is no base64 is no key: that Secret is bad then, and the list goes on.
                Ok(Base64Value(Plaintext::from(decode_base64(text).unwrap_or_default())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_registry::tests::{key_json, list_json, rsa};

    #[test]
    fn a_list_is_read() {
        let secrets = [
            key_json("a", 7, rsa(0), "2026-01-01T00:00:00Z"),
            serde_json::json!({"metadata": {"name": "b", "uid": "u", "labels": {KEY_LABEL: "compromised"}}}),
        ];
        let listed = read_list(list_json(9, &secrets).to_string().as_bytes()).unwrap();
        assert_eq!(listed.version, "9");
        let [a, b] = <[KeySecret; 2]>::try_from(listed.secrets).unwrap();
        let created = 1_767_225_600;
        let identity = Identity { name: "a".into(), uid: "uid-a".into(), version: "7".into(), created };
        assert_eq!(a.identity, identity);
        assert!(a.counts_by_name());
        assert!(!format!("{a:?}").contains("PRIVATE"));
        assert!(a.key().is_ok());
        assert!(!b.counts_by_name());
        assert_eq!(reason(&b.key().unwrap_err()), "it has no tls.key");
    }

    #[test]
    fn bad_values_spoil_their_own_secret_only() {
        for (data, expected) in [
            (serde_json::json!({"tls.key": "%%%"}), "tls.key holds no private key in PEM"),
            (serde_json::json!({"tls.key": "c3dvcmRmaXNo"}), "tls.key holds no private key in PEM"),
            (serde_json::json!({"tls.crt": "c3dvcmRmaXNo"}), "it has no tls.key"),
            (serde_json::json!(null), "it has no tls.key"),
        ] {
            let mut bad = key_json("bad", 1, rsa(0), "2026-01-01T00:00:00Z");
            bad["data"] = data;
            let good = key_json("good", 1, rsa(1), "2026-01-01T00:00:00Z");
            let listed = read_list(list_json(1, &[bad, good]).to_string().as_bytes()).unwrap();
            let keys: Vec<_> = listed.secrets.into_iter().map(KeySecret::key).collect();
            assert_eq!(reason(keys[0].as_ref().unwrap_err()), expected);
            assert!(keys[1].is_ok());
        }
    }

    #[test]
    fn what_is_no_list_is_not_quoted() {
        for text in ["swordfish", r#"{"metadata":{},"items":"swordfish"}"#] {
            assert_eq!(
                read_list(text.as_bytes()).unwrap_err().to_string(),
                "the answer is no list of Secrets"
            );
        }
        assert_eq!(read_list(br#"{"metadata":{},"items":null}"#).unwrap().secrets.len(), 0);
    }
}
