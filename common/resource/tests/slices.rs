//! Opening and verifying in slices: the same as at once, a bounded number of private operations at a time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod keys;

use std::sync::Arc;

use keys::{certificate, ring};
use proptest::prelude::*;
use sealed_secrets::manifest::print_yaml;
use sealed_secrets::sealing::{Fingerprint, KeyRing, SealedValue};
use sealed_secrets::{
    InputError, Legacy, LegacyError, MAX_ITEMS, Opening, Rendering, SealedSecret, SealedSecretSpec,
    SecretTemplate, Templates, UnsealError, Unsealed, Verification, VerifyError, metadata, unseal,
};

/// Steps to the end; the result and how many steps it took.
fn to_the_end<T>(mut step: impl FnMut() -> Option<T>) -> (T, usize) {
    for steps in 1..1_000_000 {
        if let Some(result) = step() {
            return (result, steps);
        }
    }
    panic!("it never ends")
}

fn open(sealed: &SealedSecret, ring: &Arc<KeyRing>, operations: usize) -> Result<Unsealed, UnsealError> {
    let mut opening = Opening::new(sealed.clone(), Arc::clone(ring), Legacy::Accept);
    to_the_end(|| opening.step(operations)).0?.into_unsealed(&Templates::Refuse)
}

fn verify(text: &str, operations: usize) -> Result<(), VerifyError> {
    let mut verification = Verification::new(text.to_owned(), Arc::new(ring(&[1, 0])), Legacy::Accept);
    to_the_end(|| verification.step(operations)).0
}

fn object() -> SealedSecret {
    let mut object = SealedSecret::new("db", SealedSecretSpec::default());
    object.metadata.namespace = Some("shop".into());
    object
}

fn text(object: &SealedSecret) -> String {
    let mut text = String::new();
    print_yaml(&object.to_manifest(), &mut text);
    text
}

fn seal(object: &SealedSecret, key: usize, plaintext: &[u8]) -> String {
    certificate(key).seal(plaintext, &metadata::label(&object.metadata)).unwrap().to_base64()
}

/// A value that no key opens and for which every key of 2048 bits is tried.
fn opens_nowhere() -> String {
    SealedValue::from_bytes([&[1, 0][..], &[0; 256 + 16]].concat()).to_base64()
}

