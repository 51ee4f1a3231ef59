//! `--kubeclient-qps`: how fast the API server is asked, and who goes first where not all can go at once.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::Notify;

use crate::settings::ApiLimits;

/// An event that has waited for so long is news no longer.
const EVENTS_WAIT: Duration = Duration::from_secs(30);

/// What a request is worth: Secrets, and what is read for them, before what is told of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Secrets and SealedSecrets, keys among them.
    Secret,
    /// Statuses of SealedSecrets.
    Status,
    /// Events.
    Event,
}

impl Class {
    /// Of a request to this path.
    pub(crate) fn of(path: &str) -> Self {
        let mut parts = path.trim_start_matches('/').split('/');
        match parts.next() {
            // api/v1/namespaces/NAMESPACE/events/…
            Some("api") if parts.nth(3) == Some("events") => Class::Event,
            // apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME/status
            Some("apis") if parts.nth(6) == Some("status") => Class::Status,
            _ => Class::Secret,
        }
    }
}

/// Lets requests go at a rate, those of the first class first, and those of one class as they came.
#[derive(Debug)]
pub(crate) struct Limiter {
    rate: DefaultDirectRateLimiter,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: BTreeMap<Place, Arc<Notify>>,
    next: u64,
}

/// Class, and when it came.
type Place = (Class, u64);

impl Limiter {
    /// None: there is no limit.
    pub(crate) fn new(limits: ApiLimits) -> Option<Self> {
        let per_second = limits.requests_per_second?;
        let quota = Quota::with_period(Duration::from_secs_f32(1.0 / per_second.max(0.001)))?;
        let burst = NonZeroU32::new(limits.burst.max(1))?;
        Some(Self { rate: RateLimiter::direct(quota.allow_burst(burst)), queue: Mutex::default() })
    }

    /// Waits for its turn. False: it came too late to be worth a request.
    pub(crate) async fn turn(&self, class: Class) -> bool {
        let ticket = self.queue_up(class);
        let turn = ticket.turn();
        if class != Class::Event {
            turn.await;
            return true;
        }
        tokio::time::timeout(EVENTS_WAIT, turn).await.is_ok()
    }

    fn queue_up(&self, class: Class) -> Ticket<'_> {
        let mut queue = self.queue();
        queue.next += 1;
        let place = (class, queue.next);
        let notify = Arc::new(Notify::new());
        queue.waiting.insert(place, Arc::clone(&notify));
        Ticket { limiter: self, place, notify }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that waits; whoever leaves, with or without its turn, calls the next.
struct Ticket<'l> {
    limiter: &'l Limiter,
    place: Place,
    notify: Arc<Notify>,
}

impl Ticket<'_> {
    async fn turn(&self) {
        loop {
            if !self.is_first() {
                self.notify.notified().await;
                continue;
            }
            let Err(not_until) = self.limiter.rate.check() else { return };
            // Somebody of a better class may come meanwhile.
            tokio::time::sleep(not_until.wait_time_from(DefaultClock::default().now())).await;
        }
    }

    fn is_first(&self) -> bool {
        self.limiter.queue().waiting.first_key_value().is_some_and(|(first, _)| *first == self.place)
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut queue = self.limiter.queue();
        queue.waiting.remove(&self.place);
        if let Some((_, next)) = queue.waiting.first_key_value() {
            next.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter() -> Arc<Limiter> {
        let limits = ApiLimits { requests_per_second: Some(50.0), burst: 1 };
        Arc::new(Limiter::new(limits).unwrap())
    }

    #[test]
    fn classes_by_path() {
        for (path, class) in [
            ("/api/v1/namespaces/shop/secrets", Class::Secret),
            ("/api/v1/namespaces/shop/secrets/events", Class::Secret),
            ("/api/v1/namespaces/events/secrets/status", Class::Secret),
            ("/apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets/status", Class::Secret),
            ("/apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets/db/status", Class::Status),
            ("/api/v1/namespaces/shop/events", Class::Event),
            ("/api/v1/namespaces/shop/events/db.1", Class::Event),
        ] {
            assert_eq!(Class::of(path), class, "{path}");
        }
    }

    #[tokio::test]
    async fn secrets_go_before_statuses_and_statuses_before_events() {
        let limiter = limiter();
        assert!(limiter.turn(Class::Event).await, "the burst");
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for class in [Class::Event, Class::Status, Class::Secret].repeat(4) {
            let (limiter, order) = (Arc::clone(&limiter), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                assert!(limiter.turn(class).await);
                order.lock().unwrap().push(class);
            }));
            // All wait before the first may go.
            tokio::task::yield_now().await;
        }
        for task in tasks {
            task.await.unwrap();
        }
        let order = order.lock().unwrap();
        // The very first may have had its turn before others came.
        assert!(order[1..].is_sorted(), "{order:?}");
        assert_eq!(order.len(), 12);
        assert!(limiter.queue().waiting.is_empty());
    }

    #[tokio::test]
    async fn who_gives_up_keeps_nobody_waiting() {
        let limiter = limiter();
        limiter.turn(Class::Secret).await;
        let first = limiter.queue_up(Class::Secret);
        let own = Arc::clone(&limiter);
        let second = tokio::spawn(async move { own.turn(Class::Status).await });
        tokio::task::yield_now().await;
        drop(first);
        assert!(second.await.unwrap());
    }
}
