//! The time, read once for each run.

use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds since 1970-01-01 00:00 UTC.
pub(crate) type Nanoseconds = i128;

/// Unix seconds.
pub(crate) type Seconds = i64;

/// Now. A clock before 1970 makes every certificate look fresh, which is what kubeseal would see, too.
pub(crate) fn now() -> Nanoseconds {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(since.as_nanos()).unwrap_or(i128::MAX)
}

/// The same in seconds.
pub(crate) fn seconds(now: Nanoseconds) -> Seconds {
    Seconds::try_from(now / 1_000_000_000).unwrap_or(Seconds::MAX)
}
