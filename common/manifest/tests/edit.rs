//! Edits that leave every other byte alone.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use manifest::edit::Edits;
use manifest::{Error, Limits, Value, documents};
use proptest::prelude::*;

/// Sets (`Some`) or removes (`None`) what stands at each path of keys joined by slashes.
fn edit(text: &str, number: usize, changes: &[(&str, Option<&str>)]) -> Result<String, Error> {
    let limits = Limits::default();
    let document = documents(text, &limits).nth(number - 1).unwrap()?;
    let mut edits = Edits::new(text, &document, &limits)?;
    for (path, value) in changes {
        let path: Vec<&str> = path.split('/').collect();
        match value {
            Some(value) => edits.set_text(&path, (*value).to_owned())?,
            None => assert!(edits.remove(&path)),
        }
    }
    edits.finish()
}

fn check(text: &str, changes: &[(&str, Option<&str>)], expected: &str) {
    let edited = edit(text, 1, changes).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(edited, expected, "{text}");
}

#[test]
fn a_text_is_set_in_place() {
    check(
        "a: x # c\nb: 'y'\nc: \"z\"\n",
        &[("a", Some("1")), ("b", Some("it's")), ("c", Some("q"))],
        "a: \"1\" # c\nb: 'it''s'\nc: \"q\"\n",
    );
    check("a: {b: c, d: e}\n", &[("a/b", Some("x, y"))], "a: {b: \"x, y\", d: e}\n");
    check(
        "a: {b: 'c', d: \"e\", f: g}\n",
        &[("a/b", Some("x")), ("a/d", Some("it's")), ("a/f", Some("z"))],
        "a: {b: 'x', d: \"it's\", f: z}\n",
    );
    check("a:\nb: # note\n", &[("a", Some("x")), ("b", Some("w"))], "a: x\nb: w # note\n");
    check("a: ~\n", &[("a", Some("x"))], "a: x\n");
    check(
        "a: |\n  one\n  two\n\nb: >- # why\n  three\n",
        &[("a", Some("x")), ("b", Some("w"))],
        "a: x\n\nb: w\n",
    );
    check("a: |+\n  one\n\n\nb: 1\n", &[("a", Some("x"))], "a: x\nb: 1\n");
    check("a:\n  b: 1 # one\n  c: 2 # two\nd: 3\n", &[("a", Some("x"))], "a: x # two\nd: 3\n");
}

#[test]
fn keys_are_added_behind_the_last() {
    check(
        "a:\n  b: 1 # one\n\n# next\nc: 2\n",
        &[("a/d", Some("x"))],
        "a:\n  b: 1 # one\n  d: x\n\n# next\nc: 2\n",
    );
    check("a:\n    b: 1", &[("a/c", Some("x"))], "a:\n    b: 1\n    c: x");
    check(
        "a: 1\n",
        &[("b/c/d", Some("x")), ("b/c/e", Some("y"))],
        "a: 1\nb:\n  c:\n    d: x\n    e: \"y\"\n",
    );
    check("m:\n    n:\n        o: 1\n", &[("p/q", Some("x"))], "m:\n    n:\n        o: 1\np:\n    q: x\n");
    check("a: # none yet\nb: 1\n", &[("a/k", Some("v"))], "a: # none yet\n  k: v\nb: 1\n");
    check("a: null\nb: 1\n", &[("a/k", Some("v"))], "a:\n  k: v\nb: 1\n");
    check("a: {}\nb: 1\n", &[("a/k", Some("v"))], "a: {k: v}\nb: 1\n");
    check("a: {b: 1,}\n", &[("a/k", Some("v")), ("a/l", Some("w"))], "a: {b: 1, k: v, l: w,}\n");
    check("a:\n- b: 1\n  c: 2\n", &[("d", Some("x"))], "a:\n- b: 1\n  c: 2\nd: x\n");
    check(
        "a: |\n  x\n\n\nb:\n  c: >-\n    y\n\n",
        &[("b/d", Some("z"))],
        "a: |\n  x\n\n\nb:\n  c: >-\n    y\n  d: z\n\n",
    );
    check("b:\n  c: |+\n    y\n\n", &[("b/d", Some("z"))], "b:\n  c: |+\n    y\n\n  d: z\n");
}

#[test]
fn keys_are_removed_with_their_lines() {
    check("a: 1\n# b is\nb: 2 # two\nc: 3\n", &[("b", None)], "a: 1\n# b is\nc: 3\n");
    check("a:\n  b:\n    c: 1\n    d: 2\n  e: 3\n", &[("a/b", None)], "a:\n  e: 3\n");
    check("a:\n  b: 1\nc: 2\n", &[("a/b", None)], "a: {}\nc: 2\n");
    check("a: 1\nb: 2", &[("b", None)], "a: 1\n");
    check("a: {b: 1, c: 2, d: 3}\n", &[("a/b", None)], "a: {c: 2, d: 3}\n");
    check("a: {b: 1, c: 2, d: 3}\n", &[("a/c", None), ("a/d", None)], "a: {b: 1}\n");
    check("a: {b: 1, c: 2, d: 3}\n", &[("a/b", None), ("a/c", None), ("a/d", None)], "a: {}\n");
    check("a:\n  b: 1\nc: 2\n", &[("a/b", None), ("a/x", Some("y"))], "a:\n  x: \"y\"\nc: 2\n");
    check("a: |\n  x\nb: 1\n", &[("a", None)], "b: 1\n");
}

#[test]
fn line_ends_stay() {
    check(
        "a:\r\n  b: 1\r\n",
        &[("a/c", Some("x")), ("d", Some("y"))],
        "a:\r\n  b: 1\r\n  c: x\r\nd: \"y\"\r\n",
    );
    check("\u{FEFF}a: 1\r\nb: 2\r\n", &[("a", None), ("b", Some("x"))], "\u{FEFF}b: x\r\n");
}

