//! How much a client gets: rate, requests and bytes in hand, time, connections, and the end of the server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use controller::http::{MOST_BYTES, ServerLimits};
use controller::opener::Opener;
use tokio::net::TcpStream;

use crate::support::{Answer, Server, Setup, TestKeys, answer, posted, write};

fn rate_headers(answer: &Answer) -> [Option<&str>; 4] {
    ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"]
        .map(|name| answer.header(name))
}

fn with_rate(rate: u32, burst: u32) -> Setup {
    let mut setup = Setup::default();
    (setup.http.rate, setup.http.burst) = (rate, burst);
    setup
}

/// With upstream's default figures: three at once, and its headers.
#[tokio::test]
async fn the_rate_of_a_client() {
    let keys = TestKeys::generate();
    let server = Server::start(with_rate(1, 2), keys.published()).await;
    let body = posted(&[("a", &keys.sealed("x"))]);
    for (remaining, reset) in [("2", "1"), ("1", "2"), ("0", "3")] {
        let answer = server.post("/v1/verify", &body).await;
        assert_eq!(answer.status, 200);
        assert_eq!(rate_headers(&answer), [Some("3"), Some(remaining), Some(reset), None]);
        assert!(answer.head.contains("\nX-Ratelimit-Limit: 3"), "as Go writes it: {}", answer.head);
    }
    let answer = server.post("/v1/verify", &body).await;
    assert_eq!((answer.status, &*answer.body), (429, "limit exceeded\n"));
    assert_eq!(answer.header("Content-Type"), Some("text/plain; charset=utf-8"));
    assert_eq!(rate_headers(&answer), [Some("3"), Some("0"), Some("3"), Some("1")]);
    // Every path for itself, and the others are free.
    assert_eq!(server.post("/v1/rotate", &body).await.status, 200);
    assert_eq!(server.get("/v1/cert.pem").await.status, 200);
    let counted = r#"http_requests_total{code="429",method="post",path="/v1/verify"} 1"#;
    assert!(server.metrics_text().await.body.contains(counted));
}

/// What stands before the last element of X-Forwarded-For was written by the client.
#[tokio::test]
async fn the_address_cannot_be_chosen_through_a_proxy() {
    let keys = TestKeys::generate();
    let server = Server::start(with_rate(1, 0), keys.published()).await;
    let body = posted(&[]);
    let from = async |headers: &str| server.post_from("/v1/verify", &body, headers).await.status;
    assert_eq!(from("X-Forwarded-For: 1.1.1.1\r\n").await, 200);
    for headers in [
        "X-Forwarded-For: 1.1.1.1\r\n",
        "X-Forwarded-For: 2.2.2.2, 1.1.1.1\r\n",
        "X-Forwarded-For: 3.3.3.3\r\nx-forwarded-for: 1.1.1.1\r\n",
        "X-FORWARDED-FOR: ,,, 1.1.1.1 \r\n",
        "X-Real-Ip: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\nX-Forwarded-For: ::ffff:1.1.1.1\r\n",
    ] {
        assert_eq!(from(headers).await, 429, "{headers}");
    }
    assert_eq!(from("X-Forwarded-For: 1.1.1.1, 2.2.2.2\r\n").await, 200, "another client");
    // All that is no address is the peer.
    assert_eq!(from("").await, 200);
    for headers in
        ["", "X-Forwarded-For: nobody\r\n", "X-Forwarded-For: 1.1.1.1,\r\n", "X-Forwarded-For:\r\n"]
    {
        assert_eq!(from(headers).await, 429, "{headers}");
    }
}

/// A client that comes without proxy may name anyone, and meets the limit of the peer.
#[tokio::test]
async fn the_rate_of_a_peer() {
    let keys = TestKeys::generate();
    let server = Server::start(with_rate(1, 0), keys.published()).await;
    let body = posted(&[]);
    let start = Instant::now();
    let mut refused = 0;
    for number in 0..60 {
        let answer =
            server.post_from("/v1/verify", &body, &format!("X-Forwarded-For: 10.1.1.{number}\r\n")).await;
        refused += usize::from(answer.status == 429);
    }
    let let_in = 60 - refused;
    let most = 20.0 + 20.0 * start.elapsed().as_secs_f64() + 1.0;
    assert!(let_in >= 20 && let_in as f64 <= most, "{let_in} in {:?}", start.elapsed());
}

#[tokio::test]
async fn bodies_have_a_size() {
    let keys = TestKeys::generate();
    let mut setup = Setup::default();
    setup.http.read_timeout = Duration::from_secs(2);
    let server = Server::start(setup, keys.published()).await;
    // Announced: refused before it is sent.
    let head = format!(
        "POST /v1/verify HTTP/1.1\r\nHost: c\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        MOST_BYTES + 1
    );
    let answer = server.send(&head, b"").await;
    assert_eq!((answer.status, &*answer.body), (413, ""));
    // Not announced: refused as soon as it is too much.
    let head =
        "POST /v1/rotate HTTP/1.1\r\nHost: c\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20));
    let answer = server.send(head, chunk.repeat(3).as_bytes()).await;
    assert_eq!(answer.status, 400, "all that fits, and no end");
    let answer = server.send(head, (chunk.repeat(3) + "1\r\nx\r\n").as_bytes()).await;
    assert_eq!((answer.status, &*answer.body), (413, ""));
    // The most that is let in.
    let body = posted(&[("a", &keys.sealed("x"))]);
    let padded = format!("{body}{}", " ".repeat(MOST_BYTES - body.len()));
    assert_eq!(server.post("/v1/verify", &padded).await.status, 200);
}

