//! Resealing: new ciphertexts, and every other byte as it was.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod keys;

use std::collections::BTreeMap;
use std::sync::Arc;

use keys::{certificate, ring};
use proptest::prelude::*;
use sealed_secrets::manifest::{self, Limits, print_json, print_yaml};
use sealed_secrets::sealing::{Fingerprint, Scope};
use sealed_secrets::{
    Hint, InputError, Legacy, Reseal, ResealError, Resealed, SealedSecret, Secret, SecretTemplate, Templates,
    UnsealError, metadata, seal, unseal,
};

const HEAD: &str =
    "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: db\n  namespace: shop\n";

/// Opens with key 0 and seals for key 1, a few operations at a time.
fn reseal(text: &str) -> Result<Resealed, ResealError> {
    reseal_for(text, &[1, 0], 1)
}

fn reseal_for(text: &str, keys: &[usize], newest: usize) -> Result<Resealed, ResealError> {
    let mut reseal = Reseal::new(
        text.to_owned(),
        Arc::new(ring(keys)),
        Arc::new(certificate(newest).clone()),
        Legacy::Accept,
    );
    loop {
        if let Some(result) = reseal.step(2) {
            return result;
        }
    }
}

fn object(text: &str) -> SealedSecret {
    let limits = Limits::default();
    let document = manifest::documents(text, &limits).next().unwrap().unwrap();
    SealedSecret::from_manifest(document.parse(&limits).unwrap().value).unwrap().object
}

/// A value of shop/db under key 0.
fn sealed(plaintext: &str) -> String {
    let label = metadata::label(&object(HEAD).metadata);
    certificate(0).seal(plaintext.as_bytes(), &label).unwrap().to_base64()
}

/// The text with each ciphertext replaced by the key of its item, which must be told apart from all else.
fn masked(text: &str) -> String {
    let sealed = object(text);
    let items = sealed.spec.encrypted_data.iter().map(|(key, value)| (key.as_str(), value));
    let mut masked = text.to_owned();
    for (key, value) in items.chain(sealed.spec.data.iter().map(|value| ("", value))) {
        assert_eq!(masked.matches(value).count(), 1, "{key} once in {text}");
        masked = masked.replace(value, &format!("<{key}>"));
    }
    masked
}

fn values(text: &str, keys: &[usize]) -> Result<BTreeMap<String, Vec<u8>>, UnsealError> {
    let mut sealed = object(text);
    if let Some(template) = &mut sealed.spec.template {
        template.data = None;
    }
    let secret = unseal(&sealed, &ring(keys), Legacy::Accept, 1, &Templates::Refuse)?.secret;
    Ok(secret.data.iter().map(|(key, value)| (key.clone(), value.as_bytes().to_vec())).collect())
}

fn check_renewed(old: &str, new: &str) {
    assert_eq!(values(new, &[1]).unwrap(), values(old, &[0]).unwrap(), "the same values, {new}");
    let items = object(new).spec.encrypted_data.len() + usize::from(object(new).spec.data.is_some());
    assert!(items == 0 || values(new, &[0]).is_err(), "the old key opens nothing any more");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn all_but_the_ciphertexts_stays(
        data in proptest::collection::btree_map("[a-zA-Z0-9._-]{1,12}", proptest::collection::vec(any::<u8>(), 0..40), 0..5),
        labels in proptest::collection::btree_map("[a-z]{1,8}", "\\PC{0,20}", 0..3),
        template in proptest::option::of("\\PC{0,60}"),
        scope in prop_oneof![Just(Scope::Strict), Just(Scope::NamespaceWide), Just(Scope::ClusterWide)],
        as_json in any::<bool>(),
        status in proptest::option::of("\\PC{0,20}"),
    ) {
        let mut secret = Secret::default();
        secret.metadata.name = Some("db".into());
        secret.metadata.namespace = Some("shop".into());
        secret.metadata.labels = Some(labels.clone());
        metadata::set_scope(&mut secret.metadata, scope);
        secret.data = data.into_iter().map(|(key, value)| (key, value.into())).collect();
        let mut sealed = seal(&secret, certificate(0), Hint::None).unwrap();
        sealed.metadata.labels = Some(labels);
        let data = template.map(|text| [("t".to_owned(), Some(text))].into());
        sealed.spec.template.get_or_insert_with(SecretTemplate::default).data = data;
        let mut value = sealed.to_manifest();
        let fields = value.as_mapping_mut().unwrap();
        if let Some(status) = status {
            fields.insert("status", manifest::Value::mapping([("unknown", manifest::Value::text(status))]));
        }
        let mut text = String::new();
        if as_json { print_json(&value, &mut text) } else { print_yaml(&value, &mut text) }

        let resealed = reseal(&text).unwrap();
        let json = resealed.clone().into_json();
        let new = resealed.into_text();
        prop_assert_eq!(masked(&new), masked(&text));
        check_renewed(&text, &new);
        prop_assert_eq!(object(&json), object(&new), "JSON says the same");
        prop_assert!(json.starts_with('{') && (!as_json || json == new), "an object, and JSON stays the very text");

        // Once more, for the key that it has already: the same shape again.
        let again = reseal_for(&new, &[1], 1).unwrap().into_text();
        prop_assert_eq!(masked(&again), masked(&text));
        prop_assert_eq!(values(&again, &[1]).unwrap(), values(&new, &[1]).unwrap());
    }
}

