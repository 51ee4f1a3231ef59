//! A way to the API server on which answers get lost.
//!
//! It ends TLS with the API server's own certificate and passes each request on over a connection of its own, so that
//! it can say of each what becomes of its answer. Bearer tokens pass; client certificates do not.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::control_plane::ControlPlane;

/// Longer than any watch is silent.
const SILENCE: Duration = Duration::from_secs(150);

/// A request on its way.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `POST`, for example.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The body, null where it is no JSON.
    pub body: Value,
}

/// What becomes of the answer to a request. The request itself is always done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It arrives.
    Pass,
    /// The connection ends in its place.
    Lose,
    /// 504 comes in its place, as from a load balancer that did not wait long enough.
    GatewayTimeout,
}

type Rule = dyn Fn(&Asked) -> Fate + Send + Sync;

/// A proxy that runs. Dropping it closes its door; what is under way comes to its end.
pub struct Proxy {
    address: SocketAddr,
    ending: Arc<AtomicBool>,
}

struct Way {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
    upstream: SocketAddr,
    rule: Box<Rule>,
}

impl Proxy {
    /// Starts one at the API server's address, on a free port.
    ///
    /// # Errors
    /// The system does not let us.
    pub fn start(
        cluster: &ControlPlane,
        rule: impl Fn(&Asked) -> Fate + Send + Sync + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind((cluster.address(), 0)).context("listening")?;
        let address = listener.local_addr().context("the address")?;
        let way = Arc::new(Way::new(cluster, Box::new(rule))?);
        let ending = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&ending);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let way = Arc::clone(&way);
                thread::spawn(move || {
                    // A client that goes away in the middle is nothing to speak of.
                    let _ = way.carry(socket);
                });
            }
        });
        Ok(Self { address, ending })
    }

    /// Its port, at the API server's address.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        // Wakes it up, so that it sees that.
        let _ = TcpStream::connect(self.address);
    }
}

impl Way {
    fn new(cluster: &ControlPlane, rule: Box<Rule>) -> Result<Self> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let pair = &cluster.pki.server;
        let certificate = CertificateDer::from_pem_slice(pair.certificate.as_bytes())?;
        let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes())?;
        // No protocol is offered, so that HTTP/1.1 is spoken.
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(cluster.pki.authority.as_bytes())?)?;
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let upstream = SocketAddr::from((cluster.address(), ControlPlane::PORT));
        Ok(Self { server: Arc::new(server), client: Arc::new(client), upstream, rule })
    }

    /// One connection, one request.
    fn carry(&self, socket: TcpStream) -> Result<()> {
        socket.set_read_timeout(Some(SILENCE)).context("a limit")?;
        let mut from = StreamOwned::new(ServerConnection::new(Arc::clone(&self.server))?, socket);
        let (head, body) = read_request(&mut from)?;
        let asked = asked(&head, &body)?;
        let socket = TcpStream::connect(self.upstream).context("connecting")?;
        socket.set_read_timeout(Some(SILENCE)).context("a limit")?;
        let IpAddr::V4(address) = self.upstream.ip() else { bail!("an address of IPv6") };
        let mut to =
            StreamOwned::new(ClientConnection::new(Arc::clone(&self.client), server_name(address))?, socket);
        // The end of the connection is the end of the answer then.
        to.write_all(head.as_bytes())?;
        to.write_all(b"Connection: close\r\n\r\n")?;
        to.write_all(&body)?;
        to.flush()?;
        let mut chunk = vec![0; 16 * 1024];
        let mut length = read_some(&mut to, &mut chunk)?;
        match (self.rule)(&asked) {
            Fate::Pass => {}
            // An answer came, so it is done.
            Fate::Lose => return Ok(()),
            Fate::GatewayTimeout => {
                from.write_all(gateway_timeout().as_bytes())?;
                return close(&mut from);
            }
        }
        while length > 0 {
            from.write_all(&chunk[..length])?;
            from.flush()?;
            length = read_some(&mut to, &mut chunk)?;
        }
        close(&mut from)
    }
}

fn close(from: &mut StreamOwned<ServerConnection, TcpStream>) -> Result<()> {
    from.conn.send_close_notify();
    from.flush().context("closing")
}

/// The head up to the empty line, which is left out, and the body.
fn read_request(from: &mut impl Read) -> Result<(String, Vec<u8>)> {
    let (mut bytes, mut chunk) = (Vec::new(), vec![0; 16 * 1024]);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let length = read_some(from, &mut chunk)?;
        ensure!(length > 0, "a connection without a request");
        bytes.extend_from_slice(&chunk[..length]);
    };
    let mut body = bytes.split_off(end + 4);
    bytes.truncate(end + 2);
    let head = String::from_utf8(bytes).context("a head that is no text")?;
    let header = |name: &str| {
        head.lines().find_map(|line| {
            line.split_once(':')
                .filter(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.trim())
        })
    };
    ensure!(header("transfer-encoding").is_none(), "a request in chunks");
    let wanted = header("content-length").map_or(Ok(0), str::parse::<usize>)?;
    while body.len() < wanted {
        let length = read_some(from, &mut chunk)?;
        ensure!(length > 0, "half of a request");
        body.extend_from_slice(&chunk[..length]);
    }
    Ok((head, body))
}

fn asked(head: &str, body: &[u8]) -> Result<Asked> {
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (method, path) = (words.next().context("a method")?, words.next().context("a path")?);
    Ok(Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        body: serde_json::from_slice(body).unwrap_or_default(),
    })
}

/// Reads what there is; nothing at the end, however the other side ended.
fn read_some(from: &mut impl Read, chunk: &mut [u8]) -> Result<usize> {
    match from.read(chunk) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
        other => other.context("reading"),
    }
}

fn server_name(address: Ipv4Addr) -> ServerName<'static> {
    ServerName::IpAddress(IpAddr::V4(address).into())
}

fn gateway_timeout() -> String {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Timeout", "code": 504,
        "message": "Timeout: request did not complete within the allotted timeout",
    })
    .to_string();
    format!(
        "HTTP/1.1 504 Gateway Timeout\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n\
         {status}",
        status.len()
    )
}
