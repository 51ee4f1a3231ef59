//! Large and hostile input. Tests run on threads of 2 MiB, so what recurses too deep would abort here.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::time::Instant;

use manifest::{Error, ErrorKind, Limits, Note, Value, documents, print_json, print_yaml};

fn parse(text: &str) -> Result<Value<'_>, Error> {
    let limits = Limits::default();
    documents(text, &limits).next().unwrap()?.parse(&limits).map(|parsed| parsed.value)
}

fn parse_owned(text: &str) -> Value<'static> {
    parse(text).unwrap().into_owned()
}

fn notes(text: &str) -> Vec<Note> {
    let limits = Limits::default();
    documents(text, &limits).next().unwrap().unwrap().parse(&limits).unwrap().notes
}

fn use_in_every_way(value: &Value<'_>) {
    let copy = value.clone().into_owned();
    assert_eq!(&copy, value);
    let mut out = String::new();
    print_yaml(value, &mut out);
    print_json(value, &mut out);
    let _ = write!(out, "{value:?}");
    assert_eq!(Value::from(value.to_json()), copy);
}

#[test]
fn a_thousand_levels_are_read_and_one_more_is_not() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("{\"a\":", "}"), ("- ", "")] {
        let nested = |levels: usize| format!("{}1{}", open.repeat(levels), close.repeat(levels));
        use_in_every_way(&parse(&nested(1_000)).unwrap());
        for levels in [1_001, 10_001] {
            let error = parse(&nested(levels)).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::TooDeep { limit: 1_000 }, "{open}");
        }
    }
    let block: String = (0..1_000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    use_in_every_way(&parse(&block).unwrap());
}

#[test]
fn aliases_do_not_get_around_the_limit_of_nesting() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..1_100 {
        let _ = writeln!(text, "a{level}: &a{level} [*a{}]", level - 1);
    }
    let error = parse(&text).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooDeep { .. } | ErrorKind::TooManyAliases { .. }), "{error}");
}

#[test]
fn alias_bombs_are_refused() {
    let mut lists = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    let mut merges = "m: &m {".to_owned();
    for at in 1..10u8 {
        let (name, before) = (char::from(b'a' + at), char::from(b'a' + at - 1));
        let items = vec![format!("*{before}"); 10].join(",");
        let _ = writeln!(lists, "{name}: &{name} [{items}]");
    }
    for at in 0..100 {
        let _ = write!(merges, "k{at}: v, ");
    }
    merges.push_str("}\n");
    for at in 0..5_000 {
        let _ = writeln!(merges, "n{at}: {{<<: *m}}");
    }
    for bomb in [lists, merges] {
        let error = parse(&bomb).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::TooManyAliases { limit: Limits::default().alias_bytes });
        assert!(error.line().unwrap() > 1);
    }
}

#[test]
fn many_aliases_to_something_small_are_read() {
    let mut text = format!("a: &a {}\nl:\n", "x".repeat(100_000));
    text.push_str(&"- *a\n".repeat(500));
    let value = parse(&text).unwrap();
    let list = value.get("l").unwrap().as_sequence().unwrap();
    assert_eq!(list.len(), 500);
    assert!(list.iter().all(|item| item.as_text().is_some_and(|text| text.len() == 100_000)));
    let uses = format!("a: &a {{b: c, d: [1, 2]}}\nl:\n{}", "- *a\n".repeat(1_000));
    assert_eq!(parse(&uses).unwrap().get("l").unwrap().as_sequence().unwrap().len(), 1_000);
}

/// Callers copy each text that was borrowed, so what a megabyte stands for counts too.
#[test]
fn many_aliases_to_a_large_text_are_refused() {
    let large = "x".repeat(1 << 20);
    let keys: String = (0..3_000).map(|at| format!("  k{at}: *x\n")).collect();
    let merged: String = (0..3_000).map(|at| format!("n{at}: {{<<: *x}}\n")).collect();
    let lists: String = "- *x\n".repeat(9_000);
    for text in [
        format!("x: &x \"{large}\"\nstringData:\n{keys}"),
        format!("x: &x {{k: '{large}'}}\n{merged}"),
        format!("x: &x\n  ? {large}\n  : 1\nl:\n{lists}"),
        format!("x: &x\n  ? \"{large}\"\n  : [{{a: 1}}]\nl:\n{lists}"),
    ] {
        let error = parse(&text).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::TooManyAliases { limit: 64 << 20 });
        // Refused at the alias that is one too many.
        assert!((60..70).contains(&error.line().unwrap()), "{error}");
    }
    // An anchor that nothing refers to borrows nothing.
    assert!(parse(&format!("x: &x {}\n", "x".repeat(65 << 20))).is_ok());
}