#[test]
fn yaml_keeps_its_looks() {
    let (a, b) = (sealed("one"), sealed("two"));
    let folded = b
        .as_bytes()
        .chunks(64)
        .fold(String::new(), |lines, line| format!("{lines}      {}\n", std::str::from_utf8(line).unwrap()));
    let cases = [
        // Comments, quotes, order, a document mark, blank lines, no line end at the end.
        (
            format!("# top\n---\n{HEAD}\nspec:\n  encryptedData:\n    # z first\n    z: '{a}' # why\n\n    a: \"{b}\""),
            format!("# top\n---\n{HEAD}\nspec:\n  encryptedData:\n    # z first\n    z: '<z>' # why\n\n    a: \"<a>\""),
        ),
        // Brackets, line ends of Windows.
        (
            format!("{HEAD}spec: {{ encryptedData: {{z: {a},  a: '{b}'}} }}\n").replace('\n', "\r\n"),
            format!("{HEAD}spec: {{ encryptedData: {{z: <z>,  a: '<a>'}} }}\n").replace('\n', "\r\n"),
        ),
        // A ciphertext in folded lines becomes one line; its neighbours stay.
        (
            format!("{HEAD}spec:\n  encryptedData:\n    z: {a}\n    a: |\n{folded}  # end\n  template: {{}}\n"),
            format!("{HEAD}spec:\n  encryptedData:\n    z: <z>\n    a: <a>\n  # end\n  template: {{}}\n"),
        ),
        // The first of two items has an anchor, the second is its alias.
        (
            format!("{HEAD}spec:\n  encryptedData:\n    z: &x {a}\n    a: *x\n"),
            format!("{HEAD}spec:\n  encryptedData:\n    z: &x <z>\n    a: <a>\n"),
        ),
        // Templates are neither rendered nor lost, nulls stay, and so does what looks like a ciphertext.
        (
            format!(
                "{HEAD}spec:\n  template:\n    data:\n      c: >-\n        {{{{ .z }}}}\n\n        {{{{ fail .a }}}}\n      a: null\n      d: &d AgBhYmM=\n  encryptedData: {{z: {a}, a: {b}}}\nstatus: {{conditions: [*d]}}\n"
            )
            .replace("status: {conditions: [*d]}\n", "extra: [*d]\n"),
            format!(
                "{HEAD}spec:\n  template:\n    data:\n      c: >-\n        {{{{ .z }}}}\n\n        {{{{ fail .a }}}}\n      a: null\n      d: &d AgBhYmM=\n  encryptedData: {{z: <z>, a: <a>}}\nextra: [*d]\n"
            ),
        ),
        // Field names in other letters, as Go takes them.
        (
            format!("{HEAD}Spec:\n  EncryptedData:\n    z: {a}\n    a: {b}\n"),
            format!("{HEAD}Spec:\n  EncryptedData:\n    z: <z>\n    a: <a>\n"),
        ),
    ];
    for (text, expected) in cases {
        let new = reseal(&text).unwrap_or_else(|error| panic!("{text}: {error}")).into_text();
        assert_eq!(masked(&new), expected);
        check_renewed(&text, &new);
    }
}

