//! Requests to the API server that fail for want of it: told in the log with cause and count, ever less often, and once
//! when it answers again. A thousand objects that wait for it are a handful of lines.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::api_error::ApiError;

/// Pauses between lines that tell of failures: doubling from the first to the last. What fails now and then, in between
/// of what does not, is told as rarely.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LAST_PAUSE: Duration = Duration::from_secs(300);

/// For so long after a connection was lost a missing role is none: an API server that has just started refuses everything
/// until it has read the roles.
const SETTLING: Duration = Duration::from_secs(10);

/// After so long without a line the pauses begin anew.
const CALM: Duration = Duration::from_secs(600);

/// What became of the requests of one process, whatever they were about.
#[derive(Debug, Default)]
pub struct Outage(Mutex<Counts>);

impl Outage {
    /// A request has ended: with an answer, or without one that says anything about what was asked. Returns the result as it
    /// is to be understood.
    ///
    /// # Errors
    /// As they came; a missing role right after a connection was lost as [`Busy`](crate::api_error::ApiErrorKind::Busy).
    pub fn note<T>(&self, result: Result<T, ApiError>) -> Result<T, ApiError> {
        let result = result.map_err(|error| {
            if error.is_missing_role() && self.is_settling() { error.for_now() } else { error }
        });
        match &result {
            Err(error) if error.is_of_the_server() => {
                self.failed(&error.for_log(), error.is_lost_connection());
            }
            _ => self.answered(),
        }
        result
    }

    /// A request has failed of this. `lost`: there was no connection.
    pub fn failed(&self, cause: &str, lost: bool) {
        if lost {
            self.counts().lost_at = Some(Instant::now());
        }
        if let Some(Failing { failed, seconds }) = self.counts().failed(Instant::now()) {
            tracing::error!(failed, seconds, error = %cause, "Requests to the API server fail, will retry");
        }
    }

    /// A request was answered.
    pub fn answered(&self) {
        if let Some(Failing { failed, seconds }) = self.counts().answered(Instant::now()) {
            tracing::info!(failed, seconds, "The API server answers again");
        }
    }

    /// A connection was lost a moment ago: what the API server refuses now it may grant in the next.
    #[must_use]
    pub fn is_settling(&self) -> bool {
        self.counts().is_settling(Instant::now())
    }

    /// The last request failed, as far as is known.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.counts().failing
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many requests failed, within how many seconds.
#[derive(Debug, PartialEq, Eq)]
struct Failing {
    failed: u64,
    seconds: u64,
}

#[derive(Debug, Default)]
struct Counts {
    /// Since the last answer something failed.
    failing: bool,
    /// When a connection was lost, or there was none.
    lost_at: Option<Instant>,
    failed: u64,
    /// When the first of those failed.
    since: Option<Instant>,
    /// They were told, and no end of it yet.
    told: bool,
    /// Before this nothing is told.
    quiet_until: Option<Instant>,
    pause: Duration,
}

impl Counts {
    fn is_settling(&self, now: Instant) -> bool {
        self.lost_at.is_some_and(|lost_at| now < lost_at + SETTLING)
    }

    fn failed(&mut self, now: Instant) -> Option<Failing> {
        self.failing = true;
        self.failed += 1;
        let since = *self.since.get_or_insert(now);
        if self.quiet_until.is_some_and(|until| now < until) {
            return None;
        }
        let is_calm = self.quiet_until.is_none_or(|until| now > until + CALM);
        self.pause = if is_calm { FIRST_PAUSE } else { (self.pause * 2).min(LAST_PAUSE) };
        self.quiet_until = Some(now + self.pause);
        self.told = true;
        Some(Failing { failed: self.failed, seconds: (now - since).as_secs() })
    }

    /// What failed and was not told yet is counted on, for the next line.
    fn answered(&mut self, now: Instant) -> Option<Failing> {
        self.failing = false;
        if !std::mem::take(&mut self.told) {
            return None;
        }
        let since = self.since.take().unwrap_or(now);
        let failed = std::mem::take(&mut self.failed);
        Some(Failing { failed, seconds: (now - since).as_secs() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn an_outage_is_a_handful_of_lines() {
        let (mut counts, begin) = (Counts::default(), Instant::now());
        let told: Vec<_> = (0..9_000)
            .filter_map(|number| counts.failed(begin + seconds(f64::from(number) / 100.0)))
            .collect();
        let failing = |failed, seconds| Failing { failed, seconds };
        assert_eq!(told, [failing(1, 0), failing(1_001, 10), failing(3_001, 30), failing(7_001, 70)]);
        assert_eq!(counts.answered(begin + seconds(91.0)), Some(failing(9_000, 91)));
        assert_eq!(counts.answered(begin + seconds(92.0)), None);
    }

    #[test]
    fn what_fails_now_and_then_is_told_ever_less() {
        let (mut counts, begin) = (Counts::default(), Instant::now());
        let mut lines = 0;
        for number in 0..3_600 {
            let now = begin + seconds(f64::from(number));
            lines += usize::from(counts.failed(now).is_some()) + usize::from(counts.answered(now).is_some());
        }
        assert!((2..40).contains(&lines), "{lines} lines in an hour");
        let later = begin + seconds(3_600.0) + CALM * 2;
        assert!(counts.failed(later).is_some());
        assert!(counts.failed(later + FIRST_PAUSE).is_some());
    }
}
