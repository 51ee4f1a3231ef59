//! A proxy that takes CONNECT for any name and leads to one server.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The proxy; it ends with the test's process.
pub struct Proxy {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Whatever name is asked for, this server is reached.
    pub fn to(server: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("listening: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("the listener's address: {error}"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let noted = Arc::clone(&noted);
                thread::spawn(move || tunnel(stream, server, &noted));
            }
        });
        Proxy { address, seen }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The names that were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn tunnel(client: TcpStream, server: SocketAddr, seen: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let name = first.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(name);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
    }
    let mut client = client;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").ok()?;
    let upstream = TcpStream::connect(server).ok()?;
    let (mut from_server, mut to_server) = (upstream.try_clone().ok()?, upstream);
    thread::spawn(move || std::io::copy(&mut from_server, &mut client));
    std::io::copy(&mut reader, &mut to_server).ok()?;
    to_server.shutdown(std::net::Shutdown::Write).ok()
}
