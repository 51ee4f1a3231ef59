//! Generated templates and values through ours and through Go, side by side.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Result, ensure};
use rand::RngExt as _;
use sealed_secrets_tests::templates::corpus;
use sealed_secrets_tests::templates::generator::{CANARY, Generator};
use sealed_secrets_tests::templates::lines::{Answer, Question, shown};
use sealed_secrets_tests::templates::peer::Peer;
use sealed_secrets_tests::templates::shrink::shrunk;
use sealed_secrets_tests::templates::verdict::{Verdict, compare};

/// For a template that would keep Go busy for hours.
const PATIENCE: Duration = Duration::from_secs(2);
/// Unless asked for more.
const ROUNDS: u64 = 500;
/// The same in each run: whether all tests pass is not for dice to decide.
const SEED: u64 = 40_000;
/// Differences that are told in full.
const TOLD: usize = 40;
/// How many of a hundred may end without a comparison: at a limit, or with Go in trouble.
const UNCOMPARED: usize = 5;

/// Rounds of a known seed; where more of them are asked for, of a new one.
#[test]
fn generated_templates() -> Result<()> {
    let asked = number_from("TEMPLATE_ROUNDS");
    let count = asked.unwrap_or(ROUNDS);
    let seed = number_from("TEMPLATE_SEED").unwrap_or_else(|| match asked {
        Some(_) => rand::rng().random_range(1_000_000..1_000_000_000),
        None => SEED,
    });
    println!("TEMPLATE_SEED={seed}, {count} rounds");
    let generator = Generator::new(corpus::cases()?);
    let mut pair = Pair { ours: super::ours(), go: Peer::go(PATIENCE)? };
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    let (mut wrong, mut texts) = (Vec::new(), Vec::new());
    for number in seed..seed + count {
        let question = generator.question(number);
        let (verdict, ours, go) = pair.settled(&question)?;
        let key = match (&verdict, &go) {
            (Settled::As(Verdict::Same), Answer::Output(_)) => "the same output".to_owned(),
            (Settled::As(Verdict::Same), Answer::Failed { stage, .. }) => format!("the same {stage} error"),
            (Settled::As(Verdict::OtherText), _) => "an error with another text".to_owned(),
            (Settled::As(verdict), _) => format!("{verdict:?}"),
            (Settled::Varies, _) => "not the same twice in Go".to_owned(),
        };
        *tally.entry(key).or_default() += 1;
        if let Answer::Failed { text, .. } = &ours
            && text.contains(CANARY)
        {
            wrong.push(format!("a value in an error:{}", told(&question, &ours, &go)));
        }
        match verdict {
            Settled::As(Verdict::Differs) if wrong.len() < TOLD => {
                let small = shrunk(&question, |smaller| {
                    Ok(matches!(pair.settled(smaller)?.0, Settled::As(Verdict::Differs)))
                })?;
                let (_, ours, go) = pair.settled(&small)?;
                wrong.push(told(&small, &ours, &go));
            }
            Settled::As(Verdict::Differs) => wrong.push(question.id),
            Settled::As(Verdict::OtherText | Verdict::Capped | Verdict::GoFailed | Verdict::BeyondTheEnd) => {
                texts.push(told(&question, &ours, &go));
            }
            _ => {}
        }
    }
    for (key, count) in &tally {
        println!("{count:>8}  {key}");
    }
    if number_from("TEMPLATE_TEXTS").is_some() {
        println!("errors with another text, and what was not compared:\n{}", texts.concat());
    }
    ensure!(wrong.is_empty(), "TEMPLATE_SEED={seed}: {} differ:\n{}", wrong.len(), wrong.concat());
    let uncompared: usize =
        ["Capped", "GoFailed", "BeyondTheEnd"].iter().filter_map(|key| tally.get(*key)).sum();
    ensure!(
        uncompared * 100 <= UNCOMPARED * usize::try_from(count)?.max(100),
        "TEMPLATE_SEED={seed}: {uncompared} were not compared"
    );
    Ok(())
}

struct Pair {
    ours: Peer,
    go: Peer,
}

enum Settled {
    As(Verdict),
    /// Go says something else each time: the order of a dictionary, the time of day.
    Varies,
}

impl Pair {
    /// A difference is one when it stays, and Go says the same each time. Between two equal answers of Go's the clock
    /// made no difference.
    fn settled(&mut self, question: &Question) -> Result<(Settled, Answer, Answer)> {
        let ours = self.ours.ask(question)?;
        let go = self.go.ask(question)?;
        let verdict = compare(&ours, &go);
        if verdict != Verdict::Differs {
            return Ok((Settled::As(verdict), ours, go));
        }
        for _ in 0..6 {
            let before = self.go.ask(question)?;
            let again = self.ours.ask(question)?;
            let after = self.go.ask(question)?;
            if before != go || after != go {
                return Ok((Settled::Varies, again, after));
            }
            let verdict = compare(&again, &go);
            if verdict != Verdict::Differs {
                return Ok((Settled::As(verdict), again, go));
            }
        }
        Ok((Settled::As(Verdict::Differs), ours, go))
    }
}

fn told(question: &Question, ours: &Answer, go: &Answer) -> String {
    let mut text = format!("\n{}  {}\n", question.id, shown(question.template.as_bytes()));
    for (name, value) in &question.data {
        let _ = writeln!(text, "  .{name} = {}", shown(value));
    }
    let _ = writeln!(text, "  go    {}\n  ours  {}", said(go), said(ours));
    text
}

fn said(answer: &Answer) -> String {
    match answer {
        Answer::Output(bytes) => shown(bytes),
        Answer::Failed { stage, text, cap } => {
            format!("{stage} error {text}{}", cap.as_ref().map(|cap| format!(" ({cap})")).unwrap_or_default())
        }
        other => format!("{other:?}"),
    }
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
