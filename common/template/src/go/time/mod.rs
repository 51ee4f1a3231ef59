//! `time`: instants with a zone, durations, layouts.

/// `time.Time`.
#[derive(Clone)]
pub(crate) struct Time {
    seconds: i64,
}

impl Time {
    /// The instant so many nanoseconds after 1970-01-01 00:00 UTC, in UTC, as `time.Now()` gives it: with a monotonic reading,
    /// which `String()` shows.
    pub(crate) fn now(unix_nanoseconds: i128) -> Self {
        Time { seconds: unix_nanoseconds.div_euclid(1_000_000_000) as i64 }
    }

    pub(crate) fn unix_seconds(&self) -> i64 {
        self.seconds
    }
}

/// `*time.Location`.
#[derive(Clone)]
pub(crate) struct Location {}
