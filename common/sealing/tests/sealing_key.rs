//! Reading, writing and pairing of private keys.

#![allow(clippy::unwrap_used)]

use sealing::{Certificate, KeyError, KeySize, KeysFound, NotForSealing, SealingKey};

const K2048: &str = include_str!("keys/k2048.key.pem");
const K2048B: &str = include_str!("keys/k2048b.key.pem");
const PKCS8: &str = include_str!("keys/k2048.pkcs8.pem");
const EC: &str = include_str!("keys/ec.key.pem");
const CERTIFICATE: &str = include_str!("keys/k2048.crt.pem");

fn read(pem: &str) -> Result<String, KeyError> {
    SealingKey::from_pem(pem.as_bytes()).map(|key| key.fingerprint().to_string())
}

#[test]
fn both_forms_are_read() {
    assert_eq!(read(K2048), read(PKCS8));
    assert!(read(K2048).is_ok());
    assert_eq!(read(&K2048.replace('\n', "\r\n")), read(K2048));
    let key = SealingKey::from_pem(PKCS8.as_bytes()).unwrap();
    assert_eq!(*key.to_pkcs1_pem(), K2048);
    assert_eq!(*key.to_pkcs8_pem().unwrap(), PKCS8);
}

#[test]
fn the_first_rsa_key_counts() {
    assert_eq!(read(&[CERTIFICATE, K2048, K2048B].concat()), read(K2048));
    assert_eq!(read(&[EC, K2048B].concat()), read(K2048B));
    assert_eq!(read(&["junk\n", &K2048.replacen("MII", "MJI", 1), K2048B].concat()), read(K2048B));
}

#[test]
fn all_keys_of_a_backup_are_found() {
    let all = |pem: &str| -> Result<Vec<String>, KeyError> {
        let keys = SealingKey::all_from_pem(pem.as_bytes())?;
        Ok(keys.iter().map(|key| key.fingerprint().to_string()).collect())
    };
    let both = vec![read(K2048).unwrap(), read(K2048B).unwrap()];
    assert_eq!(all(&[K2048, EC, CERTIFICATE, K2048B].concat()), Ok(both));
    assert_eq!(all(EC), Err(KeyError::NotRsa("an ECDSA key")));
    assert_eq!(all(""), Err(KeyError::Missing));
}

#[test]
fn what_was_passed_over_is_told() {
    let encrypted = include_str!("keys/k2048.encrypted.pem");
    let small = include_str!("keys/rsa1024.key.pem");
    let found = KeysFound::in_pem([encrypted, K2048, CERTIFICATE, EC, small, K2048B].concat().as_bytes());
    let names: Vec<String> = found.keys.iter().map(|key| key.fingerprint().to_string()).collect();
    assert_eq!(names, [read(K2048).unwrap(), read(K2048B).unwrap()]);
    assert_eq!(
        found.passed_over,
        [KeyError::Encrypted, KeyError::NotRsa("an ECDSA key"), KeyError::Size(1024)]
    );
    let nothing = KeysFound::in_pem(CERTIFICATE.as_bytes());
    assert!(nothing.keys.is_empty() && nothing.passed_over.is_empty());
}

#[test]
fn numbers_that_are_no_rsa_key_are_refused() {
    use base64::Engine as _;
    let lines: String = K2048.lines().filter(|line| !line.starts_with('-')).collect();
    let der = sealing::decode_base64(&lines).unwrap();
    let exponent = [2, 3, 1, 0, 1];
    let at = der.windows(exponent.len()).position(|window| window == exponent).unwrap();
    // The last byte of the modulus stands before the exponent.
    for (place, byte) in [(at - 1, der[at - 1] & 0xfe), (at + 4, 0)] {
        let mut der = der.clone();
        der[place] = byte;
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{text}\n-----END RSA PRIVATE KEY-----\n");
        assert_eq!(read(&pem), Err(KeyError::Refused), "{place}");
    }
}

