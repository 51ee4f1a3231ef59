//! Whether the process is alive, and whether it is ready.

use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use tokio::sync::watch;
use tokio::time::Instant;

use super::answer;
use crate::keys::KeyReader;

/// How long `/healthz` waits for the first key. Upstream's chart asks it for readiness, and whoever waits for that may fetch the
/// certificate at once; it asks it for liveness as well, at the start, after 10 and after 20 seconds, and a third no would
/// end the process. Making a key takes some seconds.
const FIRST_KEY: Duration = Duration::from_secs(15);

/// Whether the controller can do its work: there is a key to seal with, and the watches have started.
#[derive(Clone, Debug)]
pub struct Readiness {
    keys: KeyReader,
    watches: watch::Receiver<bool>,
    started: Instant,
}

impl Readiness {
    /// `watches` turns true when every watch has brought its first list, and stays so: a server that is away later is no
    /// reason to take the certificate from clients.
    #[must_use]
    pub fn new(keys: KeyReader, watches: watch::Receiver<bool>) -> Self {
        Self { keys, watches, started: Instant::now() }
    }

    /// Whether it is ready now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        *self.watches.borrow() && self.keys.snapshot().active.is_some()
    }
}

/// `/healthz`: 503 until there is a key to seal with, or the time for the first one is over. From then on 200, as upstream's from
/// the start: keys that vanish are no reason to start the process again.
pub(super) fn healthy(readiness: &Readiness) -> Response {
    let healthy = readiness.keys.snapshot().was_ready || readiness.started.elapsed() >= FIRST_KEY;
    if healthy { alive() } else { not_ready() }
}

/// `/livez`: always `ok`.
///
/// The answer comes from the runtime that does all the work, so a runtime that hangs gives none, and the probe's
/// time limit notices. More is not claimed: an API server that is away, or a missing key, is no reason to start
/// this process again.
pub(super) fn alive() -> Response {
    answer::text(StatusCode::OK, "ok\n")
}

/// `/readyz`: 200 or 503, and no reason, since anyone may ask.
pub(super) fn ready(readiness: &Readiness) -> Response {
    if readiness.is_ready() { answer::text(StatusCode::OK, "ok\n") } else { not_ready() }
}

fn not_ready() -> Response {
    answer::text(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::keys::Keys;

    #[tokio::test(start_paused = true)]
    async fn without_a_key_it_is_unhealthy_for_less_than_three_probes() {
        let (keys, reader) = watch::channel(Arc::new(Keys::default()));
        let (_watches, watched) = watch::channel(false);
        let readiness = Readiness::new(KeyReader::new(reader), watched);
        let mut said = Vec::new();
        // As upstream's chart probes.
        for _ in 0..3 {
            said.push(healthy(&readiness).status().as_u16());
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
        assert_eq!(said, [503, 503, 200]);
        assert_eq!(ready(&readiness).status(), StatusCode::SERVICE_UNAVAILABLE);
        drop(keys);
    }
}
