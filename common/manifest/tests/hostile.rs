//! Large and hostile input. Tests run on threads of 2 MiB, so what recurses too deep would abort here.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;

use manifest::{Error, ErrorKind, Limits, Value, documents, print_json, print_yaml};

fn parse(text: &str) -> Result<Value<'_>, Error> {
    let limits = Limits::default();
    documents(text, &limits).next().unwrap()?.parse(&limits).map(|parsed| parsed.value)
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
fn many_aliases_to_something_small_or_borrowed_are_read() {
    let mut text = format!("a: &a {}\nl:\n", "x".repeat(100_000));
    text.push_str(&"- *a\n".repeat(9_000));
    let value = parse(&text).unwrap();
    let list = value.get("l").unwrap().as_sequence().unwrap();
    assert_eq!(list.len(), 9_000);
    assert!(list.iter().all(|item| item.as_text().is_some_and(|text| text.len() == 100_000)));
    let uses = format!("a: &a {{b: c, d: [1, 2]}}\nl:\n{}", "- *a\n".repeat(1_000));
    assert_eq!(parse(&uses).unwrap().get("l").unwrap().as_sequence().unwrap().len(), 1_000);
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
