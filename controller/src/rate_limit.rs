//! How often somebody may do something: the generic cell rate algorithm, with answers as upstream's limiter of HTTP requests
//! gives them.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// So much at once, and so much a second from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    /// Requests a second; 0 counts as 1, since an endpoint is switched off by its own setting.
    pub(crate) rate: u32,
    /// So many more than one at once.
    pub(crate) burst: u32,
}

/// What the limiter says of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Most that may come at once (`X-RateLimit-Limit`).
    pub(crate) limit: u32,
    /// How many more may come now (`X-RateLimit-Remaining`).
    pub(crate) remaining: u32,
    /// Until all of `limit` may come at once again (`X-RateLimit-Reset`).
    pub(crate) reset: Duration,
    /// For a request that is refused: until the next one is not (`Retry-After`).
    pub(crate) retry_after: Option<Duration>,
}

/// One bucket a key, in bounded memory.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    quota: Quota,
    most: usize,
    /// When each bucket is full again. A bucket that is full needs no entry.
    full_at: HashMap<K, Instant>,
}

impl<K: Eq + Hash + Clone + Ord> Buckets<K> {
    /// Buckets of this size, of which at most `most` are remembered.
    pub(crate) fn new(quota: Quota, most: usize) -> Self {
        Self { quota, most: most.max(2), full_at: HashMap::new() }
    }

    /// Takes one out of a bucket, if there is one.
    pub(crate) fn take(&mut self, key: K, now: Instant) -> Verdict {
        let interval = Duration::from_secs(1) / self.quota.rate.max(1);
        let limit = self.quota.burst.saturating_add(1);
        let depth = interval * limit;
        let level = self.full_at.get(&key).map_or(Duration::ZERO, |full| full.saturating_duration_since(now));
        let after = level + interval;
        if after > depth {
            let retry_after = Some(after - depth);
            return Verdict { limit, remaining: 0, reset: level, retry_after };
        }
        if self.full_at.len() >= self.most && !self.full_at.contains_key(&key) {
            self.make_room(now);
        }
        self.full_at.insert(key, now + after);
        let remaining = (depth - after).as_nanos() / interval.as_nanos().max(1);
        let remaining = u32::try_from(remaining).unwrap_or(u32::MAX);
        Verdict { limit, remaining, reset: after, retry_after: None }
    }

    /// Forgets the buckets that are full. If that is not half of them, those go that are next to be full: they
    /// lose the least by it, and are anyone's but those of who asks the most.
    fn make_room(&mut self, now: Instant) {
        self.full_at.retain(|_, full| *full > now);
        let keep = self.most / 2;
        if self.full_at.len() <= keep {
            return;
        }
        let mut entries: Vec<(Instant, K)> =
            self.full_at.iter().map(|(key, full)| (*full, key.clone())).collect();
        let surplus = entries.len() - keep;
        entries.select_nth_unstable(surplus - 1);
        for (_, key) in &entries[..surplus] {
            self.full_at.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    fn buckets(rate: u32, burst: u32) -> Buckets<u32> {
        Buckets::new(Quota { rate, burst }, 100)
    }

    /// As recorded of upstream's controller with its default flags: three at once, then one every half second.
    #[test]
    fn numbers_are_upstreams() {
        let start = Instant::now();
        let mut buckets = buckets(2, 2);
        for (remaining, reset) in [(2, 500), (1, 1_000), (0, 1_500)] {
            let reset = reset * MILLISECOND;
            let verdict = buckets.take(1, start);
            assert_eq!(verdict, Verdict { limit: 3, remaining, reset, retry_after: None });
        }
        let refused = buckets.take(1, start + 100 * MILLISECOND);
        assert_eq!(refused.retry_after, Some(400 * MILLISECOND));
        assert_eq!((refused.limit, refused.remaining, refused.reset), (3, 0, 1_400 * MILLISECOND));
        assert_eq!(buckets.take(1, start + 499 * MILLISECOND).retry_after, Some(MILLISECOND));
        assert_eq!(buckets.take(1, start + 500 * MILLISECOND).retry_after, None);
        assert!(buckets.take(1, start + 999 * MILLISECOND).retry_after.is_some());
        assert_eq!(buckets.take(1, start + 5_000 * MILLISECOND).remaining, 2);
    }

    #[test]
    fn keys_do_not_share() {
        let start = Instant::now();
        let mut buckets = buckets(1, 0);
        assert_eq!(buckets.take(1, start).retry_after, None);
        assert_eq!(buckets.take(2, start).retry_after, None);
        assert!(buckets.take(1, start).retry_after.is_some());
    }

    /// The defaults: 1,000 requests of one client, each repeated when told to wait, are through in a minute.
    #[test]
    fn a_thousand_in_a_minute() {
        let start = Instant::now();
        let mut buckets = buckets(20, 100);
        let mut now = start;
        for _ in 0..1_000 {
            while let Some(wait) = buckets.take(1, now).retry_after {
                // Clients wait whole seconds.
                now += Duration::from_secs(wait.as_secs() + 1);
            }
        }
        assert!(now - start < Duration::from_secs(60), "{:?}", now - start);
        assert!(now - start > Duration::from_secs(30), "{:?}", now - start);
    }

    #[test]
    fn memory_has_a_bound_and_the_greediest_stay() {
        let start = Instant::now();
        let mut buckets = buckets(1, 9);
        for _ in 0..10 {
            buckets.take(0, start);
        }
        for key in 1..10_000 {
            buckets.take(key, start);
            assert!(buckets.full_at.len() <= 100);
        }
        assert!(buckets.take(0, start).retry_after.is_some(), "the empty bucket is still known");
        let later = start + Duration::from_secs(100);
        for key in 0..101 {
            buckets.take(key, later);
        }
        assert!(buckets.full_at.len() <= 100);
    }

    #[test]
    fn odd_quotas_do_not_panic() {
        let start = Instant::now();
        for (rate, burst) in [(0, 0), (u32::MAX, u32::MAX), (1, u32::MAX), (u32::MAX, 0)] {
            let mut buckets = buckets(rate, burst);
            for _ in 0..3 {
                buckets.take(1, start);
            }
        }
    }
}
