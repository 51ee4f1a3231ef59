//! The two ways to the API server: requests that end soon, and watches that do not.

use std::time::Duration;

use kube::{Client, Config};

use crate::settings::ApiLimits;

/// How long the API server may be silent within a request.
const REQUEST_SILENCE: Duration = Duration::from_secs(30);

/// How long a watch is asked to last; bookmarks and this end are what shows that the server is still there.
pub const WATCH_SECONDS: u32 = 90;

/// Clients of one cluster.
///
/// They are two since a limit on silence that fits requests would cut every quiet watch. Neither retries by
/// itself: a write may have been done although its answer was lost, and only the caller knows how to look.
#[derive(Clone)]
pub struct Cluster {
    requests: Client,
    watches: Client,
    own_namespace: String,
}

impl Cluster {
    /// Clients for a configuration.
    ///
    /// # Errors
    /// A configuration that no client can be made of (bad certificates, for example).
    pub fn connect(config: &Config, limits: ApiLimits, own_namespace: &str) -> anyhow::Result<Self> {
        let with_silence = |silence| {
            let mut config = config.clone();
            config.default_retry = false;
            config.connect_timeout = Some(Duration::from_secs(5));
            config.read_timeout = Some(silence);
            config
        };
        let _ = limits; // The limiter comes with the unseal module.
        Ok(Self {
            requests: Client::try_from(with_silence(REQUEST_SILENCE))?,
            watches: Client::try_from(with_silence(Duration::from_secs(u64::from(WATCH_SECONDS) + 15)))?,
            own_namespace: own_namespace.to_owned(),
        })
    }

    /// The same client for both, for tests that script the answers.
    #[doc(hidden)]
    #[must_use]
    pub fn of_client(client: Client, own_namespace: &str) -> Self {
        Self { requests: client.clone(), watches: client, own_namespace: own_namespace.to_owned() }
    }

    /// For requests that end soon.
    #[must_use]
    pub fn requests(&self) -> &Client {
        &self.requests
    }

    /// For watches.
    #[must_use]
    pub fn watches(&self) -> &Client {
        &self.watches
    }

    /// The controller's own namespace.
    #[must_use]
    pub fn own_namespace(&self) -> &str {
        &self.own_namespace
    }
}
