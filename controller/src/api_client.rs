//! A client of the API server that notices when a connection has died without a word.
//!
//! A firewall that forgets a connection, a load balancer that is replaced, a node that goes: neither end is told, and a watch is
//! quiet anyway. So the system is asked to probe connections on which nothing comes. kube's own client has no setting for
//! that; but for the connector below it is put together here as kube does it.

use std::time::Duration;

use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt as _};
use kube::{Client, Config};
use tower::{BoxError, ServiceBuilder};

/// For opening a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// Nothing came for so long: the first probe is sent.
const PROBE_AFTER: Duration = Duration::from_secs(15);

/// Time from one probe to the next, and after how many without an answer the connection is dead: after half a minute of
/// silence in all. What the kubelet and client-go do takes about as long.
const PROBE_EVERY: Duration = Duration::from_secs(5);
const PROBES: u32 = 3;

/// Data that was sent and is not acknowledged for so long ends the connection, too (RFC 5482): no probes are sent meanwhile.
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// A client that gives up on a server which is silent for so long within a request. It repeats none by itself.
///
/// # Errors
/// A configuration that no client can be made of.
pub(crate) fn api_client(config: &Config, silence: Duration) -> kube::Result<Client> {
    let https = config.rustls_https_connector_with_connector(probed())?;
    let mut connector = TimeoutConnector::new(https);
    connector.set_connect_timeout(Some(CONNECT));
    connector.set_read_timeout(Some(silence));
    connector.set_write_timeout(config.write_timeout);
    // Or the time that a connection lay idle would count: a request on one that did nothing for nearly so long would be
    // cut off as soon as it is sent.
    connector.set_reset_reader_on_write(true);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(HyperClient::builder(TokioExecutor::new()).build::<_, Body>(connector));
    Ok(ClientBuilder::new(service, config.default_namespace.clone()).build())
}

/// Opens connections that the system probes.
fn probed() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_keepalive(Some(PROBE_AFTER));
    connector.set_keepalive_interval(Some(PROBE_EVERY));
    connector.set_keepalive_retries(Some(PROBES));
    connector.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    connector
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use http::Request;

    use super::*;

    /// Answers requests on one connection, each after a pause.
    fn serve(listener: &TcpListener, pauses: &[Duration]) {
        let (mut connection, _) = listener.accept().unwrap();
        let mut buffer = [0; 4096];
        for pause in pauses {
            assert!(connection.read(&mut buffer).unwrap() > 0, "the client has left");
            thread::sleep(*pause);
            connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        }
    }

    #[tokio::test]
    async fn the_time_that_a_connection_lay_idle_is_no_silence() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = Config::new(format!("http://{}", listener.local_addr().unwrap()).parse().unwrap());
        let client = api_client(&config, Duration::from_millis(1500)).unwrap();
        let server = thread::spawn(move || serve(&listener, &[Duration::ZERO, Duration::from_millis(900)]));
        let ask = || client.request_text(Request::get("/").body(Vec::new()).unwrap());
        ask().await.unwrap();
        tokio::time::sleep(Duration::from_millis(1000)).await;
        ask().await.unwrap();
        server.join().unwrap();
    }
}
