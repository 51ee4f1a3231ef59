//! The HTTP servers: health, certificate, verify and rotate on one port, metrics on another.
//!
//! Plain HTTP/1.1 without authentication, as upstream's: kubeseal comes through the API server's Service proxy, which
//! authenticates and authorises. Paths, codes and bodies are those of upstream's controller 0.40.0; any method is
//! taken.
//!
//! | path | answers |
//! |---|---|
//! | `/livez` | 200 `ok` |
//! | `/healthz` | 200 `ok`; 503 `not ready` for at most 15 s after the start, as long as there is no key |
//! | `/readyz` | 200 `ok`, 503 `not ready` |
//! | `/v1/cert.pem` | 200 with the certificate, 503 `cannot get certificate` with `Retry-After: 1` |
//! | `/v1/verify` | 200, 409, 400, 413, 429, 500, 503 |
//! | `/v1/rotate` | 200 with JSON, 400, 413, 429, 500, 503 |
//! | any other, and the two above when they are switched off | 404 `404 page not found` |
//!
//! For verify and rotate: 400 the body did not arrive whole and in time; 409 an item does not open; 413 more than
//! [`MOST_BYTES`] or more items than an object may have; 429 `limit exceeded`; 500 anything else that is
//! wrong with what was sent, or no key; 503 no answer within the time to write one. Upstream has neither 413
//! nor 503, as it has no such limits. All but 429 have empty bodies.
//!
//! What holds for all of them:
//! - No answer, header, log line or metric holds a value, and none depends on what a value is. Which item does not
//!   open, and why, is not told.
//! - Templates are never rendered, and no scope is tried but the one that the object declares.
//! - Whoever asks is the last element of `X-Forwarded-For`, which the API server appends; limits of rate, of requests
//!   in hand and of bytes in hand stand for each client and, above them, for each peer. Among the processors' waiting
//!   jobs a peer has at most eight places to be served in turn.

mod answer;
mod body;
mod certificate;
mod client;
mod connections;
mod deadline;
mod guard;
mod health;
mod load;
mod refusal_log;
mod rotate;
mod server;
mod verify;
mod work;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use sealed_secrets::Legacy;

use self::answer::Refusal;
pub use self::body::MOST_BYTES;
use self::guard::{Admitted, Guard};
pub use self::health::Readiness;
pub use self::server::{ServerLimits, serve};
use self::work::Workers;
use crate::keys::KeyReader;
use crate::metrics::{self, Metrics};
use crate::opener::Opener;
use crate::settings::HttpSettings;

/// What the endpoints work with.
#[derive(Clone)]
pub struct Api {
    /// The sealing keys.
    pub keys: KeyReader,
    /// Whether `/readyz` says yes.
    pub readiness: Readiness,
    /// Counts the requests of the three `/v1` routes.
    pub metrics: Metrics,
    /// The processors.
    pub opener: Opener,
    /// Whether `spec.data` is opened (`--accept-deprecated-v1-data`).
    pub legacy: Legacy,
}

/// The routes of `--listen-addr`.
pub fn api(api: Api, settings: &HttpSettings) -> Router {
    let Api { keys, readiness, metrics, opener, legacy } = api;
    let within = settings.write_timeout;
    let (workers, guard) = (Workers::new(opener), Guard::new(settings));
    let shared = Arc::new(Shared { keys, metrics, workers, legacy, guard, within });
    let healthy = readiness.clone();
    let mut routes = Router::new()
        .route("/healthz", any(async move || health::healthy(&healthy)))
        .route("/livez", any(async || health::alive()))
        .route("/readyz", any(async move || health::ready(&readiness)))
        .route(CERTIFICATE, any(certificate_route));
    if settings.verify {
        routes = routes.route(Endpoint::Verify.path(), any(verify_route));
    }
    if settings.rotate {
        routes = routes.route(Endpoint::Rotate.path(), any(rotate_route));
    }
    routes.fallback(answer::not_found).with_state(shared)
}

/// The routes of `--listen-metrics-addr`: `/metrics` alone.
pub fn metrics_api(metrics: Metrics) -> Router {
    let text = async move || answer::document(metrics::CONTENT_TYPE, metrics.text());
    Router::new().route("/metrics", any(text)).fallback(answer::not_found)
}

const CERTIFICATE: &str = "/v1/cert.pem";

/// An endpoint that works with private keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Endpoint {
    Verify,
    Rotate,
}

impl Endpoint {
    fn path(self) -> &'static str {
        match self {
            Self::Verify => "/v1/verify",
            Self::Rotate => "/v1/rotate",
        }
    }
}

struct Shared {
    keys: KeyReader,
    metrics: Metrics,
    workers: Workers,
    legacy: Legacy,
    guard: Guard,
    /// For an answer, from the end of the request's head on.
    within: Duration,
}

async fn certificate_route(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let answer = async { certificate::certificate(&shared.keys.snapshot()) };
    counted(&shared.metrics, CERTIFICATE, request.method().as_str(), answer).await
}

async fn verify_route(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    guarded(&shared, Endpoint::Verify, request, async |admitted| verify::verify(&shared, admitted).await)
        .await
}

async fn rotate_route(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    guarded(&shared, Endpoint::Rotate, request, async |admitted| rotate::rotate(&shared, admitted).await)
        .await
}

async fn guarded<W>(shared: &Shared, endpoint: Endpoint, request: Request, work: W) -> Response
where
    W: AsyncFnOnce(Admitted) -> Result<Response, Refusal>,
{
    let method = request.method().clone();
    let answer = shared.guard.pass(endpoint, request, async |admitted| {
        tokio::time::timeout(shared.within, work(admitted))
            .await
            .unwrap_or(Err(Refusal::too_slow("the work did not end in time")))
    });
    counted(&shared.metrics, endpoint.path(), method.as_str(), answer).await
}

async fn counted(
    metrics: &Metrics,
    path: &'static str,
    method: &str,
    answer: impl Future<Output = Response>,
) -> Response {
    let start = Instant::now();
    let response = answer.await;
    metrics.http_request(path, method, response.status().as_u16(), start.elapsed().as_secs_f64());
    response
}
