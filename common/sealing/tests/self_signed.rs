//! A certificate of ours, read again and compared with upstream's field by field.

#![allow(clippy::unwrap_used)]

use num_bigint::BigUint;
use sealing::cipher::Backend;
use sealing::{Certificate, KeyError, KeySize, SealingKey};
use sha2::{Digest as _, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Version;

const NOT_BEFORE: i64 = 1_700_000_000;
const TEN_YEARS: i64 = 87_600 * 3600;

fn key() -> SealingKey {
    SealingKey::from_pem(include_bytes!("keys/k2048.key.pem")).unwrap()
}

fn made(common_name: &str) -> Certificate {
    key().self_signed_certificate(common_name, NOT_BEFORE, TEN_YEARS).unwrap()
}

#[test]
fn fields_are_upstreams() {
    for &backend in Backend::ALL {
        let key = key().with_backend(backend);
        let certificate = key.self_signed_certificate("", NOT_BEFORE, TEN_YEARS).unwrap();
        let (_, parsed) = X509Certificate::from_der(certificate.as_der()).unwrap();
        assert_eq!(parsed.version(), X509Version::V3);
        assert_eq!(parsed.signature_algorithm.algorithm.to_id_string(), "1.2.840.113549.1.1.11");
        assert_eq!(parsed.signature.algorithm, parsed.signature_algorithm.algorithm);
        assert_eq!(parsed.subject().as_raw(), [0x30, 0]);
        assert_eq!(parsed.issuer().as_raw(), [0x30, 0]);
        assert_eq!(parsed.validity().not_before.timestamp(), NOT_BEFORE);
        assert_eq!(parsed.validity().not_after.timestamp(), NOT_BEFORE + TEN_YEARS);

        let spki = parsed.public_key();
        assert_eq!(spki.algorithm.algorithm.to_id_string(), "1.2.840.113549.1.1.1");
        let PublicKey::RSA(rsa) = spki.parsed().unwrap() else { panic!("RSA") };
        assert_eq!(rsa.try_exponent().unwrap(), 65537);

        let identifier = &Sha256::digest(&spki.subject_public_key.data)[..20];
        let extensions: Vec<_> =
            parsed.extensions().iter().map(|extension| extension.oid.to_id_string()).collect();
        assert_eq!(extensions.len(), 3, "{extensions:?}");
        for extension in parsed.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::KeyUsage(_) => {
                    assert!(extension.critical);
                    // encipherOnly alone.
                    assert_eq!(extension.value, [3, 2, 0, 1]);
                }
                ParsedExtension::BasicConstraints(constraints) => {
                    assert!(extension.critical);
                    assert!(constraints.ca);
                    assert_eq!(constraints.path_len_constraint, None);
                }
                ParsedExtension::SubjectKeyIdentifier(found) => {
                    assert!(!extension.critical);
                    assert_eq!(found.0, identifier);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// The textbook check of RFC 8017 §8.2.2 with whole numbers, independent of both libraries.
#[test]
fn the_signature_verifies_under_the_key() {
    for &backend in Backend::ALL {
        let certificate =
            key().with_backend(backend).self_signed_certificate("", NOT_BEFORE, TEN_YEARS).unwrap();
        let (_, parsed) = X509Certificate::from_der(certificate.as_der()).unwrap();
        let PublicKey::RSA(rsa) = parsed.public_key().parsed().unwrap() else { panic!("RSA") };
        let [modulus, exponent, signature] =
            [rsa.modulus, rsa.exponent, &parsed.signature_value.data].map(BigUint::from_bytes_be);

        // DigestInfo of SHA-256 (RFC 8017 §9.2, note 1), padded to the 256 bytes of the modulus.
        let digest_info =
            [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
        let mut expected = vec![0, 1];
        expected.resize(256 - 1 - digest_info.len() - 32, 0xff);
        expected.push(0);
        expected.extend(digest_info);
        expected.extend(Sha256::digest(parsed.tbs_certificate.as_ref()));
        assert_eq!(expected.len(), 256);
        assert_eq!(signature.modpow(&exponent, &modulus), BigUint::from_bytes_be(&expected), "{backend:?}");
    }
}

#[test]
fn serial_numbers_are_random_and_positive() {
    let serials: Vec<_> = (0..20)
        .map(|_| {
            let certificate = made("");
            let (_, parsed) = X509Certificate::from_der(certificate.as_der()).unwrap();
            assert!(parsed.raw_serial().len() <= 17);
            assert!(parsed.raw_serial()[0] < 0x80);
            parsed.raw_serial().to_vec()
        })
        .collect();
    let mut distinct = serials.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), serials.len());
    assert!(serials.iter().any(|serial| serial.len() >= 16), "128 bits");
}

#[test]
fn a_common_name_is_subject_and_issuer() {
    for (name, tag) in [("sealed-secrets", 0x13), ("schlüssel@host", 0x0c)] {
        let certificate = made(name);
        let (_, parsed) = X509Certificate::from_der(certificate.as_der()).unwrap();
        let common_name = parsed.subject().iter_common_name().next().unwrap();
        assert_eq!(common_name.as_str().unwrap(), name);
        assert_eq!(common_name.attr_value().header.tag().0, tag);
        assert_eq!(parsed.subject().iter_attributes().count(), 1);
        assert_eq!(parsed.subject().as_raw(), parsed.issuer().as_raw());
    }
}

#[test]
fn dates_are_told_and_bounded() {
    let certificate = made("");
    assert_eq!(certificate.not_before(), NOT_BEFORE);
    assert_eq!(certificate.not_after(), NOT_BEFORE + TEN_YEARS);
    // Beyond 2049 X.509 writes another type of date.
    let long = key().self_signed_certificate("", NOT_BEFORE, 50 * 366 * 86_400).unwrap();
    assert_eq!(long.not_after(), NOT_BEFORE + 50 * 366 * 86_400);
    for (not_before, validity) in [(i64::MAX, 1), (NOT_BEFORE, i64::MAX), (253_402_300_800, 0), (i64::MIN, 0)]
    {
        let error = key().self_signed_certificate("", not_before, validity).unwrap_err();
        assert_eq!(error, KeyError::Dates);
    }
}

#[test]
fn it_survives_pem_and_fits_its_key() {
    let key = SealingKey::generate(KeySize::Rsa2048).unwrap();
    let certificate = key.self_signed_certificate("", NOT_BEFORE, TEN_YEARS).unwrap();
    let again = Certificate::from_pem(certificate.to_pem().as_bytes()).unwrap();
    assert_eq!(again.as_der(), certificate.as_der());
    assert!(key.matches(&again));
    assert!(!self::key().matches(&again));
}
