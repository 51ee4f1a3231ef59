//! What is no HTTP, what is no manifest, and what must never come out.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{CANARY, Server, Setup, TestKeys, answer, posted, write};

#[tokio::test]
async fn what_is_no_http() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    let long = format!("GET /healthz HTTP/1.1\r\nHost: c\r\nX: {}\r\n\r\n", "x".repeat(70_000));
    let many = format!("GET /healthz HTTP/1.1\r\nHost: c\r\n{}\r\n", "A: b\r\n".repeat(200));
    let long_path = format!("GET /{} HTTP/1.1\r\nHost: c\r\n\r\n", "x".repeat(70_000));
    for (name, bytes, statuses) in [
        ("a long header", &*long, &[431][..]),
        ("many headers", &many, &[431]),
        ("a long path", &long_path, &[414, 431]),
        ("no HTTP", "hello\r\n\r\n", &[400]),
        ("TLS", "\u{16}\u{3}\u{1}\0\u{1}", &[400]),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[]),
        (
            "two lengths",
            "POST /v1/verify HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            &[400],
        ),
        (
            "length and chunks",
            "POST /v1/verify HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: x\r\nContent-Length: 4\r\n\r\nabcd",
            &[400],
        ),
        (
            "a broken chunk",
            "POST /v1/verify HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            &[400],
        ),
        ("a header that is none", "GET /healthz HTTP/1.1\r\nA B: c\r\n\r\n", &[400]),
    ] {
        let stream = TcpStream::connect(server.address).await.unwrap();
        let _ = write(&stream, bytes.as_bytes()).await;
        let found = tokio::time::timeout(Duration::from_secs(5), answer(&stream)).await.expect(name);
        // Where no status is wanted the connection is closed without an answer.
        let status = found.map(|answer| answer.status);
        assert!(
            status.map_or(statuses.is_empty(), |status| statuses.contains(&status)),
            "{name}: {status:?}"
        );
    }
    assert_eq!(server.get("/healthz").await.status, 200, "nobody else notices");
}

/// Texts that cost a reader much are refused in a moment, and others are served meanwhile.
#[tokio::test]
async fn texts_that_cost_much() {
    let keys = TestKeys::generate();
    let mut setup = Setup::default();
    // Unoptimised code on a busy machine.
    setup.http.write_timeout = Duration::from_secs(60);
    let server = Server::start(setup, keys.published()).await;
    let object = posted(&[]).strip_suffix("}\n").unwrap().to_owned();
    let mut laughs =
        String::from("kind: SealedSecret\napiVersion: bitnami.com/v1alpha1\na0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for level in 1..20 {
        let before = level - 1;
        laughs += &format!("a{level}: &a{level} [{}*a{before}]\n", format!("*a{before}, ").repeat(8));
    }
    let many: Vec<String> = (0..100_000).map(|number| format!("\"{number:x}\":\"\"")).collect();
    let many = format!("\"encryptedData\":{{{}}}", many.join(","));
    for (name, body, wanted) in [
        ("deep JSON", format!("{object},\"x\":{}", "[".repeat(1 << 20)), 500),
        ("deep YAML", "- ".repeat(1 << 19), 500),
        ("deep flow", format!("a: {}", "{a: ".repeat(1 << 18)), 500),
        ("aliases of aliases", laughs, 500),
        ("many small values", format!("{object},\"x\":[{}1]}}", "1,".repeat(1 << 20)), 200),
        ("many anchors", "&a \n".repeat(1 << 18), 500),
        ("zero bytes", "\0".repeat(1 << 20), 500),
        ("many documents", "---\na\n".repeat(1 << 18), 500),
        ("many items", posted(&[]).replace("\"encryptedData\":{}", &many), 413),
    ] {
        let start = Instant::now();
        let status = server.post("/v1/verify", &body).await.status;
        println!("{name}: {:?}", start.elapsed());
        assert_eq!(status, wanted, "{name}");
        assert!(start.elapsed() < Duration::from_secs(40), "{name}: {:?}", start.elapsed());
    }
    assert_eq!(server.post("/v1/verify", &posted(&[("a", &keys.sealed("x"))])).await.status, 200);
}

/// The value sealed, wherever it goes wrong, is in no answer, metric or log line; nor is what was sent.
#[tokio::test]
async fn a_value_comes_out_nowhere() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    // Of the whole process, since a subscriber of one thread is not asked when another thread logs first.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    let good = keys.sealed(CANARY);
    let broken = format!("{}AAAA", &good[..good.len() - 8]);
    let whole = posted(&[("item-of-mine", &good)]);
    let mut answers = String::new();
    for body in [
        whole.clone(),
        posted(&[("item-of-mine", &good), ("other", &broken)]),
        whole.replace("\"name\":\"db\"", "\"name\":\"elsewhere\\nFORGED\""),
        whole.replace("\"encryptedData\":{\"item-of-mine\":", "\"data\":").replace("\"}}}", "\"}}"),
        whole.replace("\"type\":\"Opaque\"", "\"data\":{\"x\":\"{{ fail .a }}\"}"),
        format!("kind: Secret\napiVersion: v1\nstringData: {{a: {CANARY}}}\n"),
        format!("kind: SealedSecret\napiVersion: [{CANARY}\n"),
        format!("{{\"kind\":\"{CANARY}\"}}"),
        format!("{whole}{{{CANARY}"),
    ] {
        for path in ["/v1/verify", "/v1/rotate"] {
            let forwarded = "X-Forwarded-For: 203.0.113.9\r\n";
            let answer = server.post_from(path, &body, forwarded).await;
            answers += &format!("{}\n{}\n", answer.head, answer.body);
        }
    }
    answers += &server.metrics_text().await.body;
    let log = log.text();
    assert!(log.contains("an item does not open") && log.contains("203.0.113.9"), "the log works: {log}");
    for secret in [CANARY, &*base64_of(CANARY), &broken, "item-of-mine\":\"AQ"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    assert!(!log.contains("FORGED"));
    for secret in [CANARY, &*base64_of(CANARY)] {
        assert!(!answers.contains(secret), "{secret} is in an answer");
    }
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}
