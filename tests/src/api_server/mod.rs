//! A scripted API server on this machine: answers what a test says, with or without TLS, and notes what it was asked.
//!
//! Everything here panics where it does not work: it is for tests alone.

mod certificates;
mod controller;
mod proxy;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

pub use certificates::{Authority, Identity};
pub use controller::{Controller, ROTATE, SERVICE, VERIFY};
pub use proxy::Proxy;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`, `PUT`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// The client has shown a certificate that the server's authority has signed.
    pub by_certificate: bool,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Method and path.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Reply {
    /// 200 with this body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Reply {
        Reply::with(200, body)
    }

    /// Any status with this body.
    pub fn with(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, headers: Vec::new(), body: body.into() }
    }

    /// A refusal as the API server words it.
    pub fn refusal(status: u16, message: &str) -> Reply {
        let body = serde_json::json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": status,
        });
        Reply::with(status, body.to_string())
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

type Answer = dyn Fn(&Request) -> Reply + Send + Sync;

/// The server; it ends with the test's process.
pub struct ApiServer {
    address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl ApiServer {
    /// One without TLS.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> ApiServer {
        Self::serve(None, Arc::new(answer))
    }

    /// One with TLS: its certificate, for 127.0.0.1 and `api.test.example`, is signed by the authority, and so must be
    /// those that clients show, if they show one.
    pub fn start_tls(
        authority: &Authority,
        answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> ApiServer {
        Self::serve(Some(Arc::new(authority.server_config())), Arc::new(answer))
    }

    fn serve(tls: Option<Arc<ServerConfig>>, answer: Arc<Answer>) -> ApiServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("listening: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("the listener's address: {error}"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let noted = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tls, answer, seen) = (tls.clone(), Arc::clone(&answer), Arc::clone(&noted));
                thread::spawn(move || match tls {
                    None => serve_connection(stream, |_| false, &*answer, &seen),
                    Some(config) => {
                        let Ok(connection) = ServerConnection::new(config) else { return };
                        let stream = StreamOwned::new(connection, stream);
                        let shown = |stream: &StreamOwned<ServerConnection, TcpStream>| {
                            stream.conn.peer_certificates().is_some_and(|chain| !chain.is_empty())
                        };
                        serve_connection(stream, shown, &*answer, &seen);
                    }
                });
            }
        });
        ApiServer { address, scheme, seen }
    }

    /// `http://127.0.0.1:PORT` or the same with https.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was asked, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Method and path of what it was asked, in order.
    pub fn asked(&self) -> Vec<String> {
        self.requests().iter().map(Request::line).collect()
    }
}

/// An address where connections are taken and nothing is ever said.
pub fn black_hole() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("listening: {error}"));
    let address = listener.local_addr().unwrap_or_else(|error| panic!("the listener's address: {error}"));
    thread::spawn(move || {
        let held: Vec<_> = listener.incoming().take(64).collect();
        thread::sleep(Duration::from_secs(3600));
        drop(held);
    });
    address
}

/// Answers one request after the other until the client goes.
fn serve_connection<S: Read + Write>(
    stream: S,
    shown: impl Fn(&S) -> bool,
    answer: &Answer,
    seen: &Mutex<Vec<Request>>,
) {
    let mut stream = BufReader::new(stream);
    while let Some(mut request) = read_request(&mut stream) {
        request.by_certificate = shown(stream.get_ref());
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        let Reply { status, headers, body } = answer(&request);
        let mut head = format!("HTTP/1.1 {status} Scripted\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let out = stream.get_mut();
        let written = out.write_all(head.as_bytes()).and_then(|()| out.write_all(&body));
        if written.and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

fn read_request(stream: &mut impl BufRead) -> Option<Request> {
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let header = line()?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(Some(0), |(_, length)| length.parse().ok())?];
    stream.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body, by_certificate: false })
}
