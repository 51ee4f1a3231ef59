//! What must hold for any bytes, scopes and key sizes, and between the libraries.

#![allow(clippy::unwrap_used)]

use std::sync::OnceLock;

use proptest::prelude::*;
use sealing::cipher::Backend;
use sealing::{Certificate, Cursor, KeyRing, KeySize, Label, Scope, SealedValue, SealingKey};

struct Pair {
    certificate: Certificate,
    ring: KeyRing,
}

/// For each size of key and each library, the two halves of one key.
fn pairs() -> &'static [Vec<Pair>] {
    static PAIRS: OnceLock<Vec<Vec<Pair>>> = OnceLock::new();
    PAIRS.get_or_init(|| {
        let fixed = [include_str!("keys/k2048.key.pem"), include_str!("keys/k4096.key.pem")];
        let mut pems: Vec<String> = fixed.map(String::from).into();
        pems.push(SealingKey::generate(KeySize::Rsa3072).unwrap().to_pkcs8_pem().unwrap().to_string());
        pems.iter().map(|pem| Backend::ALL.iter().map(|&backend| pair(pem, backend)).collect()).collect()
    })
}

fn pair(pem: &str, backend: Backend) -> Pair {
    let key = SealingKey::from_pem(pem.as_bytes()).unwrap().with_backend(backend);
    let certificate = key.self_signed_certificate("", 0, 1).unwrap().with_backend(backend).unwrap();
    Pair { certificate, ring: KeyRing::new(vec![key]) }
}

fn scopes() -> impl Strategy<Value = Scope> {
    prop_oneof![Just(Scope::Strict), Just(Scope::NamespaceWide), Just(Scope::ClusterWide)]
}

fn opens(ring: &KeyRing, value: &SealedValue, label: &Label) -> Option<Vec<u8>> {
    ring.open(value, label, &mut Cursor::new()).ok().map(|opened| opened.plaintext.as_bytes().to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_one_library_seals_every_library_opens(
        plaintext in proptest::collection::vec(any::<u8>(), 0..3000),
        scope in scopes(),
        namespace in ".{0,63}",
        name in ".{0,253}",
    ) {
        let label = Label::new(scope, &namespace, &name);
        for libraries in pairs() {
            for sealer in libraries {
                let value = sealer.certificate.seal(&plaintext, &label).unwrap();
                let text = value.to_base64();
                prop_assert_eq!(text.len(), value.as_bytes().len().div_ceil(3) * 4);
                for opener in libraries {
                    let read = SealedValue::from_base64(&text).unwrap();
                    prop_assert_eq!(opens(&opener.ring, &read, &label), Some(plaintext.clone()));
                }
            }
        }
    }

    #[test]
    fn a_moved_or_renamed_value_does_not_open(
        scope in scopes(),
        namespace in "[a-z]{1,9}", name in "[a-z]{1,9}",
        other_namespace in "[a-z]{1,9}", other_name in "[a-z]{1,9}",
    ) {
        let label = Label::new(scope, &namespace, &name);
        let other = Label::new(scope, &other_namespace, &other_name);
        for pair in &pairs()[0] {
            let value = pair.certificate.seal(b"secret", &label).unwrap();
            prop_assert_eq!(opens(&pair.ring, &value, &other).is_some(), label == other);
        }
    }

    #[test]
    fn a_flipped_bit_does_not_open(position in any::<prop::sample::Index>(), bit in 0..8u8) {
        let label = Label::new(Scope::Strict, "a", "b");
        for pair in &pairs()[0] {
            let mut bytes = pair.certificate.seal(b"some secret", &label).unwrap().as_bytes().to_vec();
            let position = position.index(bytes.len());
            bytes[position] ^= 1 << bit;
            prop_assert_eq!(opens(&pair.ring, &SealedValue::from_bytes(bytes), &label), None);
        }
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
        let label = Label::new(Scope::ClusterWide, "", "");
        for sized in pairs() {
            for pair in sized {
                let with_length = [&[1, 0], bytes.as_slice()].concat();
                prop_assert_eq!(opens(&pair.ring, &SealedValue::from_bytes(bytes.clone()), &label), None);
                prop_assert_eq!(opens(&pair.ring, &SealedValue::from_bytes(with_length), &label), None);
            }
        }
    }

    #[test]
    fn sealing_twice_gives_different_values(plaintext in proptest::collection::vec(any::<u8>(), 0..40)) {
        let label = Label::new(Scope::Strict, "a", "b");
        for pair in &pairs()[0] {
            let (one, two) = (pair.certificate.seal(&plaintext, &label), pair.certificate.seal(&plaintext, &label));
            prop_assert_ne!(one.unwrap(), two.unwrap());
        }
    }

    #[test]
    fn any_bytes_encode_and_decode(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let value = SealedValue::from_bytes(bytes);
        prop_assert_eq!(SealedValue::from_base64(&value.to_base64()), Ok(value.clone()));
        prop_assert_eq!(value.to_string(), value.to_base64());
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "[A-D=+/\r\n -]{0,40}|-----BEGIN (RSA PRIVATE KEY|CERTIFICATE)-----\n[A-Za-z0-9:\n]{0,90}\n-----END (RSA PRIVATE KEY|CERTIFICATE)-----\n") {
        prop_assert!(Certificate::from_pem(text.as_bytes()).is_err());
        prop_assert!(SealingKey::from_pem(text.as_bytes()).is_err());
        let _ = sealing::decode_base64(&text);
    }
}

#[test]
fn a_mebibyte_goes_through_every_library() {
    let plaintext: Vec<u8> = (0..=250).cycle().take(1 << 20).collect();
    let label = Label::new(Scope::NamespaceWide, "ns", "");
    for sealer in &pairs()[1] {
        let value = sealer.certificate.seal(&plaintext, &label).unwrap();
        for opener in &pairs()[1] {
            assert_eq!(opens(&opener.ring, &value, &label).as_deref(), Some(plaintext.as_slice()));
        }
    }
}

#[test]
fn what_exponent_three_seals_opens() {
    let label = Label::new(Scope::Strict, "a", "b");
    let certificate = Certificate::from_pem(include_bytes!("keys/e3.crt.pem")).unwrap();
    for &sealer in Backend::ALL {
        let value = certificate.clone().with_backend(sealer).unwrap().seal(b"three", &label).unwrap();
        for &opener in Backend::ALL {
            let key = SealingKey::from_pem(include_bytes!("keys/e3.key.pem")).unwrap().with_backend(opener);
            assert_eq!(
                opens(&KeyRing::new(vec![key]), &value, &label),
                Some(b"three".to_vec()),
                "{opener:?}"
            );
        }
    }
}
