//! Judges a run.

use std::collections::BTreeSet;

use super::case::{Aspect, Exit, Expected, Kind, Matching, Outcome, Request, Stream};
use super::readable::{difference, indent, readable};
use super::run::Ran;
use super::sandbox::Seen;
use super::test_keys::TestKeys;
use super::text::{OneOrMany, Part, Text};

/// What differs from what was expected, each as a text for people; empty if nothing does.
pub(crate) fn problems(expected: &Expected, ignored: &[Aspect], ran: &Ran, keys: &TestKeys) -> Vec<String> {
    let counts = |aspect| !ignored.contains(&aspect);
    let mut problems = Vec::new();
    if expected.exit != ran.exit && counts(Aspect::Exit) {
        let stderr = String::from_utf8_lossy(&ran.stderr);
        problems.push(format!(
            "exit status {}, expected {}; standard error:\n{}",
            describe(ran.exit),
            describe(expected.exit),
            indent(&stderr)
        ));
    }
    // Of a run that never ends, what it has printed so far says nothing.
    if expected.exit != Exit::HANG {
        if counts(Aspect::Stdout) {
            problems.extend(stream("stdout", &expected.stdout, &ran.stdout, keys));
        }
        if counts(Aspect::Stderr) {
            problems.extend(stream("stderr", &expected.stderr, &ran.stderr, keys));
        }
    }
    if counts(Aspect::Files) {
        let names: BTreeSet<_> = expected.files_after.keys().chain(ran.files.keys()).collect();
        for name in names {
            problems.extend(file(
                name,
                expected.files_after.get(name),
                ran.files.get(name),
                counts(Aspect::Mode),
                keys,
            ));
        }
    }
    if let Some(requests) = expected.requests.as_ref().filter(|_| counts(Aspect::Requests)) {
        let (want, got) = (listing(requests), listing(&ran.requests));
        if want != got {
            problems.push(format!("requests differ:\n{}", difference(&want, &got)));
        }
    }
    problems
}

/// Whether bytes are what a text says: literal parts byte for byte, each sealed part by really opening it.
fn matches(expected: &Text, actual: &[u8], keys: &TestKeys) -> bool {
    let mut rest = actual;
    for part in &expected.0 {
        if let Part::Sealed { sealed } = part {
            let base64 =
                rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte)).count();
            let padding = rest[base64..].iter().take_while(|byte| **byte == b'=').count();
            let (blob, after) = rest.split_at(base64 + padding);
            rest = after;
            let opened = std::str::from_utf8(blob)
                .ok()
                .and_then(|blob| keys.open(blob, &sealed.key, sealed.label.as_bytes()));
            if opened.as_ref() != Some(&sealed.plaintext) {
                return false;
            }
        } else {
            let Some(after) = part.bytes().ok().and_then(|literal| rest.strip_prefix(literal.as_slice()))
            else {
                return false;
            };
            rest = after;
        }
    }
    rest.is_empty()
}

fn stream(name: &str, expected: &Stream, actual: &[u8], keys: &TestKeys) -> Vec<String> {
    match expected {
        Stream::Exact(text) if matches(text, actual, keys) => Vec::new(),
        Stream::Exact(text) => vec![format!("{name} differs:\n{}", text_difference(text, actual, keys))],
        Stream::Loose { matching, text, lacks, .. } => {
            let shown = String::from_utf8_lossy(actual);
            let mut problems = Vec::new();
            for needle in needles(text).filter(|_| *matching == Matching::Contains) {
                if !shown.contains(needle) {
                    problems.push(format!("{name} does not contain {needle:?}; it is:\n{}", indent(&shown)));
                }
            }
            for needle in needles(lacks) {
                if shown.contains(needle) {
                    problems.push(format!(
                        "{name} contains {needle:?}, and must not; it is:\n{}",
                        indent(&shown)
                    ));
                }
            }
            problems
        }
    }
}

fn needles(texts: &Option<OneOrMany<String>>) -> impl Iterator<Item = &str> {
    let texts = match texts {
        None => &[][..],
        Some(OneOrMany::One(text)) => std::slice::from_ref(text),
        Some(OneOrMany::Many(texts)) => texts,
    };
    texts.iter().map(String::as_str)
}

