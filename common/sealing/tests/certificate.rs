//! What kubeseal 0.40.0 makes of certificates, good and bad.

#![allow(clippy::unwrap_used)]

use sealing::{Certificate, CertificateError, Label, Scope, SealError};

const K2048: &str = include_str!("keys/k2048.crt.pem");
const K2048B: &str = include_str!("keys/k2048b.crt.pem");
const KEY: &str = include_str!("keys/k2048.key.pem");

fn read(pem: &str) -> Result<String, CertificateError> {
    Certificate::from_pem(pem.as_bytes()).map(|certificate| certificate.to_pem())
}

#[test]
fn the_first_certificate_counts() {
    assert_eq!(read(K2048).unwrap(), K2048);
    assert_eq!(read(&[K2048, K2048B].concat()).unwrap(), K2048);
    assert_eq!(read(&[K2048B, K2048].concat()).unwrap(), K2048B);
    assert_eq!(read(&[KEY, K2048].concat()).unwrap(), K2048);
    assert_eq!(read(&["# our certificate\nsubject=/\n", K2048, "trailing words\n"].concat()).unwrap(), K2048);
    assert_eq!(read(&K2048.replace('\n', "\r\n")).unwrap(), K2048);
    assert_eq!(read(K2048.trim_end()).unwrap(), K2048);
}

#[test]
fn what_is_no_certificate_in_pem_is_missing() {
    let texts = [
        String::new(),
        "hello\n".into(),
        KEY.into(),
        include_str!("keys/k2048.pub.pem").into(),
        K2048.lines().map(|line| format!("  {line}\n")).collect(),
        K2048.replacen('\n', "\nX-Test: yes\n\n", 1),
        K2048.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
    ];
    for text in texts {
        assert_eq!(read(&text), Err(CertificateError::Missing), "{text}");
    }
    let der = include_bytes!("keys/k2048.crt.der");
    assert_eq!(Certificate::from_pem(der).unwrap_err(), CertificateError::Missing);
    assert_eq!(Certificate::from_der(der).unwrap().to_pem(), K2048);
    assert_eq!(
        CertificateError::Missing.to_string(),
        "data does not contain any valid RSA or ECDSA certificates"
    );
}

#[test]
fn a_damaged_certificate_is_named_wherever_it_stands() {
    let lines: Vec<&str> = K2048.lines().collect();
    let damaged = [&lines[..6], &lines[lines.len() - 1..]].concat().join("\n") + "\n";
    assert_eq!(read(&damaged), Err(CertificateError::Malformed));
    assert_eq!(read(&[K2048, &damaged].concat()), Err(CertificateError::Malformed));
    assert_eq!(CertificateError::Malformed.to_string(), "x509: malformed certificate");

    let der = include_bytes!("keys/k2048.crt.der");
    for length in 0..der.len() {
        assert!(Certificate::from_der(&der[..length]).is_err(), "{length}");
    }
    assert!(Certificate::from_der(&[der.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn other_keys_are_named() {
    let message = |pem| read(pem).unwrap_err().to_string();
    assert_eq!(message(include_str!("keys/ec.crt.pem")), "expected RSA public key but found an ECDSA key");
    assert_eq!(
        message(include_str!("keys/ed25519.crt.pem")),
        "expected RSA public key but found an Ed25519 key"
    );
}

#[test]
fn short_keys_are_refused() {
    for (pem, bits) in
        [(include_str!("keys/rsa1024.crt.pem"), 1024), (include_str!("keys/rsa512.crt.pem"), 512)]
    {
        assert_eq!(read(pem), Err(CertificateError::Size(bits)));
    }
    assert_eq!(
        CertificateError::Size(1024).to_string(),
        "the certificate holds an RSA key of 1024 bits; 2048 to 8192 bits are accepted"
    );
}

#[test]
fn validity_is_judged_by_its_end_alone() {
    let expired = Certificate::from_pem(include_bytes!("keys/expired.crt.pem")).unwrap();
    let end = expired.not_after();
    assert_eq!(end, 1_592_481_600);
    assert_eq!(expired.check_validity(end), Ok(()));
    let error = expired.check_validity(end + 1).unwrap_err();
    assert_eq!(error.to_string(), "failed to encrypt using an expired certificate on June 18, 2020");

    let future = Certificate::from_pem(include_bytes!("keys/future.crt.pem")).unwrap();
    assert_eq!(future.check_validity(future.not_before() - 1_000_000), Ok(()));
}

#[test]
fn a_subject_and_exponent_three_make_no_difference() {
    let label = Label::new(Scope::Strict, "a", "b");
    for pem in [include_str!("keys/named.crt.pem"), include_str!("keys/e3.crt.pem")] {
        let certificate = Certificate::from_pem(pem.as_bytes()).unwrap();
        assert_eq!(certificate.key_bits(), 2048);
        assert!(certificate.seal(b"x", &label).is_ok());
    }
}

#[test]
fn sealing_in_place_needs_the_prefix_and_moves_nothing() {
    let certificate = Certificate::from_pem(K2048.as_bytes()).unwrap();
    let label = Label::new(Scope::ClusterWide, "", "");
    let prefix = certificate.prefix_length();
    assert_eq!(prefix, 258);
    assert_eq!(certificate.seal_in_place(vec![0; prefix - 1], &label), Err(SealError));

    let mut buffer = Vec::with_capacity(prefix + 3 + Certificate::SUFFIX_LENGTH);
    buffer.resize(prefix, 0);
    buffer.extend_from_slice(b"abc");
    let place = buffer.as_ptr();
    let value = certificate.seal_in_place(buffer, &label).unwrap();
    assert_eq!(value.as_bytes().as_ptr(), place);
    assert_eq!(value.modulus_length(), Some(256));
}

#[test]
fn numbers_that_are_no_rsa_key_are_refused() {
    let der = include_bytes!("keys/k2048.crt.der");
    assert!(Certificate::from_der(&replaced(der, EXPONENT, EXPONENT)).is_ok());
    let even_exponent = replaced(der, EXPONENT, &[2, 3, 1, 0, 0]);
    let mut even_modulus = der.to_vec();
    even_modulus[position(der, EXPONENT) - 1] &= 0xfe;
    for (name, der) in [("exponent", even_exponent), ("modulus", even_modulus)] {
        assert_eq!(Certificate::from_der(&der).unwrap_err(), CertificateError::Refused, "{name}");
    }

    let lines: String =
        include_str!("keys/e3.crt.pem").lines().filter(|line| !line.starts_with('-')).collect();
    let der = sealing::decode_base64(&lines).unwrap();
    // After the modulus of 257 bytes.
    let three = position(&der, &[2, 0x82, 1, 1, 0]) + 4 + 257;
    assert_eq!(der[three..three + 3], [2, 1, 3]);
    for exponent in [0, 1, 2] {
        let mut der = der.clone();
        der[three + 2] = exponent;
        assert_eq!(Certificate::from_der(&der).unwrap_err(), CertificateError::Refused, "{exponent}");
    }
}

/// 65537 in DER.
const EXPONENT: &[u8] = &[2, 3, 1, 0, 1];

fn position(der: &[u8], part: &[u8]) -> usize {
    der.windows(part.len()).position(|window| window == part).unwrap()
}

fn replaced(der: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = position(der, old);
    [&der[..at], new, &der[at + old.len()..]].concat()
}
