//! What the API server brings of a SealedSecret, read straight into what is needed of it: everything else is walked over and kept by
//! nobody, however much it is.
//!
//! One odd object must not end the watch of all, nor fill the memory: the CustomResourceDefinition lets any fields stand in
//! the template's metadata, and 1.5 MB of small maps are 100 MiB as values.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use sealed_secrets::{
    Condition, MAX_ITEMS, ObjectMeta, SealedSecretSpec, SealedSecretStatus, SecretTemplate,
};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Labels, annotations, finalizers, and templates, each: a Secret with more is none that anybody means.
pub(super) const MOST_ENTRIES: usize = 4096;

/// Conditions of a status that are read: ours are four.
const MOST_CONDITIONS: usize = 64;

/// A spec, if it is what the CustomResourceDefinition describes and has at most [`MOST_ENTRIES`] of each kind.
///
/// Of more values than are opened ([`MAX_ITEMS`]) one too many is read, which is then refused. Of the template's metadata what
/// a Secret takes over is read: labels, annotations, finalizers.
pub(super) fn spec(text: &str) -> Option<SealedSecretSpec> {
    let Spec { template, data, encrypted_data } = serde_json::from_str(text).ok()?;
    let template = template.map(|Template { metadata, type_, immutable, data }| SecretTemplate {
        metadata: metadata.map(|Metadata { labels, annotations, finalizers }| ObjectMeta {
            labels: labels.0,
            annotations: annotations.0,
            finalizers: finalizers.0,
            ..ObjectMeta::default()
        }),
        type_,
        immutable,
        data: data.0,
    });
    Some(SealedSecretSpec { template, data, encrypted_data: encrypted_data.0 })
}

/// A status; one that cannot be read is as good as none.
pub(super) fn status(text: &str) -> SealedSecretStatus {
    let status: Status = serde_json::from_str(text).unwrap_or_default();
    SealedSecretStatus {
        observed_generation: status.observed_generation,
        conditions: status.conditions.0,
        controller: status.controller,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    template: Option<Template>,
    data: Option<String>,
    #[serde(default)]
    encrypted_data: Values,
}

#[derive(Deserialize)]
struct Template {
    metadata: Option<Metadata>,
    #[serde(rename = "type")]
    type_: Option<String>,
    immutable: Option<bool>,
    #[serde(default)]
    data: Entries<Option<String>>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    labels: Entries<String>,
    #[serde(default)]
    annotations: Entries<String>,
    #[serde(default)]
    finalizers: Items,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    observed_generation: Option<i64>,
    #[serde(default)]
    conditions: Conditions,
    controller: Option<String>,
}

/// A map of at most [`MOST_ENTRIES`]; null is none.
struct Entries<V>(Option<BTreeMap<String, V>>);

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, V: DeserializeOwned> Deserialize<'de> for Entries<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Few<V>(PhantomData<V>);
        impl<'de, V: DeserializeOwned> Visitor<'de> for Few<V> {
            type Value = Entries<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Entries(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                let mut map = BTreeMap::new();
                while let Some((key, value)) = fields.next_entry()? {
                    if map.len() == MOST_ENTRIES {
                        return Err(A::Error::custom("too many entries"));
                    }
                    map.insert(key, value);
                }
                Ok(Entries(Some(map)))
            }
        }
        deserializer.deserialize_any(Few(PhantomData))
    }
}

/// A list of at most [`MOST_ENTRIES`] texts; null is none.
#[derive(Default)]
struct Items(Option<Vec<String>>);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Option::<Few<String, MOST_ENTRIES>>::deserialize(deserializer)?;
        match list {
            Some(Few { more: true, .. }) => Err(D::Error::custom("too many entries")),
            list => Ok(Items(list.map(|list| list.items))),
        }
    }
}

/// Conditions, of which those beyond the limit are walked over.
#[derive(Default)]
struct Conditions(Vec<Condition>);

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Few::<Condition, MOST_CONDITIONS>::deserialize(deserializer).map(|list| Conditions(list.items))
    }
}

/// The first so many items of a list, and whether there are more.
struct Few<T, const MOST: usize> {
    items: Vec<T>,
    more: bool,
}

impl<'de, T: DeserializeOwned, const MOST: usize> Deserialize<'de> for Few<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T, const MOST: usize>(PhantomData<T>);
        impl<'de, T: DeserializeOwned, const MOST: usize> Visitor<'de> for List<T, MOST> {
            type Value = Few<T, MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while items.len() < MOST {
                    match list.next_element()? {
                        Some(item) => items.push(item),
                        None => return Ok(Few { items, more: false }),
                    }
                }
                let mut more = false;
                while let Some(IgnoredAny) = list.next_element()? {
                    more = true;
                }
                Ok(Few { items, more })
            }
        }
        deserializer.deserialize_seq(List(PhantomData))
    }
}

/// Sealed values, of which those beyond what is opened are walked over but for one.
#[derive(Default)]
struct Values(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Values;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("sealed values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Values, A::Error> {
                let mut map = BTreeMap::new();
                while map.len() <= MAX_ITEMS {
                    match fields.next_entry()? {
                        Some((key, value)) => map.insert(key, value),
                        None => return Ok(Values(map)),
                    };
                }
                while let Some((IgnoredAny, IgnoredAny)) = fields.next_entry()? {}
                Ok(Values(map))
            }
        }
        deserializer.deserialize_map(Map)
    }
}

