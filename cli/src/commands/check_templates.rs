//! `seal render --check`: what can be said of the templates of sealed files without any key.

use sealed_secrets::template::{ParseError, function_names};
use sealed_secrets::{Doubts, TemplateCheck, UnknownValue, check_templates};

use crate::command::CheckTemplates;
use crate::failure::{Exit, Failure, printable};
use crate::folder::sealed::for_each_sealed;
use crate::template_place::{shown, text};

/// Functions that sprig has and that neither controller gives to templates.
const KEPT_OUT: [&str; 3] = ["env", "expandenv", "getHostByName"];

/// Parses all templates and warns of what is most likely a mistake.
///
/// # Errors
/// Everything that cannot be read, and the templates that are none.
pub(crate) fn run(command: &CheckTemplates) -> Result<Exit, Vec<Failure>> {
    let CheckTemplates { paths, entry } = command;
    let (mut checked, mut wrong) = (0_usize, Vec::new());
    let mut failures = for_each_sealed(paths, |_, sealed| {
        for TemplateCheck { key, result } in check_templates(&sealed.object) {
            if entry.as_ref().is_some_and(|entry| *entry != key) {
                continue;
            }
            checked += 1;
            let text = text(&sealed.object, &key);
            match result {
                Ok(doubts) => {
                    for doubt in sentences(&doubts, text) {
                        eprintln!(
                            "{}",
                            printable(&format!("warning: {}: {}{doubt}", sealed.place, key.escape_debug()))
                        );
                    }
                }
                Err(error) => wrong.push(failure(&error, text).at(&sealed.place)),
            }
        }
    });
    failures.append(&mut wrong);
    if checked == 0 && failures.is_empty() {
        return Err(vec![
            Failure::new("no SealedSecret has such templates")
                .hint("templates stand in spec.template.data, by key"),
        ]);
    }
    if checked > 0 {
        eprintln!("{checked} {} checked", if checked == 1 { "template" } else { "templates" });
    }
    if failures.is_empty() { Ok(Exit::Well) } else { Err(failures) }
}

fn sentences(doubts: &Doubts, text: &str) -> Vec<String> {
    let mut sentences: Vec<String> =
        doubts.unknown.iter().map(|unknown| unknown_value(unknown, text)).collect();
    sentences.extend(doubts.unsettled.iter().map(|function| {
        format!(
            ": `{function}` gives something else each time: the value in the Secret changes whenever the SealedSecret does"
        )
    }));
    if doubts.is_dropped {
        sentences.push(
            ": encryptedData has the same key, and its value wins: what this template gives is dropped"
                .to_owned(),
        );
    }
    sentences
}

fn unknown_value(unknown: &UnknownValue, text: &str) -> String {
    let UnknownValue { name, line, column, meant } = unknown;
    let meant = meant.as_ref().map_or_else(String::new, |meant| format!(" (did you mean {meant:?}?)"));
    format!(
        ", line {line}, column {column}: {name:?} is neither in encryptedData nor in template.data{meant}: it renders \
         as <no value>\n{}",
        shown(text, *line, *column)
    )
}

fn failure(error: &ParseError, text: &str) -> Failure {
    let ParseError { template, line, column, reason, .. } = error;
    let shown = shown(text, *line, *column);
    Failure::new(format!("{}, line {line}, column {column}: {reason}\n{shown}", template.escape_debug()))
        .maybe_hint(undefined(reason).and_then(meant))
}

/// The name of an undefined function, from Go's sentence.
fn undefined(reason: &str) -> Option<&str> {
    reason.strip_prefix("function \"")?.strip_suffix("\" not defined")
}

fn meant(name: &str) -> Option<String> {
    if KEPT_OUT.contains(&name) {
        return Some(format!(
            "`{name}` would tell templates about the controller, so that it is left out there"
        ));
    }
    let distance = |other: &&str| strsim::damerau_levenshtein(name, other);
    let nearest = function_names().min_by_key(distance)?;
    (distance(&nearest) <= 2).then(|| format!("did you mean `{nearest}`?"))
}
