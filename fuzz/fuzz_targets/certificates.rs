//! Certificates: any bytes are a certificate or a refusal, and a certificate that was read is written back whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealing::{Certificate, Label, Scope};

fuzz_target!(|data: &[u8]| {
    for read in [Certificate::from_pem(data), Certificate::from_der(data)] {
        match read {
            Ok(certificate) => check(&certificate),
            // The sentence is for users, and printing it must not fail either.
            Err(error) => drop(error.to_string()),
        }
    }
});

fn check(certificate: &Certificate) {
    let again = Certificate::from_pem(certificate.to_pem().as_bytes()).expect("what is printed is read back");
    assert_eq!(again.as_der(), certificate.as_der());
    assert_eq!(again.fingerprint(), certificate.fingerprint());

    assert!(certificate.key_bits() >= 2048);
    for now in [i64::MIN, 0, certificate.not_before(), certificate.not_after(), i64::MAX] {
        if let Err(expired) = certificate.check_validity(now) {
            drop(expired.to_string());
        }
    }

    let label = Label::new(Scope::Strict, "rt-inventory-cicd", "regcred");
    // A modulus may be no product of two primes; then the library may refuse, but not crash.
    if let Ok(value) = certificate.seal(b"made up", &label) {
        assert_eq!(value.modulus_length(), Some(certificate.key_bits().div_ceil(8)));
    }
}
