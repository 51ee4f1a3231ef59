//! Templates of whole objects: what upstream's own `Unseal` answered, and what may be said of a failure.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod keys;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keys::{certificate, ring};
use regex::Regex;
use sealed_secrets::template::{Cap, Limits, WITHHELD};
use sealed_secrets::{
    ItemError, Legacy, RENDERING_FAILED, Rendering, SealedSecret, SealedSecretSpec, SecretTemplate,
    Templates, UnsealError, Unsealed, check_templates, metadata, render_each, unseal,
};
use serde::Deserialize;

/// 2026-05-06 07:08:09 UTC.
const NOW: i128 = 1_778_051_289_000_000_000;

fn object(values: &[(&str, &[u8])], templates: &[(&str, Option<&str>)]) -> SealedSecret {
    let mut object = SealedSecret::new("db", SealedSecretSpec::default());
    object.metadata.namespace = Some("shop".into());
    let label = metadata::label(&object.metadata);
    for (key, value) in values {
        let value = certificate(0).seal(value, &label).unwrap().to_base64();
        object.spec.encrypted_data.insert((*key).into(), value);
    }
    let data = templates.iter().map(|(key, text)| ((*key).to_owned(), text.map(str::to_owned))).collect();
    object.spec.template = Some(SecretTemplate { data: Some(data), ..SecretTemplate::default() });
    object
}

fn rendered(object: &SealedSecret) -> Result<Unsealed, UnsealError> {
    unseal(object, &ring(&[0]), Legacy::Accept, 1, &Templates::Render(Rendering::at(NOW)))
}

fn values(unsealed: &Unsealed) -> BTreeMap<&str, &[u8]> {
    unsealed.secret.data.iter().map(|(key, value)| (key.as_str(), value.as_bytes())).collect()
}

/// For the holder of the keys, as kubeseal prints it.
fn told(error: &UnsealError) -> String {
    match error {
        UnsealError::Rendering(failed) => failed.for_key_holder(),
        other => other.to_string(),
    }
}

#[derive(Deserialize)]
struct Case {
    id: String,
    encrypted: BTreeMap<String, String>,
    template_data: BTreeMap<String, Option<String>>,
    #[serde(default)]
    broken: BTreeMap<String, String>,
    expect: Expected,
}

#[derive(Deserialize)]
struct Expected {
    secret: Option<BTreeMap<String, Option<String>>>,
    error: Option<String>,
    error_match: Option<String>,
}

/// Cases whose text is another one here, and why.
const OTHER_TEXT: &[(&str, &str)] = &[
    ("unseal/error/009", "Go takes the percent sign in the key for a verb of its own message"),
    ("unseal/error/010", "another limit, told in another sentence"),
];

#[test]
fn whole_objects_as_upstream_answers() {
    let mut cases = 0;
    for line in include_str!("unseal_cases.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let id = &case.id;
        let plain: Vec<_> = case
            .encrypted
            .iter()
            .map(|(key, value)| (key.as_str(), STANDARD.decode(value).unwrap()))
            .collect();
        let plain: Vec<_> = plain.iter().map(|(key, value)| (*key, value.as_slice())).collect();
        let templates: Vec<_> =
            case.template_data.iter().map(|(key, text)| (key.as_str(), text.as_deref())).collect();
        let mut object = object(&plain, &templates);
        object.spec.encrypted_data.extend(case.broken);
        match (rendered(&object), case.expect) {
            (Ok(unsealed), Expected { secret: Some(wanted), .. }) => {
                let decode = |value: Option<String>| STANDARD.decode(value.unwrap_or_default()).unwrap();
                let wanted: BTreeMap<_, _> =
                    wanted.into_iter().map(|(key, value)| (key, decode(value))).collect();
                let got: BTreeMap<_, _> = values(&unsealed)
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value.to_vec()))
                    .collect();
                assert_eq!(got, wanted, "{id}");
            }
            (Err(error), Expected { secret: None, error: wanted, error_match }) => {
                // The column of a template that cannot be parsed is ours.
                let got = told(&error);
                let got: Vec<_> = got.lines().map(|line| line.split(", column ").next().unwrap()).collect();
                let got = got.join("\n");
                let agrees = match (&wanted, &error_match) {
                    (Some(wanted), _) => is_like(&got, wanted),
                    // The order is open there; what is withheld of the one with a value is what `fail` was given.
                    (None, Some(pattern)) => Regex::new(&format!("^(?:{pattern})$"))
                        .unwrap()
                        .is_match(&got.replace(WITHHELD, "boom")),
                    (None, None) => panic!("{id}: upstream answered nothing"),
                };
                let is_other = OTHER_TEXT.iter().any(|(other, _)| other == id);
                assert!(agrees != is_other, "{id}: {got}\nupstream: {wanted:?} {error_match:?}");
            }
            (got, _) => panic!("{id}: {:?}", got.err()),
        }
        cases += 1;
    }
    assert_eq!(cases, 33);
}