fn file(
    name: &str,
    expected: Option<&Outcome>,
    actual: Option<&Seen>,
    with_mode: bool,
    keys: &TestKeys,
) -> Option<String> {
    let (expected, actual) = match (expected, actual) {
        (None, None) => return None,
        (Some(expected), None) => {
            return Some(format!("file {name}: unchanged or missing, expected {:?}", expected.kind));
        }
        (None, Some(actual)) => {
            let content = String::from_utf8_lossy(&actual.content);
            return Some(format!(
                "file {name}: {:?}, expected to be left alone:\n{}",
                actual.kind,
                indent(&content)
            ));
        }
        (Some(expected), Some(actual)) => (expected, actual),
    };
    if expected.kind != actual.kind {
        return Some(format!("file {name}: {:?}, expected {:?}", actual.kind, expected.kind));
    }
    if expected.kind == Kind::Gone {
        return None;
    }
    if !matches(&expected.content, &actual.content, keys) {
        return Some(format!(
            "file {name} differs:\n{}",
            text_difference(&expected.content, &actual.content, keys)
        ));
    }
    let mode = format!("{:04o}", actual.mode);
    let wanted = expected.mode.as_ref().filter(|wanted| with_mode && **wanted != mode)?;
    Some(format!("file {name}: mode {mode}, expected {wanted}"))
}

fn text_difference(expected: &Text, actual: &[u8], keys: &TestKeys) -> String {
    let (want, got) = readable(expected, actual, keys);
    difference(&want, &got)
}

fn describe(exit: Exit) -> String {
    match exit {
        Exit::Status(status) => status.to_string(),
        Exit::Hang(_) => "none (it hangs)".to_owned(),
    }
}

/// Method, path and body of each request; a JSON body in one spelling. Headers are not compared.
fn listing(requests: &[Request]) -> String {
    requests
        .iter()
        .map(|request| {
            let body = serde_json::from_str::<serde_json::Value>(&request.body)
                .map_or_else(|_| request.body.clone(), |value| value.to_string());
            format!("{} {} {body}\n", request.method, request.path)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> TestKeys {
        TestKeys::load(&super::super::inputs().join("keys")).unwrap()
    }

    fn text(json: &str) -> Text {
        serde_json::from_str(json).unwrap()
    }

    fn sealed_bar() -> String {
        let text = std::fs::read_to_string(super::super::inputs().join("sealed/simple.json")).unwrap();
        let object: serde_json::Value = serde_json::from_str(&text).unwrap();
        object["spec"]["encryptedData"]["foo"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_sealed_part_is_opened() {
        let actual = format!("foo: {}\n", sealed_bar());
        let marker = |plaintext: &str, label: &str| {
            text(&format!(
                r#"["foo: ", {{"$sealed": {{"plaintext_base64": "{plaintext}", "label": "{label}", "key": "k2048"}}}}, "\n"]"#
            ))
        };
        assert!(matches(&marker("YmFy", "myns/mysecret"), actual.as_bytes(), &keys()));
        assert!(!matches(&marker("YmF6", "myns/mysecret"), actual.as_bytes(), &keys()));
        assert!(!matches(&marker("YmFy", "other/mysecret"), actual.as_bytes(), &keys()));
        assert!(!matches(&marker("YmFy", "myns/mysecret"), b"foo: AQ==\n", &keys()));
    }

    #[test]
    fn literal_parts_are_compared_to_the_last_byte() {
        assert!(matches(&text(r#"["a\n", "b"]"#), b"a\nb", &keys()));
        assert!(!matches(&text(r#""a""#), b"a\n", &keys()));
        assert!(!matches(&text(r#""a\n""#), b"a", &keys()));
        assert!(matches(&text(r#"{"$base64": "/w=="}"#), b"\xff", &keys()));
    }

    #[test]
    fn loose_streams() {
        let contains: Stream =
            serde_json::from_str(r#"{"match": "contains", "text": ["a", "b"], "lacks": "c"}"#).unwrap();
        assert!(stream("stderr", &contains, b"b a", &keys()).is_empty());
        assert_eq!(stream("stderr", &contains, b"a", &keys()).len(), 1);
        assert_eq!(stream("stderr", &contains, b"a b c", &keys()).len(), 1);
        let any: Stream = serde_json::from_str(r#"{"match": "any", "recorded": "x"}"#).unwrap();
        assert!(stream("stderr", &any, b"whatever", &keys()).is_empty());
        assert_eq!(stream("stderr", &Stream::default(), b"x", &keys()).len(), 1);
    }

    #[test]
    fn files_that_nobody_expected_are_a_problem() {
        let seen = Seen { kind: Kind::File, content: b"x".to_vec(), mode: 0o644 };
        let wanted: Outcome = serde_json::from_str(r#"{"content": "x", "mode": "0600"}"#).unwrap();
        assert!(file("a", None, Some(&seen), true, &keys()).is_some());
        assert!(file("a", Some(&wanted), None, true, &keys()).is_some());
        assert!(file("a", Some(&wanted), Some(&seen), true, &keys()).is_some());
        assert!(file("a", Some(&wanted), Some(&seen), false, &keys()).is_none());
    }
}
