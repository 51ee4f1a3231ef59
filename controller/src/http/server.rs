//! A plain HTTP/1.1 server with limits on connections, heads, times, and on its own end.

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Service as _;

use super::deadline::WriteDeadline;

/// Most bytes of a request's head. The API server's proxy passes on the headers of its clients, Go's servers take
/// 1 MiB, and nothing that is asked here needs a tenth of this.
const HEAD_BYTES: usize = 64 << 10;

/// Pause after an error of `accept`, such as too many open files: it would only come again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How much a server gives to its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// For the head of a request, and for the pause between two requests of a connection.
    pub read_timeout: Duration,
    /// For writing an answer.
    pub write_timeout: Duration,
    /// Connections at once; more wait to be accepted. One address gets as many as are still free and no more:
    /// alone it gets half of them, and however many pods hold all that they can, the next one finds some.
    pub connections: usize,
    /// For the requests in hand, once it is told to stop.
    pub drain: Duration,
}

impl ServerLimits {
    /// The limits of both servers with these time limits (`--read-timeout`, `--write-timeout`).
    #[must_use]
    pub fn new(read_timeout: Duration, write_timeout: Duration) -> Self {
        Self { read_timeout, write_timeout, connections: 512, drain: Duration::from_secs(5) }
    }
}

/// The other end of the connection that a request came by, among the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer(pub(super) IpAddr);

/// Serves until `stop` is there, then finishes the requests in hand within [`ServerLimits::drain`] and returns.
///
/// The port no longer listens once `stop` is there. What is still in hand at the end of that time is dropped.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ServerLimits,
    stop: impl Future<Output = ()>,
) {
    let permits = Arc::new(Semaphore::new(limits.connections));
    let peers = Peers::default();
    let graceful = GracefulShutdown::new();
    let mut tasks = tokio::task::JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer, permit) = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accept(&listener, &permits) => accepted,
            // Results of connections are of no interest, but must not gather.
            Some(_) = tasks.join_next() => continue,
        };
        let Some(counted) = peers.enter(peer, permits.available_permits()) else {
            tracing::debug!(%peer, "too many connections of one address");
            continue;
        };
        let connection = graceful.watch(connection(stream, peer, router.clone(), limits));
        tasks.spawn(async move {
            // An error here is the client's: it broke off, was too slow, or sent no HTTP.
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "connection ended");
            }
            drop((permit, counted));
        });
    }
    drop(listener);
    // Dropping the tasks afterwards ends what is left.
    let _ = tokio::time::timeout(limits.drain, graceful.shutdown()).await;
}

/// One connection, served to its end.
fn connection(
    stream: TcpStream,
    peer: IpAddr,
    router: Router,
    limits: ServerLimits,
) -> impl GracefulConnection<Output = hyper::Result<()>, Error = hyper::Error> {
    let io = TokioIo::new(WriteDeadline::new(stream, limits.write_timeout));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().call(request.map(Body::new))
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.read_timeout)
        .max_header_size(HEAD_BYTES)
        .max_buf_size(2 * HEAD_BYTES)
        // As Go writes them.
        .title_case_headers(true)
        .serve_connection(io, service)
}

/// A connection, together with the right to have it.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> (TcpStream, IpAddr, OwnedSemaphorePermit) {
    let permit = Arc::clone(permits).acquire_owned().await.expect("this semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return (stream, address.ip(), permit),
            Err(error) => {
                tracing::debug!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Connections by address.
#[derive(Clone, Debug, Default)]
struct Peers(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A connection of an address, until it is dropped.
struct Counted {
    peers: Peers,
    peer: IpAddr,
}

impl Peers {
    /// Nothing if the address has as many connections as are free.
    fn enter(&self, peer: IpAddr, free: usize) -> Option<Counted> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&peer).copied().unwrap_or_default();
        if count > free {
            return None;
        }
        counts.insert(peer, count + 1);
        Some(Counted { peers: self.clone(), peer })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.peers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.peer);
            }
        }
    }
}
