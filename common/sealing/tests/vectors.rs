//! Known answers: `vectors.json` was made with an independent implementation, `vectors_kubeseal.json` by
//! kubeseal 0.40.0 itself. Every case is opened, or refused, by each library.

#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealing::cipher::Backend;
use sealing::{Certificate, Cursor, KeyRing, Label, SealedValue, SealingKey};
use serde_json::Value;

fn vectors() -> [Value; 2] {
    [include_str!("vectors.json"), include_str!("vectors_kubeseal.json")]
        .map(|text| serde_json::from_str(text).unwrap())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

#[test]
fn every_case_opens_or_is_refused() {
    for (file, expected) in vectors().iter().zip([19, 42]) {
        let cases = file["cases"].as_array().unwrap();
        assert_eq!(cases.len(), expected);
        for &backend in Backend::ALL {
            for case in cases {
                check(file, case, backend);
            }
        }
    }
}

fn check(file: &Value, case: &Value, backend: Backend) {
    let name = text(case, "name");
    let scope = text(case, "scope").parse().unwrap();
    let label = Label::new(scope, text(case, "namespace"), text(case, "secret_name"));
    let hex: String = label.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, text(case, "label_hex"), "{name}");

    let key = SealingKey::from_pem(text(&file["keys"][text(case, "key")], "pkcs1_pem").as_bytes()).unwrap();
    let ring = KeyRing::new(vec![key.with_backend(backend)]);
    let value = SealedValue::from_base64(text(case, "sealed_b64")).unwrap();
    let opened = ring.open(&value, &label, &mut Cursor::new());
    match text(case, "expect") {
        "ok" => {
            let plaintext = STANDARD.decode(text(case, "plaintext_b64")).unwrap();
            assert_eq!(opened.unwrap().plaintext.as_bytes(), plaintext, "{name} {backend:?}");
        }
        "fail" => {
            let error = opened.expect_err(name);
            assert_eq!(error.to_string(), "no key could decrypt secret");
            assert_eq!(ring.open_with(0, &value, &label), None, "{name} {backend:?}");
        }
        other => panic!("{name}: {other}"),
    }
}

#[test]
fn cases_open_with_all_keys_in_the_ring_and_tell_which() {
    for file in vectors() {
        let keys = file["keys"].as_object().unwrap();
        let ring = KeyRing::new(
            keys.values()
                .map(|key| SealingKey::from_pem(text(key, "pkcs8_pem").as_bytes()).unwrap())
                .collect(),
        );
        assert_eq!(ring.len(), 3);
        let mut cursor = Cursor::new();
        for case in file["cases"].as_array().unwrap().iter().filter(|case| text(case, "expect") == "ok") {
            let label = Label::new(
                text(case, "scope").parse().unwrap(),
                text(case, "namespace"),
                text(case, "secret_name"),
            );
            let value = SealedValue::from_base64(text(case, "sealed_b64")).unwrap();
            let opened = ring.open(&value, &label, &mut cursor).unwrap();
            let expected = text(&keys[text(case, "key")], "ssh_sha256_fingerprint");
            assert_eq!(opened.key.to_string(), expected, "{}", text(case, "name"));
            assert_eq!(ring.iter().nth(opened.index).unwrap().fingerprint(), opened.key);
        }
    }
}

#[test]
fn fingerprints_and_forms_of_the_keys_agree() {
    for file in vectors() {
        for (name, entry) in file["keys"].as_object().unwrap() {
            let expected = text(entry, "ssh_sha256_fingerprint");
            let key = SealingKey::from_pem(text(entry, "pkcs1_pem").as_bytes()).unwrap();
            let certificate = Certificate::from_pem(text(entry, "cert_pem").as_bytes()).unwrap();
            assert_eq!(key.fingerprint().to_string(), expected, "{name}");
            assert_eq!(certificate.fingerprint().to_string(), expected, "{name}");
            assert_eq!(*key.to_pkcs1_pem(), text(entry, "pkcs1_pem"), "{name}");
            assert_eq!(*key.to_pkcs8_pem().unwrap(), text(entry, "pkcs8_pem"), "{name}");
            assert_eq!(certificate.to_pem(), text(entry, "cert_pem"), "{name}");
            assert!(key.matches(&certificate), "{name}");
        }
    }
}

#[test]
fn sealed_values_begin_as_upstreams_do() {
    let file = &vectors()[0];
    for (name, prefixes, overhead) in [("k2048", "AQ", 274), ("k4096", "Ag", 530)] {
        let certificate = Certificate::from_pem(text(&file["keys"][name], "cert_pem").as_bytes()).unwrap();
        for &backend in Backend::ALL {
            let certificate = certificate.clone().with_backend(backend).unwrap();
            let label = Label::new(sealing::Scope::Strict, "a", "b");
            let value = certificate.seal(b"hello", &label).unwrap();
            assert_eq!(value.as_bytes().len(), overhead + 5);
            let base64 = value.to_base64();
            assert!(base64.starts_with(prefixes), "{base64}");
            assert!(matches!(base64.as_bytes()[2], b'A'..=b'D'), "{base64}");
        }
    }
}