/// Labels or annotations, but only those that are asked for.
pub(super) fn kept<'de, D: Deserializer<'de>>(
    deserializer: D,
    keep: fn(&str) -> bool,
) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    struct Kept(fn(&str) -> bool);
    impl<'de> Visitor<'de> for Kept {
        type Value = Option<BTreeMap<String, String>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map of texts")
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some(key) = fields.next_key::<String>()? {
                if self.0(&key) {
                    map.insert(key, fields.next_value()?);
                } else {
                    let IgnoredAny = fields.next_value()?;
                }
            }
            Ok((!map.is_empty()).then_some(map))
        }
    }
    deserializer.deserialize_any(Kept(keep))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What matters of a spec for the Secret.
    fn essence(spec: &SealedSecretSpec) -> serde_json::Value {
        let mut spec = serde_json::to_value(spec).unwrap();
        if let Some(metadata) = spec["template"]["metadata"].as_object_mut() {
            metadata.retain(|key, _| ["labels", "annotations", "finalizers"].contains(&key.as_str()));
        }
        spec
    }

    #[test]
    fn the_secret_is_the_same_as_from_the_whole() {
        for text in [
            json!({}),
            json!({"encryptedData": {"a": "AgA=", "b": ""}, "data": "AgB="}),
            json!({"encryptedData": {}, "template": {}}),
            json!({"encryptedData": {}, "template": null, "data": null}),
            json!({"template": {
                "type": "Opaque", "immutable": true, "data": {"x": "{{ .a }}", "y": null},
                "metadata": {
                    "labels": {"l": "1"}, "annotations": {"n": "2"}, "finalizers": ["f/g"], "name": "x", "namespace": "y",
                    "creationTimestamp": null, "ownerReferences": [{"apiVersion": "v1", "kind": "K", "name": "n", "uid": "u"}],
                },
            }}),
            json!({"template": {"metadata": {"labels": null, "annotations": {}, "finalizers": null}, "data": null}}),
            // Not as the definition says: none, from either.
            json!({"encryptedData": []}),
            json!({"encryptedData": {"a": 1}}),
            json!({"encryptedData": null}),
            json!({"data": 1}),
            json!({"template": {"type": 1}}),
            json!({"template": {"metadata": {"labels": {"a": 1}}}}),
            json!({"template": {"metadata": {"finalizers": "x"}}}),
            json!({"template": {"data": {"x": 1}}}),
            json!(null),
        ] {
            let whole = serde_json::from_value::<SealedSecretSpec>(text.clone()).ok();
            let lenient = spec(&text.to_string());
            assert_eq!(lenient.as_ref().map(essence), whole.as_ref().map(essence), "{text}");
        }
    }

    #[test]
    fn what_no_secret_takes_over_is_walked_over() {
        let deep = format!("{}1{}", "[".repeat(9_000), "]".repeat(9_000));
        let text = format!(
            r#"{{"encryptedData": {{"a": "b"}}, "template": {{"metadata": {{"odd": {deep}, "labels": {{"l": "1"}}}}}}, "more": {deep}}}"#
        );
        let spec = spec(&text).unwrap();
        assert_eq!(spec.encrypted_data["a"], "b");
        assert_eq!(spec.template.unwrap().metadata.unwrap().labels.unwrap()["l"], "1");
    }

    fn many(count: usize) -> serde_json::Value {
        (0..count).map(|number| (number.to_string(), json!(""))).collect::<serde_json::Map<_, _>>().into()
    }

    #[test]
    fn there_is_an_end_to_everything() {
        let read = |spec_json: serde_json::Value| spec(&spec_json.to_string());
        assert_eq!(
            read(json!({"encryptedData": many(100_000)})).unwrap().encrypted_data.len(),
            MAX_ITEMS + 1
        );
        for field in ["labels", "annotations"] {
            let with = |count| read(json!({"template": {"metadata": {field: many(count)}}}));
            assert!(with(MOST_ENTRIES).is_some() && with(MOST_ENTRIES + 1).is_none(), "{field}");
        }
        assert!(read(json!({"template": {"data": many(MOST_ENTRIES + 1)}})).is_none());
        let finalizers = vec!["a/b"; MOST_ENTRIES + 1];
        assert!(read(json!({"template": {"metadata": {"finalizers": finalizers}}})).is_none());
        let conditions = vec![json!({"type": "x", "status": "True"}); 10_000];
        assert_eq!(status(&json!({"conditions": conditions}).to_string()).conditions.len(), MOST_CONDITIONS);
    }

    #[test]
    fn an_odd_status_is_none() {
        for text in [
            "null",
            "1",
            "[]",
            r#"{"conditions": {}}"#,
            r#"{"conditions": [1]}"#,
            r#"{"observedGeneration": "x"}"#,
        ] {
            assert_eq!(status(text), SealedSecretStatus::default(), "{text}");
        }
        let read = status(
            r#"{"observedGeneration": 2, "controller": "c", "more": [], "conditions": [{"type": "a", "status": "b"}]}"#,
        );
        assert_eq!(
            (read.observed_generation, read.conditions.len(), read.controller.as_deref()),
            (Some(2), 1, Some("c"))
        );
    }
}
