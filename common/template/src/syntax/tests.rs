//! Whole texts. What Go answers to thousands of them is in the crate's corpus of cases; here is what that lacks.

use super::*;
use crate::failure::Failure;
use crate::functions::{Args, Call};
use crate::machine::Machine;
use crate::syntax::node::{Kind, NodeId};
use crate::value::Value;

const CALL: Call = |_: &mut Machine<'_>, _: Args<'_>| -> Result<Value, Failure> { Ok(Value::Nil) };

/// Every function that these tests name.
fn lookup(name: &str) -> Option<&'static Function> {
    static FUNCTIONS: [Function; 3] = [
        Function::new("list", &[], CALL),
        Function::new("now", &[], CALL).unsettled(),
        Function::new("print", &[], CALL),
    ];
    FUNCTIONS.iter().find(|function| function.name == name)
}

fn parsed(text: &str) -> Result<Trees, ParseError> {
    parse("t", text, &Limits::default(), lookup)
}

fn printed(text: &str) -> String {
    let trees = parsed(text).unwrap();
    trees.print(trees.roots[b"t".as_slice()])
}

#[test]
fn nodes_print_as_the_tree_says() {
    for (text, again) in [
        ("{{-  1|print   (list . nil).a.b|print}}", "{{1 | print (list . nil).a.b | print}}"),
        ("{{$x,  := 1}}", ""),
        ("{{ range $i,$e:=list }}x{{else}}{{break}}{{end}}", ""),
        (
            "{{range $i,$e:=list}}{{continue}}{{else}}y{{end}}",
            "{{range $i, $e := list}}{{continue}}{{else}}y{{end}}",
        ),
        (
            "{{if $x := 1}}{{$x.a.b}}{{else if `a`}}{{.a.b}}{{end}}",
            "{{if $x := 1}}{{$x.a.b}}{{else}}{{if `a`}}{{.a.b}}{{end}}{{end}}",
        ),
        (
            "{{with true}}{{else with \"\\x41\"}}{{$}}{{end}}",
            "{{with true}}{{else}}{{with \"\\x41\"}}{{$}}{{end}}{{end}}",
        ),
        (
            "a {{- /* c */ -}} b{{template `\u{ad}`}}{{ block \"b\" 1 }}x{{end}}",
            "ab{{template \"\\u00ad\"}}{{template \"b\" 1}}",
        ),
    ] {
        if again.is_empty() {
            assert!(parsed(text).is_err(), "{text}");
        } else {
            assert_eq!(printed(text), again);
        }
    }
}

#[test]
fn errors_name_line_and_column() {
    for (text, line, column, reason) in [
        ("é\n  {{ nope }}", 2, 6, "function \"nope\" not defined"),
        ("{{ .a\n.b } }}", 2, 4, "unexpected \"}\" in operand"),
        ("{{if 1}}\n{{/* c", 2, 3, "unclosed comment in action started at t:1"),
        ("{{if 1}}{{1}}\n{{/* c", 2, 3, "unclosed comment"),
        ("{{if 1}}{{else if\n", 2, 1, "unclosed action"),
        ("{{block \"b\"\n.}}\n{{else}}", 2, 2, "unexpected {{else}} in block clause"),
        ("{{define \"b\"\n}}\n{{else}}", 3, 7, "unexpected {{else}} in define clause"),
        ("{{define \"t\"}}1{{end}}\n2\n", 3, 1, "template: multiple definition of template \"t\""),
        ("{{ 日本日本日本日本日本日本 }}", 1, 4, "function \"日本日本日本日本日本日本\" not defined"),
        ("{{ 1 \"日本日本日本日本日本日本\"2 }}", 1, 44, "unexpected \"2\" in operand"),
        ("{{ template 12345678901 }}", 1, 13, "unexpected \"1234567890\"... in template clause"),
        ("{{ template 日本日本 }}", 1, 13, "unexpected \"日本日本\"... in template clause"),
    ] {
        let error = parsed(text).err().unwrap();
        assert_eq!((error.line, error.column, error.reason.as_str()), (line, column, reason), "{text}");
        assert_eq!(error.cap, None);
    }
}

#[test]
fn of_two_templates_of_a_name_one_must_be_blank() {
    let body = |text: &str, name: &str| {
        let trees = parsed(text).unwrap();
        trees.roots.get(name.as_bytes()).map(|root: &NodeId| trees.print(*root))
    };
    assert_eq!(body("", "t").as_deref(), Some(""));
    assert_eq!(body("{{define `t`}}1{{end}} {{/* c */}}", "t").as_deref(), Some("1"));
    assert_eq!(body("{{define `t`}} {{end}}2", "t").as_deref(), Some("2"));
    assert_eq!(body("{{define `a`}} {{end}}{{define `a`}}\u{a0}{{end}}", "a").as_deref(), Some("\u{a0}"));
    assert_eq!(body("{{define `a`}}1{{end}}{{define `a`}} {{end}}", "a").as_deref(), Some("1"));
    assert!(parsed("{{define `a`}}1{{end}}{{define `a`}}{{1}}{{end}}").is_err());
}

#[test]
fn limits() {
    let limits = Limits { text: 60, nesting: 3, ..Limits::default() };
    let cap = |text: &str| parse("t", text, &limits, lookup).err().map(|error| error.cap);
    assert_eq!(cap(&" ".repeat(60)), None);
    assert_eq!(cap(&" ".repeat(61)), Some(Some(Cap::Text)));
    assert_eq!(cap("{{(((1)))}}{{((1) (2) ((3)))}}"), None);
    assert_eq!(cap("{{((((1))))}}"), Some(Some(Cap::Nesting)));
    let nested = |depth: usize| format!("{}{}", "{{if 1}}".repeat(depth), "{{end}}".repeat(depth));
    assert_eq!(cap(&nested(3)), None);
    assert_eq!(cap(&nested(4)), Some(Some(Cap::Nesting)));
    assert_eq!(cap("{{if 1}}{{else if 1}}{{else if 1}}{{else if 1}}{{end}}"), Some(Some(Cap::Nesting)));
}

#[test]
fn depth_takes_no_stack() {
    let limits = Limits { nesting: usize::MAX, trees: usize::MAX, ..Limits::default() };
    let blocks = "{{if 1}}{{else if 1}}".repeat(30_000) + &"{{end}}".repeat(30_000);
    let trees = parse("t", &blocks, &Limits { text: usize::MAX, ..limits }, lookup).unwrap();
    assert!(trees.print(trees.roots[b"t".as_slice()]).len() > blocks.len());
    let parentheses = |depth| format!("{{{{{}1{}}}}}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(printed(&parentheses(10_000)), parentheses(10_000));
    let error = parse("t", &parentheses(10_001), &limits, lookup).err().unwrap();
    assert_eq!((error.reason.as_str(), error.cap), ("max expression depth exceeded", None));
}

#[test]
fn a_name_can_be_any_bytes() {
    let trees = parsed(r#"{{define "\xff"}}1{{end}}{{template "\xff"}}"#).unwrap();
    assert!(trees.roots.contains_key(b"\xff".as_slice()));
    assert!(
        trees
            .nodes()
            .iter()
            .any(|node| matches!(&node.kind, Kind::Template { name, .. } if **name == *b"\xff"))
    );
}

#[test]
fn functions_that_never_settle_are_found_wherever_they_stand() {
    let trees = parsed("{{print}}{{define `a`}}{{if print}}{{(now).x}}{{end}}{{end}}").unwrap();
    let names: Vec<_> = trees.nodes().iter().filter_map(|node| node.kind.unsettled()).collect();
    assert_eq!(names, ["now"]);
}
