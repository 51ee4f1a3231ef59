//! What Go answered to thousands of templates, and what ours answers: a test for each group of `cases.jsonl`.
//!
//! `CASES=sprig-math,matrix/dict cargo test -p sealed-secrets-template --test cases` runs the cases whose group or whose
//! id begins with one of these. Bytes and the stage of an error must agree; the text of an error too, but for what ours
//! withholds. `deviations.json` names the cases that differ on purpose, each with its reason; one that agrees after all
//! is an error.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use template::{Budget, Dot, Entropy, Limits, Surroundings, Template, WITHHELD};

/// 2026-05-06 07:08:09.123456789 UTC.
const NOW: i128 = 1_778_051_289_123_456_789;

#[derive(Deserialize)]
struct Case {
    id: String,
    group: String,
    name: Option<String>,
    template: String,
    data: BTreeMap<String, String>,
    expect: Expected,
}

#[derive(Deserialize)]
struct Expected {
    output_base64: Option<String>,
    /// A pattern for the whole output, where it is not the same each time.
    r#match: Option<String>,
    error_stage: Option<String>,
    error: Option<String>,
}

/// What a template came to; a panic is an answer of the stage `panic`.
enum Answer {
    Output(Vec<u8>),
    Error { stage: &'static str, text: String },
}

/// How an answer compares with Go's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Agrees,
    /// It fails at the same stage, with another text.
    OtherText,
    Differs,
}

#[derive(Default)]
struct Tally {
    cases: usize,
    agree: usize,
    other_text: usize,
    differ: usize,
    on_purpose: usize,
}

/// Random enough, and the same in every run.
struct Counted(u64);

