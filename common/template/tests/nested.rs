//! Lists and dictionaries that hold themselves, are shared many times or nest deeply: each walk ends, with Go's answer or at a
//! limit.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use template::{Budget, Cap, Dot, Entropy, Limits, Surroundings, Template};

struct None;

impl Entropy for None {
    fn fill(&mut self, _: &mut [u8]) {}
}

/// What a template gives, or the limit that it ran into.
fn render(text: &str) -> Result<String, Option<Cap>> {
    let limits = Limits::default();
    let mut budget = Budget::new(limits);
    let surroundings = Surroundings { budget: &mut budget, entropy: &mut None, now: 0 };
    let template = Template::parse("nested", text, &limits).unwrap();
    let output = template.render(&Dot::new([]), surroundings).map_err(|error| error.cap)?;
    Ok(String::from_utf8(output.as_bytes().to_vec()).unwrap())
}

const CYCLE: &str = r#"{{ $a := dict "x" 1 }}{{ $_ := set $a "a" (list $a) }}{{ $b := dict "x" 1 }}{{ $_ := set $b "a" (list $b) }}"#;
/// 2^40 items, where each list is walked as often as it is met.
const SHARED: &str = r#"{{ $a := list 1 }}{{ $b := list 1 }}{{ range 40 }}{{ $a = list $a $a }}{{ $b = list $b $b }}{{ end }}"#;
const DEEP: &str = r#"{{ $a := dict }}{{ $b := dict }}{{ range 9000 }}{{ $a = dict "a" $a }}{{ $b = dict "a" $b }}{{ end }}"#;
const TOO_DEEP: &str =
    r#"{{ $a := list }}{{ $b := list }}{{ range 20000 }}{{ $a = list $a }}{{ $b = list $b }}{{ end }}"#;
/// A list in a dictionary in itself: a copy of all items at each level would not fit into memory.
const WIDE: &str = r#"{{ $a := dict }}{{ $_ := set $a "z" (append (until 100000) $a) }}{{ $b := dict }}{{ $_ := set $b "z" (append (until 100000) $b) }}"#;

#[test]
fn values_that_hold_themselves() {
    let cases = [
        (r#"{{ deepEqual $a $b }}"#, Ok("true")),
        (r#"{{ $_ := set $b "x" 2 }}{{ deepEqual $a $b }}"#, Ok("false")),
        (r#"{{ uniq (list $a $b $a) | len }}"#, Ok("1")),
        (r#"[{{ toJson $a }}]"#, Ok("[]")),
        (r#"{{ toRawJson $a }}"#, Err(Option::None)),
        (r#"{{ deepCopy $a }}"#, Err(Some(Cap::Depth))),
        // Lists are not merged, so that the second one is not looked into.
        (r#"{{ get (merge $a $b) "x" }}"#, Ok("1")),
        (r#"{{ $_ := set $a "d" $a }}{{ $_ := set $b "d" $b }}{{ merge $a $b }}"#, Err(Some(Cap::Depth))),
    ];
    check(CYCLE, &cases);
}

#[test]
fn values_shared_many_times() {
    let cases = [
        (r#"{{ deepEqual $a $b }}"#, Ok("true")),
        (r#"{{ has $a (list 1 $b) }}"#, Ok("true")),
        (r#"{{ toJson $a | len }}"#, Err(Some(Cap::Value))),
        (r#"{{ deepCopy $a | len }}"#, Err(Some(Cap::Memory))),
    ];
    check(SHARED, &cases);
}

#[test]
fn values_that_nest_deeply() {
    let cases = [
        (r#"{{ deepEqual $a $b }}"#, Ok("true")),
        (r#"{{ deepEqual $a (deepCopy $a) }}"#, Ok("true")),
        (r#"{{ toJson $a | len }}"#, Ok("54002")),
        (r#"{{ deepEqual $a (fromJson (toJson $a)) }}"#, Ok("true")),
        (r#"{{ mergeOverwrite $a $b | len }}"#, Ok("1")),
    ];
    check(DEEP, &cases);
    let cases = [
        (r#"{{ deepEqual $a $b }}"#, Err(Some(Cap::Depth))),
        (r#"{{ deepCopy $a }}"#, Err(Some(Cap::Depth))),
        (r#"{{ toJson $a }}"#, Err(Some(Cap::Depth))),
    ];
    check(TOO_DEEP, &cases);
}

#[test]
fn wide_values_within_themselves() {
    let cases = [
        (r#"{{ deepEqual $a $b }}"#, Ok("true")),
        (r#"{{ deepCopy $a | len }}"#, Err(Some(Cap::Memory))),
        (r#"{{ toJson $a | len }}"#, Err(Some(Cap::Memory))),
        (
            r#"{{ $d := dict }}{{ range until 1000 }}{{ $_ := set $d (toString .) $d }}{{ end }}{{ merge $d $d }}"#,
            Err(Some(Cap::Memory)),
        ),
    ];
    check(WIDE, &cases);
}

#[test]
fn long_json_is_paid_for_while_it_is_read() {
    let text = r#"{{ $s := repeat 3000000 "0," }}{{ fromJson (print "[" $s "0]") | len }}"#;
    assert_eq!(render(text), Err(Some(Cap::Value)));
    // Go reads no deeper.
    let text = r#"{{ fromJson (print (repeat 10000 "[") (repeat 10000 "]")) | len }}"#;
    assert_eq!(render(text), Ok("1".into()));
    let text = r#"{{ fromJson (print (repeat 10001 "[") (repeat 10001 "]")) }}"#;
    assert_eq!(render(text), Ok("<no value>".into()));
}

fn check(values: &str, cases: &[(&str, Result<&str, Option<Cap>>)]) {
    for (text, expected) in cases {
        let got = render(&format!("{values}{text}"));
        assert_eq!(got.as_deref().map_err(Clone::clone), expected.clone(), "{text}");
    }
}
