//! A plain HTTP/1.1 server with limits on connections, heads, times, and on its own end.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use tokio::net::{TcpListener, TcpStream};
use tower::Service as _;

use super::connections::{Connection, Connections};
use super::deadline::WriteDeadline;

/// Most bytes of a request's head. The API server's proxy passes on the headers of its clients, Go's servers take
/// 1 MiB, and nothing that is asked here needs a tenth of this.
const HEAD_BYTES: usize = 64 << 10;

/// For the head of a connection's first request, whatever `--read-timeout` gives to the others: whoever connects has
/// something to ask.
const FIRST_HEAD: Duration = Duration::from_secs(10);

/// Pause after an error of `accept`, such as too many open files: it would only come again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How much a server gives to its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// For the head of a request, and for the pause between two requests of a connection.
    pub read_timeout: Duration,
    /// For writing an answer.
    pub write_timeout: Duration,
    /// Connections at once. One more closes one that idles: of its own address where that has an eighth of them, else of the
    /// address that has the most.
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

    /// For the head of the first request.
    fn first_head(&self) -> Duration {
        self.read_timeout.min(FIRST_HEAD)
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
    let connections = Connections::new(limits.connections);
    let graceful = GracefulShutdown::new();
    let mut tasks = tokio::task::JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accept(&listener) => accepted,
            // Results of connections are of no interest, but must not gather.
            Some(_) = tasks.join_next() => continue,
        };
        let Some(counted) = connections.enter(peer, Instant::now()) else {
            tracing::debug!(%peer, "every connection has a request in work");
            continue;
        };
        let counted = Arc::new(counted);
        let connection = connection(stream, peer, Arc::clone(&counted), router.clone(), limits);
        tasks.spawn(until_dismissed(graceful.watch(connection), counted, peer, limits.first_head()));
    }
    drop(listener);
    // Dropping the tasks afterwards ends what is left.
    let _ = tokio::time::timeout(limits.drain, graceful.shutdown()).await;
}

/// Serves a connection to its end, or until it has to make room, or if no request comes by it in time.
async fn until_dismissed(
    connection: impl Future<Output = hyper::Result<()>>,
    counted: Arc<Connection>,
    peer: IpAddr,
    first_head: Duration,
) {
    let silent = async {
        tokio::time::sleep(first_head).await;
        if counted.has_asked() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        // An error here is the client's: it broke off, was too slow, or sent no HTTP.
        ended = connection => if let Err(error) = ended {
            tracing::debug!(%peer, %error, "connection ended");
        },
        () = counted.evicted() => tracing::debug!(%peer, "an idle connection made room for another"),
        () = silent => tracing::debug!(%peer, "no request came by a connection"),
    }
}

/// One connection, served to its end.
fn connection(
    stream: TcpStream,
    peer: IpAddr,
    counted: Arc<Connection>,
    router: Router,
    limits: ServerLimits,
) -> impl GracefulConnection<Output = hyper::Result<()>, Error = hyper::Error> {
    let io = TokioIo::new(WriteDeadline::new(stream, limits.write_timeout));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        let in_work = Connection::begin(&counted);
        let answer = router.clone().call(request.map(Body::new));
        async move {
            let answer = answer.await;
            drop(in_work);
            answer
        }
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

/// The next connection.
async fn accept(listener: &TcpListener) -> (TcpStream, IpAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return (stream, address.ip()),
            Err(error) => {
                tracing::debug!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
