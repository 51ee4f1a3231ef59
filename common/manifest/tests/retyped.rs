//! What an unquoted scalar becomes where a text is wanted, and whether that is what stands in the text.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use manifest::{Limits, Note, Parsed, Value, documents};

fn parse(text: &str) -> Parsed<'_> {
    let limits = Limits::default();
    documents(text, &limits).last().unwrap().unwrap().parse(&limits).unwrap()
}

fn retyped_keys(text: &str) -> Vec<(String, usize)> {
    parse(text)
        .notes
        .iter()
        .filter(|note| matches!(note, Note::RetypedKey { .. }))
        .map(|note| (note.path().to_owned(), note.line()))
        .collect()
}

#[test]
fn a_key_that_becomes_another_text_is_noted() {
    for (written, read) in [
        ("y", "true"),
        ("No", "false"),
        ("010", "8"),
        ("1.10", "1.1"),
        ("1_000", "1000"),
        (".Inf", ".inf"),
        ("0x10", "16"),
        ("3.14159265358979", "3.1415927"),
        ("1000000.5", "1.0000005e+06"),
    ] {
        for (text, path, line) in [
            (format!("d:\n  {written}: x\n"), format!("d.{read}"), 2),
            (format!("# é\n---\n\nd: [{{{written} : x}}]\n"), format!("d[0].{read}"), 4),
            (format!("? {written} # why\n: x\n"), read.to_owned(), 1),
            (format!("? &a {written}\n: x\n"), read.to_owned(), 1),
            (format!("d: {{{written}: x, b: y}}\r\n"), format!("d.{read}"), 1),
        ] {
            assert_eq!(retyped_keys(&text), [(path, line)], "{text:?}");
        }
        for quoted in [
            format!("d:\n  \"{written}\": x\n"),
            format!("'{written}': x\n"),
            format!("{{\"{written}\": 1}}"),
        ] {
            assert_eq!(retyped_keys(&quoted), [], "{quoted}");
        }
    }
    let note = parse("d:\n  y: x\n").notes.remove(0);
    assert_eq!(note, Note::RetypedKey { path: "d.true".into(), line: 2 });
    assert_eq!(note.to_string(), "line 2: an unquoted key is read as d.true");
}

#[test]
fn a_key_that_stays_what_it_is_is_no_note() {
    for text in [
        "8: x\n",
        "true: x\n",
        "-5: x\n",
        "1.5: x\n",
        "{8: x}\n",
        "? 8 # eight\n: x\n",
        "8 : x\n",
        "name: x\n",
        "2020-01-01: x\n",
        "!!int 8: x\n",
        "!!str y: x\n",
        "! 010: x\n",
        "a: &a 8\n*a : x\n",
        "a: &a\n  8: x\nb:\n  <<: *a\n",
        "{\"8\": 1, \"010\": 2}",
    ] {
        assert_eq!(retyped_keys(text), [], "{text:?}");
    }
    // Behind an alias stands what its anchor names.
    assert_eq!(retyped_keys("a: &a 010\n*a : x\n"), [("8".to_owned(), 2)]);
    assert_eq!(retyped_keys("a: &a\n  010: x\nb: *a\nc:\n  <<: *a\n"), [("a.8".to_owned(), 2)]);
}

fn changes(text: &str) -> bool {
    fn last<'v, 't>(value: &'v Value<'t>) -> &'v Value<'t> {
        match (value.as_mapping(), value.as_sequence()) {
            (Some(mapping), _) => last(&mapping.iter().last().unwrap().value),
            (_, Some(values)) => last(values.last().unwrap()),
            _ => value,
        }
    }
    last(&parse(text).value).changes_as_text(text)
}

#[test]
fn a_value_tells_whether_it_changes_as_text() {
    for written in [
        "0755",
        "1_000",
        "yes",
        "True",
        "3.14159265358979",
        "1.10",
        "1e3",
        "0x1F",
        "+5",
        ".inf",
        "-0",
        "1000000.5",
    ] {
        for text in [
            format!("a: {written}\n"),
            format!("# é\n---\nb: x\n---\na:   {written}   # why\r\n"),
            format!("a: [{written} ]"),
            format!("a: {{b: {written}}}\n"),
            format!("-\n  - {written}\n\n\n# end\n"),
            format!("a: &n {written}\nb: *n\n"),
            format!("a: [&n-1 {written},{{b: *n-1}}]\n"),
        ] {
            assert!(changes(&text), "{text:?}");
        }
        for text in
            [format!("a: \"{written}\"\n"), format!("a: '{written}'"), format!("a: !!str {written}\n")]
        {
            assert!(!changes(&text), "{text:?}");
        }
    }
    for written in [
        "443",
        "true",
        "false",
        "-5",
        "1.5",
        "0",
        "12345678901234567890",
        "null",
        "~",
        "",
        "text",
        "2020-01-01",
    ] {
        for text in [
            format!("a: {written}\n"),
            format!("a:   {written}   # why\r\n"),
            format!("a: [x, {{b: {written} }} ]\n"),
            format!("-\n  - {written}\n\n\n# end\n"),
            format!("a: &n {written}\nb: *n\n"),
            format!("a: [&n {written} , *n ]\n"),
        ] {
            assert!(!changes(&text), "{text:?}");
        }
    }
    for (written, expected) in
        [("443", false), ("true", false), ("1.10", true), ("1e3", true), ("-0", true), ("\"1.10\"", false)]
    {
        assert_eq!(changes(&format!("{{\"a\": {written} }}")), expected, "{written}");
        assert_eq!(changes(&format!("x: 1\n---\n{{\"a\":[{written}]}}\n")), expected, "{written}");
    }
    assert!(!changes("a: !!int 443\n"));
    assert!(!changes("a: !!int \"443\"\n"));
    assert!(changes("a: !!int \"0755\"\n"));
    assert!(!changes("a: &n !!int 443\nb: *n\n"));
    assert!(!changes("a: !!float 1\n"));
    // Neither a list nor what was made has a text that could change.
    assert!(!parse("[010]").value.changes_as_text("[010]"));
    assert!(!Value::integer(8).changes_as_text("010"));
}
