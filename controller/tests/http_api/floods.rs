//! Addresses that open connections and say nothing: whoever asks something is served all the same.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use controller::http::ServerLimits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::support::{Answer, Server, Setup, TestKeys, answer, write};

/// How long each flood lasts; `HTTP_FLOOD_SECONDS` makes it longer.
const SECONDS: u64 = 2;

/// A probe of the kubelet that takes longer has failed (`timeoutSeconds` in deploy/). Upstream's chart gives it a second,
/// which is kept on a machine without other work.
const PATIENCE: Duration = Duration::from_secs(5);

async fn connect(from: Ipv4Addr, to: SocketAddr) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind((from, 0).into()).ok()?;
    socket.connect(to).await.ok()
}

/// Holds a connection without a word, and opens another one when it is closed.
async fn silent(from: Ipv4Addr, to: SocketAddr) {
    loop {
        if let Some(stream) = connect(from, to).await {
            let _ = answer(&stream).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn asked(from: Ipv4Addr, to: SocketAddr, path: &str) -> Option<Answer> {
    let stream = connect(from, to).await?;
    write(&stream, format!("GET {path} HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n").as_bytes())
        .await
        .ok()?;
    answer(&stream).await
}

/// The longest that a probe or a client waited while so many addresses held, or tried to hold, so many connections each.
async fn flood(addresses: u8, each: usize) -> Duration {
    let keys = TestKeys::generate();
    let setup = Setup {
        limits: ServerLimits::new(Duration::from_secs(120), Duration::from_secs(120)),
        ..Setup::default()
    };
    let server = Server::start(setup, keys.published()).await;
    let mut flooders = JoinSet::new();
    for number in 1..=addresses {
        for _ in 0..each {
            flooders.spawn(silent(Ipv4Addr::new(127, 1, 0, number), server.address));
        }
    }
    let lasts =
        std::env::var("HTTP_FLOOD_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    let (begun, mut longest) = (Instant::now(), Duration::ZERO);
    while begun.elapsed() < Duration::from_secs(lasts) {
        for (from, path) in
            [([127, 0, 0, 1], "/livez"), ([127, 0, 0, 1], "/readyz"), ([127, 2, 0, 1], "/v1/cert.pem")]
        {
            let asking = Instant::now();
            let answer = tokio::time::timeout(PATIENCE, asked(from.into(), server.address, path)).await;
            let status =
                answer.unwrap_or_else(|_| panic!("{path}: no answer in time")).map(|answer| answer.status);
            assert_eq!(status, Some(200), "{path}");
            longest = longest.max(asking.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    longest
}

#[tokio::test]
async fn silent_connections_stop_nobody() {
    // Both ends of every connection are in this process.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let room = usize::try_from(limit.maximum.unwrap_or(u64::MAX)).unwrap_or(usize::MAX) / 4;
    for (addresses, each) in [(11, 110), (20, 60), (200, 6)] {
        let each = each.min(room / usize::from(addresses));
        let longest = flood(addresses, each).await;
        println!("{addresses} addresses with {each} silent connections each: {longest:?} at most");
    }
}

/// Heads of first requests have ten seconds, whatever the flag gives to the others.
#[tokio::test]
async fn whoever_connects_and_says_nothing_is_closed_in_ten_seconds() {
    let keys = TestKeys::generate();
    let setup = Setup {
        limits: ServerLimits::new(Duration::from_secs(120), Duration::from_secs(120)),
        ..Setup::default()
    };
    let server = Server::start(setup, keys.published()).await;
    let nothing = TcpStream::connect(server.address).await.unwrap();
    let half = TcpStream::connect(server.address).await.unwrap();
    write(&half, b"GET /healthz HTTP/1.1\r\nHost: ").await.unwrap();
    let idle = TcpStream::connect(server.address).await.unwrap();
    write(&idle, b"GET /healthz HTTP/1.1\r\nHost: c\r\n\r\n").await.unwrap();
    let begun = Instant::now();
    assert!(answer(&nothing).await.is_none() && answer(&half).await.is_none());
    assert!(begun.elapsed() >= Duration::from_secs(9) && begun.elapsed() < Duration::from_secs(60));
    write(&idle, b"GET /livez HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n").await.unwrap();
    let both = answer(&idle).await.unwrap();
    assert!(both.status == 200 && both.body.contains("HTTP/1.1 200 OK"), "who asked once may ask again");
}