impl Entropy for Counted {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bytes = (word ^ (word >> 31)).to_le_bytes();
            for (to, from) in chunk.iter_mut().zip(bytes) {
                *to = from;
            }
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // A panic is counted and shown with its case.
    std::panic::set_hook(Box::new(|_| {}));
    let deviations: BTreeMap<String, String> = serde_json::from_str(include_str!("deviations.json")).unwrap();
    let mut groups: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for line in include_str!("cases.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        assert!(ids.insert(case.id.clone()), "{} is there twice", case.id);
        if chosen(&case) {
            groups.entry(case.group.clone()).or_default().push(case);
        }
    }
    assert!(ids.len() > 3800, "{} cases", ids.len());
    for id in deviations.keys() {
        assert!(ids.contains(id), "deviations.json names {id}, and there is no such case");
    }
    let deviations = Arc::new(deviations);
    let tallies = Arc::new(Mutex::new(BTreeMap::new()));
    let trials = groups
        .into_iter()
        .map(|(group, cases)| {
            let (deviations, tallies) = (Arc::clone(&deviations), Arc::clone(&tallies));
            Trial::test(group.clone(), move || {
                let (tally, report) = run(&cases, &deviations);
                tallies.lock().unwrap().insert(group, tally);
                if report.is_empty() { Ok(()) } else { Err(Failed::from(report)) }
            })
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    print_tally(&tallies.lock().unwrap());
    conclusion.exit_code()
}

fn chosen(case: &Case) -> bool {
    #[allow(clippy::disallowed_methods, reason = "a choice of who runs the test")]
    let chosen = std::env::var("CASES");
    let Ok(prefixes) = chosen else { return true };
    prefixes
        .split(',')
        .map(str::trim)
        .filter(|prefix| !prefix.is_empty())
        .any(|prefix| case.id.starts_with(prefix) || case.group.starts_with(prefix))
}

/// The report is empty when all is as it must be.
fn run(cases: &[Case], deviations: &BTreeMap<String, String>) -> (Tally, String) {
    let mut tally = Tally::default();
    let mut report = String::new();
    for case in cases {
        let answer = ours(case);
        let verdict = compare(&case.expect, &answer);
        tally.cases += 1;
        let named = deviations.contains_key(&case.id);
        match (verdict, named) {
            (Verdict::Agrees, false) => tally.agree += 1,
            (Verdict::Agrees, true) => {
                tally.differ += 1;
                report.push_str(&format!("\n{} agrees: take it out of deviations.json\n", case.id));
            }
            (_, true) => tally.on_purpose += 1,
            (Verdict::OtherText, false) => {
                tally.other_text += 1;
                report.push_str(&described(case, &answer, "other text"));
            }
            (Verdict::Differs, false) => {
                tally.differ += 1;
                report.push_str(&described(case, &answer, "differs"));
            }
        }
    }
    (tally, report)
}

fn ours(case: &Case) -> Answer {
    match catch_unwind(AssertUnwindSafe(|| render(case))) {
        Ok(answer) => answer,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Answer::Error { stage: "panic", text: text.unwrap_or_default() }
        }
    }
}

fn render(case: &Case) -> Answer {
    let values: Vec<(&str, Vec<u8>)> =
        case.data.iter().map(|(name, value)| (name.as_str(), STANDARD.decode(value).unwrap())).collect();
    let limits = Limits::default();
    let template = match Template::parse(case.name.as_deref().unwrap_or("tpl"), &case.template, &limits) {
        Ok(template) => template,
        Err(error) => return Answer::Error { stage: "parse", text: error.to_string() },
    };
    let dot = Dot::new(values.iter().map(|(name, value)| (*name, value.as_slice())));
    let mut budget = Budget::new(limits);
    let mut entropy = Counted(1);
    match template.render(&dot, Surroundings { budget: &mut budget, entropy: &mut entropy, now: NOW }) {
        Ok(output) => Answer::Output(output.as_bytes().to_vec()),
        Err(error) => Answer::Error { stage: "exec", text: error.to_string() },
    }
}

fn compare(expected: &Expected, answer: &Answer) -> Verdict {
    let same = match (expected, answer) {
        (Expected { output_base64: Some(wanted), .. }, Answer::Output(got)) => {
            STANDARD.decode(wanted).unwrap() == *got
        }
        (Expected { r#match: Some(pattern), .. }, Answer::Output(got)) => {
            let pattern = regex::Regex::new(&format!(r"\A(?:{pattern})\z")).unwrap();
            std::str::from_utf8(got).is_ok_and(|got| pattern.is_match(got))
        }
        (Expected { error_stage: Some(wanted), error, .. }, Answer::Error { stage, text }) => {
            if wanted == stage && error.as_ref().is_some_and(|wanted| !reads_as(text, wanted)) {
                return Verdict::OtherText;
            }
            wanted == stage
        }
        _ => false,
    };
    if same { Verdict::Agrees } else { Verdict::Differs }
}

/// Whether an error text of ours is Go's, where each [`WITHHELD`] may stand for anything.
fn reads_as(ours: &str, go: &str) -> bool {
    let Some((start, middle)) = ours.split_once(WITHHELD) else { return ours == go };
    let Some(mut rest) = go.strip_prefix(start) else { return false };
    let mut pieces: Vec<&str> = middle.split(WITHHELD).collect();
    let end = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(end)
}

fn described(case: &Case, answer: &Answer, how: &str) -> String {
    let expected = &case.expect;
    let wanted = match expected {
        Expected { output_base64: Some(wanted), .. } => shown(&STANDARD.decode(wanted).unwrap()),
        Expected { r#match: Some(pattern), .. } => format!("what matches {pattern}"),
        Expected { error_stage: Some(stage), error, .. } => {
            format!("{stage} error {}", error.as_deref().unwrap_or_default())
        }
        _ => "nothing".to_owned(),
    };
    let got = match answer {
        Answer::Output(bytes) => shown(bytes),
        Answer::Error { stage, text } => format!("{stage} error {text}"),
    };
    let mut text = format!("\n{} ({how})\n  template {}\n", case.id, shown(case.template.as_bytes()));
    for (name, value) in &case.data {
        text.push_str(&format!("  .{name} = {}\n", shown(&STANDARD.decode(value).unwrap())));
    }
    text.push_str(&format!("  wanted   {wanted}\n  got      {got}\n"));
    text
}

/// Bytes as they can be read: at most 2000 of them.
fn shown(bytes: &[u8]) -> String {
    let start = bytes.get(..2000).unwrap_or(bytes);
    let more = if start.len() < bytes.len() { " …" } else { "" };
    match std::str::from_utf8(start) {
        Ok(text) if !text.contains(|c: char| c.is_control()) => format!("`{text}`{more}"),
        _ => format!("\"{}\"{more}", start.escape_ascii()),
    }
}

fn print_tally(tallies: &BTreeMap<String, Tally>) {
    let mut all = Tally::default();
    println!(
        "{:18} {:>6} {:>6} {:>10} {:>7} {:>10}",
        "group", "cases", "agree", "other text", "differ", "on purpose"
    );
    let line = |name: &str, tally: &Tally| {
        let Tally { cases, agree, other_text, differ, on_purpose } = tally;
        println!("{name:18} {cases:>6} {agree:>6} {other_text:>10} {differ:>7} {on_purpose:>10}");
    };
    for (group, tally) in tallies {
        line(group, tally);
        all.cases += tally.cases;
        all.agree += tally.agree;
        all.other_text += tally.other_text;
        all.differ += tally.differ;
        all.on_purpose += tally.on_purpose;
    }
    line("all", &all);
}
