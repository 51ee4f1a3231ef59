//! Order of trial over a dozen real moduli, and who may open what.

#![allow(clippy::unwrap_used)]

use std::sync::OnceLock;

use sealing::{Certificate, Cursor, Fingerprint, KeyRing, KeySize, Label, Scope, SealedValue, SealingKey};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;

const COUNT: usize = 12;

/// The keys are made once; each test takes copies.
fn pems() -> &'static [String] {
    static PEMS: OnceLock<Vec<String>> = OnceLock::new();
    PEMS.get_or_init(|| {
        (0..COUNT)
            .map(|_| SealingKey::generate(KeySize::Rsa2048).unwrap().to_pkcs1_pem().to_string())
            .collect()
    })
}

fn ring() -> KeyRing {
    KeyRing::new(pems().iter().map(|pem| key(pem)).collect())
}

fn key(pem: &str) -> SealingKey {
    SealingKey::from_pem(pem.as_bytes()).unwrap()
}

fn certificates(ring: &KeyRing) -> Vec<Certificate> {
    ring.iter().map(|key| key.self_signed_certificate("", 0, 1).unwrap()).collect()
}

fn fingerprint(ring: &KeyRing, index: usize) -> Fingerprint {
    *ring.iter().nth(index).unwrap().fingerprint()
}

fn label() -> Label {
    Label::new(Scope::Strict, "ns", "name")
}

/// A value that no key opens, with this RSA part.
fn forged(session_key: &[u8]) -> SealedValue {
    let length = u16::try_from(session_key.len()).unwrap().to_be_bytes();
    SealedValue::from_bytes([length.as_slice(), session_key, &[0; 16]].concat())
}

/// A value that rules no key out.
fn small() -> SealedValue {
    forged(&[0; 256])
}

/// The greatest value that the key with this modulus, an odd number, can have sealed.
fn just_below(modulus: &[u8]) -> SealedValue {
    let mut session_key = modulus.to_vec();
    *session_key.last_mut().unwrap() -= 1;
    forged(&session_key)
}

/// Moduli and indices, smallest modulus first.
fn rising(ring: &KeyRing) -> Vec<(Vec<u8>, usize)> {
    let modulus = |certificate: &Certificate| {
        let (_, parsed) = X509Certificate::from_der(certificate.as_der()).unwrap();
        let PublicKey::RSA(rsa) = parsed.public_key().parsed().unwrap() else { panic!("RSA") };
        rsa.modulus[1..].to_vec()
    };
    let mut moduli: Vec<_> = certificates(ring)
        .iter()
        .enumerate()
        .map(|(index, certificate)| (modulus(certificate), index))
        .collect();
    moduli.sort();
    moduli
}

fn indices(rising: &[(Vec<u8>, usize)]) -> Vec<usize> {
    rising.iter().map(|(_, index)| *index).collect()
}

fn order(ring: &KeyRing, value: &SealedValue, cursor: &Cursor) -> Vec<usize> {
    ring.candidates(value, cursor).collect()
}

#[test]
fn every_key_is_tried_and_the_right_one_told() {
    let ring = ring();
    for (index, certificate) in certificates(&ring).iter().enumerate() {
        let value = certificate.seal(b"secret", &label()).unwrap();
        let opened = ring.open(&value, &label(), &mut Cursor::new()).unwrap();
        assert_eq!((opened.index, opened.plaintext.as_bytes()), (index, b"secret".as_slice()));
        assert_eq!(opened.key, certificate.fingerprint());
        assert!(ring.open_with((index + 1) % COUNT, &value, &label()).is_none());
        assert_eq!(ring.open_with(index, &value, &label()).unwrap().as_bytes(), b"secret");
    }
    assert!(ring.open_with(COUNT, &small(), &label()).is_none());
    assert!(ring.open(&small(), &label(), &mut Cursor::new()).is_err());
}

#[test]
fn keys_whose_modulus_is_above_the_ciphertext_come_smallest_first() {
    let ring = ring();
    let rising = rising(&ring);
    assert_eq!(order(&ring, &small(), &Cursor::new()), indices(&rising));
    for (position, (modulus, _)) in rising.iter().enumerate() {
        let cursor = Cursor::new();
        assert_eq!(order(&ring, &just_below(modulus), &cursor), indices(&rising[position..]));
        assert_eq!(order(&ring, &forged(modulus), &cursor), indices(&rising[position + 1..]));
    }
}

