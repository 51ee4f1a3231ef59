//! Reading and printing against Go. `go_yaml.json` holds answers of the real sigs.k8s.io/yaml, recorded by the
//! program in tests/tools/yaml-oracle; the ignored test asks that program itself about thousands of cases more.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use manifest::{Limits, Node, Value, documents, print_yaml};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Case {
    kind: String,
    r#in: String,
    out: Option<String>,
}

/// What ours says to the same question; `None` is an error.
fn ours(kind: &str, text: &str) -> Option<String> {
    let limits = Limits::default();
    if kind == "print" {
        let json: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut out = String::new();
        print_yaml(&Value::from(json), &mut out);
        return Some(out.strip_prefix("---\n").unwrap().to_owned());
    }
    let mut all = documents(text, &limits);
    let Some(document) = all.next() else { return Some("null".to_owned()) };
    let value = document.ok()?.parse(&limits).ok()?.value;
    if all.next().is_some() {
        return None;
    }
    if kind == "read" {
        // As JSON Go cannot write an infinite number; only where a text is wanted it can.
        if is_infinite(&value) {
            return None;
        }
        return Some(value.to_json().to_string());
    }
    let texts = value.get("v")?.as_mapping()?.iter().map(|entry| {
        let text = if entry.value.is_null() {
            Some(String::new())
        } else {
            entry.value.to_text().map(|text| text.to_string())
        };
        text.map(|text| (entry.key.to_string(), text.into()))
    });
    texts.collect::<Option<serde_json::Map<_, _>>>().map(|map| serde_json::Value::from(map).to_string())
}

fn is_infinite(value: &Value<'_>) -> bool {
    match &value.node {
        Node::Float(number) => !number.is_finite(),
        Node::Sequence(values) => values.iter().any(is_infinite),
        Node::Mapping(mapping) => mapping.iter().any(|entry| is_infinite(&entry.value)),
        _ => false,
    }
}

fn agrees(case: &Case) -> bool {
    match (&case.out, ours(&case.kind, &case.r#in)) {
        (None, None) => true,
        (Some(go), Some(ours)) if case.kind == "print" => *go == ours,
        (Some(go), Some(ours)) => {
            let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            same(&parse(go), &parse(&ours))
        }
        _ => false,
    }
}

/// Equal, but that a number may be written with an exponent or without.
fn same(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (a, b) {
        (Number(a), Number(b)) => a == b || close(a.as_f64(), b.as_f64()),
        (Array(a), Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Object(a), Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same(a.1, b.1))
        }
        _ => a == b,
    }
}

/// serde_json as built here reads a number to within its last digit only.
fn close(a: Option<f64>, b: Option<f64>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if (a - b).abs() <= a.abs() * 1e-15)
}

/// Go's reader refuses some control characters even in JSON, so that it cannot print them.
fn is_beyond_go(case: &Case) -> bool {
    let control = case.kind == "print" && case.out.is_none() && case.r#in.contains('\u{7f}');
    // A byte order mark within a document is refused here.
    // Go prints the key `<<` so that its own reader takes it for a merge.
    let merge = case.kind == "print" && case.r#in.contains(r#""<<""#);
    // Go ends the name of an anchor at the first odd letter and reads on; here that is refused, never read otherwise.
    let anchor = case.r#in.contains('&') && ours(&case.kind, &case.r#in).is_none();
    control || merge || anchor || case.r#in.contains(" \u{feff}")
}

#[test]
fn the_recorded_answers_of_go() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("go_yaml.json")).unwrap();
    assert!(cases.len() > 300, "{} cases", cases.len());
    let wrong: Vec<_> = cases.iter().filter(|case| !agrees(case)).collect();
    assert!(wrong.is_empty(), "{} of {} differ: {wrong:#?}", wrong.len(), cases.len());
}