#[test]
fn what_was_found_instead_is_named() {
    let traditional = K2048.replacen('\n', "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n", 1);
    for (pem, error) in [
        ("", KeyError::Missing),
        ("garbage\n", KeyError::Missing),
        (CERTIFICATE, KeyError::Missing),
        (EC, KeyError::NotRsa("an ECDSA key")),
        (include_str!("keys/ed25519.pkcs8.pem"), KeyError::NotRsa("an Ed25519 key")),
        (include_str!("keys/k2048.encrypted.pem"), KeyError::Encrypted),
        (traditional.as_str(), KeyError::Encrypted),
        (include_str!("keys/k2048.openssh.pem"), KeyError::OpenSsh),
        (include_str!("keys/rsa1024.key.pem"), KeyError::Size(1024)),
        ("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", KeyError::Malformed),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", KeyError::Malformed),
    ] {
        assert_eq!(read(pem), Err(error), "{pem}");
    }
}

#[test]
fn numbers_that_do_not_fit_are_told_by_check() {
    use sealing::cipher::Backend;
    // A byte of the private exponent changed: the file is well formed, the key is not.
    let mut lines: Vec<String> = K2048.lines().map(String::from).collect();
    let other = if &lines[8][10..12] == "AA" { "BB" } else { "AA" };
    lines[8].replace_range(10..12, other);
    let key = SealingKey::from_pem(lines.join("\n").as_bytes()).unwrap();
    assert_eq!(key.check(), Err(KeyError::Refused));
    for &backend in Backend::ALL {
        assert_eq!(SealingKey::from_pem(K2048.as_bytes()).unwrap().with_backend(backend).check(), Ok(()));
    }
}

#[test]
fn a_certificate_of_another_key_is_kept_and_named() {
    let certificate = Certificate::from_pem(CERTIFICATE.as_bytes()).unwrap();
    let right = SealingKey::from_pem(K2048.as_bytes()).unwrap();
    let wrong = SealingKey::from_pem(K2048B.as_bytes()).unwrap();
    let fingerprint = *wrong.fingerprint();
    assert_eq!(wrong.usable_for_sealing().err(), Some(NotForSealing::NoCertificate { key: fingerprint }));

    let right = right.with_certificate(certificate.clone());
    assert_eq!(right.usable_for_sealing().unwrap().fingerprint(), certificate.fingerprint());

    let wrong = wrong.with_certificate(certificate.clone());
    let reason = wrong.usable_for_sealing().unwrap_err();
    assert_eq!(
        reason,
        NotForSealing::CertificateOfAnotherKey { key: fingerprint, certificate: *certificate.fingerprint() }
    );
    assert!(reason.to_string().contains(&certificate.fingerprint().to_string()));
    assert!(wrong.certificate().is_some());
}

#[test]
fn debug_prints_the_fingerprint_alone() {
    let certificate = Certificate::from_pem(CERTIFICATE.as_bytes()).unwrap();
    let key = SealingKey::from_pem(K2048.as_bytes()).unwrap().with_certificate(certificate.clone());
    let fingerprint = key.fingerprint().to_string();
    assert_eq!(format!("{key:?}"), format!("SealingKey({fingerprint})"));
    assert_eq!(format!("{certificate:#?}"), format!("Certificate({fingerprint})"));
    let ring = sealing::KeyRing::new(vec![key]);
    assert_eq!(format!("{ring:?}"), format!("KeyRing {{ keys: [SealingKey({fingerprint})] }}"));
}

#[test]
fn sizes_are_three() {
    assert_eq!(KeySize::default().bits(), 4096);
    for size in [KeySize::Rsa2048, KeySize::Rsa3072, KeySize::Rsa4096] {
        assert_eq!(KeySize::try_from(u32::try_from(size.bits()).unwrap()), Ok(size));
    }
    for bits in [0, 1024, 2047, 8192] {
        assert!(KeySize::try_from(bits).is_err(), "{bits}");
    }
}
