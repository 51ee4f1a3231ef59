//! Our templates beside Go's: the realistic cases of the corpus, each parsed and rendered many times in one process of
//! either side, with the functions handed to the parser each time as upstream does it. Those that are slow by nature, since
//! they hash a password, say nothing about templates and are left out.
//! The two take turns, so that a machine that gets slower is slower for both; the figures are medians.

use anyhow::{Context, Result, bail, ensure};
use sealed_secrets_tests::templates::corpus;
use sealed_secrets_tests::templates::lines::Question;
use sealed_secrets_tests::templates::peer::Peer;
use std::time::Duration;

use crate::Args;

/// Of one case in one turn.
const RENDERINGS: u32 = 500;
const TURNS: usize = 9;
/// Nanoseconds; none of the others takes a tenth of it.
const SLOW_BY_NATURE: f64 = 2_000_000.0;
/// Cases where ours is furthest behind, or least ahead.
const SLOWEST: usize = 5;

struct Row {
    id: String,
    /// Nanoseconds of one parsing and rendering.
    ours: f64,
    go: f64,
}

/// Measures and prints the table.
pub(crate) fn run(args: &Args) -> Result<()> {
    if cfg!(debug_assertions) {
        bail!("an unoptimised build says nothing about speed: add --release");
    }
    let mut ours = Peer::ours(Peer::render_lines()?, None, Duration::from_secs(60));
    let mut go = Peer::go(Duration::from_secs(60))?;
    let turns = if args.quick { 2 } else { TURNS };
    let mut rows = Vec::new();
    for case in corpus::cases()?.into_iter().filter(|case| case.group == "realistic") {
        let twice = Question { repeat: 2, ..case.question };
        if nanos(&mut ours, &twice)? > SLOW_BY_NATURE {
            continue;
        }
        let question = Question { repeat: RENDERINGS, ..twice };
        let (mut of_ours, mut of_go) = (Vec::new(), Vec::new());
        // The first turn warms up.
        for turn in 0..=turns {
            let times = (nanos(&mut ours, &question)?, nanos(&mut go, &question)?);
            if turn > 0 {
                of_ours.push(times.0);
                of_go.push(times.1);
            }
        }
        rows.push(Row { id: question.id, ours: median(of_ours), go: median(of_go) });
    }
    ensure!(!rows.is_empty(), "there is no realistic case");
    print!("{}", table(rows, args.quick));
    Ok(())
}

fn nanos(peer: &mut Peer, question: &Question) -> Result<f64> {
    let (answer, reply) = peer.ask_for_all(question)?;
    let nanos = reply.and_then(|reply| reply.nanos);
    let nanos = nanos.with_context(|| format!("{}: {answer:?}", question.id))?;
    #[allow(clippy::cast_precision_loss, reason = "times are far below 2^52 nanoseconds")]
    let nanos = nanos as f64;
    Ok(nanos / f64::from(question.repeat))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn table(mut rows: Vec<Row>, quick: bool) -> String {
    let warning = if quick { "**A quick run: no figures to rely on.**\n\n" } else { "" };
    let sum = |figure: fn(&Row) -> f64| rows.iter().map(figure).sum::<f64>();
    #[allow(clippy::cast_precision_loss, reason = "there are some dozens of them")]
    let count = rows.len() as f64;
    let (ours, go) = (sum(|row| row.ours) / count, sum(|row| row.go) / count);
    let mut text = format!(
        "\n{warning}Templates: parsing and rendering, microseconds each. {count} realistic templates, {RENDERINGS} times a turn.\n\n\
         | what | Go, sprig 3.3.0 | ours | times less | goal | met |\n|---|---|---|---|---|---|\n"
    );
    let met = if ours <= go { "yes" } else { "**no**" };
    text.push_str(&line("all of them, on average", go, ours, "1", met));
    rows.sort_by(|a, b| (a.go / a.ours).total_cmp(&(b.go / b.ours)));
    for row in rows.iter().take(SLOWEST) {
        text.push_str(&line(&row.id, row.go, row.ours, "–", "–"));
    }
    text
}

fn line(name: &str, go: f64, ours: f64, goal: &str, met: &str) -> String {
    format!(
        "| {name} | {:.1} µs | {:.1} µs | {:.1} | {goal} | {met} |\n",
        go / 1000.0,
        ours / 1000.0,
        go / ours
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_are_named() {
        let row = |id: &str, ours: f64, go: f64| Row { id: id.to_owned(), ours, go };
        let text = table(vec![row("fast", 1000.0, 5000.0), row("slow", 2000.0, 1000.0)], false);
        assert!(text.contains("| all of them, on average | 3.0 µs | 1.5 µs | 2.0 | 1 | yes |"), "{text}");
        assert!(text.find("slow").unwrap() < text.find("fast").unwrap(), "{text}");
    }

    #[test]
    fn the_middle_is_the_median() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
    }
}
