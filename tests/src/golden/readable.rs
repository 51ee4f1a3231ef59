//! Texts and differences for people: sealed values are shown by what is in them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;
use similar::TextDiff;

use super::test_keys::TestKeys;
use super::text::{Part, Text};

/// What was expected and what came, with every sealed value as `<sealed key label plaintext>`.
///
/// Which label a value was sealed for can only be tried: the expected ones are, and the names in the output.
pub(crate) fn readable(expected: &Text, actual: &[u8], keys: &TestKeys) -> (String, String) {
    let mut want = String::new();
    let mut labels = BTreeSet::from([String::new()]);
    for part in &expected.0 {
        if let Part::Sealed { sealed } = part {
            want += &shown(&sealed.key, &sealed.label, &sealed.plaintext);
            labels.insert(sealed.label.clone());
        } else {
            want += &String::from_utf8_lossy(&part.bytes().unwrap_or_default());
        }
    }
    let got = String::from_utf8_lossy(actual).into_owned();
    labels.extend(likely_labels(&got));
    let got = SEALED.replace_all(&got, |found: &regex::Captures<'_>| {
        let sealed = &found[0];
        for key in keys.names() {
            for label in &labels {
                if let Some(plaintext) = keys.open(sealed, key, label.as_bytes()) {
                    return shown(key, label, &plaintext);
                }
            }
        }
        format!("<sealed for an unknown label: {}…>", &sealed[..16])
    });
    (want, got.into_owned())
}

/// A unified difference, or the ends where only these differ.
pub(crate) fn difference(want: &str, got: &str) -> String {
    if want.trim_end_matches('\n') == got.trim_end_matches('\n') {
        let tail =
            |text: &str| text.chars().rev().take(60).collect::<String>().chars().rev().collect::<String>();
        return indent(&format!("only the end differs: expected {:?}, actual {:?}", tail(want), tail(got)));
    }
    let diff = TextDiff::from_lines(want, got);
    indent(&diff.unified_diff().context_radius(2).header("expected", "actual").to_string())
}

/// Set in, and cut where it gets long.
pub(crate) fn indent(text: &str) -> String {
    const MOST: usize = 60;
    if text.is_empty() {
        return "      (empty)".to_owned();
    }
    let mut lines: Vec<_> = text.lines().take(MOST).map(|line| format!("      {line}")).collect();
    let more = text.lines().count().saturating_sub(MOST);
    if more > 0 {
        lines.push(format!("      … {more} more lines"));
    }
    lines.join("\n")
}

fn shown(key: &str, label: &str, plaintext: &[u8]) -> String {
    format!("<sealed key={key} label={label:?} plaintext={}>", STANDARD.encode(plaintext))
}

fn likely_labels(text: &str) -> BTreeSet<String> {
    let words: BTreeSet<_> = NAMES.captures_iter(text).map(|found| found[1].to_owned()).take(8).collect();
    let pairs =
        words.iter().flat_map(|first| words.iter().map(move |second| format!("{first}/{second}"))).collect();
    words.union(&pairs).cloned().collect()
}

static SEALED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bA[IQg][A-D][A-Za-z0-9+/]{180,}={0,2}").expect("the pattern is a constant")
});

static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[\s-]*"?name(?:space)?"?: *"?([^\s",]+)"#).expect("the pattern is a constant")
});