/// Whether a text is the other one, whatever is withheld of it.
fn is_like(got: &str, wanted: &str) -> bool {
    let mut rest = wanted;
    let mut pieces = got.split(WITHHELD);
    let Some(begin) = pieces.next().and_then(|begin| rest.strip_prefix(begin)) else { return false };
    rest = begin;
    let mut open = false;
    for piece in pieces {
        open = piece.is_empty();
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.is_empty() || open
}

#[test]
fn a_failure_says_the_same_whatever_fails_where() {
    let values: [(&str, &[u8]); 1] = [("password", b"swordfish")];
    let texts = [
        "{{ fail .password }}",
        "a\n  {{ if hasPrefix \"s\" .password }}{{ fail \"it does\" }}{{ end }}",
        "{{ range $i := until 2000000000 }}{{ end }}",
        "{{ mustToDate \"2006\" .password }}",
        "{{ index .password 99 }}",
    ];
    for text in texts {
        let error = rendered(&object(&values, &[("a", Some("fine")), ("b", Some(text))])).unwrap_err();
        assert_eq!(error.to_string(), RENDERING_FAILED, "{text}");
        assert!(!format!("{error:?} {}", told(&error)).contains("swordfish"), "{text}");
        assert!(told(&error).starts_with("template: b:"), "{}", told(&error));
    }
}

#[test]
fn all_are_parsed_before_any_runs_and_errors_of_items_stand_beside() {
    let mut object =
        object(&[], &[("a", Some("{{ fail \"no\" }}")), ("b", Some("x\n {{ nope }}")), ("c", Some("{{"))]);
    let error = rendered(&object).unwrap_err();
    let lines = "template: b:2: function \"nope\" not defined (b), column 5\ntemplate: c:1: unclosed action (c), column";
    assert!(error.to_string().starts_with(lines), "{error}");
    let UnsealError::Items(errors) = &error else { panic!("{error}") };
    assert!(errors.is_of_templates());
    let ItemError::Template(first) = errors.iter().next().unwrap().1 else { panic!("{error}") };
    assert_eq!((first.template.as_str(), first.line, first.column), ("b", 2, 5));

    object.spec.encrypted_data.insert("z".into(), "AAAA".into());
    let error = rendered(&object).unwrap_err();
    assert!(error.to_string().starts_with(&format!("no key could decrypt secret (z)\n{lines}")), "{error}");
    let UnsealError::Items(errors) = &error else { panic!("{error}") };
    assert!(!errors.is_of_templates());
}

#[test]
fn one_budget_for_all_templates_of_an_object() {
    let busy = "{{ range 300 }}{{ end }}";
    let with = |fuel| {
        let limits = Limits { fuel, ..Limits::default() };
        let rendering = Rendering { limits, ..Rendering::at(NOW) };
        let object = object(&[], &[("a", Some(busy)), ("b", Some(busy)), ("c", Some(busy))]);
        render_each(&object, &ring(&[0]), 1, &rendering).unwrap()
    };
    assert!(with(1_000_000).iter().all(|entry| entry.result.is_ok()));
    let few = with(1_500);
    assert!(few[0].result.is_ok());
    assert_eq!(few[2].result.as_ref().unwrap_err().cap, Some(Cap::Fuel));
}

#[test]
fn the_first_that_runs_into_a_limit_ends_all() {
    let endless = "{{ range until 2000000 }}{{ end }}";
    let object = object(&[], &[("a", Some("{{ fail \"\" }}")), ("b", Some(endless)), ("c", Some(endless))]);
    let UnsealError::Rendering(failed) = rendered(&object).unwrap_err() else { panic!("it rendered") };
    let failed: Vec<_> = failed.iter().map(|error| (error.template.as_str(), error.cap.is_some())).collect();
    assert_eq!(failed, [("a", false), ("b", true)]);
}

#[test]
fn all_texts_together_have_a_limit() {
    let half = "x".repeat(600 << 10);
    let object = object(&[], &[("a", Some(&half)), ("b", Some(&half))]);
    let error = rendered(&object).unwrap_err();
    let UnsealError::Items(errors) = &error else { panic!("{error}") };
    let errors: Vec<_> = errors.iter().collect();
    assert!(
        matches!(&errors[..], [("b", ItemError::Template(error))] if error.cap == Some(Cap::Text)),
        "{error}"
    );
}

/// A text of two bytes may become two hundred bytes of tree, and an entry of none five hundred.
#[test]
fn all_trees_together_have_a_limit() {
    let half = format!("{{{{print{}}}}}", " 1".repeat(40_000));
    let many: Vec<(String, Option<&str>)> =
        (0..100_000).map(|number| (number.to_string(), Some(""))).collect();
    let many: Vec<_> = many.iter().map(|(key, text)| (key.as_str(), *text)).collect();
    for entries in [&[("a", Some(&*half)), ("b", Some(&*half)), ("c", Some(&*half))][..], &many] {
        let error = rendered(&object(&[], entries)).unwrap_err();
        let UnsealError::Items(errors) = &error else { panic!("{error}") };
        let errors: Vec<_> = errors.iter().collect();
        let [(_, ItemError::Template(error))] = &errors[..] else { panic!("{error}") };
        assert_eq!(error.cap, Some(Cap::Trees));
    }
}

/// Errors take memory, too: an object may hold a hundred thousand entries that are no templates.
#[test]
fn errors_have_a_limit() {
    let keys: Vec<String> = (0..100_000).map(|number| number.to_string()).collect();
    let told = |text: &'static str| {
        let entries: Vec<_> = keys.iter().map(|key| (key.as_str(), Some(text))).collect();
        match rendered(&object(&[], &entries)).unwrap_err() {
            UnsealError::Items(errors) => errors.iter().count(),
            UnsealError::Rendering(errors) => errors.iter().count(),
            error => panic!("{error}"),
        }
    };
    assert!((1_000..50_000).contains(&told("{{")), "{}", told("{{"));
    let few: Vec<_> = keys.iter().take(3_000).map(|key| (key.as_str(), Some(r#"{{ fail "" }}"#))).collect();
    let UnsealError::Rendering(errors) = rendered(&object(&[], &few)).unwrap_err() else {
        panic!("they fail")
    };
    assert_eq!(errors.iter().count(), 1_000);
}

/// What the API server would refuse as too large is refused here, as what templates failed to make.
#[test]
fn the_values_together_are_what_a_secret_holds() {
    let sized = |size: usize| format!("{{{{ repeat {size} \"x\" }}}}");
    let (most, half, too_much) = (sized(1 << 20), sized(1 << 19), sized((1 << 19) + 1));
    assert!(rendered(&object(&[], &[("a", Some(&most))])).is_ok());
    assert!(rendered(&object(&[], &[("a", Some(&half)), ("b", Some(&half))])).is_ok());
    let failed = |object: &SealedSecret| {
        let error = rendered(object).unwrap_err();
        assert_eq!(error.to_string(), RENDERING_FAILED);
    };
    failed(&object(&[], &[("a", Some(&half)), ("b", Some(&too_much))]));
    failed(&object(&[("opened", b"x")], &[("a", Some(&most))]));
    // What etcd stores is not only values.
    let mut annotated = object(&[], &[("a", Some(&most))]);
    let note = |length: usize| Some([("note".to_owned(), "x".repeat(length))].into());
    let template = annotated.spec.template.as_mut().unwrap();
    template.metadata.get_or_insert_default().annotations = note(100 << 10);
    assert!(rendered(&annotated).is_ok());
    annotated.spec.template.as_mut().unwrap().metadata.as_mut().unwrap().annotations = note(200 << 10);
    failed(&annotated);
}

#[test]
fn what_never_settles_is_named() {
    let texts = [("id", Some("{{ uuidv4 }}")), ("plain", Some("{{ .a }}")), ("won", Some("{{ now }}"))];
    let unsealed = rendered(&object(&[("a", b"1"), ("won", b"2")], &texts)).unwrap();
    assert_eq!(unsealed.unsettled, ["id"]);
    assert_eq!(values(&unsealed)["won"], b"2");
    assert_eq!(values(&unsealed)["id"].len(), 36);
}

#[test]
fn checked_without_a_key() {
    let texts = [
        (
            "a",
            Some("{{ .user }} {{ $.pasword }}\n{{ index . \"tls.crt\" }}{{ range list 1 }}{{ .x }}{{ end }}"),
        ),
        ("b", Some("{{ nope }}")),
        ("password", Some("{{ uuidv4 }}{{ .a }}")),
    ];
    let checks = check_templates(&object(&[("user", b"1"), ("password", b"2")], &texts));
    let first = checks[0].result.as_ref().unwrap();
    let unknown: Vec<_> =
        first.unknown.iter().map(|value| (value.name.as_str(), value.line, value.meant.as_deref())).collect();
    assert_eq!(unknown, [("pasword", 1, Some("password")), ("tls.crt", 2, None)]);
    assert!(first.unsettled.is_empty() && !first.is_dropped);
    assert_eq!(checks[1].result.as_ref().unwrap_err().reason, "function \"nope\" not defined");
    let last = checks[2].result.as_ref().unwrap();
    assert!(last.is_dropped && last.unknown.is_empty());
    assert_eq!(last.unsettled, ["uuidv4"]);
}
