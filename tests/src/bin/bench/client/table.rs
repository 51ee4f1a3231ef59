//! The figures as Markdown.

use std::thread;
use std::time::Duration;

use super::measure::{Samples, Used};
use super::rows::{Goal, Row};

const MEBIBYTE: u64 = 1 << 20;

/// The table with its head and a line about the machine.
pub(crate) fn whole(lines: &[String], floor: u64, quick: bool) -> String {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let warning = if quick { "**A quick run: no figures to rely on.**\n\n" } else { "" };
    format!(
        "\n{warning}Medians, minima in brackets: wall time, processor time (user and system), peak memory. RSA-4096, \
         {processors} processors, files in memory. A child of this benchmark cannot show less than {} of memory.\n\n\
         | what | kubeseal 0.40.0: wall · CPU · memory | ours: wall · CPU · memory | times less | goal | met |\n|---|---|---|---|---|---|\n{}",
        memory(floor),
        lines.concat()
    )
}

/// One row of the table.
pub(crate) fn line(row: &Row, ours: &Samples, theirs: Option<&Samples>) -> String {
    let mine = ours.median();
    let other = theirs.map(Samples::median);
    let ratios = other.map_or_else(
        || "–".to_owned(),
        |other| {
            let [wall, cpu, rss] = [wall(other) / wall(mine), cpu(other) / cpu(mine), rss(other) / rss(mine)];
            format!("{wall:.1} · {cpu:.1} · {rss:.1}")
        },
    );
    let (goals, verdicts): (Vec<_>, Vec<_>) = row
        .goals
        .iter()
        .map(|goal| (describe(*goal), if met(*goal, mine, other) { "yes" } else { "**no**" }))
        .unzip();
    format!(
        "| {} | {} | {} | {ratios} | {} | {} |\n",
        row.name,
        theirs.map_or_else(|| "–".to_owned(), figures),
        figures(ours),
        joined(&goals),
        joined(&verdicts)
    )
}

fn figures(samples: &Samples) -> String {
    let (median, least) = (samples.median(), samples.least());
    format!(
        "{} ({}) · {} ({}) · {} ({})",
        time(median.wall),
        time(least.wall),
        time(median.cpu),
        time(least.cpu),
        memory(median.rss),
        memory(least.rss)
    )
}

fn met(goal: Goal, ours: Used, theirs: Option<Used>) -> bool {
    let part = |figure: fn(Used) -> f64, parts: u32| {
        theirs.is_some_and(|theirs| figure(ours) * f64::from(parts) <= figure(theirs))
    };
    match goal {
        Goal::Wall(parts) => part(wall, parts),
        Goal::Cpu(parts) => part(cpu, parts),
        Goal::Rss(parts) => part(rss, parts),
        Goal::Mebibytes(most) => ours.rss <= most * MEBIBYTE,
        Goal::Milliseconds(most) => ours.wall <= Duration::from_millis(most),
    }
}

fn describe(goal: Goal) -> String {
    match goal {
        Goal::Wall(parts) => format!("wall 1/{parts}"),
        Goal::Cpu(parts) => format!("CPU 1/{parts}"),
        Goal::Rss(parts) => format!("memory 1/{parts}"),
        Goal::Mebibytes(most) => format!("{most} MiB"),
        Goal::Milliseconds(most) => format!("{most} ms"),
    }
}

fn wall(used: Used) -> f64 {
    used.wall.as_secs_f64()
}

fn cpu(used: Used) -> f64 {
    used.cpu.as_secs_f64()
}

#[allow(clippy::cast_precision_loss, reason = "memory sizes are far below 2^52")]
fn rss(used: Used) -> f64 {
    used.rss as f64
}

fn time(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    match milliseconds {
        ..100.0 => format!("{milliseconds:.1} ms"),
        ..10_000.0 => format!("{milliseconds:.0} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

fn memory(bytes: u64) -> String {
    let tenths = bytes * 10 / MEBIBYTE;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

fn joined(texts: &[impl AsRef<str>]) -> String {
    if texts.is_empty() {
        return "–".to_owned();
    }
    texts.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(milliseconds: u64, mebibytes: u64) -> Used {
        let time = Duration::from_millis(milliseconds);
        Used { wall: time, cpu: time, rss: mebibytes * MEBIBYTE }
    }

    #[test]
    fn goals_are_judged() {
        assert!(met(Goal::Wall(5), used(2, 1), Some(used(10, 1))));
        assert!(!met(Goal::Wall(6), used(2, 1), Some(used(10, 1))));
        assert!(!met(Goal::Wall(1), used(2, 1), None));
        assert!(met(Goal::Rss(4), used(1, 6), Some(used(1, 24))));
        assert!(met(Goal::Mebibytes(6), used(1, 6), None));
        assert!(!met(Goal::Milliseconds(9), used(10, 1), None));
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(time(Duration::from_micros(1540)), "1.5 ms");
        assert_eq!(time(Duration::from_millis(505)), "505 ms");
        assert_eq!(time(Duration::from_millis(15_234)), "15.2 s");
        assert_eq!(memory(4 * MEBIBYTE + MEBIBYTE / 2), "4.5 MiB");
    }
}
