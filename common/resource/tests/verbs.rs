//! Seal, unseal and merge as a caller of the library sees them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod keys;

use keys::{certificate, ring};
use sealed_secrets::manifest::{self, Limits, print_yaml};
use sealed_secrets::merge::{MergeError, addition, merge};
use sealed_secrets::sealing::Scope;
use sealed_secrets::{
    Hint, ItemError, Legacy, SealError, SealedSecret, Secret, Templates, UnsealError, metadata, seal, unseal,
};

fn parse<T>(text: &str, read: impl FnOnce(manifest::Value<'_>) -> T) -> T {
    let limits = Limits::default();
    let document = manifest::documents(text, &limits).next().unwrap().unwrap();
    read(document.parse(&limits).unwrap().value)
}

fn secret(text: &str) -> Secret {
    parse(text, |value| Secret::from_manifest(value).unwrap().object)
}

fn sealed(text: &str) -> SealedSecret {
    parse(text, |value| SealedSecret::from_manifest(value).unwrap().object)
}

fn database(annotation: &str) -> Secret {
    secret(&format!(
        "kind: Secret\nmetadata:\n  name: db\n  namespace: shop\n  uid: 1234\n  labels: {{app: web}}\n  annotations: \
         {{note: x{annotation}}}\n  ownerReferences: [{{apiVersion: v1, kind: Node, name: n, uid: u}}]\n\
         type: kubernetes.io/basic-auth\nimmutable: true\ndata: {{binary: AP8Q}}\nstringData: {{password: swordfish, empty: ''}}\n"
    ))
}

#[test]
fn what_is_sealed_comes_back_whole() {
    for threads in [1, 4] {
        let sealed = seal(&database(""), certificate(0), Hint::None).unwrap();
        let opened = unseal(&sealed, &ring(&[1, 0]), Legacy::Refuse, threads, &Templates::Refuse).unwrap();
        assert_eq!(opened.opened_with, [*certificate(0).fingerprint()]);
        let secret = opened.secret;
        assert_eq!(secret.data, database("").data);
        assert_eq!(secret.data["binary"].as_bytes(), [0, 255, 16]);
        assert_eq!(secret.type_.as_deref(), Some("kubernetes.io/basic-auth"));
        assert_eq!(secret.immutable, Some(true));
        assert_eq!(secret.metadata.labels.unwrap()["app"], "web");
        assert_eq!(secret.metadata.uid, None, "server-side fields are not carried along");
        let owners = secret.metadata.owner_references.unwrap();
        assert_eq!((owners.len(), owners[0].kind.as_str()), (1, "SealedSecret"));
    }
}

#[test]
fn a_sealed_object_survives_its_own_manifest() {
    let object = seal(&database(""), certificate(0), Hint::Certificate).unwrap();
    let mut yaml = String::new();
    print_yaml(&object.to_manifest(), &mut yaml);
    assert!(!yaml.contains("swordfish"));
    assert_eq!(sealed(&yaml), object);
}

#[test]
fn only_name_namespace_and_scope_are_at_the_top() {
    let object = seal(&database(""), certificate(0), Hint::None).unwrap();
    assert_eq!(object.metadata.annotations, None);
    assert_eq!(object.metadata.labels, None);
    let wide =
        seal(&database(&format!(", {}: 'true'", metadata::NAMESPACE_WIDE)), certificate(0), Hint::None)
            .unwrap();
    assert_eq!(metadata::scope(&wide.metadata), Scope::NamespaceWide);
    assert_eq!(wide.metadata.annotations.unwrap().len(), 1);
}

#[test]
fn a_moved_or_renamed_object_opens_as_far_as_its_scope_reaches() {
    let cases = [
        ("", "shop", "other", false),
        ("", "other", "db", false),
        (metadata::NAMESPACE_WIDE, "shop", "other", true),
        (metadata::NAMESPACE_WIDE, "other", "db", false),
        (metadata::CLUSTER_WIDE, "other", "other", true),
    ];
    for (scope, namespace, name, opens) in cases {
        let annotation = if scope.is_empty() { String::new() } else { format!(", {scope}: 'true'") };
        let mut object = seal(&database(&annotation), certificate(0), Hint::Certificate).unwrap();
        object.metadata.namespace = Some(namespace.into());
        object.metadata.name = Some(name.into());
        let result = unseal(&object, &ring(&[0]), Legacy::Refuse, 1, &Templates::Refuse);
        assert_eq!(result.is_ok(), opens, "{scope:?} as {namespace}/{name}");
    }
}

#[test]
fn a_wrong_hint_costs_nothing_but_time() {
    let mut object = seal(&database(""), certificate(0), Hint::Certificate).unwrap();
    assert_eq!(metadata::sealed_with(&object.metadata), [*certificate(0).fingerprint()]);
    let lie = format!("{},nonsense, {}", certificate(1).fingerprint(), certificate(1).fingerprint());
    object.metadata.annotations.as_mut().unwrap().insert(metadata::SEALED_WITH.into(), lie);
    assert!(unseal(&object, &ring(&[1, 0]), Legacy::Refuse, 2, &Templates::Refuse).is_ok());
}

#[test]
fn every_item_that_fails_is_named_and_nothing_else_is_returned() {
    let mut object = seal(&database(""), certificate(0), Hint::None).unwrap();
    let foreign = seal(&database(""), certificate(1), Hint::None).unwrap();
    object.spec.encrypted_data.insert("binary".into(), foreign.spec.encrypted_data["binary"].clone());
    object.spec.encrypted_data.insert("also".into(), foreign.spec.encrypted_data["binary"].clone());
    object.spec.encrypted_data.insert("broken".into(), "!".into());
    let error = unseal(&object, &ring(&[0]), Legacy::Refuse, 2, &Templates::Refuse).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no key could decrypt secret (also, binary)\nillegal base64 data at input byte 0 (broken)"
    );
    let UnsealError::Items(items) = error else { panic!("{error}") };
    let keys: Vec<_> =
        items.iter().filter(|(_, error)| **error == ItemError::NoKey).map(|(key, _)| key).collect();
    assert_eq!(keys, ["also", "binary"]);
}

