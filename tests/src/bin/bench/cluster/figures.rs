//! What was measured of one controller.

use std::collections::BTreeMap;

use super::load::Shares;

/// A figure of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Alive,
    SingleMedian,
    SingleSlowest,
    IdleMemory,
    FewWall,
    ManyWall,
    ManyRequests,
    ManyProcessor,
    ManyMemory,
    RestartServed,
    RestartRequests,
    RestartWrites,
    RestartEvents,
    Recreated,
    ForeignMemory,
    LargeChecked,
    LargeServed,
    LargeRequests,
    LargeWrites,
    LargeMemory,
}

/// A value in the row's unit, and for wall times the processors that others kept busy meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) value: f64,
    pub(crate) others: Option<f64>,
}

/// What is known of one controller so far.
#[derive(Debug, Default)]
pub(crate) struct Figures(BTreeMap<What, Figure>);

impl Figures {
    pub(crate) fn note(&mut self, what: What, value: f64) {
        eprintln!("    {what:?}: {value:.3}");
        self.0.insert(what, Figure { value, others: None });
    }

    pub(crate) fn note_wall(&mut self, what: What, seconds: f64, shares: Shares) {
        let Shares { others, own } = shares;
        eprintln!(
            "    {what:?}: {seconds:.3} s; processors busy: {own:.2} by all this, {others:.2} by others"
        );
        self.0.insert(what, Figure { value: seconds, others: Some(others) });
    }

    pub(crate) fn of(&self, what: What) -> Option<Figure> {
        self.0.get(&what).copied()
    }
}