fn comparable(result: Result<Unsealed, UnsealError>) -> Result<(String, Vec<Fingerprint>), UnsealError> {
    result.map(|Unsealed { secret, opened_with, .. }| {
        let mut text = String::new();
        print_yaml(&secret.to_manifest(), &mut text);
        (text, opened_with)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Values under keys 0 and 1 of the ring, under key 2 outside of it, and damaged ones.
    #[test]
    fn slices_change_nothing(
        values in proptest::collection::vec((0_usize..3, any::<bool>()), 0..6),
        foreign in proptest::option::weighted(0.3, 0_usize..6),
        hint in proptest::option::of(0_usize..3),
        is_legacy in proptest::bool::weighted(0.15),
        operations in 0_usize..7,
    ) {
        let mut sealed = object();
        if let Some(hint) = hint {
            metadata::add_sealed_with(&mut sealed.metadata, certificate(hint).fingerprint());
        }
        for (at, (key, is_damaged)) in values.iter().enumerate() {
            let key = if foreign == Some(at) { 2 } else { key % 2 };
            let value = seal(&sealed, key, &[7; 40][..at]);
            let is_damaged = *is_damaged && foreign.is_some();
            sealed.spec.encrypted_data.insert(format!("k{at}"), if is_damaged { format!("{value}!") } else { value });
        }
        if is_legacy {
            sealed.spec.encrypted_data.clear();
            let json = if foreign.is_some() { &b"[]"[..] } else { br#"{"data":{"a":"Yg=="}}"# };
            sealed.spec.data = Some(seal(&sealed, values.len() % 3, json));
        }
        let ring = Arc::new(ring(&[1, 0]));
        let sliced = comparable(open(&sealed, &ring, operations));
        for threads in [1, 3] {
            let at_once = comparable(unseal(&sealed, &ring, Legacy::Accept, threads, &Templates::Refuse));
            prop_assert_eq!(&sliced, &at_once, "{} threads", threads);
        }
        let verified = verify(&text(&sealed), operations).map_err(|error| error.to_string());
        prop_assert_eq!(verified, sliced.map(drop).map_err(|error| error.to_string()));
    }
}

#[test]
fn a_slice_does_as_many_private_operations_as_it_may() {
    let mut sealed = object();
    for at in 0..5 {
        sealed.spec.encrypted_data.insert(format!("k{at}"), opens_nowhere());
    }
    let ring = Arc::new(ring(&[0, 1, 2]));
    // Five values and three keys: fifteen trials.
    for (operations, slices) in [(0, 15), (1, 15), (2, 8), (4, 4), (14, 2), (15, 1), (1000, 1)] {
        let mut opening = Opening::new(sealed.clone(), Arc::clone(&ring), Legacy::Refuse);
        let (result, steps) = to_the_end(|| opening.step(operations));
        assert_eq!((steps, result.is_err()), (slices, true), "{operations} at a time");
        let (again, steps) = to_the_end(|| opening.step(operations));
        assert_eq!((steps, again.unwrap_err()), (slices, result.unwrap_err()), "it begins anew");
    }
}

#[test]
fn too_many_items_are_refused_before_any_work() {
    let mut sealed = object();
    for at in 0..MAX_ITEMS {
        sealed.spec.encrypted_data.insert(format!("k{at}"), "AA==".into());
    }
    let ring = Arc::new(ring(&[0]));
    assert!(matches!(open(&sealed, &ring, 32), Err(UnsealError::Items(_))));
    sealed.spec.encrypted_data.insert("more".into(), "AA==".into());
    let error = open(&sealed, &ring, 32).unwrap_err();
    assert_eq!(error, UnsealError::TooManyItems { items: MAX_ITEMS + 1, limit: MAX_ITEMS });
    assert_eq!(error.to_string(), "spec.encryptedData holds 2049 items, and at most 2048 are opened");
    assert_eq!(verify(&text(&sealed), 32), Err(VerifyError::Unseal(error)));
    let without_limit = unseal(&sealed, &ring, Legacy::Refuse, 1, &Templates::Refuse);
    assert!(matches!(without_limit, Err(UnsealError::Items(_))), "recovery has no limit");
}

#[test]
fn templates_stop_the_opening_and_not_the_verification() {
    let mut sealed = object();
    sealed.spec.encrypted_data.insert("password".into(), seal(&sealed, 0, b"swordfish"));
    let data = [("config".to_owned(), Some("{{ fail .password }} {{".to_owned()))].into();
    sealed.spec.template = Some(SecretTemplate { data: Some(data), ..SecretTemplate::default() });
    let error = open(&sealed, &Arc::new(ring(&[0])), 32).unwrap_err();
    assert_eq!(error, UnsealError::TemplatesOff("config".into()));
    assert_eq!(verify(&text(&sealed), 32), Ok(()));
}

#[test]
fn verification_of_the_old_format_wants_a_secret_in_it() {
    let mut sealed = object();
    sealed.spec.data = Some(seal(&sealed, 0, br#"{"kind":"Secret","data":{"a":"Yg=="}}"#));
    assert_eq!(verify(&text(&sealed), 32), Ok(()));
    sealed.spec.data = Some(seal(&sealed, 0, br#"["swordfish"]"#));
    let error = verify(&text(&sealed), 32).unwrap_err();
    assert_eq!(error, VerifyError::Unseal(UnsealError::Legacy(LegacyError::NoSecret)));
    let mut refusing = Verification::new(text(&sealed), Arc::new(ring(&[0])), Legacy::Refuse);
    let refused = to_the_end(|| refusing.step(32)).0;
    assert_eq!(refused, Err(VerifyError::Unseal(UnsealError::LegacyRefused)));
}

#[test]
fn what_is_not_one_sealed_secret_is_told_without_a_quote() {
    let head = "kind: SealedSecret\napiVersion: bitnami.com/v1alpha1\n";
    let cases = [
        (String::new(), "there is no object in it, and one SealedSecret is wanted"),
        ("# only a comment\n---\n".into(), "there is no object in it, and one SealedSecret is wanted"),
        ("null\n".into(), "there is no object in it, and one SealedSecret is wanted"),
        ("- swordfish\n".into(), "the document is a list, and a SealedSecret is wanted"),
        ("swordfish\n".into(), "the document is a text, and a SealedSecret is wanted"),
        (format!("{head}---\n{head}"), "it holds more than one document, and one SealedSecret is wanted"),
        ("{}{}".into(), "it holds more than one document, and one SealedSecret is wanted"),
        ("spec: {}\n".into(), "kind is missing: a SealedSecret of bitnami.com/v1alpha1 is wanted"),
        (
            "kind: SealedSecret\n".into(),
            "apiVersion is missing: a SealedSecret of bitnami.com/v1alpha1 is wanted",
        ),
        (
            "kind: SealedSecret\napiVersion: 7\n".into(),
            "apiVersion is missing: a SealedSecret of bitnami.com/v1alpha1 is wanted",
        ),
        (
            "kind: SealedSecret\napiVersion: swordfish\n".into(),
            "its apiVersion is another one: a SealedSecret of bitnami.com/v1alpha1 is wanted",
        ),
        (
            "kind: swordfish\napiVersion: v1\n".into(),
            "its kind is another one: a SealedSecret of bitnami.com/v1alpha1 is wanted",
        ),
        (
            "kind: List\napiVersion: v1\nitems: []\n".into(),
            "it is a List, and one SealedSecret is wanted: send its objects one by one",
        ),
        (
            "kind: SealedSecretList\napiVersion: bitnami.com/v1alpha1\n".into(),
            "it is a List, and one SealedSecret is wanted: send its objects one by one",
        ),
        (
            format!("{head}metadata:\n  name: [swordfish]\n"),
            "line 4: metadata.name: text is wanted here, but there is a list",
        ),
        (
            format!("{head}spec: {{}}\nSpec: {{}}\n"),
            "line 4: Spec: spec is there already, in other upper and lower case",
        ),
        (
            format!("{head}spec:\n  encryptedData:\n    a: swordfish\n    a: x\n"),
            "line 6: spec.encryptedData.a is given a second time (first in line 5)",
        ),
        (
            format!("{head}x: &x {{name: a}}\nmetadata:\n  name: swordfish\n  <<: *x\n"),
            "line 6: the merge key replaces metadata.name of line 5",
        ),
    ];
    for (text, sentence) in cases {
        let error = verify(&text, 32).unwrap_err();
        assert!(matches!(error, VerifyError::Input(_)), "{text}");
        assert_eq!(error.to_string(), sentence, "{text}");
    }
    let broken = verify("kind: {swordfish\n", 32).unwrap_err();
    assert!(matches!(broken, VerifyError::Input(InputError::Text(_))), "{broken}");
    assert!(!format!("{broken} {broken:?}").contains("swordfish"));
    let deep = format!("{head}x: {}{}\n", "[".repeat(300), "]".repeat(300));
    assert!(matches!(verify(&deep, 32), Err(VerifyError::Input(InputError::Text(_)))));
}

#[test]
fn templates_of_an_object_that_does_not_open_are_left_to_the_last_step() {
    let mut sealed = object();
    sealed.spec.encrypted_data.insert("a".into(), opens_nowhere());
    let begin = |sealed: &SealedSecret| {
        let mut opening = Opening::new(sealed.clone(), Arc::new(ring(&[0])), Legacy::Refuse);
        to_the_end(|| opening.step(32)).0
    };
    assert_eq!(begin(&sealed).unwrap_err().to_string(), "no key could decrypt secret (a)");

    let data = [("t".to_owned(), Some("{{ nope }}".to_owned()))].into();
    sealed.spec.template = Some(SecretTemplate { data: Some(data), ..SecretTemplate::default() });
    let finish = |templates: &Templates| {
        let opened = begin(&sealed).unwrap();
        assert!(opened.has_templates());
        opened.into_unsealed(templates).unwrap_err().to_string()
    };
    assert_eq!(finish(&Templates::Refuse), "no key could decrypt secret (a)");
    let both = finish(&Templates::Render(Rendering::at(0)));
    assert!(
        both.starts_with("no key could decrypt secret (a)\n") && both.contains("\"nope\" not defined"),
        "{both}"
    );
}

#[test]
fn values_that_open_with_no_key_are_given_up_after_some() {
    let mut sealed = object();
    let ring = Arc::new(ring(&[0, 1, 2]));
    for at in 0..40 {
        let value = if at % 4 == 0 { seal(&sealed, 0, b"x") } else { opens_nowhere() };
        sealed.spec.encrypted_data.insert(format!("k{at:02}"), value);
    }
    // What no key is tried for is told all the same.
    sealed.spec.encrypted_data.insert("y".into(), SealedValue::from_bytes(vec![0; 10]).to_base64());
    sealed.spec.encrypted_data.insert("z".into(), "?".into());
    let mut opening = Opening::new(sealed.clone(), Arc::clone(&ring), Legacy::Refuse).giving_up_after(8);
    let (result, operations) = to_the_end(|| opening.step(1));
    // Three values that open, two of them with the first key tried, and eight times all three keys.
    assert!((3 + 8 * 3..=5 + 8 * 3).contains(&operations), "{operations}");
    let UnsealError::Items(errors) = result.unwrap_err() else { panic!("items were wanted") };
    assert_eq!(errors.not_tried(), 29);
    let told = errors.to_string();
    assert!(
        told.contains("no key could decrypt secret (k01, k02, k03, k05, k06, k07, k09, k10, y)"),
        "{told}"
    );
    assert!(
        told.contains("(z)") && told.ends_with("\n29 more items were not tried, since too many do not open"),
        "{told}"
    );

    let mut verification =
        Verification::new(text(&sealed), Arc::clone(&ring), Legacy::Refuse).giving_up_after(8);
    let (verified, _) = to_the_end(|| verification.step(1));
    assert_eq!(verified.unwrap_err().to_string(), told);

    // Who opens at home reads of all of them.
    let UnsealError::Items(all) = unseal(&sealed, &ring, Legacy::Refuse, 2, &Templates::Refuse).unwrap_err()
    else {
        panic!("items were wanted")
    };
    assert_eq!((all.iter().count(), all.not_tried()), (32, 0));
}

#[test]
fn a_secret_that_no_cluster_stores_is_not_made_for_one() {
    let mut sealed = object();
    let ring = Arc::new(ring(&[0]));
    sealed.spec.encrypted_data.insert("a".into(), seal(&sealed, 0, &[b'x'; 1 << 20]));
    assert!(open(&sealed, &ring, 32).is_ok());
    sealed.spec.encrypted_data.insert("b".into(), seal(&sealed, 0, b"x"));
    assert_eq!(open(&sealed, &ring, 32).unwrap_err(), UnsealError::TooLarge);
    // Who opens at home gets what was sealed.
    assert!(unseal(&sealed, &ring, Legacy::Refuse, 1, &Templates::Refuse).is_ok());
}