#[test]
fn json_keeps_its_looks() {
    check(
        "{\n  \"a\": {\n    \"b\": \"x\"\n  }\n}\n",
        &[("a/c", Some("<")), ("d/e", Some("y"))],
        "{\n  \"a\": {\n    \"b\": \"x\",\n    \"c\": \"\\u003c\"\n  },\n  \"d\": {\n    \"e\": \"y\"\n  }\n}\n",
    );
    check(
        "{\"a\":{\"b\":\"x\"},\"c\":{}}",
        &[("a/b", Some("y")), ("c/d", Some("z"))],
        "{\"a\":{\"b\":\"y\"},\"c\":{\"d\":\"z\"}}",
    );
    check("{\n\t\"a\": {}\n}", &[("a/b", Some("x"))], "{\n\t\"a\": {\n\t\t\"b\": \"x\"\n\t}\n}");
    check("{\"a\": 1, \"b\": 2}", &[("a", None)], "{\"b\": 2}");
    check("{\n  \"a\": 1,\n  \"b\": null\n}", &[("b", None)], "{\n  \"a\": 1\n}");
    check(
        "{\n  \"a\": 1,\n  \"b\": null\n}",
        &[("b/c", Some("x"))],
        "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": \"x\"\n  }\n}",
    );
}

#[test]
fn only_the_document_that_is_meant_changes() {
    let text = "# one\na: 1\n--- # two\na: 2\n---\n{\"a\": 3}\n";
    assert_eq!(
        edit(text, 2, &[("a", Some("x"))]).unwrap(),
        "# one\na: 1\n--- # two\na: x\n---\n{\"a\": 3}\n"
    );
    assert_eq!(
        edit(text, 3, &[("b", Some("x"))]).unwrap(),
        "# one\na: 1\n--- # two\na: 2\n---\n{\"a\": 3, \"b\": \"x\"}\n"
    );
}

#[test]
fn what_would_touch_something_else_is_refused() {
    for (text, path) in [
        ("a: &x {b: 1}\nc: *x\n", "c/b"),
        ("a: &x y\nb: *x\n", "a"),
        ("a: 1\nb: 2\na: 3\n", "a"),
        ("a: [1]\n", "a/b"),
        ("a: text\n", "a/b"),
    ] {
        let error = edit(text, 1, &[(path, Some("new"))]);
        if text.starts_with("a: 1\nb: 2\na") {
            // The later of two keys counts, and it alone is set.
            assert_eq!(error.unwrap(), "a: 1\nb: 2\na: new\n");
        } else {
            assert!(error.is_err(), "{text}: {error:?}");
        }
    }
    assert!(edit("a: 1\nb: 2\na: 3\n", 1, &[("a", None)]).is_err());
    assert_eq!(
        edit("x: &d {a: 1}\nw:\n  <<: *d\n  b: 2\n", 1, &[("w/a", Some("own"))]).unwrap(),
        "x: &d {a: 1}\nw:\n  <<: *d\n  b: 2\n  a: own\n"
    );
    assert_eq!(edit("a: &x y\nb: *x\n", 1, &[("b", Some("own"))]).unwrap(), "a: &x y\nb: own\n");
}

#[test]
fn a_refusal_names_the_path() {
    let message = |text: &str, path: &str| edit(text, 1, &[(path, Some("own"))]).unwrap_err().to_string();
    assert_eq!(
        message("x: &d {a: 1}\nspec:\n  template: *d\n", "spec/template/a"),
        "spec.template: the mapping stands behind an alias"
    );
    assert_eq!(
        message("x: &d {a: {b: 1}}\nspec: {template: *d}\n", "spec/template/a/b"),
        "spec.template: the mapping stands behind an alias"
    );
    assert_eq!(
        message("x: &d {a: 1}\nspec:\n  template:\n    <<: *d\n", "spec/template/b"),
        "spec.template: the mapping consists of merge keys only"
    );
}

#[test]
fn a_document_of_another_text_is_refused() {
    let limits = Limits::default();
    let document = documents("a: 1\n", &limits).next().unwrap().unwrap();
    assert!(Edits::new("b: 2\n", &document, &limits).is_err());
    let unchanged = Edits::new("a: 1\n", &document, &limits).unwrap();
    assert_eq!(unchanged.value(), &Value::mapping([("a", Value::integer(1))]));
    assert_eq!(unchanged.finish().unwrap(), "a: 1\n");
}

proptest! {
    /// Whatever is set reads back, comments and all other lines stay.
    #[test]
    fn any_text_can_be_set(value in "(\\PC|[\\n\\t\u{85}\u{2028}:#'\" -]){0,40}", key in "[a-z.-]{1,8}") {
        for text in ["# head\nspec: # s\n  a: old # why\n  b: 'x'\n# tail\n", "spec: {a: old, b: x} # why\n# tail\n", "{\n  \"spec\": {\n    \"a\": \"old\"\n  }\n}\n"] {
            let edited = edit(text, 1, &[("spec/a", Some(&value)), (&format!("spec/new-{key}"), Some(&value))]).unwrap();
            for comment in ["# head\n", "# s\n", "# why\n", "# tail\n"] {
                prop_assert_eq!(text.contains(comment), edited.contains(comment));
            }
            let back = edit(&edited, 1, &[("spec/a", Some("old")), (&format!("spec/new-{key}"), None)]).unwrap();
            let limits = Limits::default();
            let read = |text: &str| documents(text, &limits).next().unwrap().unwrap().parse(&limits).unwrap().value.to_json();
            prop_assert_eq!(read(&back), read(text));
        }
    }
}
