//! The Secret of a new key: its name, and its JSON on the way to the API server.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets::key_secret::{KEY_LABEL, key_secret};
use sealed_secrets::sealing::{Certificate, SealingKey};
use sealed_secrets::{ObjectMeta, Secret};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::key_guard::{NAME_LETTERS as LETTERS, NAME_SUFFIX};
use crate::settings::KeySettings;

/// Prefix and five letters of a hash over namespace, what it follows (the uid of the newest key's Secret; before there is one
/// what tells this cluster from others, else `first`) and number of the attempt.
pub(super) fn name(prefix: &str, namespace: &str, follows: Option<&str>, attempt: u32) -> String {
    let text = format!("{namespace}\0{}\0{attempt}", follows.unwrap_or("first"));
    let hash = digest(&SHA256, text.as_bytes());
    let mut number = hash.as_ref().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let mut name = prefix.to_owned();
    for _ in 0..NAME_SUFFIX {
        let letters = LETTERS.len() as u64;
        name.push(char::from(LETTERS[usize::try_from(number % letters).unwrap_or(0)]));
        number /= letters;
    }
    name
}

/// The key Secret, with the labels and annotations of the settings. The label by which keys are found is not
/// theirs to change.
pub(super) fn secret(
    key: &SealingKey,
    certificate: &Certificate,
    namespace: &str,
    name: &str,
    settings: &KeySettings,
) -> Secret {
    let mut secret = key_secret(key, certificate, namespace, Some(name));
    let labels = secret.metadata.labels.get_or_insert_default();
    for (label, value) in &settings.labels {
        if label != KEY_LABEL {
            labels.insert(label.clone(), value.clone());
        }
    }
    if !settings.annotations.is_empty() {
        secret.metadata.annotations = Some(settings.annotations.iter().cloned().collect());
    }
    secret
}

/// The JSON of a Secret, in a buffer that never moves while it is written and is wiped.
pub(super) fn to_json(secret: &Secret) -> Zeroizing<Vec<u8>> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        api_version: &'static str,
        kind: &'static str,
        metadata: &'a ObjectMeta,
        r#type: Option<&'a str>,
        data: BTreeMap<&'a str, &'a str>,
    }
    let values: BTreeMap<&str, Zeroizing<String>> = secret
        .data
        .iter()
        .map(|(key, value)| (key.as_str(), Zeroizing::new(STANDARD.encode(value.as_bytes()))))
        .collect();
    let body = |data| Body {
        api_version: "v1",
        kind: "Secret",
        metadata: &secret.metadata,
        r#type: secret.type_.as_deref(),
        data,
    };
    let frame = serde_json::to_vec(&body(BTreeMap::new())).map_or(0, |frame| frame.len());
    let length: usize = values.iter().map(|(key, value)| key.len() + value.len() + 16).sum();
    let mut json = Zeroizing::new(Vec::with_capacity(frame + length));
    let data = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    serde_json::to_writer(&mut *json, &body(data))
        .expect("text under text keys always serialises, and memory takes it");
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_registry::tests::{rsa, settings};

    #[test]
    fn names_follow_from_what_they_stand_for() {
        let this = name("sealed-secrets-key", "sealed-secrets", None, 0);
        assert_eq!(this, name("sealed-secrets-key", "sealed-secrets", Some("first"), 0));
        let letters = this.strip_prefix("sealed-secrets-key").unwrap();
        assert!(letters.len() == 5 && letters.bytes().all(|letter| LETTERS.contains(&letter)), "{this}");
        let others = [
            name("sealed-secrets-key", "other", None, 0),
            name("sealed-secrets-key", "sealed-secrets", Some("uid"), 0),
            name("sealed-secrets-key", "sealed-secrets", None, 1),
        ];
        assert!(others.iter().all(|other| *other != this), "{others:?}");
    }

    #[test]
    fn the_buffer_of_the_json_never_moves() {
        let pair = rsa(0);
        let settings = KeySettings {
            labels: vec![("team".into(), "a".into()), (KEY_LABEL.into(), "compromised".into())],
            annotations: vec![("note".into(), "\"quoted\"\n".into())],
            ..settings()
        };
        let certificate = pair.certificate_from(1_767_225_600, 3600);
        let certificate = Certificate::from_pem(certificate.as_bytes()).unwrap();
        let secret = secret(&pair.sealing_key(), &certificate, "ns", "name", &settings);
        let json = to_json(&secret);
        let read: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(read["metadata"]["labels"], serde_json::json!({"team": "a", KEY_LABEL: "active"}));
        assert_eq!(read["metadata"]["annotations"], serde_json::json!({"note": "\"quoted\"\n"}));
        assert_eq!(read["type"], "kubernetes.io/tls");
        assert_eq!(
            (&read["metadata"]["name"], &read["metadata"]["namespace"]),
            (&"name".into(), &"ns".into())
        );
        let key = STANDARD.decode(read["data"]["tls.key"].as_str().unwrap()).unwrap();
        assert!(key.starts_with(b"-----BEGIN RSA PRIVATE KEY-----"));
        assert!(
            json.capacity() <= json.len() + 64,
            "the length was reckoned: {} of {}",
            json.len(),
            json.capacity()
        );
    }
}
