//! The sealing keys: how they are found, followed and renewed.
//!
//! ```text
//! follow     list (key_secret) -> load (pure) -> Keys -> readers        news (pure) -> log, Events
//!              ^ watch, clock
//! rotate     Keys, clock, request -> rotation (pure: due?) -> a key Secret, which comes back through the list
//! ```
//!
//! There is one way into the ring, for keys that an administrator brings and for those made here.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::cluster::Cluster;
use crate::events::Events;
use crate::keys::{KeyReader, Keys};
use crate::metrics::Metrics;
use crate::settings::KeySettings;

mod expiry;
mod follow;
mod key_secret;
mod load;
mod new_secret;
mod news;
mod requests;
mod rotate;
pub mod rotation;
#[cfg(test)]
mod tests;

/// The time, in Unix seconds: an argument, so that tests have their own.
type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Follows the key Secrets of the controller's namespace, and makes keys when they are due.
///
/// Ready to be run; until then there are no keys.
pub struct KeyRegistry {
    follower: follow::Follower,
    rotator: rotate::Rotator,
    reader: KeyReader,
    requests: RotationRequests,
}

impl KeyRegistry {
    /// A registry that works by the computer's clock.
    #[must_use]
    pub fn new(cluster: Cluster, settings: KeySettings, events: Events, metrics: Metrics) -> Self {
        let clock = Arc::new(|| jiff::Timestamp::now().as_second());
        Self::with_clock(cluster, settings, events, metrics, clock)
    }

    /// Reads what the registry publishes: the first keys after the first list, which is what readiness waits for
    /// ([`Keys::is_ready`]).
    #[must_use]
    pub fn reader(&self) -> KeyReader {
        self.reader.clone()
    }

    /// Asks for new keys, for example at SIGUSR1.
    #[must_use]
    pub fn rotation_requests(&self) -> RotationRequests {
        self.requests.clone()
    }

    /// Does the work; never ends by itself. It may be dropped at any time: a key that is being written then has
    /// a name that the next start would give it, too.
    pub async fn run(self) {
        let Self { follower, rotator, reader: _, requests: _ } = self;
        tokio::join!(follower.run(), rotator.run());
    }

    fn with_clock(
        cluster: Cluster,
        settings: KeySettings,
        events: Events,
        metrics: Metrics,
        clock: Clock,
    ) -> Self {
        let (publish, keys) = watch::channel(Arc::new(Keys::default()));
        let (ask, asked) = watch::channel(0);
        let reader = KeyReader::new(keys);
        let list_now = Arc::new(Notify::new());
        let rotator = rotate::Rotator::new(
            cluster.clone(),
            settings.clone(),
            Arc::clone(&clock),
            reader.clone(),
            asked,
            Arc::clone(&list_now),
        );
        let follower = follow::Follower::new(cluster, settings, (events, metrics), clock, publish, list_now);
        Self { follower, rotator, reader, requests: RotationRequests(Arc::new(ask)) }
    }
}

/// Asks for new keys. Requests that come while a key is in the making are served by it.
#[derive(Clone, Debug)]
pub struct RotationRequests(Arc<watch::Sender<u64>>);

impl RotationRequests {
    /// Asks for one more key. If keys are not listed yet, the request waits for that.
    pub fn request(&self) {
        self.0.send_modify(|requests| *requests += 1);
    }
}
