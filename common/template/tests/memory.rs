//! What is counted beside what is really taken, by an allocator that counts. A template that took much more than the budget says would
//! end the process of whoever renders it.
//!
//! One test: the allocator counts for the whole process.

use peak_alloc::PeakAlloc;
use template::{Budget, Dot, Entropy, Limits, Surroundings, Template};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Everything together: trees, values, output, and what the machine takes for itself.
const MOST: usize = 64 << 20;

/// What is taken beside what is counted, whatever the template.
const SPARE: usize = 1 << 20;

struct Zeros;

impl Entropy for Zeros {
    fn fill(&mut self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

/// The most that was taken at once while this ran, beyond what was taken before.
fn taken<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let result = run();
    (result, MEMORY.peak_usage().saturating_sub(before))
}

/// A text of a MiB: one piece as often as it fits between two others.
fn full(before: &str, piece: &str, after: &str) -> String {
    let room = Limits::default().text - before.len() - after.len();
    format!("{before}{}{after}", piece.repeat(room / piece.len()))
}

/// Texts whose trees are large.
fn trees() -> Vec<(&'static str, String)> {
    let names: String = (0..60_000).map(|number| format!("{{{{$v{number}:=1}}}}")).collect();
    let defines: String =
        (0..30_000).map(|number| format!("{{{{define \"{number}\"}}}}x{{{{end}}}}")).collect();
    vec![
        ("numbers", full("{{print", " 1", "}}")),
        ("quoted", full("{{print", " \"\"", "}}")),
        ("long numbers", full("{{print", " 18446744073709551615", "}}")),
        ("fields", full("{{", ".a", "}}")),
        ("one field each", full("", "{{.a}}", "")),
        ("dots", full("{{print", " .", "}}")),
        ("chains", full("", "{{(.).a.b}}", "")),
        ("parentheses", full("{{print", " (1)", "}}")),
        ("deep parentheses", format!("{{{{{}1{}}}}}", "(".repeat(9_000), ")".repeat(9_000))),
        ("pipes", full("{{1", "|print", "}}")),
        ("variables", full("{{$v:=1}}", "{{$v}}", "")),
        ("declarations", names),
        ("definitions", defines),
        ("blocks", full("", "{{if 1}}{{end}}", "")),
        ("ranges", full("", "{{range .}}x{{end}}", "")),
        ("comments", full("", "{{/* */}}", "")),
        ("texts", full("", "x{{1}}", "")),
        ("one text", "x".repeat(1 << 20)),
        ("template calls", full("{{define \"t\"}}{{end}}", "{{template \"t\"}}", "")),
    ]
}

/// Templates that make as much as they may.
const GREEDY: &[(&str, &str)] = &[
    ("long text", r#"{{ repeat 16000000 "x" | upper | lower | len }}"#),
    ("many texts", r#"{{ $x := repeat 400000 "ab," }}{{ splitList "," $x | len }}"#),
    ("numbers", "{{ $x := until 150000 }}{{ $y := reverse $x }}{{ concat $x $y | len }}"),
    (
        "keys",
        r"{{ $d := dict }}{{ range $i := until 200000 }}{{ $_ := set $d (toString $i) $i }}{{ end }}{{ len $d }}",
    ),
    ("json", "{{ until 100000 | toJson | fromJson | toPrettyJson | len }}"),
    ("pattern", r#"{{ regexFindAll "\\pL{1000}|\\pN{500}" (repeat 200000 "word") -1 | len }}"#),
    ("matches", r#"{{ regexReplaceAll "(w)(o)(r)(d)" (repeat 100000 "word") "$4$3$2$1$4$3$2$1" | len }}"#),
    ("patterns", r#"{{ range $i := until 2000 }}{{ regexMatch (printf "\\pL%d" $i) "x" }}{{ end }}"#),
    ("output", r#"{{ range until 100 }}{{ repeat 40000 "x" }}{{ end }}"#),
    ("pieces of output", r#"{{ range until 300000 }}xyz{{ end }}"#),
    ("itself", r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $d }}"#),
    ("deep list", r"{{ $l := list }}{{ range until 100000 }}{{ $l = list $l }}{{ end }}{{ len $l }}"),
    ("variables", r#"{{ range until 100000 }}{{ $x := repeat 100 "x" }}{{ end }}"#),
    ("split", r#"{{ split "" (repeat 200000 "x") | len }}"#),
    ("base64", r#"{{ repeat 5000000 "x" | b64enc | b64enc | len }}"#),
    ("printf", r#"{{ printf "%10000000d" 1 | len }}"#),
    ("concatenated", r"{{ $x := until 150000 }}{{ concat $x $x $x | len }}"),
    ("small dictionaries", r#"{{ $d := dict }}{{ range 60000 }}{{ $d = dict "a" $d }}{{ end }}{{ len $d }}"#),
    ("small lists", r"{{ $d := list }}{{ range 200000 }}{{ $d = list $d }}{{ end }}{{ len $d }}"),
    ("lists of json", r#"{{ fromJson (print "[" (repeat 200000 "[],") "0]") | len }}"#),
    ("objects of json", r#"{{ fromJson (print "[" (repeat 100000 "{\"a\":1},") "0]") | len }}"#),
    ("keys of json", r#"{{ fromJson (print "{" (repeat 100000 "\"a\":1,") "\"b\":1}") | len }}"#),
    ("escapes of json", r#"{{ fromJson (print "\"" (repeat 500000 "\\u00e9") "\"") | len }}"#),
    (
        "many escapes of json",
        r#"{{ $t := print "\"" (repeat 150000 "\\u0041") "\"" }}{{ $l := list }}{{ range 100 }}{{ $l = list $l (fromJson $t) }}{{ end }}"#,
    ),
    ("deep json", r#"{{ fromJson (print (repeat 9999 "[") (repeat 9999 "]")) | toJson | len }}"#),
    (
        "texts that grew",
        r#"{{ $l := list }}{{ range $i := until 30 }}{{ $l = list $l (regexReplaceAll "x" (repeat 1100000 "x") "y") }}{{ end }}"#,
    ),
    ("printed", r#"{{ $x := repeat 3000000 "x" }}{{ $y := printf "%s%s%s" $x $x $x }}{{ $z := cat $x $x }}"#),
    ("large pattern", r#"{{ range 1000 }}{{ $x := regexMatch (printf "(\\pL{200}%d)" .) "b" }}{{ end }}"#),
    (
        "copies",
        r"{{ $d := dict }}{{ range 300 }}{{ $_ := set $d (toString .) (until 100) }}{{ end }}{{ deepCopy $d | len }}",
    ),
    (
        "unique",
        r#"{{ $l := splitList "" (repeat 100000 "x") }}{{ range 3 }}{{ $l = uniq (concat $l $l) }}{{ end }}"#,
    ),
    ("password", r#"{{ derivePassword 1 "long" "p" "u" "s" }}"#),
    (
        "wrapped",
        r#"{{ wrapWith 10 "-" (repeat 100000 "a ") | len }}{{ repeat 300000 "\n" | indent 4 | len }}"#,
    ),
    ("versions", r#"{{ range 3000 }}{{ $x := semver "1.2.3-a.b.c" }}{{ $y := $x.IncMajor }}{{ end }}"#),
    ("calls", r#"{{ define "u" }}{{ template "u" . }}{{ end }}{{ template "u" . }}"#),
];

#[test]
fn what_is_taken_is_what_is_counted() {
    let limits = Limits::default();
    let mut wrong = Vec::new();
    for (name, text) in trees() {
        let (parsed, peak) = taken(|| Template::parse("t", &text, &limits));
        let counted = match &parsed {
            Ok(template) => template.size(),
            Err(error) => {
                assert_eq!(error.cap, Some(template::Cap::Trees), "{name}: {error}");
                limits.trees
            }
        };
        println!("{name}: parsed {peak}, counted {counted}, parsed whole: {}", parsed.is_ok());
        if peak > counted + SPARE {
            wrong.push(format!("{name}: parsing took {peak}, counted {counted}"));
        }
        if let Ok(parsed) = parsed {
            render(name, &parsed, &limits, &mut wrong);
        }
    }
    for (name, text) in GREEDY {
        let parsed = Template::parse("t", text, &limits).unwrap_or_else(|error| panic!("{name}: {error}"));
        render(name, &parsed, &limits, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn render(name: &str, template: &Template, limits: &Limits, wrong: &mut Vec<String>) {
    let mut budget = Budget::new(*limits);
    let (result, peak) = taken(|| {
        let dot = Dot::new([("a", b"x".as_slice())]);
        let surroundings = Surroundings { budget: &mut budget, entropy: &mut Zeros, now: 0 };
        template.render(&dot, surroundings).map(|output| output.as_bytes().len())
    });
    let together = peak + template.size();
    let paid = budget.memory_taken();
    println!("{name}: rendered {peak}, paid {paid}, {:?}", result.map_err(|error| error.cap));
    // What a run takes for each node is counted with the tree.
    if peak > paid + paid / 8 + template.size() + SPARE {
        wrong.push(format!("{name}: {peak} taken, {paid} paid"));
    }
    if together > MOST {
        wrong.push(format!("{name}: {together} taken"));
    }
}
