//! Private keys: any bytes are keys or a refusal, and a key that was read is written back as the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealing::{Certificate, SealingKey};

fuzz_target!(|data: &[u8]| {
    read(data);
    // As the content of a block too: base64 would hide from the fuzzer what it changes.
    for tag in ["RSA PRIVATE KEY", "PRIVATE KEY"] {
        read(pem::encode(&pem::Pem::new(tag, data)).as_bytes());
    }
});

fn read(file: &[u8]) {
    match SealingKey::all_from_pem(file) {
        Ok(keys) => {
            assert!(!keys.is_empty(), "no key at all is an error");
            keys.iter().for_each(check);
            // A file may hold key and certificate, of each other or not.
            if let Ok(certificate) = Certificate::from_pem(file) {
                keys.into_iter().for_each(|key| check_with_certificate(key, &certificate));
            }
        }
        // The sentence is for users, and printing it must not fail either.
        Err(error) => drop(error.to_string()),
    }
}

fn check(key: &SealingKey) {
    assert!((2048..=8192).contains(&key.bits()));
    // Numbers that do not fit together are noticed here at the latest, by an error.
    if let Err(error) = key.check() {
        drop(error.to_string());
    }
    let pkcs8 = key.to_pkcs8_pem().expect("a key that was read is short enough to be written");
    for pem in [key.to_pkcs1_pem(), pkcs8] {
        let again = SealingKey::from_pem(pem.as_bytes()).expect("what is printed is read back");
        assert_eq!(again.fingerprint(), key.fingerprint());
        assert_eq!(again.to_pkcs1_pem(), key.to_pkcs1_pem());
    }
}

fn check_with_certificate(key: SealingKey, certificate: &Certificate) {
    let key = key.with_certificate(certificate.clone());
    match key.usable_for_sealing() {
        Ok(usable) => assert_eq!(usable.fingerprint(), key.fingerprint()),
        Err(reason) => {
            drop(reason.to_string());
            assert_ne!(certificate.fingerprint(), key.fingerprint());
        }
    }
}
