use crate::budget::Limits;
use crate::error::RenderError;
use crate::failure::Cap;
use crate::testing::{rendered, rendered_within};

fn text(template: &str) -> String {
    String::from_utf8(rendered(template).unwrap()).unwrap()
}

fn error(template: &str) -> RenderError {
    rendered(template).unwrap_err()
}

#[test]
fn ten_thousand_levels_of_blocks_run() {
    let levels = 9_999;
    let template = "{{if true}}".repeat(levels) + "x" + &"{{end}}".repeat(levels);
    assert_eq!(text(&template), "x");
}

#[test]
fn ten_thousand_levels_of_parentheses_run() {
    let levels = 9_999;
    let template = "{{".to_owned() + &"(not ".repeat(levels) + "true" + &")".repeat(levels) + "}}";
    assert_eq!(text(&template), "false");
}

#[test]
fn templates_call_each_other_to_the_limit() {
    let down = |from: usize| {
        format!(
            "{{{{define `t`}}}}{{{{if .}}}}{{{{template `t` (slice . 1)}}}}{{{{else}}}}x{{{{end}}}}{{{{end}}}}{{{{template `t` (until {from})}}}}"
        )
    };
    let limits = Limits { depth: 1_000, ..Limits::default() };
    assert_eq!(rendered_within(limits, &down(999), &[]).unwrap(), b"x");
    let error = rendered_within(limits, &down(1_000), &[]).unwrap_err();
    assert_eq!(error.cap, Some(Cap::Depth));
    assert_eq!(error.context, "{{template \"t\" (slice . 1)}}");
}

#[test]
fn recursion_without_end_runs_into_the_depth() {
    assert_eq!(error("{{define `t`}}{{template `t`}}{{end}}{{template `t`}}").cap, Some(Cap::Depth));
    assert_eq!(error("{{template `tpl`}}").cap, Some(Cap::Depth));
    // Blocks and calls multiply; so would the stack.
    let blocks = "{{if true}}".repeat(5_000) + "{{template `tpl`}}" + &"{{end}}".repeat(5_000);
    assert_eq!(error(&blocks).cap, Some(Cap::Depth));
}

#[test]
fn loops_use_up_the_fuel() {
    let limits = Limits { fuel: 100_000, ..Limits::default() };
    for template in [
        "{{range 9223372036854775807}}{{end}}",
        "{{range 9223372036854775807}}{{continue}}{{end}}",
        "{{range 100000}}{{range 100000}}{{break}}{{end}}{{end}}",
    ] {
        assert_eq!(rendered_within(limits, template, &[]).unwrap_err().cap, Some(Cap::Fuel), "{template}");
    }
}

#[test]
fn the_output_has_a_limit() {
    let limits = Limits { output: 10, ..Limits::default() };
    assert_eq!(rendered_within(limits, "{{.a}}12345", &[("a", b"12345")]).unwrap(), b"1234512345");
    let error = rendered_within(limits, "{{.a}}1{{.a}}", &[("a", b"12345")]).unwrap_err();
    assert_eq!((error.cap, error.context.as_str()), (Some(Cap::Output), "{{.a}}"));
}

#[test]
fn variables_of_a_deep_recursion_take_memory() {
    let limits = Limits { memory: 64 << 10, ..Limits::default() };
    let template = "{{$a := 1}}".repeat(100) + "{{template `tpl`}}";
    assert_eq!(rendered_within(limits, &template, &[]).unwrap_err().cap, Some(Cap::Memory));
}

#[test]
fn a_literal_is_paid_for_once() {
    let limits = Limits { memory: 64 << 10, ..Limits::default() };
    let template = format!("{{{{range 1000}}}}{{{{$x := `{}`}}}}{{{{end}}}}", "x".repeat(10_000));
    assert!(rendered_within(limits, &template, &[]).is_ok());
}

#[test]
fn errors_name_the_place() {
    let error = error("a\nb {{ define `x` }}\n é{{ fail `no` }}{{ end }}{{ template `x` }}");
    assert_eq!(
        error.to_string(),
        "template: tpl:3:6: executing \"x\" at <fail `no`>: error calling fail: <withheld>"
    );
    assert_eq!((error.line, error.column, error.cap), (3, 6, None));
}

