//! What runs: the HTTP servers, the keys, the unsealer, until a signal says stop.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use kube::Config;
use sealed_secrets::Legacy;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cluster::Cluster;
use crate::events::Events;
use crate::http::{self, Readiness, ServerLimits};
use crate::key_guard::KeyPlace;
use crate::key_registry::{KeyRegistry, RotationRequests};
use crate::metrics::Metrics;
use crate::opener::Opener;
use crate::settings::{Note, Settings};
use crate::unseal;

/// A Pod has 30 seconds by default before it is killed; ours is gone in ten.
const PATIENCE: Duration = Duration::from_secs(9);

/// Runs the controller until SIGTERM or SIGINT.
///
/// The servers listen before anything is asked of the cluster: alive at once, ready when there is a key and every
/// watch has brought its first list.
///
/// # Errors
/// What keeps it from starting, or a part that ended although nobody asked it to.
pub async fn run(settings: Settings, notes: &[Note]) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    tracing::info!(version = crate::VERSION, "Starting sealed-secrets controller");
    notes.iter().for_each(Note::log);
    let api_listener = listen(settings.http.address).await?;
    let metrics_listener = listen(settings.http.metrics_address).await?;

    let config = Config::incluster_env().context(
        "this is no Pod of a cluster: KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and the service account's token are wanted",
    )?;
    let cluster = Cluster::connect(&config, settings.api, &settings.own_namespace)?;
    let metrics = Metrics::new(settings.http.omit_secret_labels);
    let events = Events::new(cluster.clone());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let opener = Opener::new(cores);
    let key_place =
        KeyPlace { namespace: settings.own_namespace.clone(), prefix: settings.keys.prefix.clone() };
    let registry = KeyRegistry::new(cluster.clone(), settings.keys, events.clone(), metrics.clone());
    let keys = registry.reader();
    let rotation = registry.rotation_requests();

    let (stop, stopped) = watch::channel(false);
    let (watching, watched) = watch::channel(false);
    let legacy = if settings.unseal.accept_legacy { Legacy::Accept } else { Legacy::Refuse };
    let api = http::Api {
        keys: keys.clone(),
        readiness: Readiness::new(keys.clone(), watched),
        metrics: metrics.clone(),
        opener: opener.clone(),
        legacy,
    };
    let limits = ServerLimits::new(settings.http.read_timeout, settings.http.write_timeout);
    let mut parts = JoinSet::new();
    tracing::info!(addr = %settings.http.address, "HTTP server serving");
    let router = http::api(api, &settings.http);
    parts.spawn(http::serve(api_listener, router, limits, until(stopped.clone())));
    tracing::info!(addr = %settings.http.metrics_address, "HTTP metrics server serving");
    let router = http::metrics_api(metrics.clone());
    parts.spawn(http::serve(metrics_listener, router, limits, until(stopped.clone())));
    let ended = stopped.clone();
    parts.spawn(async move {
        tokio::select! {
            () = registry.run() => {}
            () = until(ended) => {}
        }
    });
    let unsealer = unseal::Parts { cluster, keys, opener, events, metrics, key_place };
    parts.spawn(async move { unseal::run(unsealer, &settings.unseal, watching, stopped).await });

    let end = tokio::select! {
        () = signals.end(&rotation) => Ok(()),
        part = parts.join_next() => Err(unasked(part)),
    };
    tracing::info!("Shutting down controller");
    let _ = stop.send(true);
    let drained = async { while parts.join_next().await.is_some() {} };
    if tokio::time::timeout(PATIENCE, drained).await.is_err() {
        tracing::warn!("Not everything came to its end in time; it is taken up again at the next start");
    }
    end
}

/// The signals that matter.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    rotate: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            rotate: signal(SignalKind::user_defined1())?,
        })
    }

    /// Waits for the signal to end; SIGUSR1 asks for a new key on the way, as upstream has it.
    async fn end(&mut self, rotation: &RotationRequests) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.rotate.recv() => {
                    tracing::info!("SIGUSR1: a new sealing key is asked for");
                    rotation.request();
                }
            }
        }
    }
}

/// Listens; all addresses of both families are those of one where the machine has no IPv6.
async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = match TcpListener::bind(address).await {
        Err(_) if address.ip() == Ipv6Addr::UNSPECIFIED => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).await
        }
        other => other,
    };
    listener.with_context(|| format!("cannot listen on {address}"))
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn unasked(part: Option<Result<(), tokio::task::JoinError>>) -> anyhow::Error {
    match part {
        Some(Err(error)) if error.is_panic() => {
            anyhow::anyhow!("a part of the controller panicked, which is a bug")
        }
        _ => anyhow::anyhow!("a part of the controller ended, which is a bug"),
    }
}