#[test]
fn name_and_namespace_are_needed_as_far_as_the_scope_binds_them() {
    let nameless = secret("metadata: {namespace: shop}\nstringData: {a: b}\n");
    assert_eq!(seal(&nameless, certificate(0), Hint::None), Err(SealError::NoName));
    let homeless = secret("metadata: {name: db}\nstringData: {a: b}\n");
    assert_eq!(seal(&homeless, certificate(0), Hint::None), Err(SealError::NoNamespace));
    let mut anywhere = homeless;
    metadata::set_scope(&mut anywhere.metadata, Scope::ClusterWide);
    assert!(seal(&anywhere, certificate(0), Hint::None).is_ok());
}

#[test]
fn templates_that_are_turned_off_are_refused_by_name_and_nulls_take_items_out() {
    let object = seal(&database(""), certificate(0), Hint::None).unwrap();
    let with = |entries: &str| {
        let mut object = object.clone();
        let template = parse(&format!("spec: {{template: {{data: {{{entries}}}}}}}\n"), |value| {
            SealedSecret::from_manifest(value).unwrap().object.spec.template.unwrap()
        });
        object.spec.template.as_mut().unwrap().data = template.data;
        unseal(&object, &ring(&[0]), Legacy::Refuse, 1, &Templates::Refuse)
    };
    let error = with("config: 'p={{ .password }}'").unwrap_err();
    assert_eq!(error, UnsealError::TemplatesOff("config".into()));
    assert!(error.to_string().contains("config"));
    let opened = with("password: null").unwrap().secret;
    assert_eq!(opened.data.keys().collect::<Vec<_>>(), ["binary", "empty"]);
}

