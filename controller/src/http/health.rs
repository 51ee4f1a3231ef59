//! Whether the process is alive, and whether it is ready.

use axum::response::Response;
use http::StatusCode;
use tokio::sync::watch;

use super::answer;
use crate::keys::KeyReader;

/// Whether the controller can do its work: there is a key to seal with, and the watches have started.
#[derive(Clone, Debug)]
pub struct Readiness {
    keys: KeyReader,
    watches: watch::Receiver<bool>,
}

impl Readiness {
    /// `watches` turns true when every watch has brought its first list, and stays so: a server that is away later is no
    /// reason to take the certificate from clients.
    #[must_use]
    pub fn new(keys: KeyReader, watches: watch::Receiver<bool>) -> Self {
        Self { keys, watches }
    }

    /// Whether it is ready now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        *self.watches.borrow() && self.keys.snapshot().active.is_some()
    }
}

/// `/healthz` and `/livez`: always `ok`.
///
/// The answer comes from the runtime that does all the work, so a runtime that hangs gives none, and the probe's
/// time limit notices. More is not claimed: an API server that is away, or a missing key, is no reason to start
/// this process again.
pub(super) fn alive() -> Response {
    answer::text(StatusCode::OK, "ok\n")
}

/// `/readyz`: 200 or 503, and no reason, since anyone may ask.
pub(super) fn ready(readiness: &Readiness) -> Response {
    if readiness.is_ready() {
        answer::text(StatusCode::OK, "ok\n")
    } else {
        answer::text(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}
