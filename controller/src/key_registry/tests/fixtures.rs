//! Keys, key Secrets and settings for tests.

use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets::key_secret::KEY_LABEL;
use sealed_secrets::sealing::{KeySize, SealingKey};
use serde_json::{Value, json};

use super::{CREATED, DAY, NAMESPACE, START};
use crate::settings::{KeyOrder, KeySettings};

/// A key for tests, with a certificate that begins so many seconds after [`START`] as its number says.
pub(in crate::key_registry) struct Pair {
    pub(in crate::key_registry) key: String,
    pub(in crate::key_registry) certificate: String,
}

impl Pair {
    pub(in crate::key_registry) fn sealing_key(&self) -> SealingKey {
        SealingKey::from_pem(self.key.as_bytes()).unwrap()
    }

    pub(in crate::key_registry) fn certificate_from(&self, start: i64, seconds: i64) -> String {
        self.sealing_key().self_signed_certificate("", start, seconds).unwrap().to_pem()
    }

    pub(in crate::key_registry) fn fingerprint(&self) -> String {
        self.sealing_key().fingerprint().to_string()
    }
}

pub(in crate::key_registry) fn rsa(index: usize) -> &'static Pair {
    static PAIRS: OnceLock<Vec<Pair>> = OnceLock::new();
    let pairs = PAIRS.get_or_init(|| {
        (0..3)
            .map(|offset| {
                let key = SealingKey::generate(KeySize::Rsa2048).unwrap();
                let certificate = key.self_signed_certificate("", START + offset, 3650 * DAY).unwrap();
                Pair { key: key.to_pkcs1_pem().to_string(), certificate: certificate.to_pem() }
            })
            .collect()
    });
    &pairs[index]
}

/// Small keys; no renewal.
pub(in crate::key_registry) fn settings() -> KeySettings {
    KeySettings {
        prefix: "sealed-secrets-key".into(),
        size: KeySize::Rsa2048,
        validity: Duration::from_secs(3650 * 24 * 3600),
        common_name: String::new(),
        renew_period: None,
        cutoff: None,
        order: KeyOrder::CertificateNotBefore,
        labels: Vec::new(),
        annotations: Vec::new(),
        cluster: None,
        generate: true,
    }
}

pub(in crate::key_registry) fn pair_json(
    name: &str,
    version: u64,
    key: &str,
    certificate: &str,
    created: &str,
) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": NAMESPACE, "uid": format!("uid-{name}"), "resourceVersion": version.to_string(),
            "creationTimestamp": created, "labels": {KEY_LABEL: "active"},
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
            "managedFields": [{"manager": "x", "fieldsV1": {"f:data": {}}}],
        },
        "type": "kubernetes.io/tls",
        "data": {"tls.key": STANDARD.encode(key), "tls.crt": STANDARD.encode(certificate)},
    })
}

pub(in crate::key_registry) fn key_json(name: &str, version: u64, pair: &Pair, created: &str) -> Value {
    pair_json(name, version, &pair.key, &pair.certificate, created)
}

pub(in crate::key_registry) fn list_json(version: u64, items: &[Value]) -> Value {
    json!({"kind": "SecretList", "apiVersion": "v1", "metadata": {"resourceVersion": version.to_string()}, "items": items})
}

pub(in crate::key_registry) fn key(name: &str, version: u64, index: usize) -> Value {
    key_json(name, version, rsa(index), CREATED)
}

pub(in crate::key_registry) fn bad(name: &str, version: u64) -> Value {
    let mut bad = key(name, version, 0);
    bad["data"]["tls.key"] = STANDARD.encode("swordfish").into();
    bad
}