#[test]
fn what_cannot_be_changed_by_itself_is_refused() {
    let a = sealed("one");
    let cases = [
        // The anchor is used outside of the items, too.
        format!("{HEAD}spec:\n  encryptedData:\n    z: &x {a}\n  template:\n    data: {{t: *x}}\n"),
        format!("{HEAD}x: &x {{z: {a}}}\nspec:\n  encryptedData: *x\n"),
    ];
    for text in cases {
        let error = reseal(&text).unwrap_err();
        assert!(matches!(error, ResealError::Edit(_)), "{text}: {error}");
        assert!(!error.to_string().contains(&a));
    }
}

#[test]
fn values_are_sealed_again_under_the_scope_that_opened_them() {
    for scope in [Scope::Strict, Scope::NamespaceWide, Scope::ClusterWide] {
        let mut secret = Secret::default();
        secret.metadata.name = Some("db".into());
        secret.metadata.namespace = Some("shop".into());
        secret.data.insert("a".into(), b"swordfish".to_vec().into());
        metadata::set_scope(&mut secret.metadata, scope);
        let sealed = seal(&secret, certificate(0), Hint::None).unwrap();
        let text = |sealed: &SealedSecret| {
            let mut text = String::new();
            print_yaml(&sealed.to_manifest(), &mut text);
            text
        };
        let new = object(&reseal(&text(&sealed)).unwrap().into_text());
        assert_eq!(metadata::scope(&new.metadata), scope);
        for (namespace, name) in [("shop", "db"), ("shop", "other"), ("other", "db")] {
            let mut moved = [sealed.clone(), new.clone()];
            let opens = moved.each_mut().map(|object| {
                object.metadata.namespace = Some(namespace.into());
                object.metadata.name = Some(name.into());
                unseal(object, &ring(&[0, 1]), Legacy::Refuse, 1, &Templates::Refuse).is_ok()
            });
            assert_eq!(opens[0], opens[1], "{scope} as {namespace}/{name}");
        }
        // A scope that was put on later opens nothing, and so renews nothing.
        for widened in [Scope::NamespaceWide, Scope::ClusterWide].into_iter().filter(|wider| *wider != scope)
        {
            let mut sealed = sealed.clone();
            metadata::set_scope(&mut sealed.metadata, widened);
            let error = reseal(&text(&sealed)).unwrap_err();
            assert_eq!(error.to_string(), "no key could decrypt secret (a)", "{scope} as {widened}");
        }
    }
}

#[test]
fn a_scope_in_the_template_alone_counts_nothing() {
    let text = format!(
        "{HEAD}spec:\n  encryptedData: {{a: {}}}\n  template:\n    metadata:\n      annotations:\n        {}: \"true\"\n",
        sealed("one"),
        metadata::CLUSTER_WIDE,
    );
    let new = reseal(&text).unwrap().into_text();
    assert_eq!(masked(&new), masked(&text));
    let mut moved = object(&new);
    moved.metadata.name = Some("other".into());
    assert!(unseal(&moved, &ring(&[1]), Legacy::Refuse, 1, &Templates::Refuse).is_err(), "still strict");
}