#[test]
fn notes_are_bounded_in_number_and_in_length() {
    let long = "é".repeat(1 << 19);
    let notes_of_long = notes(&format!("? {long}\n:\n{}", "  a: 1\n".repeat(2_000)));
    let expected = format!("{}….a", "é".repeat(256));
    assert_eq!(notes_of_long.len(), 100);
    assert!(notes_of_long.iter().all(|note| note.path() == expected));
    let json = format!("{{\"{long}\":{{\"a\":1{}}}}}", ",\"a\":2".repeat(2_000));
    assert_eq!(notes(&json).len(), 100);

    let deep = format!(
        "{}\"a\":1,\"a\":2{}",
        format!("{{\"{}\":", "k".repeat(300)).repeat(900) + "{",
        "}".repeat(901)
    );
    let path = notes(&deep)[0].path().to_owned();
    assert!(path.len() < 10_000 && path.ends_with(".….a"), "{}", path.len());
}

/// One kind of note does not hide another, nor what is deep what is at the root.
#[test]
fn notes_of_another_kind_and_of_the_root_are_kept() {
    let many: String = ",\"a\":2".repeat(1_000);
    let text = format!("{{\"data\":{{\"a\":1{many},\"b\":\"\\ud800\"}},\"kind\":1,\"kind\":2}}");
    let notes = notes(&text);
    assert!(notes.iter().any(|note| matches!(note, Note::LoneSurrogate { .. })));
    assert!(notes.iter().any(|note| note.path() == "kind"));
    assert_eq!(notes.iter().filter(|note| note.path() == "data.a").count(), 100);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the time taken is what is tested")]
fn equal_keys_of_json_objects_take_no_quadratic_time() {
    let flat: String = (0..30_000).map(|at| format!("\"z\":{{\"k{at}\":0}},")).collect();
    let nested: String = (0..30_000).map(|at| format!("\"z\":{{\"y\":{{\"k{at}\":0}}}},")).collect();
    let start = Instant::now();
    let value = parse_owned(&format!("{{{flat}\"e\":0}}"));
    assert_eq!(value.get("z").unwrap().as_mapping().unwrap().len(), 30_000);
    let value = parse_owned(&format!("{{{nested}\"e\":0}}"));
    assert_eq!(value.at(&["z", "y"]).unwrap().as_mapping().unwrap().len(), 30_000);

    // Each of 300 levels is given a second time and leads to the same large object.
    let keys: String = (0..20_000).map(|at| format!("\"k{at}\":0,")).collect();
    let mut text = format!("{{{keys}\"e\":0}}");
    for level in 1..=300 {
        let again = format!("{}{{\"l{level}\":0}}{}", "{\"a\":".repeat(level - 1), "}".repeat(level - 1));
        text = format!("{{\"a\":{text},\"a\":{again}}}");
    }
    let value = parse_owned(&text);
    assert_eq!(value.at(&["a"; 300]).unwrap().as_mapping().unwrap().len(), 20_301);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn a_thousand_levels_of_json_are_merged() {
    let nested = |inner: &str| format!("{}{inner}{}", "{\"a\":".repeat(998), "}".repeat(998));
    let text = format!("{{\"r\":{},\"r\":{}}}", nested("{\"b\":1}"), nested("{\"c\":2,\"c\":3}"));
    let value = parse(&text).unwrap();
    use_in_every_way(&value);
    let inner = value.get("r").unwrap().at(&["a"; 998]).unwrap();
    assert_eq!(inner.to_json(), serde_json::json!({"b": 1, "c": 3}));
}

#[test]
fn a_mapping_of_many_keys_takes_no_quadratic_time() {
    let keys: String = (0..200_000).map(|at| format!("k{at}: {at}\n")).collect();
    let text = format!("{keys}k0: again\n");
    let value = parse(&text).unwrap();
    assert_eq!(value.as_mapping().unwrap().len(), 200_000);
    let mut out = String::new();
    print_yaml(&value, &mut out);
    assert!(out.ends_with("k199999: 199999\n"));
}

#[test]
fn a_hundred_thousand_documents() {
    let limits = Limits::default();
    for text in [
        "a: b\n---\n".repeat(100_000),
        "{\"a\": \"b\"} ".repeat(100_000),
        "{\"a\": \"b\"}\n---\n".repeat(100_000),
    ] {
        let mut count = 0;
        for document in documents(&text, &limits) {
            count += 1;
            let value = document.unwrap().parse(&limits).unwrap().value;
            assert_eq!(value.get("a").and_then(Value::as_text).map(|text| &**text), Some("b"));
        }
        assert_eq!(count, 100_000);
    }
}

#[test]
fn a_large_value_is_borrowed() {
    let text = format!("a: {}\n", "QUJD".repeat(1_000_000));
    let value = parse(&text).unwrap();
    assert!(matches!(value.get("a").unwrap().as_text(), Some(manifest::Text::Borrowed(_))));
}
