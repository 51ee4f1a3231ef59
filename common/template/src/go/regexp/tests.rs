use super::*;
use crate::budget::Limits;
use crate::failure::Cap;

fn budget() -> Budget {
    Budget::new(Limits::default())
}

/// What Go says of a pattern after `error parsing regexp: `.
fn complaint(pattern: &[u8]) -> String {
    match Regexp::compile(pattern, &mut budget()) {
        Err(Refusal::Syntax(SyntaxError { reason, piece })) => {
            format!("{reason}: `{}`", String::from_utf8_lossy(&pattern[piece]))
        }
        Err(Refusal::Failure(failure)) => panic!("{failure:?}"),
        Ok(_) => "none".to_owned(),
    }
}

/// Recorded from Go.
#[test]
fn bad_patterns_are_refused_in_go_s_words() {
    for (pattern, wanted) in [
        ("(", "missing closing ): `(`"),
        ("a)", "unexpected ): `a)`"),
        ("[a", "missing closing ]: `[a`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        ("[[:nope:]]", "invalid character class range: `[:nope:]`"),
        (r"\p{Nope}", r"invalid character class range: `\p{Nope}`"),
        (r"\p{", r"invalid character class range: `\p{`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a*+?", "invalid nested repetition operator: `*+?`"),
        ("a|*", "missing argument to repetition operator: `*`"),
        ("{2}", "missing argument to repetition operator: `{2}`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{2,1}", "invalid repeat count: `{2,1}`"),
        ("((a{100}){10}){2}", "invalid repeat count: `{2}`"),
        ("(x{0}){1000}", "none"),
        ("a{,2}", "none"),
        (r"\8", r"invalid escape sequence: `\8`"),
        (r"\1", r"invalid escape sequence: `\1`"),
        (r"\C", r"invalid escape sequence: `\C`"),
        (r"\x{110000}", r"invalid escape sequence: `\x{110000`"),
        ("\\", "trailing backslash at end of expression: ``"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?i-)", "invalid or unsupported Perl syntax: `(?i-)`"),
        ("(?P<n-x>a)", "invalid named capture: `(?P<n-x>`"),
        ("(?P<n", "invalid named capture: `(?P<n`"),
    ] {
        assert_eq!(complaint(pattern.as_bytes()), wanted, "{pattern}");
    }
    assert_eq!(complaint(b"a\xffb"), "invalid UTF-8: `\u{fffd}b`");
    let deep = |depth| complaint(format!("{}{}", "(".repeat(depth), ")".repeat(depth)).as_bytes());
    assert_eq!(deep(999), "none");
    assert!(deep(1000).starts_with("expression nests too deeply"), "{}", deep(1000));
    let large = format!("(?:{}){{1000}}", "abcd".repeat(1000));
    assert!(complaint(large.as_bytes()).starts_with("expression too large"));
}

#[test]
fn a_pattern_that_go_takes_may_take_too_much() {
    let wide = format!("(?:{}){{1000}}", "abcd".repeat(250));
    let refused = Regexp::compile(wide.as_bytes(), &mut budget()).err();
    assert_eq!(refused, Some(Refusal::Failure(Failure::Cap(Cap::Memory))));
    let classes = r"[\pL\pN]".repeat(10_000);
    let refused = Regexp::compile(classes.as_bytes(), &mut budget()).err();
    assert!(matches!(refused, Some(Refusal::Failure(Failure::Cap(_)))));
}

/// Where the runes of a class take kilobytes, and there are many of it.
#[test]
fn a_pattern_within_reason_is_taken() {
    for pattern in [r"\pL{500}", r"(?:\PL\pN){200}", ".{1000}", "(?i)[a-zà-ÿ]{1000}", "(((a{10}){10}){10})"]
    {
        assert!(Regexp::compile(pattern.as_bytes(), &mut budget()).is_ok(), "{pattern}");
    }
}

/// Each search looks to the end of the text for a better match: the square of its length, which the budget must see.
#[test]
fn all_matches_are_paid_for_by_what_was_looked_at() {
    let used = |length| {
        let mut budget = budget();
        let mut regexp = Regexp::compile(b".*[^A-Z]|[A-Z]", &mut budget).unwrap();
        let before = budget.fuel_left();
        assert_eq!(regexp.find_all(&b"A".repeat(length), -1, &mut budget).unwrap().len(), length);
        before - budget.fuel_left()
    };
    let (short, long) = (used(1_000), used(10_000));
    assert!(long > 50 * short, "{short} {long}");
    let mut budget = Budget::new(Limits { fuel: 100_000, ..Limits::default() });
    let mut regexp = Regexp::compile(b".*[^A-Z]|[A-Z]", &mut budget).unwrap();
    let stopped = regexp.find_all(&b"A".repeat(100_000), -1, &mut budget);
    assert_eq!(stopped, Err(Failure::Cap(Cap::Fuel)));
}

/// A search for a match alone takes steps in proportion, whatever the pattern.
#[test]
fn a_search_takes_the_text_times_the_pattern_at_most() {
    let used = |length| {
        let mut budget = budget();
        let mut regexp = Regexp::compile(b"(x+x+)+y", &mut budget).unwrap();
        let before = budget.fuel_left();
        assert!(!regexp.is_match(&b"x".repeat(length), &mut budget).unwrap());
        before - budget.fuel_left()
    };
    let (short, long) = (used(20_000), used(200_000));
    assert!(long < 11 * short && long < 40_000, "{short} {long}");
}

#[test]
fn groups_without_end_cost_memory_before_they_take_it() {
    let mut budget = budget();
    let pattern = format!("(?:{}){{20}}", "(a?)".repeat(500));
    let mut regexp = Regexp::compile(pattern.as_bytes(), &mut budget).unwrap();
    let replaced = regexp.replace_all(&b"a".repeat(100), b"$1", false, &mut budget);
    assert!(matches!(replaced, Err(Failure::Cap(_))));
}

/// An invalid byte is U+FFFD to the pattern, and copied as it is where it is not replaced.
#[test]
fn invalid_bytes_stay_outside_of_matches() {
    let mut budget = budget();
    let mut replace = |pattern: &[u8], text: &[u8], new: &[u8]| {
        let mut regexp = Regexp::compile(pattern, &mut budget).unwrap();
        regexp.replace_all(text, new, false, &mut budget).unwrap()
    };
    assert_eq!(replace(b"a", b"\xff\x00a\xc3", b"x").unwrap(), b"\xff\x00x\xc3");
    assert_eq!(replace(r"\x{fffd}(.)".as_bytes(), b"\xff\xc3b", b"<$1>").unwrap(), b"<\xc3>b");
    assert_eq!(replace(b"", b"\xff\xc3", b"-").unwrap(), b"-\xff-\xc3-");
    assert!(replace(b"\\xff", b"\xff", b"-").is_none());
}

/// Recorded from Go. To a library that sees bytes there is no boundary of a word within a rune, either.
#[test]
fn matches_begin_and_end_between_runes() {
    let mut budget = budget();
    let mut all = |pattern: &str, text: &[u8]| {
        let mut regexp = Regexp::compile(pattern.as_bytes(), &mut budget).unwrap();
        let found = regexp.find_all(text, -1, &mut budget).unwrap();
        assert_eq!(regexp.is_match(text, &mut budget).unwrap(), !found.is_empty(), "{pattern}");
        found.into_iter().map(|found| (found.start, found.end)).collect::<Vec<_>>()
    };
    assert!(all(r"\B", "aéb".as_bytes()).is_empty());
    assert_eq!(all(r"\B", "aéé€".as_bytes()), [(3, 3), (5, 5), (8, 8)]);
    assert_eq!(all(r"é.*z|\B", "aéb\nééz".as_bytes()), [(5, 10)]);
    assert_eq!(all(r"\B", b"a\xe2\x82b\xff"), [(2, 2), (5, 5)]);
    assert_eq!(all(r"(?:\B)x*", "éx".as_bytes()), [(0, 0)]);
}
