//! Sealing keys in the files that users have of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::OnceLock;

use base64::Engine;
use sealed_secrets::key_secret::{
    KEY_LABEL, KeyFileError, KeySecretError, key_of_secret, key_secret, keys_in_file,
};
use sealed_secrets::manifest::print_yaml;
use sealed_secrets::sealing::{Certificate, KeySize, SealingKey};

fn keys() -> &'static [(String, Certificate); 2] {
    static KEYS: OnceLock<[(String, Certificate); 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        [(); 2].map(|()| {
            let key = SealingKey::generate(KeySize::Rsa2048).unwrap();
            let certificate = key.self_signed_certificate("", 1_767_225_600, 3600).unwrap();
            (key.to_pkcs1_pem().to_string(), certificate)
        })
    })
}

fn key(index: usize) -> SealingKey {
    SealingKey::from_pem(keys()[index].0.as_bytes()).unwrap()
}

fn as_secret(index: usize) -> String {
    let pem = base64::engine::general_purpose::STANDARD.encode(&keys()[index].0);
    format!("{{apiVersion: v1, kind: Secret, metadata: {{name: k{index}}}, data: {{tls.key: {pem}}}}}\n")
}

fn found(text: &str) -> Vec<String> {
    keys_in_file(text).unwrap().keys.iter().map(|key| key.fingerprint().to_string()).collect()
}

fn expected(indices: &[usize]) -> Vec<String> {
    indices.iter().map(|&index| keys()[index].1.fingerprint().to_string()).collect()
}

#[test]
fn pem_files_hold_any_number_of_keys() {
    assert_eq!(found(&keys()[0].0), expected(&[0]));
    assert_eq!(found(&format!("a note\n{}{}", keys()[1].0, keys()[0].0)), expected(&[1, 0]));
}

#[test]
fn backups_are_secrets_documents_and_lists() {
    assert_eq!(found(&as_secret(0)), expected(&[0]));
    assert_eq!(found(&format!("---\n{}---\n{}", as_secret(0), as_secret(1))), expected(&[0, 1]));
    let list = format!("kind: List\nitems:\n- {}- {}", as_secret(1), as_secret(0));
    assert_eq!(found(&list), expected(&[1, 0]));
    let list_then_secret = format!("kind: List\nitems:\n- {}---\n{}", as_secret(1), as_secret(0));
    assert_eq!(found(&list_then_secret), expected(&[1, 0]), "upstream drops what follows a List");
}

#[test]
fn what_is_no_key_is_named() {
    assert!(matches!(keys_in_file("garbage\n"), Err(KeyFileError::NoKey(_))));
    assert!(matches!(keys_in_file(""), Err(KeyFileError::NoKey(_))));
    let no_key = keys_in_file("kind: Secret\nmetadata: {name: x}\ndata: {tls.crt: AA==}\n");
    assert!(matches!(no_key, Err(KeyFileError::Secret { document: 1, error: KeySecretError::NoTlsKey })));
    let broken = format!("---\n{}---\nkind: Secret\ndata: {{tls.key: c3dvcmRmaXNo}}\n", as_secret(0));
    let error = keys_in_file(&broken).unwrap_err();
    assert!(matches!(error, KeyFileError::Secret { document: 2, error: KeySecretError::Key(_) }));
    assert!(!error.to_string().contains("swordfish"));
    let other = keys_in_file("kind: ConfigMap\ndata: {a: b}\n");
    assert!(matches!(other, Err(KeyFileError::Kind { .. })));
}

#[test]
fn a_key_secret_of_ours_is_what_the_controller_looks_for() {
    let secret = key_secret(&key(0), &keys()[0].1, "sealed-secrets", None);
    assert_eq!(secret.metadata.labels.as_ref().unwrap()[KEY_LABEL], "active");
    assert_eq!(secret.metadata.generate_name.as_deref(), Some("sealed-secrets-key"));
    assert_eq!(secret.type_.as_deref(), Some("kubernetes.io/tls"));
    let mut yaml = String::new();
    print_yaml(&secret.to_manifest(), &mut yaml);
    assert_eq!(found(&yaml), expected(&[0]));
    assert!(keys_in_file(&yaml).unwrap().keys[0].usable_for_sealing().is_ok());
}

#[test]
fn a_key_beside_another_keys_certificate_opens_and_never_seals() {
    let mismatched = key_secret(&key(0), &keys()[1].1, "sealed-secrets", None);
    let key = key_of_secret(&mismatched).unwrap();
    assert_eq!(key.fingerprint(), keys()[0].1.fingerprint());
    let reason = key.usable_for_sealing().unwrap_err().to_string();
    assert!(reason.contains(&keys()[0].1.fingerprint().to_string()), "{reason}");
}
