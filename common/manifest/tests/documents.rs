//! How a text is cut into documents, and what is refused in place of being lost.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use manifest::{ErrorKind, Format, Limits, Node, Note, decode, documents, same_field};

/// One line for each document: number, line, format and value as JSON, or the error.
fn read(text: &str) -> Vec<String> {
    let limits = Limits::default();
    documents(text, &limits)
        .map(|document| {
            let document = match document {
                Ok(document) => document,
                Err(error) => return error.to_string(),
            };
            let (number, line, format) = (document.number(), document.line(), document.format());
            match document.parse(&limits) {
                Ok(parsed) => format!("{number} {line} {format:?} {}", parsed.value.to_json()),
                Err(error) => error.to_string(),
            }
        })
        .collect()
}

#[test]
fn separators() {
    let two = [r#"1 1 Yaml {"a":1}"#, r#"2 3 Yaml {"b":2}"#];
    for text in [
        "a: 1\n---\nb: 2\n",
        "a: 1\n---   \nb: 2",
        "a: 1\n---\t\nb: 2",
        "a: 1\n--- # second\nb: 2",
        "a: 1\n---#second\nb: 2",
        "a: 1\r\n---\r\nb: 2\r\n",
        "a: 1\r---\rb: 2\r",
        "\u{FEFF}a: 1\n---\n\u{FEFF}b: 2\n---\n# end\n---",
    ] {
        assert_eq!(read(text), two, "{text:?}");
    }
    assert_eq!(read("---\n# head\n\n---\n\na: 1\n---\n---\n \n---\n"), [r#"1 6 Yaml {"a":1}"#]);
    assert_eq!(read("\u{FEFF}---\na: 1"), [r#"1 2 Yaml {"a":1}"#]);
    assert_eq!(read("%YAML 1.1\n---\na: 1"), [r#"1 3 Yaml {"a":1}"#]);
    assert_eq!(read("a: |\n  x\n  ---\n  y\n"), [r#"1 1 Yaml {"a":"x\n---\ny\n"}"#]);
    assert_eq!(read("null\n---\nhello\n"), ["1 1 Yaml null", r#"2 3 Yaml "hello""#]);
    for text in ["", "\n", "# only\n", "---\n", "...\n", "\u{FEFF}", "%YAML 1.2\n"] {
        assert_eq!(read(text), [""; 0], "{text:?}");
    }
}

#[test]
fn text_behind_a_separator_is_an_error_of_the_document_that_it_begins() {
    for separator in ["--- two", "----", "---two", "--- {c: 3}"] {
        assert_eq!(
            read(&format!("a: 1\n{separator}\nb: 2\n---\nc: 3\n")),
            [
                r#"1 1 Yaml {"a":1}"#,
                "document 2, line 2: text after `---` on the same line",
                r#"3 5 Yaml {"c":3}"#,
            ],
            "{separator}"
        );
    }
    assert_eq!(read("--- x"), ["document 1, line 1: text after `---` on the same line"]);
}

#[test]
fn a_separator_in_a_block_scalar_cuts_it_and_loses_nothing() {
    assert_eq!(read("a: |\n  x\n---\n  rest\n"), [r#"1 1 Yaml {"a":"x\n"}"#, r#"2 4 Yaml "rest""#]);
}

#[test]
fn the_end_of_a_document() {
    assert_eq!(read("a: 1\n...\n"), [r#"1 1 Yaml {"a":1}"#]);
    assert_eq!(read("a: 1\n...\n# end\n---\nb: 2\n"), [r#"1 1 Yaml {"a":1}"#, r#"2 5 Yaml {"b":2}"#]);
    assert_eq!(
        read("a: 1\n...\nb: 2\n"),
        [
            "document 1, line 3, column 1: content after the end of the document (`...`); what follows would be lost"
        ]
    );
}

#[test]
fn json_objects_follow_one_another() {
    let stream = [r#"1 1 Json {"a":1}"#, r#"2 2 Json {"b":[{}]}"#];
    assert_eq!(read("{\"a\": 1}\n{\"b\":[{}]}"), stream);
    assert_eq!(read("{\"a\":1}{\"a\":1}"), [r#"1 1 Json {"a":1}"#, r#"2 1 Json {"a":1}"#]);
    assert_eq!(read("\n\n   {\"a\": 1}\n\n"), [r#"1 3 Json {"a":1}"#]);
    assert_eq!(
        read("{\"a\": 1}\n{\"b\": 2}\n---\n{\"c\": 3}\n---\nd: 4\n"),
        [r#"1 1 Json {"a":1}"#, r#"2 2 Json {"b":2}"#, r#"3 4 Json {"c":3}"#, r#"4 6 Yaml {"d":4}"#]
    );
    assert_eq!(read("\u{FEFF}{\"a\": 1}"), [r#"1 1 Json {"a":1}"#]);
}

#[test]
fn what_looks_like_json_may_be_yaml() {
    assert_eq!(read("{\"a\": 1, # note\n \"b\": 2,}\n"), [r#"1 1 Yaml {"a":1,"b":2}"#]);
    assert_eq!(read("{a: yes}"), [r#"1 1 Yaml {"a":true}"#]);
    assert_eq!(read("[{\"a\": 1}]\n"), [r#"1 1 Yaml [{"a":1}]"#]);
}

#[test]
fn what_is_neither_json_nor_yaml_is_refused_by_its_place() {
    for (text, place) in [
        ("{\"a\": 1}}\n", "document 1, line 1, column 9: "),
        ("{", "document 1, line 1, column 2: "),
        ("{\"a\": 1},\n{\"b\": 2}\n", "document 1, line 1, column 9: "),
        ("{\"a\": 1}\ngarbage\n", "document 1, line 2, column "),
        ("{\"a\": 1}\n{\"b\": 2}\ngarbage\n", "document 1, line "),
        ("{\"a\": 1}\n{\"b\": {\"c\": ", "document 1, line 2, column "),
        ("a: 1\n---\n{\"a\": }\n}\n", "document 2, line "),
    ] {
        let all = read(text);
        let error = all.last().unwrap();
        assert!(error.starts_with(place), "{text:?}: {error}");
    }
}

#[test]
fn errors_say_document_line_and_column_and_quote_nothing() {
    for (text, error) in [
        ("a: 1\n---\nb:\n\tc: hunter2\n", "document 2, line 4, column 2: a tab is used for indentation"),
        ("a: \"hunter2\n", "document 1, line 1, column 4: a quote is not closed"),
        (
            "a: hunter2: x\n",
            "document 1, line 1, column 11: a colon followed by a blank is not allowed here; quote the value",
        ),
        ("a: @hunter2\n", "document 1, line 1, column 4: a value cannot begin with this character; quote it"),
        ("null: hunter2\n", "document 1, line 1, column 1: nothing cannot be a key"),
        ("? [hunter2]\n: x\n", "document 1, line 1, column 3: a list cannot be a key"),
        (
            "12345678901234567890: x\n",
            "document 1, line 1, column 1: a number above 64 bits with sign cannot be a key",
        ),
        ("a: *hunter2\n", "document 1, line 1, column 4: an alias names an anchor that is not there"),
        ("a: &x [*x]\n", "document 1, line 1, column 8: an alias refers to the value that contains it"),
        ("a: !!int hunter2\n", "document 1, line 1, column 10: the value does not fit its tag !!int"),
        ("a: !!binary '%'\n", "document 1, line 1, column 13: the !!binary value is not valid base64"),
        ("a: !!binary /w==\n", "document 1, line 1, column 13: the !!binary value is not text in UTF-8"),
        ("a: \"x\\/y\"\n", "document 1, line 1, column 4: `\\/` is an escape that Go's YAML does not have"),
        (
            "a: &s4>93 x\n",
            "document 1, line 1, column 4: an anchor's name has letters, digits, `-` and `_` only; quote the value",
        ),
        (
            "a:\n  <<: 5\n",
            "document 1, line 2, column 3: the merge key `<<` wants a mapping or a list of mappings",
        ),
    ] {
        assert_eq!(read(text), read(text), "the same twice");
        assert_eq!(read(text).last().map(String::as_str), Some(error), "{text:?}");
    }
}

#[test]
fn notes_tell_what_go_passes_in_silence() {
    let limits = Limits::default();
    let notes = |text: &str| documents(text, &limits).next().unwrap().unwrap().parse(&limits).unwrap().notes;
    assert_eq!(
        notes("stringData:\n  a: 1\n  b: 2\n  a: 3\n"),
        [Note::DuplicateKey { path: "stringData.a".into(), line: 4, first_line: 2 }]
    );
    assert_eq!(
        notes("x: &d {a: 1}\nw:\n  a: 2\n  <<: *d\nz:\n  <<: *d\n  a: 2\n"),
        [Note::MergeOverride { path: "w.a".into(), line: 4, first_line: 3 }]
    );
    assert_eq!(
        notes("{\"l\": [0, {\"a\": \"x\\ud800y\"}]}"),
        [Note::LoneSurrogate { path: "l[1].a".into(), line: 1 }]
    );
    assert_eq!(notes("{\"a\": \"\\ud83d\\udd11\", \"b\": \"\\ufffd\"}"), []);
    assert_eq!(
        notes("{\"l\": [0, [{\"a\": {\"b\": 1},\n\"a\": {\n\"b\": 2}}]]}"),
        [
            Note::DuplicateKey { path: "l[1][0].a".into(), line: 2, first_line: 1 },
            Note::DuplicateKey { path: "l[1][0].a.b".into(), line: 3, first_line: 1 },
        ]
    );
    assert_eq!(notes("- a: 1\n- b:\n  - c: 1\n    c: 2\n")[0].path(), "[1].b[0].c");
}

#[test]
fn duplicates_in_json_merge_and_in_yaml_replace() {
    assert_eq!(
        read("{\"a\":{\"b\":1,\"d\":[1]},\"a\":{\"c\":2,\"d\":[2]}}"),
        [r#"1 1 Json {"a":{"b":1,"c":2,"d":[2]}}"#]
    );
    // Only objects that follow one another merge.
    assert_eq!(
        read(
            "{\"a\":{\"b\":1},\"a\":5,\"a\":{\"c\":2},\"e\":0,\"a\":{\"d\":{\"x\":1}},\"a\":{\"d\":{\"y\":2}}}"
        ),
        [r#"1 1 Json {"a":{"c":2,"d":{"x":1,"y":2}},"e":0}"#]
    );
    assert_eq!(read("[{\"a\":1,\"a\":2}]"), [r#"1 1 Yaml [{"a":2}]"#]);
    assert_eq!(read("{\"a\":[{\"b\":1,\"b\":2}],\"a\":null}"), [r#"1 1 Json {"a":null}"#]);
    assert_eq!(read("a: {b: 1}\na: {c: 2}\n"), [r#"1 1 Yaml {"a":{"c":2}}"#]);
    let many: String = (0..40).map(|at| format!("k{}: {at}\n", at % 20)).collect();
    assert!(read(&many)[0].contains(r#""k19":39"#));
}

#[test]
fn spans_and_lines_count_from_the_start_of_the_text() {
    let text = "# é\n---\na: x\n---\n{\"k\": [1, \"v\"]}\n";
    let limits = Limits::default();
    let all: Vec<_> = documents(text, &limits).map(|document| document.unwrap()).collect();
    let yaml = all[0].parse(&limits).unwrap().value;
    let entry = yaml.as_mapping().unwrap().entry("a").unwrap();
    assert_eq!((&text[entry.key_span.range()], &text[entry.value.span.range()]), ("a", "x"));
    assert_eq!((entry.key_span.line, entry.value.span.line), (3, 3));
    let json = all[1].parse(&limits).unwrap().value;
    assert_eq!(&text[json.span.range()], "{\"k\": [1, \"v\"]}");
    let list = json.get("k").unwrap().as_sequence().unwrap();
    assert_eq!((&text[list[1].span.range()], list[1].span.line), ("\"v\"", 5));
    assert_eq!(all[1].format(), Format::Json);
}

#[test]
fn scalars_as_text() {
    let limits = Limits::default();
    let text = "[x, yes, 0755, 1.10, 1e100, 3.1415926535, 12345678901234567890, 1e10, .nan]";
    let parsed = documents(text, &limits).next().unwrap().unwrap().parse(&limits).unwrap();
    let texts: Vec<String> =
        parsed.value.as_sequence().unwrap().iter().map(|v| v.to_text().unwrap().to_string()).collect();
    assert_eq!(
        texts,
        ["x", "true", "493", "1.1", "+Inf", "3.1415927", "12345678901234567890", "1e+10", "NaN"]
    );
    assert!(parsed.value.to_text().is_none());
    assert!(matches!(parsed.value.as_sequence().unwrap()[6].node, Node::Unsigned(_)));
}

#[test]
fn fields_are_found_as_go_finds_them() {
    let limits = Limits::default();
    let text = "StringData: 1\nstringdata: 2\n\u{17f}tringData: 3\nother: 4\nOther: 5\n";
    let value = documents(text, &limits).next().unwrap().unwrap().parse(&limits).unwrap().value;
    let mapping = value.as_mapping().unwrap();
    let number =
        |key: &str| mapping.get_ignore_case(key).and_then(manifest::Value::to_text).unwrap().to_string();
    assert_eq!(number("stringData"), "3");
    assert_eq!(number("stringdata"), "2");
    assert_eq!(number("Other"), "5");
    assert_eq!(mapping.iter().filter(|entry| same_field(&entry.key, "stringData")).count(), 3);
    assert!(same_field("\u{212a}ind", "kind") && same_field("KIND", "kind"));
    assert!(!same_field("kinds", "kind") && !same_field("é", "É"));
    assert!(mapping.get_ignore_case("none").is_none());
}

#[test]
fn a_value_shows_its_shape_only() {
    let limits = Limits::default();
    let parsed =
        documents("a: hunter2\nb: [1, hunter2]\n", &limits).next().unwrap().unwrap().parse(&limits).unwrap();
    assert_eq!(format!("{:?}", parsed.value), r#"{"a": a text, "b": [a number, a text]}"#);
}

#[test]
fn utf_16_big_endian_goes_through() {
    let bytes: Vec<u8> = "\u{FEFF}a: é\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(read(&decode(&bytes).unwrap()), [r#"1 1 Yaml {"a":"é"}"#]);
}

#[test]
fn a_text_above_the_limit_is_refused() {
    let limits = Limits { input_bytes: 4, ..Limits::default() };
    let all: Vec<_> = documents("a: 12\n---\nb: 1\n", &limits).collect();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].as_ref().unwrap_err().kind(), &ErrorKind::TooLarge { limit: 4 });
    assert_eq!(Limits::default().input_bytes, 256 << 20);
}

#[test]
fn binary_is_base64_as_go_decodes_it() {
    for text in [
        "a: !!binary aGk=\n",
        "a: !!binary aGl=\n",
        "a: !!binary |\n  aG\n  k=\n",
        "a: !!binary \"aG\\r\\nk=\\n\"\n",
        "a: !!binary \"aGk\\n=\\r\"\n",
    ] {
        assert_eq!(read(text), [r#"1 1 Yaml {"a":"hi"}"#], "{text:?}");
    }
    for text in ["a: !!binary aGk\n", "a: !!binary a Gk=\n", "a: !!binary aGk=aGk=\n", "a: !!binary a-_=\n"] {
        assert_eq!(
            read(text),
            ["document 1, line 1, column 13: the !!binary value is not valid base64"],
            "{text:?}"
        );
    }
    assert_eq!(
        read("a: !!binary /w==\n"),
        ["document 1, line 1, column 13: the !!binary value is not text in UTF-8"]
    );
}

#[test]
fn no_hint_speaks_of_an_object_of_kubernetes() {
    let limits = Limits::default();
    let not_text =
        documents("a: !!binary /w==\n", &limits).next().unwrap().unwrap().parse(&limits).unwrap_err();
    for error in [decode(b"\xff").unwrap_err(), not_text] {
        assert!(error.hint().unwrap().contains("write bytes that are no text as base64"), "{error}");
        assert!(!error.hint().unwrap().contains("data"));
    }
}