/// A text made of pieces that matter to YAML.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[a-z0-9]{1,6}",
        2 => prop::sample::select(vec![
            " ", "  ", "\n", "\n\n", "\t", ":", ": ", " #", "#", "- ", "-", "?", "? ", ",", "[", "]", "{", "}", "&", "*",
            "!", "|", ">", "'", "\"", "%", "@", "`", "\\", "---", "...", "=", "<<", "~", "yes", "No", "null", "true",
            "0x1F", "0755", "1_000", "1.5", "1e3", ".inf", "1:30", "2024-01-01", "é", "ß", "🔑", "\u{a0}", "\u{feff}",
            "\u{7f}", "\u{1}", "\u{1b}", "\r", "/", "+", ".", "_", "0o7", "0b1", "e", "$",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-+.0-9_eExXoObBinfa]{1,8}",
        "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,3})?(Z|\\+01:00)?)?",
        "[yYnNtTfFoO][a-zA-Z]{0,4}",
        "[0-9]{1,3}(:[0-9]{1,2}){0,3}",
        "[-+]?[0-9]{15,25}",
        "[-+]?[0-9]{1,3}\\.[0-9]{0,9}([eE][-+]?[0-9]{1,3})?",
    ]
}

fn tree() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        text().prop_map(Into::into),
        scalar().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec(("[a-zA-Z./-]{1,6}|[a-c]{1,2}[0-9]{1,3}", inner), 0..5)
                .prop_map(|pairs| { serde_json::Value::Object(pairs.into_iter().collect()) }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(tree in tree()) {
        let limits = Limits::default();
        let value = Value::from(tree);
        let mut yaml = String::new();
        print_yaml(&value, &mut yaml);
        let mut all = documents(&yaml, &limits);
        if let Some(document) = all.next() {
            prop_assert_eq!(document.unwrap().parse(&limits).unwrap().value, value.clone(), "{}", yaml);
        }
        prop_assert!(all.next().is_none());
        let mut json = String::new();
        manifest::print_json(&value, &mut json);
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value.to_json());
        if value.as_mapping().is_some() {
            let document = documents(&json, &limits).next().unwrap().unwrap();
            prop_assert_eq!(document.format(), manifest::Format::Json);
            prop_assert_eq!(document.parse(&limits).unwrap().value, value);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in text(), noise in "\\PC{0,40}") {
        let limits = Limits::default();
        for input in [&text, &noise, &format!("{{{text}"), &format!("a: {text}\n---\n{noise}")] {
            for document in documents(input, &limits).flatten() {
                let _ = document.parse(&limits);
            }
        }
    }
}

/// Asks the real thing. Differences are printed; control characters that Go's reader refuses are no difference.
#[test]
#[ignore = "asks Go itself; `make test` runs it, a plain `cargo test` needs no Go"]
fn thousands_of_cases_against_go_itself() {
    let mut runner = TestRunner::deterministic();
    let mut cases = Vec::new();
    let mut add =
        |kind: &str, text: String| cases.push(Case { kind: kind.to_owned(), r#in: text, out: None });
    for _ in 0..4000 {
        let scalar = scalar().new_tree(&mut runner).unwrap().current();
        add("text", format!("v:\n  k: {scalar}\n"));
        add("read", format!("k: {scalar}\n"));
        add("read", format!("{scalar}: v\n"));
        let piece = text().new_tree(&mut runner).unwrap().current();
        add("text", format!("v:\n  k: {piece}\n"));
        add("print", serde_json::json!({ "k": piece, "l": { "m": [piece] } }).to_string());
        add("print", serde_json::json!({ piece: scalar }).to_string());
        let tree = tree().new_tree(&mut runner).unwrap().current();
        add("print", tree.to_string());
        let mut printed = String::new();
        print_yaml(&Value::from(tree), &mut printed);
        add("read", printed);
        let words = proptest::string::string_regex("([a-z]{1,12} {1,2}|[a-z:#]{1,30} ){5,30}[a-z]").unwrap();
        let words = words.new_tree(&mut runner).unwrap().current();
        add("print", serde_json::json!({ "folded": words, "b": { "c": format!("{words}é\t") }, "d": format!("'{words}") }).to_string());
    }
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/tools/yaml-oracle");
    let mut go = Command::new("go")
        .args(["run", "."])
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    go.stdin.take().unwrap().write_all(&serde_json::to_vec(&cases).unwrap()).unwrap();
    let answered: Vec<Case> = serde_json::from_slice(&go.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(answered.len(), cases.len());
    let wrong: Vec<_> = answered.iter().filter(|case| !agrees(case) && !is_beyond_go(case)).collect();
    for case in wrong.iter().take(40) {
        println!(
            "{} {:?}\n  go   {:?}\n  ours {:?}",
            case.kind,
            case.r#in,
            case.out,
            ours(&case.kind, &case.r#in)
        );
    }
    println!("{} of {} differ", wrong.len(), answered.len());
    assert!(wrong.is_empty());
}