#[test]
fn the_old_format_opens_where_it_is_accepted() {
    let json = br#"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"x","labels":{"a":"b"}},"data":{"foo":"YmFy"},"type":"Opaque"}"#;
    let mut object = sealed("metadata: {name: db, namespace: shop}\nspec: {encryptedData: {}}\n");
    let label = metadata::label(&object.metadata);
    object.spec.data = Some(certificate(0).seal(json, &label).unwrap().to_base64());
    let opened = unseal(&object, &ring(&[0]), Legacy::Accept, 1, &Templates::Refuse).unwrap().secret;
    assert_eq!(opened.data["foo"].as_bytes(), b"bar");
    assert_eq!(opened.metadata.name.as_deref(), Some("db"), "the name is the SealedSecret's");
    assert_eq!(
        unseal(&object, &ring(&[0]), Legacy::Refuse, 1, &Templates::Refuse).unwrap_err(),
        UnsealError::LegacyRefused
    );
    object.spec.encrypted_data.insert("a".into(), "AA==".into());
    assert_eq!(
        unseal(&object, &ring(&[0]), Legacy::Accept, 1, &Templates::Refuse).unwrap_err(),
        UnsealError::LegacyAndItems
    );
}

#[test]
fn what_is_merged_opens_beside_what_was_there() {
    for scope in [Scope::Strict, Scope::NamespaceWide, Scope::ClusterWide] {
        let mut first = database("");
        metadata::set_scope(&mut first.metadata, scope);
        let mut target = seal(&first, certificate(0), Hint::None).unwrap();
        let more = secret(
            "metadata: {name: another, labels: {new: label}}\nstringData: {more: value, password: new}\n",
        );
        let added = addition(&target, &more, None, certificate(0)).unwrap();
        merge(&mut target, added);
        let opened = unseal(&target, &ring(&[0]), Legacy::Refuse, 1, &Templates::Refuse).unwrap().secret;
        assert_eq!(opened.data["more"].as_bytes(), b"value");
        assert_eq!(opened.data["password"].as_bytes(), b"new");
        assert_eq!(opened.data["binary"].as_bytes(), [0, 255, 16]);
        let labels = opened.metadata.labels.unwrap();
        assert_eq!((labels["app"].as_str(), labels["new"].as_str()), ("web", "label"));
        assert_eq!(opened.type_.as_deref(), Some("kubernetes.io/basic-auth"));
    }
}

#[test]
fn a_merge_refuses_a_scope_that_is_not_the_targets() {
    let target = seal(&database(""), certificate(0), Hint::None).unwrap();
    let more = secret("stringData: {a: b}\n");
    let clash = MergeError::ScopeClash { target: Scope::Strict, input: Scope::ClusterWide };
    let declared = addition(&target, &more, Some(Scope::ClusterWide), certificate(0));
    assert_eq!(declared.unwrap_err(), clash);
    let mut annotated = more.clone();
    metadata::set_scope(&mut annotated.metadata, Scope::ClusterWide);
    assert_eq!(addition(&target, &annotated, None, certificate(0)).unwrap_err(), clash);
    assert!(addition(&target, &more, Some(Scope::Strict), certificate(0)).is_ok());
}

#[test]
fn nothing_secret_is_in_a_debug_print() {
    let secret = database("");
    let debug = format!("{secret:?}");
    assert!(!debug.contains("swordfish") && !debug.contains(&format!("{:?}", b"swordfish")), "{debug}");
}

#[test]
fn copies_of_the_manifest_in_annotations_are_dropped() {
    let secret = secret(
        "metadata:\n  name: db\n  namespace: shop\n  annotations:\n    \
         kubectl.kubernetes.io/last-applied-configuration: '{\"data\":{\"a\":\"swordfish\"}}'\nstringData: {a: b}\n",
    );
    assert_eq!(secret.metadata.annotations, None);
}

#[test]
fn a_time_that_rfc_3339_cannot_write_is_refused_when_it_is_read() {
    let read = |time: &str| {
        let text = format!(
            "metadata: {{name: a, namespace: b, managedFields: [{{time: '{time}'}}]}}\nstringData: {{k: v}}\n"
        );
        parse(&text, |value| Secret::from_manifest(value).map(|read| read.object))
    };
    for time in ["-000001-01-01T00:00:00Z", "+002024-01-01T00:00:00Z", "0000-01-01T00:00:00+14:00"] {
        assert!(read(time).is_err(), "{time}");
    }
    for time in ["0000-01-01T00:00:00Z", "2024-03-04T05:06:07+02:00", "9999-12-30T21:59:59Z"] {
        let object = seal(&read(time).unwrap(), certificate(0), Hint::None).unwrap();
        assert!(!object.to_manifest().is_null(), "{time}");
    }
}
