//! The figures as Markdown.

use std::fmt::Write as _;
use std::thread;

use super::figures::{Figure, Figures};
use super::inputs::Sizes;
use super::rows::{self, Goal, Row, Unit};

/// The table with its head and what must be known to read it.
pub(crate) fn whole(sizes: &Sizes, operation: f64, ours: &Figures, theirs: &Figures) -> String {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let mut text = String::new();
    if sizes.scale < 1.0 {
        let Sizes { single, few, many, deleted, large, foreign, .. } = sizes;
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "\n**Scaled to {}, no figures to rely on:** {single} objects one by one (of 30), {few} at once with default \
             flags (of 100), {many} at once (of 1,000), {deleted} foreign deletions (of 300), {large} unchanged objects \
             (of 10,000), {foreign} foreign Secrets (of 20,000). Goals that speak of the full numbers are not judged.",
            sizes.scale
        );
    }
    let _ = writeln!(
        text,
        "\nOn one API server, in turns; RSA-4096, 3 values an object, {processors} processors. In brackets after wall \
         times: how many of the processors others kept busy meanwhile. Wall times are the API server's as much as the \
         controller's and do not bind; a `–` was not measured. A private operation of RSA-4096, of which each object \
         needs three, takes {:.1} ms here; the goals were set where it takes 1.4 ms (AVX-512 IFMA).\n\n\
         | what | upstream's 0.40.0 | ours | times less | goal | met |\n|---|---|---|---|---|---|",
        operation * 1000.0
    );
    for row in rows::all(sizes) {
        let (ours, theirs) = (ours.of(row.what), theirs.of(row.what));
        if ours.is_some() || theirs.is_some() {
            text += &line(&row, ours, theirs, sizes.scale < 1.0);
        }
    }
    text
}

fn line(row: &Row, ours: Option<Figure>, theirs: Option<Figure>, scaled: bool) -> String {
    let cell =
        |figure: Option<Figure>| figure.map_or_else(|| "–".to_owned(), |figure| show(row.unit, figure));
    let times = match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours.value > 0.0 && theirs.value > 0.0 => {
            format!("{:.1}", theirs.value / ours.value)
        }
        (Some(ours), Some(theirs)) if ours.value <= 0.0 && theirs.value > 0.0 => "∞".to_owned(),
        _ => "–".to_owned(),
    };
    let goal = match row.goal {
        Goal::None => "–".to_owned(),
        Goal::AtMost(most) => show(row.unit, Figure { value: most, others: None }),
        Goal::Part(part) => format!("1/{part} of upstream's"),
    };
    let met = match met(row, ours, theirs) {
        None => "–",
        Some(_) if scaled && row.sized => "not judged",
        Some(true) => "yes",
        Some(false) if row.unit == Unit::Wall => "no (wall time)",
        Some(false) => "**no**",
    };
    format!("| {} | {} | {} | {times} | {goal} | {met} |\n", row.title, cell(theirs), cell(ours))
}

fn met(row: &Row, ours: Option<Figure>, theirs: Option<Figure>) -> Option<bool> {
    let ours = ours?.value;
    match row.goal {
        Goal::None => None,
        Goal::AtMost(most) => Some(ours <= most),
        Goal::Part(part) => Some(ours * f64::from(part) <= theirs?.value),
    }
}

fn show(unit: Unit, figure: Figure) -> String {
    let value = figure.value;
    let text = match unit {
        Unit::Wall | Unit::Processor if value < 0.1 => format!("{:.1} ms", value * 1000.0),
        Unit::Wall | Unit::Processor if value < 1.0 => format!("{:.0} ms", value * 1000.0),
        Unit::Wall | Unit::Processor => format!("{value:.1} s"),
        Unit::Number if value.fract() == 0.0 => format!("{value:.0}"),
        Unit::Number => format!("{value:.2}"),
        Unit::Bytes => format!("{:.1} MiB", value / (1024.0 * 1024.0)),
        Unit::MoreBytes => format!("{:+.1} MiB", value / (1024.0 * 1024.0)),
    };
    match figure.others {
        Some(others) => format!("{text} ({others:.1})"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::What;
    use super::*;

    fn row(unit: Unit, goal: Goal) -> Row {
        Row { what: What::Alive, title: "it".into(), unit, goal, sized: true }
    }

    fn figure(value: f64) -> Option<Figure> {
        Some(Figure { value, others: None })
    }

    #[test]
    fn goals_are_judged() {
        let at_most = row(Unit::Number, Goal::AtMost(3.0));
        assert_eq!(met(&at_most, figure(3.0), None), Some(true));
        assert_eq!(met(&at_most, figure(3.01), None), Some(false));
        let part = row(Unit::Processor, Goal::Part(3));
        assert_eq!(met(&part, figure(2.0), figure(6.0)), Some(true));
        assert_eq!(met(&part, figure(2.1), figure(6.0)), Some(false));
        assert_eq!(met(&part, figure(2.1), None), None);
    }

    #[test]
    fn lines_say_what_binds_and_what_was_not_judged() {
        let wall = row(Unit::Wall, Goal::AtMost(0.015));
        let ours = Some(Figure { value: 0.02, others: Some(0.84) });
        let text = line(&wall, ours, figure(0.028), false);
        assert_eq!(text, "| it | 28.0 ms | 20.0 ms (0.8) | 1.4 | 15.0 ms | no (wall time) |\n");
        assert!(
            line(&wall, ours, None, true).ends_with("| – | 20.0 ms (0.8) | – | 15.0 ms | not judged |\n")
        );
        let bytes = row(Unit::Bytes, Goal::AtMost(14.0 * 1024.0 * 1024.0));
        let text = line(&bytes, figure(15.0 * 1024.0 * 1024.0), None, false);
        assert!(text.ends_with("| 15.0 MiB | – | 14.0 MiB | **no** |\n"), "{text}");
    }
}
