//! The rows of the table and their goals.

use super::figures::What;
use super::inputs::Sizes;

/// A line of the table.
pub(crate) struct Row {
    pub(crate) what: What,
    pub(crate) title: String,
    pub(crate) unit: Unit,
    pub(crate) goal: Goal,
    /// Whether the goal speaks of the full numbers of objects.
    pub(crate) sized: bool,
}

/// What the values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Seconds, of which the API server and the rest of the machine have their part.
    Wall,
    /// Seconds of processor time.
    Processor,
    Number,
    Bytes,
    /// Bytes more than before.
    MoreBytes,
}

/// What ours should reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    None,
    /// In the row's unit.
    AtMost(f64),
    /// At most this part of upstream's.
    Part(u32),
}

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// All rows, in the order of the table.
pub(crate) fn all(sizes: &Sizes) -> Vec<Row> {
    use Goal::{AtMost, None, Part};
    use Unit::{Bytes, MoreBytes, Number, Processor, Wall};
    let Sizes { few, many, deleted, large, foreign, single, .. } = *sizes;
    let lifted = "upstream: limits lifted";
    let beside = format!("restart beside {large} unchanged and {foreign} foreign Secrets");
    let row = |what, title: String, unit, goal| Row { what, title, unit, goal, sized: false };
    let sized = |what, title: String, unit, goal| Row { what, title, unit, goal, sized: true };
    vec![
        row(What::SingleMedian, "one object, request to Secret: p50".into(), Wall, AtMost(0.015)),
        row(What::SingleSlowest, format!("the same, p99 of {single}"), Wall, AtMost(0.030)),
        sized(What::FewWall, format!("{few} created at once, default flags: all Secrets there"), Wall, None),
        sized(
            What::ManyWall,
            format!("{many} created at once ({lifted}): all Secrets there"),
            Wall,
            AtMost(8.0),
        ),
        row(What::ManyRequests, "… requests for a new object".into(), Number, AtMost(3.0)),
        row(What::ManyProcessor, "… processor time of the controller".into(), Processor, Part(3)),
        sized(
            What::RestartServed,
            format!("restart beside {many} unchanged ({lifted}): a new object is served after"),
            Wall,
            AtMost(0.2),
        ),
        row(What::RestartRequests, "… requests for unchanged objects".into(), Number, AtMost(0.0)),
        row(What::RestartWrites, "… of them writes".into(), Number, AtMost(0.0)),
        row(What::RestartEvents, "… of them events".into(), Number, AtMost(0.0)),
        sized(What::LargeChecked, format!("{beside}: all checked"), Wall, AtMost(4.0)),
        sized(What::LargeServed, "… a new object meanwhile".into(), Wall, AtMost(1.0)),
        row(What::LargeRequests, "… requests for unchanged objects".into(), Number, AtMost(0.0)),
        row(What::LargeWrites, "… of them writes".into(), Number, AtMost(0.0)),
        sized(What::LargeMemory, "… memory".into(), Bytes, AtMost(28.0 * MEBIBYTE)),
        sized(
            What::Recreated,
            format!(
                "a Secret deleted by hand is back, just after {deleted} foreign ones were deleted (default flags)"
            ),
            Wall,
            AtMost(0.1),
        ),
        row(What::IdleMemory, "memory idle".into(), Bytes, AtMost(14.0 * MEBIBYTE)),
        sized(What::ManyMemory, format!("memory after those {many}"), Bytes, AtMost(22.0 * MEBIBYTE)),
        sized(
            What::ForeignMemory,
            format!("memory for {foreign} foreign Secrets of 1 KiB"),
            MoreBytes,
            AtMost(2.0 * MEBIBYTE),
        ),
        row(What::Alive, "alive after start on an empty cluster, with a key".into(), Wall, AtMost(0.1)),
    ]
}
