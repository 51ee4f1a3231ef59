//! Refusals in the log: some lines of a kind at once, then one a second, with how many were left out. Whoever sends what is refused
//! would fill the disk otherwise.

use std::collections::HashMap;
use std::time::Instant;

use super::Endpoint;
use super::answer::Refusal;
use crate::rate_limit::{Buckets, Quota};

/// Lines of one kind: so many at once, and so many a second from then on.
const LINES: Quota = Quota { rate: 1, burst: 19 };

/// Kinds, of which there are not many more than a dozen: a reason is a constant.
const MOST_KINDS: usize = 256;

/// What makes two refusals the same. Not the client: it can choose its address as it likes.
type Kind = (Endpoint, u16, &'static str);

/// Decides which refusals are written.
#[derive(Debug)]
pub(super) struct RefusalLog {
    lines: Buckets<Kind>,
    left_out: HashMap<Kind, u64>,
}

impl Default for RefusalLog {
    fn default() -> Self {
        Self { lines: Buckets::new(LINES, MOST_KINDS), left_out: HashMap::new() }
    }
}

impl RefusalLog {
    /// Whether this one is written, and how many of its kind were left out before it.
    pub(super) fn line(&mut self, endpoint: Endpoint, refusal: Refusal, now: Instant) -> Option<u64> {
        let kind = (endpoint, refusal.status.as_u16(), refusal.reason);
        if self.lines.take(kind, now).retry_after.is_none() {
            return Some(self.left_out.remove(&kind).unwrap_or(0));
        }
        *self.left_out.entry(kind).or_default() += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_flood_is_some_lines_and_a_count() {
        let (mut log, start) = (RefusalLog::default(), Instant::now());
        let (one, other) = (Refusal::unacceptable("one"), Refusal::unacceptable("other"));
        let mut line =
            |refusal, seconds| log.line(Endpoint::Verify, refusal, start + Duration::from_secs(seconds));
        let written: Vec<_> = (0..100_000).filter_map(|_| line(one, 0)).collect();
        assert_eq!(written, [0; 20]);
        assert_eq!(line(other, 0), Some(0), "another kind has lines of its own");
        assert_eq!((line(one, 2), line(one, 2), line(one, 2)), (Some(99_980), Some(0), None));
    }
}