#[test]
fn other_sizes_and_short_values_have_no_candidate() {
    let ring = ring();
    for bytes in [
        vec![],
        vec![1],
        vec![0; 400],
        [vec![2, 0], vec![0; 600]].concat(),
        [vec![1, 0], vec![0; 271]].concat(),
    ] {
        let value = SealedValue::from_bytes(bytes);
        assert!(order(&ring, &value, &Cursor::new()).is_empty(), "{value:?}");
        assert!((0..COUNT).all(|index| ring.open_with(index, &value, &label()).is_none()));
    }
}

#[test]
fn all_values_of_an_object_are_looked_at() {
    let ring = ring();
    let rising = rising(&ring);
    let mut cursor = Cursor::new();
    for value in [small(), just_below(&rising[6].0), just_below(&rising[2].0), forged(&[0xff; 255])] {
        cursor.observe(&value);
    }
    // First those that can have sealed all, then, newest first, those that can have sealed this one.
    let mut behind = indices(&rising[..6]);
    behind.sort_unstable();
    let expected = [indices(&rising[6..]), behind].concat();
    assert_eq!(order(&ring, &small(), &cursor), expected);

    cursor.next_object(&[]);
    assert_eq!(
        order(&ring, &small(), &cursor),
        indices(&rising),
        "another object begins without observations"
    );
}

#[test]
fn hints_lead_then_the_last_success() {
    let ring = ring();
    let rising = indices(&rising(&ring));
    let mut cursor = Cursor::with_hints(&[fingerprint(&ring, rising[10]), fingerprint(&ring, rising[10])]);
    cursor.opened_by(&fingerprint(&ring, rising[11]));
    assert_eq!(order(&ring, &small(), &cursor), [&[rising[10], rising[11]], &rising[..10]].concat());

    cursor.next_object(&[]);
    let expected = [&rising[11..], &rising[..11]].concat();
    assert_eq!(order(&ring, &small(), &cursor), expected, "the last success outlives its object");
}

#[test]
fn a_hint_is_neither_trusted_nor_longer_than_the_ring() {
    let ring = ring();
    let certificates = certificates(&ring);
    let value = certificates[3].seal(b"x", &label()).unwrap();
    let mut wrong = Cursor::with_hints(&[fingerprint(&ring, 5), fingerprint(&ring, 9)]);
    assert_eq!(ring.open(&value, &label(), &mut wrong).unwrap().index, 3);

    let stranger = SealingKey::from_pem(include_bytes!("keys/k2048.key.pem")).unwrap();
    let mut hints = vec![*stranger.fingerprint(); COUNT];
    hints.push(fingerprint(&ring, 7));
    let cursor = Cursor::with_hints(&hints);
    assert_eq!(order(&ring, &small(), &cursor), order(&ring, &small(), &Cursor::new()));
    assert_eq!(order(&ring, &value, &Cursor::with_hints(&vec![fingerprint(&ring, 3); 100_000]))[0], 3);
}

#[test]
fn the_last_success_is_tried_first() {
    let ring = ring();
    let right = rising(&ring)[9].1;
    let certificate = &certificates(&ring)[right];
    let mut cursor = Cursor::new();
    for _ in 0..3 {
        let value = certificate.seal(b"x", &label()).unwrap();
        ring.open(&value, &label(), &mut cursor).unwrap();
        assert_eq!(order(&ring, &small(), &cursor)[0], right);
    }
}

#[test]
fn equal_keys_collapse_and_keep_the_certificate_that_fits() {
    let certificate = key(&pems()[0]).self_signed_certificate("", 0, 1).unwrap();
    let other = key(&pems()[1]).self_signed_certificate("", 0, 1).unwrap();
    let ring = KeyRing::new(vec![
        key(&pems()[0]),
        key(&pems()[1]),
        key(&pems()[0]).with_certificate(certificate),
        key(&pems()[0]).with_certificate(other),
    ]);
    assert_eq!(ring.len(), 2);
    assert!(ring.iter().next().unwrap().usable_for_sealing().is_ok());
    assert!(!ring.is_empty());
}

#[test]
fn an_empty_ring_opens_nothing() {
    let ring = KeyRing::default();
    assert!(ring.is_empty());
    let error = ring.open(&small(), &label(), &mut Cursor::new()).unwrap_err();
    assert_eq!(error.to_string(), "no key could decrypt secret");
}

#[test]
fn threads_share_a_ring_and_a_certificate() {
    let ring = ring();
    let certificates = certificates(&ring);
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (ring, certificates) = (&ring, &certificates);
            scope.spawn(move || {
                let mut cursor = Cursor::new();
                for certificate in certificates.iter().skip(worker) {
                    let value = certificate.seal(b"shared", &label()).unwrap();
                    let opened = ring.open(&value, &label(), &mut cursor).unwrap();
                    assert_eq!(opened.key, certificate.fingerprint());
                }
            });
        }
    });
}