#[test]
fn the_old_format_stays_the_old_format() {
    let value = sealed(r#"{"kind":"Secret","data":{"foo":"YmFy"}}"#);
    let text = format!("{HEAD}spec:\n  data: {value} # old\n  encryptedData: {{}}\n");
    let new = reseal(&text).unwrap().into_text();
    assert_eq!(masked(&new), format!("{HEAD}spec:\n  data: <> # old\n  encryptedData: {{}}\n"));
    check_renewed(&text, &new);
    assert_eq!(values(&new, &[1]).unwrap()["foo"], b"bar");

    let both = format!("{HEAD}spec:\n  data: {value}\n  encryptedData: {{a: {value}}}\n");
    assert_eq!(reseal(&both), Err(ResealError::Unseal(UnsealError::LegacyAndItems)));
    let mut refusing =
        Reseal::new(text, Arc::new(ring(&[0])), Arc::new(certificate(0).clone()), Legacy::Refuse);
    let refused = std::iter::from_fn(|| Some(refusing.step(1))).flatten().next().unwrap();
    assert_eq!(refused, Err(ResealError::Unseal(UnsealError::LegacyRefused)));
}

#[test]
fn a_hint_is_renewed_and_never_added() {
    let [old, new] = [0, 1].map(|key| certificate(key).fingerprint().to_string());
    let spec = format!("spec:\n  encryptedData:\n    a: {}\n", sealed("one"));
    let cases = [
        format!("  annotations:\n    sealkit.dev/sealed-with: {old} # hint\n    z: y\n"),
        format!("  annotations: {{sealkit.dev/sealed-with: '{old},{old}'}}\n"),
        format!("  Annotations:\n    sealkit.dev/sealed-with: {old}\n"),
    ];
    for annotations in cases {
        let resealed = reseal(&format!("{HEAD}{annotations}{spec}")).unwrap();
        for text in [resealed.clone().into_text(), resealed.into_json()] {
            assert_eq!(metadata::sealed_with(&object(&text).metadata), [*certificate(1).fingerprint()]);
            assert!(!text.contains(&old));
        }
        let text = reseal(&format!("{HEAD}{annotations}{spec}")).unwrap().into_text();
        let expected = format!("{HEAD}{annotations}{spec}").replace(&format!("{old},{old}"), &old);
        assert_eq!(
            masked(&text).replace(&new, &old).replace(['\'', '"'], ""),
            masked(&expected).replace('\'', "")
        );
    }
    let none: Vec<Fingerprint> = Vec::new();
    for annotations in ["", "  annotations: {a: b}\n", "  annotations: null\n"] {
        let text = format!("{HEAD}{annotations}{spec}");
        let resealed = reseal(&text).unwrap().into_text();
        assert_eq!(masked(&resealed), masked(&text));
        assert_eq!(metadata::sealed_with(&object(&resealed).metadata), none);
    }
}

#[test]
fn one_bad_item_and_nothing_is_renewed() {
    let (good, foreign) = (sealed("swordfish"), {
        let label = metadata::label(&object(HEAD).metadata);
        certificate(2).seal(b"swordfish", &label).unwrap().to_base64()
    });
    let cases = [
        (format!("z: {foreign}"), "no key could decrypt secret (z)"),
        ("z: '!'".to_owned(), "illegal base64 data at input byte 0 (z)"),
        ("z: 7".to_owned(), "no key could decrypt secret (z)"),
        (format!("z: {foreign}, b: null"), "no key could decrypt secret (b, z)"),
    ];
    for (bad, sentence) in cases {
        let text = format!("{HEAD}spec: {{encryptedData: {{a: {good}, {bad}}}}}\n");
        let error = reseal(&text).unwrap_err();
        assert!(matches!(error, ResealError::Unseal(UnsealError::Items(_))), "{error:?}");
        assert_eq!(error.to_string(), sentence);
    }
}

#[test]
fn keys_given_twice_are_refused() {
    let (a, b) = (sealed("one"), sealed("two"));
    let cases = [
        format!("{HEAD}spec:\n  encryptedData:\n    a: {a}\n    a: {b}\n"),
        format!("{HEAD}spec:\n  encryptedData: {{a: {a}}}\nspec:\n  encryptedData: {{a: {b}}}\n"),
        format!(
            "{{\"kind\":\"SealedSecret\",\"apiVersion\":\"bitnami.com/v1alpha1\",\"metadata\":{{\"name\":\"db\",\"namespace\":\"shop\"}},\"spec\":{{\"encryptedData\":{{\"a\":\"{a}\"}},\"encryptedData\":{{\"b\":\"{b}\"}}}}}}"
        ),
    ];
    for text in cases {
        let error = reseal(&text).unwrap_err();
        assert!(matches!(error, ResealError::Input(InputError::Twice(_))), "{text}: {error}");
        assert!(!error.to_string().contains(&a[..20]));
    }
}

#[test]
fn an_object_without_values_stays_as_it_is() {
    for spec in ["", "spec: {}\n", "spec:\n  encryptedData: # none\n"] {
        let text = format!("{HEAD}{spec}");
        assert_eq!(reseal(&text).unwrap().into_text(), text);
    }
}
