//! The recorded answers of Go, asked again: of Go itself, which shows that the records are right, and of ours through
//! the same runner. The tally by groups is that of `cargo test -p sealed-secrets-template --test cases`.

use std::time::Duration;

use anyhow::{Result, ensure};
use sealed_secrets_tests::templates::corpus;
use sealed_secrets_tests::templates::lines::{Question, shown};
use sealed_secrets_tests::templates::peer::Peer;
use sealed_secrets_tests::templates::verdict::{Verdict, compare};

/// Each of them ends. Keys are made by luck, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn go_still_says_what_was_recorded() -> Result<()> {
    let mut go = Peer::go(PATIENCE)?;
    let mut wrong = Vec::new();
    let cases = corpus::cases()?;
    for case in &cases {
        let answer = go.ask(&case.question)?;
        if !case.expect.is_met_by(&answer)? {
            wrong.push(format!("{}: {answer:?}", case.question.id));
        }
    }
    println!("{} cases", cases.len());
    ensure!(cases.len() > 3800, "{} cases", cases.len());
    ensure!(wrong.is_empty(), "Go says something else now:\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn ours_says_what_go_says() -> Result<()> {
    let (mut ours, mut go) = (super::ours(), Peer::go(PATIENCE)?);
    let mut wrong = Vec::new();
    let deviations = corpus::deviations()?;
    let mut texts = 0;
    for case in corpus::cases()? {
        let Question { id, template, .. } = &case.question;
        let answer = ours.ask(&case.question)?;
        if case.expect.varies() {
            if !case.expect.is_met_by(&answer)? {
                wrong.push(format!("{id}: {}: {answer:?}", shown(template.as_bytes())));
            }
            continue;
        }
        // The runner of the crate says more about them.
        if deviations.contains_key(id) {
            continue;
        }
        match compare(&answer, &go.ask(&case.question)?) {
            Verdict::Same => {}
            Verdict::OtherText => texts += 1,
            verdict => wrong.push(format!("{id}: {}: {verdict:?}, {answer:?}", shown(template.as_bytes()))),
        }
    }
    println!("{texts} errors have another text");
    ensure!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}