#[test]
fn no_error_holds_a_value() {
    let values: &[(&str, &[u8])] = &[("s", b"s3cret"), ("n", b"7777")];
    for (template, reason) in [
        ("{{range .s}}{{end}}", "range can't iterate over <withheld>"),
        ("{{range $a, $b := len .n}}{{end}}", "can't use <withheld> to iterate over more than one variable"),
        ("{{.s | call}}", "error calling call: non-function <withheld> of type string"),
        ("{{eq (list .s) (list .s)}}", "error calling eq: non-comparable type <withheld>: []interface {}"),
        (
            "{{eq (list .s) (dict)}}",
            "error calling eq: non-comparable types <withheld>: []interface {}, map[string]interface {}: <withheld>",
        ),
    ] {
        let error = rendered_within(Limits::default(), template, values).unwrap_err();
        assert_eq!(error.reason, reason, "{template}");
        assert!(!error.to_string().contains("s3cret"), "{template}");
    }
}

#[test]
fn a_break_in_the_else_of_a_loop_ends_that_loop_only() {
    let template = "{{range list 1 2}}{{range list}}{{else}}{{break}}{{end}}x{{end}}";
    assert_eq!(text(template), "xx");
    let template = "{{range list 1 2}}{{range list}}{{else}}{{continue}}{{end}}x{{end}}";
    assert_eq!(text(template), "");
}

#[test]
fn a_loop_sees_a_dictionary_as_it_was() {
    let template = "{{$d := dict `a` 1 `b` 2}}{{range $k, $v := $d}}{{$_ := set $d `b` 3}}{{$_ := set $d `c` 4}}{{$k}}{{$v}} {{end}}{{$d}}";
    assert_eq!(text(template), "a1 b2 map[a:1 b:3 c:4]");
}

#[test]
fn a_search_among_many_variables_is_paid_for() {
    let limits = Limits { fuel: 1_000_000, ..Limits::default() };
    let template =
        "{{$last := 1}}".to_owned() + &"{{$a := 1}}".repeat(10_000) + "{{range 5000}}{{$last}}{{end}}";
    assert_eq!(rendered_within(limits, &template, &[]).unwrap_err().cap, Some(Cap::Fuel));
}

#[test]
fn names_of_templates_are_quoted_as_go_does() {
    let error = error("{{define `a\u{200b}'`}}{{fail ``}}{{end}}{{template `a\u{200b}'`}}");
    assert!(error.to_string().contains(r#"executing "a\u200b'" at"#), "{error}");
}

#[test]
fn work_on_long_texts_is_paid_for() {
    let limits = Limits { fuel: 1_000_000, ..Limits::default() };
    for work in [
        "hasPrefix $a $b",
        "hasSuffix $a $b",
        "trimPrefix $a $b",
        "trimSuffix $a $b",
        "replace $a $b `x`",
        "replace $a `x` `y`",
        "splitList $a `x`",
        "split $a `x`",
        "contains $a `x`",
    ] {
        let twice = "{{$a := repeat 100000 `ab`}}{{$b := repeat 100000 `ab`}}";
        let template = format!("{twice}{{{{range 1000}}}}{{{{$x := {work}}}}}{{{{end}}}}");
        assert_eq!(
            rendered_within(limits, &template, &[]).err().and_then(|e| e.cap),
            Some(Cap::Fuel),
            "{work}"
        );
    }
}

#[test]
fn what_repeats_within_one_call_is_paid_for() {
    let limits = Limits { fuel: 1_000_000, ..Limits::default() };
    for template in [
        // Each bracket is looked for up to the end of the format.
        "{{len (printf (repeat 20000 `%[x`))}}",
        // The places of all groups are noted at every rune.
        "{{regexReplaceAll (print `x*` (repeat 100 `(b)?`)) (repeat 10000 `x`) `$1`}}",
        "{{until 9223372036854775807}}",
    ] {
        let limits = if template.contains("until") { Limits { fuel: 1000, ..limits } } else { limits };
        assert_eq!(
            rendered_within(limits, template, &[]).err().and_then(|e| e.cap),
            Some(Cap::Fuel),
            "{template}"
        );
    }
}

#[test]
fn small_values_take_more_memory_than_their_bytes() {
    let limits = Limits { memory: 50_000, ..Limits::default() };
    for value in ["trunc 1 `ab`", "semver `1`", "deepCopy $v", "$v.IncMajor", "set $d `a` 1"] {
        let template = format!(
            "{{{{$v := semver `1`}}}}{{{{$d := dict}}}}{{{{range 500}}}}{{{{$x := {value}}}}}{{{{end}}}}"
        );
        let limits = if value.starts_with("trunc") { Limits { memory: 25_000, ..limits } } else { limits };
        assert_eq!(
            rendered_within(limits, &template, &[]).err().and_then(|e| e.cap),
            Some(Cap::Memory),
            "{value}"
        );
    }
    let key = "{{genCAWithKey `a` 1 (repeat 3000000 `a`)}}";
    assert_eq!(error(key).cap, Some(Cap::Memory));
}
