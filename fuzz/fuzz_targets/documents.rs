//! Manifests: any bytes are documents or a refusal; what was read and printed is read back as the same; an edit
//! changes what it says and nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;
use manifest::edit::Edits;
use manifest::{Document, Limits, Mapping, Node, Value, decode, documents, print_json, print_yaml};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = decode(data) else { return };
    let limits = Limits::default();
    for document in documents(&text, &limits) {
        match document.and_then(|document| Ok((document, document.parse(&limits)?))) {
            Ok((document, parsed)) => {
                check_printing(&parsed.value, &limits);
                check_edits(&text, &document, &parsed.value, &limits);
            }
            // The sentence is for users, and printing it must not fail either.
            Err(error) => drop((error.to_string(), error.hint())),
        }
    }
});

fn check_printing(value: &Value<'_>, limits: &Limits) {
    let mut yaml = String::new();
    print_yaml(value, &mut yaml);
    // Go prints the key `<<` without quotes, so that it is a merge key when read again, and so do we.
    assert!(
        has_key(value, "<<") || same(value, &only_document(&yaml, limits)),
        "YAML is read back as something else"
    );

    // What is no mapping is no JSON manifest, and JSON has no word for infinity.
    if value.as_mapping().is_some() && is_finite(value) {
        let mut json = String::new();
        print_json(value, &mut json);
        assert!(same(value, &only_document(&json, limits)), "JSON is read back as something else");
    }
}

fn check_edits(text: &str, document: &Document<'_>, value: &Value<'_>, limits: &Limits) {
    let Some(first) = value.as_mapping().and_then(|mapping| mapping.iter().next()) else { return };
    let Ok(untouched) = Edits::new(text, document, limits) else { return };
    assert_eq!(untouched.finish().expect("nothing to do is always possible"), text);

    let new_text = "made up: of\n two lines # \u{e4}\n";
    let Ok(mut edits) = Edits::new(text, document, limits) else { return };
    if edits.set_text(&[&first.key], new_text).is_err() {
        return;
    }
    let Ok(edited) = edits.finish() else { return };

    let end = document.offset() + document.text().len();
    assert!(
        edited.starts_with(&text[..document.offset()]),
        "an edit changed what stands before its document"
    );
    assert!(edited.ends_with(&text[end..]), "an edit changed what stands after its document");
    let again = documents(&edited, limits)
        .nth(document.number() - 1)
        .expect("an edited document is still there")
        .and_then(|document| document.parse(limits))
        .expect("an edited document is still read");
    let mut expected = value.clone();
    if let Some(mapping) = expected.as_mapping_mut() {
        mapping.insert(first.key.clone(), Value::text(new_text));
    }
    assert!(same(&expected, &again.value), "an edit did something else than it should");
}

fn only_document(text: &str, limits: &Limits) -> Value<'static> {
    let mut documents = documents(text, limits);
    let document =
        documents.next().expect("what is printed is not empty").expect("what is printed is one document");
    assert!(documents.next().is_none(), "one document was printed, and more are read back");
    document.parse(limits).expect("what is printed is read back").value.into_owned()
}

/// Whether two values are the same to Go, for which neither the order of keys nor the way a number is written
/// means anything.
fn same(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (&a.node, &b.node) {
        (Node::Sequence(a), Node::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Node::Mapping(a), Node::Mapping(b)) => {
            let (a, b) = (in_order(a), in_order(b));
            a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.0 == b.0 && same(a.1, b.1))
        }
        (Node::Float(_), _) | (_, Node::Float(_)) => match (number(a), number(b)) {
            (Some(a), Some(b)) => a == b || (a.is_nan() && b.is_nan()),
            _ => false,
        },
        (a, b) => a == b,
    }
}

fn in_order<'a>(mapping: &'a Mapping<'_>) -> Vec<(&'a str, &'a Value<'a>)> {
    let mut pairs: Vec<_> = mapping.iter().map(|entry| (entry.key.as_str(), &entry.value)).collect();
    pairs.sort_by_key(|(key, _)| *key);
    pairs
}

fn number(value: &Value<'_>) -> Option<f64> {
    match value.node {
        Node::Integer(number) => Some(number as f64),
        Node::Unsigned(number) => Some(number as f64),
        Node::Float(number) => Some(number),
        _ => None,
    }
}

fn is_finite(value: &Value<'_>) -> bool {
    match &value.node {
        Node::Float(number) => number.is_finite(),
        Node::Sequence(values) => values.iter().all(is_finite),
        Node::Mapping(mapping) => mapping.iter().all(|entry| is_finite(&entry.value)),
        _ => true,
    }
}

fn has_key(value: &Value<'_>, key: &str) -> bool {
    match &value.node {
        Node::Sequence(values) => values.iter().any(|value| has_key(value, key)),
        Node::Mapping(mapping) => mapping.iter().any(|entry| entry.key == *key || has_key(&entry.value, key)),
        _ => false,
    }
}