#[tokio::test]
async fn items_have_a_number() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    let names: Vec<String> = (0..=sealed_secrets::MAX_ITEMS).map(|number| format!("k{number}")).collect();
    let items: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "AgA=")).collect();
    for path in ["/v1/verify", "/v1/rotate"] {
        let answer = server.post(path, &posted(&items)).await;
        assert_eq!((answer.status, &*answer.body), (413, ""), "{path}");
    }
    assert_eq!(server.post("/v1/verify", &posted(&items[1..])).await.status, 409);
}

fn impatient() -> Setup {
    let mut setup = Setup::default();
    setup.http.read_timeout = Duration::from_millis(300);
    setup.limits = ServerLimits::new(Duration::from_millis(300), Duration::from_secs(5));
    setup
}

#[tokio::test]
async fn slow_bodies_end() {
    let keys = TestKeys::generate();
    let server = Server::start(impatient(), keys.published()).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let head = b"POST /v1/verify HTTP/1.1\r\nHost: c\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n";
    write(&stream, head).await.unwrap();
    let start = Instant::now();
    let stream = Arc::new(stream);
    let trickling = Arc::clone(&stream);
    let trickle = tokio::spawn(async move {
        while write(&trickling, b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let answer = answer(&stream).await.unwrap();
    assert_eq!((answer.status, &*answer.body), (400, ""));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    trickle.abort();
}

#[tokio::test]
async fn slow_heads_and_idle_connections_end() {
    let keys = TestKeys::generate();
    let server = Server::start(impatient(), keys.published()).await;
    let start = Instant::now();
    let nothing = TcpStream::connect(server.address).await.unwrap();
    let half = TcpStream::connect(server.address).await.unwrap();
    write(&half, b"POST /v1/verify HTTP/1.1\r\nHost: ").await.unwrap();
    let idle = TcpStream::connect(server.address).await.unwrap();
    write(&idle, b"GET /healthz HTTP/1.1\r\nHost: c\r\n\r\n").await.unwrap();
    assert!(answer(&nothing).await.is_none());
    assert!(answer(&half).await.is_none_or(|answer| answer.status == 408));
    assert_eq!(answer(&idle).await.unwrap().status, 200);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(start.elapsed() >= Duration::from_millis(300));
}

/// Clients that send nothing hold what is theirs, and no more.
#[tokio::test]
async fn requests_in_hand_have_a_number() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    let stuck = async |client: &str| {
        let stream = TcpStream::connect(server.address).await.unwrap();
        let head = format!(
            "POST /v1/verify HTTP/1.1\r\nHost: c\r\nContent-Length: 10\r\nConnection: close\r\nX-Forwarded-For: {client}\r\n\r\n"
        );
        write(&stream, head.as_bytes()).await.unwrap();
        stream
    };
    let mut held = Vec::new();
    for _ in 0..16 {
        held.push(stuck("1.1.1.1").await);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let answer_of = async |client: &str| {
        server.post_from("/v1/verify", &posted(&[]), &format!("X-Forwarded-For: {client}\r\n")).await
    };
    let refused = answer_of("1.1.1.1").await;
    assert_eq!((refused.status, &*refused.body), (429, "limit exceeded\n"));
    assert_eq!(refused.header("Retry-After"), Some("1"));
    assert_eq!(refused.header("X-RateLimit-Limit"), Some("101"));
    assert_eq!(answer_of("2.2.2.2").await.status, 200, "another client is served");
    drop(held);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(answer_of("1.1.1.1").await.status, 200, "whoever goes away leaves room");
}

#[tokio::test]
async fn work_has_its_time() {
    let keys = TestKeys::generate();
    let mut setup = Setup { opener: Opener::new(1), ..Setup::default() };
    setup.http.write_timeout = Duration::from_millis(200);
    let opener = setup.opener.clone();
    let server = Server::start(setup, keys.published()).await;
    let start = Instant::now();
    let busy = tokio::spawn(async move {
        let job = move || {
            (start.elapsed() > Duration::from_secs(1)).then_some(()).or_else(|| {
                std::thread::sleep(Duration::from_millis(900));
                None
            })
        };
        opener.run("someone", job).await.unwrap();
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = server.post("/v1/verify", &posted(&[("a", &keys.sealed("x"))])).await;
    assert_eq!((answer.status, &*answer.body), (503, ""));
    assert_eq!(server.get("/livez").await.status, 200, "the processors' work holds up no probe");
    busy.await.unwrap();
    assert_eq!(server.post("/v1/verify", &posted(&[("a", &keys.sealed("x"))])).await.status, 200);
}

#[tokio::test]
async fn the_end_finishes_what_is_in_hand() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    let address = server.address;
    let body = posted(&[("a", &keys.sealed("x"))]);
    let idle = TcpStream::connect(address).await.unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/rotate HTTP/1.1\r\nHost: c\r\nContent-Length: {}\r\n\r\n{}",
        body.len(),
        &body[..20]
    );
    write(&stream, head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    let stopped = server.stop();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(address).await.is_err(), "nothing new is taken");
    write(&stream, &body.as_bytes()[20..]).await.unwrap();
    assert_eq!(answer(&stream).await.unwrap().status, 200);
    assert!(answer(&idle).await.is_none());
    stopped.await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test]
async fn the_end_does_not_wait_for_ever() {
    let keys = TestKeys::generate();
    let mut setup = Setup::default();
    setup.limits.drain = Duration::from_millis(300);
    let server = Server::start(setup, keys.published()).await;
    let stuck = TcpStream::connect(server.address).await.unwrap();
    write(&stuck, b"POST /v1/verify HTTP/1.1\r\nHost: c\r\nContent-Length: 10\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    server.stop().await.unwrap();
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(300) && took < Duration::from_secs(3), "{took:?}");
    assert!(answer(&stuck).await.is_none());
}
