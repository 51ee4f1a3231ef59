//! How long a request may take, and when it is sent again. Pure.

use std::time::Duration;

use crate::failure::Failure;

/// As client-go has it: the first try and nine more.
const MOST_TRIES: u32 = 10;

/// For all tries of a request together, from when it is its turn.
const LONGEST: Duration = Duration::from_secs(60);

/// Without `--request-timeout`: time to connect, and for answers that cost the server nothing.
const SHORT: Duration = Duration::from_secs(10);

/// Without `--request-timeout`: for answers that the controller has to work for. A large object takes it a while.
const WORK: Duration = Duration::from_secs(60);

/// Limits of one request; none where `--request-timeout` is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeLimits {
    pub(crate) connect: Option<Duration>,
    pub(crate) get: Option<Duration>,
    pub(crate) post: Option<Duration>,
}

impl TimeLimits {
    /// From `--request-timeout` as kubectl reads it: seconds, or numbers with units (`1m30s`).
    ///
    /// # Errors
    /// Anything else, in client-go's words.
    pub(crate) fn of_flag(flag: Option<&str>) -> Result<TimeLimits, Failure> {
        let Some(flag) = flag.filter(|flag| !flag.is_empty()) else {
            return Ok(TimeLimits { connect: Some(SHORT), get: Some(SHORT), post: Some(WORK) });
        };
        let limit = duration(flag).ok_or_else(|| {
            Failure::new(
                "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
            )
        })?;
        let limit = (!limit.is_zero()).then_some(limit);
        Ok(TimeLimits { connect: limit, get: limit, post: limit })
    }
}

/// How long to wait before a request is sent again; `None` if it is not. The server has to ask for it with
/// Retry-After, in seconds, whatever the request: none that this program sends changes by being repeated.
pub(crate) fn wait(
    status: u16,
    retry_after: Option<&str>,
    tries: u32,
    elapsed: Duration,
) -> Option<Duration> {
    let busy = status == 429 || status >= 500;
    let seconds: u64 = retry_after.filter(|_| busy)?.trim().parse().ok()?;
    let wait = Duration::from_secs(seconds);
    (tries < MOST_TRIES && elapsed.checked_add(wait)? <= LONGEST).then_some(wait)
}

/// A duration as Go's time.ParseDuration takes it, or whole seconds.
fn duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let mut total = Duration::ZERO;
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    while !rest.is_empty() {
        let number_end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let number: f64 = rest[..number_end].parse().ok()?;
        let unit_end = rest[number_end..].find(|letter: char| letter.is_ascii_digit() || letter == '.');
        let (unit, after) = rest[number_end..].split_at(unit_end.unwrap_or(rest.len() - number_end));
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(number * seconds).ok()?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_server_is_asked_again_only_if_it_says_when() {
        let second = Duration::from_secs(1);
        assert_eq!(wait(429, Some("1"), 1, Duration::ZERO), Some(second));
        assert_eq!(wait(503, Some("1"), 1, Duration::ZERO), Some(second));
        assert_eq!(wait(429, None, 1, Duration::ZERO), None);
        assert_eq!(wait(404, Some("1"), 1, Duration::ZERO), None);
        assert_eq!(wait(429, Some("soon"), 1, Duration::ZERO), None);
    }

    #[test]
    fn there_is_an_end_to_it() {
        assert!(wait(429, Some("0"), 9, Duration::ZERO).is_some());
        assert!(wait(429, Some("0"), 10, Duration::ZERO).is_none());
        assert!(wait(429, Some("30"), 1, Duration::from_secs(31)).is_none());
        assert!(wait(429, Some(&u64::MAX.to_string()), 1, Duration::from_secs(1)).is_none());
    }

    #[test]
    fn limits_are_read_as_kubectl_does() {
        let limit = |text: &str| TimeLimits::of_flag(Some(text)).ok().map(|limits| limits.get);
        assert_eq!(limit("5"), Some(Some(Duration::from_secs(5))));
        assert_eq!(limit("1m30s"), Some(Some(Duration::from_secs(90))));
        assert_eq!(limit("1.5s"), Some(Some(Duration::from_millis(1500))));
        assert_eq!(limit("500ms"), Some(Some(Duration::from_millis(500))));
        assert_eq!(limit("0"), Some(None));
        for bad in ["soon", "5x", "s", "-5", "5 s", "1.2.3s"] {
            assert_eq!(limit(bad), None, "{bad}");
        }
    }
}
