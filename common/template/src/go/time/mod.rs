//! `time`: instants with a zone, durations, layouts.

/// `time.Time`.
#[derive(Clone)]
pub(crate) struct Time {}

impl Time {
    /// The instant so many nanoseconds after 1970-01-01 00:00 UTC, in UTC, as `time.Now()` gives it: with a monotonic reading,
    /// which `String()` shows.
    pub(crate) fn now(_unix_nanoseconds: i128) -> Self {
        Time {}
    }
}

/// `*time.Location`.
#[derive(Clone)]
pub(crate) struct Location {}
