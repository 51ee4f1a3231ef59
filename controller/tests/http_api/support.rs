//! A server on a loopback port, and a client that sends any bytes.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use controller::http::{Api, Readiness, ServerLimits, api, metrics_api, serve};
use controller::keys::{KeyReader, Keys, KnownKey};
use controller::metrics::Metrics;
use controller::opener::Opener;
use controller::settings::HttpSettings;
use sealed_secrets::Legacy;
use sealed_secrets::sealing::{Certificate, KeyRing, KeySize, Label, Scope, SealedValue, SealingKey};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// A value that may be found in no answer and no log line.
pub(crate) const CANARY: &str = "canary-4fZq-swordfish";

pub(crate) struct Setup {
    pub(crate) http: HttpSettings,
    pub(crate) limits: ServerLimits,
    pub(crate) legacy: Legacy,
    pub(crate) opener: Opener,
}

impl Default for Setup {
    fn default() -> Self {
        let (read_timeout, write_timeout) = (Duration::from_secs(10), Duration::from_secs(10));
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            http: HttpSettings {
                address: any_port,
                metrics_address: any_port,
                read_timeout,
                write_timeout,
                rate: 20,
                burst: 100,
                verify: true,
                rotate: true,
                omit_secret_labels: false,
            },
            limits: ServerLimits::new(read_timeout, write_timeout),
            legacy: Legacy::Accept,
            opener: Opener::new(2),
        }
    }
}

/// A running server; dropping it stops nothing, `stop` does.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) metrics_address: SocketAddr,
    pub(crate) metrics: Metrics,
    pub(crate) keys: watch::Sender<Arc<Keys>>,
    pub(crate) watches: watch::Sender<bool>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Two keys, the first of which seals.
    pub(crate) async fn start(setup: Setup, keys: Keys) -> Self {
        let (keys, reader) = watch::channel(Arc::new(keys));
        let reader = KeyReader::new(reader);
        let (watches, started) = watch::channel(true);
        let metrics = Metrics::default();
        let routes = api(
            Api {
                keys: reader.clone(),
                readiness: Readiness::new(reader, started),
                metrics: metrics.clone(),
                opener: setup.opener,
                legacy: setup.legacy,
            },
            &setup.http,
        );
        let listener = TcpListener::bind(setup.http.address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let metrics_listener = TcpListener::bind(setup.http.metrics_address).await.unwrap();
        let metrics_address = metrics_listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let limits = setup.limits;
        tokio::spawn(serve(metrics_listener, metrics_api(metrics.clone()), limits, std::future::pending()));
        let task = tokio::spawn(serve(listener, routes, limits, async {
            let _ = stopped.await;
        }));
        Self { address, metrics_address, metrics, keys, watches, stop, task }
    }

    /// With default settings and these keys.
    pub(crate) async fn with_keys(keys: &TestKeys) -> Self {
        Self::start(Setup::default(), keys.published()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n"), b"").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.post_from(path, body, "").await
    }

    /// With more header lines, each with its line end.
    pub(crate) async fn post_from(&self, path: &str, body: &str, headers: &str) -> Answer {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: c\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
            body.len()
        );
        self.send(&head, body.as_bytes()).await
    }

    pub(crate) async fn send(&self, head: &str, body: &[u8]) -> Answer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        write(&stream, head.as_bytes()).await.unwrap();
        // The server may answer and close before it has all.
        let _ = write(&stream, body).await;
        answer(&stream).await.expect("an answer")
    }

    pub(crate) async fn metrics_text(&self) -> Answer {
        let stream = TcpStream::connect(self.metrics_address).await.unwrap();
        write(&stream, b"GET /metrics HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n").await.unwrap();
        answer(&stream).await.unwrap()
    }

    /// Tells the server to stop; the task ends when it has.
    pub(crate) fn stop(self) -> JoinHandle<()> {
        let _ = self.stop.send(());
        self.task
    }
}

/// Status, headers and body of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header, whatever case its name is in.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// All that a client could tell answers apart by, but for the time and the state of the limits.
    pub(crate) fn comparable(&self) -> String {
        let told = |line: &&str| !line.starts_with("Date: ") && !line.starts_with("X-Ratelimit-");
        format!("{}\n{}", self.head.lines().filter(told).collect::<Vec<_>>().join("\n"), self.body)
    }
}

/// Writes all, or as much as the server takes before it closes.
pub(crate) async fn write(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads an answer to the end of the connection; none when that ends without one.
pub(crate) async fn answer(stream: &TcpStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 65_536];
    loop {
        stream.readable().await.ok()?;
        match stream.try_read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // A reset after the answer is no matter: the server closes on clients that still send.
            Err(_) => break,
        }
    }
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.replace("\r\n", "\n"), body: body.into() })
}

/// An old key and a new one.
pub(crate) struct TestKeys {
    pub(crate) old: Certificate,
    pub(crate) new: Certificate,
    pub(crate) ring: Arc<KeyRing>,
}

impl TestKeys {
    pub(crate) fn generate() -> Self {
        let [old, new] = [(); 2].map(|()| SealingKey::generate(KeySize::Rsa2048).unwrap());
        let [old_certificate, new_certificate] =
            [&old, &new].map(|key| key.self_signed_certificate("", 1_000, 1_000_000).unwrap());
        Self { old: old_certificate, new: new_certificate, ring: Arc::new(KeyRing::new(vec![new, old])) }
    }

    /// As the registry publishes them.
    pub(crate) fn published(&self) -> Keys {
        let known = [&self.new, &self.old].map(|certificate| KnownKey {
            secret: "sealed-secrets-keyabcde".into(),
            uid: "1".into(),
            fingerprint: *certificate.fingerprint(),
            created: 1_000,
            validity: Some((certificate.not_before(), certificate.not_after())),
            seals: true,
        });
        Keys {
            ring: Arc::clone(&self.ring),
            known: known.to_vec(),
            active: Some(self.new.clone()),
            refused: Vec::new(),
            was_ready: true,
            bad: Vec::new(),
            version: 1,
        }
    }

    /// A value for shop/db under the old key.
    pub(crate) fn sealed(&self, value: &str) -> String {
        self.sealed_in(Scope::Strict, value)
    }

    pub(crate) fn sealed_in(&self, scope: Scope, value: &str) -> String {
        self.old.seal(value.as_bytes(), &Label::new(scope, "shop", "db")).unwrap().to_base64()
    }

    /// What a text of the answer to rotate opens to, with the new key alone.
    pub(crate) fn opened(&self, base64: &str, scope: Scope) -> Option<String> {
        let value = SealedValue::from_base64(base64).unwrap();
        let plaintext = self.ring.open_with(0, &value, &Label::new(scope, "shop", "db"))?;
        Some(String::from_utf8(plaintext.as_bytes().to_vec()).unwrap())
    }
}

/// A SealedSecret in compact JSON with a line end, as kubeseal posts it.
pub(crate) fn posted(items: &[(&str, &str)]) -> String {
    let items: Vec<String> = items.iter().map(|(key, value)| format!("\"{key}\":\"{value}\"")).collect();
    format!(
        "{{\"kind\":\"SealedSecret\",\"apiVersion\":\"bitnami.com/v1alpha1\",\
         \"metadata\":{{\"name\":\"db\",\"namespace\":\"shop\"}},\
         \"spec\":{{\"template\":{{\"metadata\":{{\"name\":\"db\",\"namespace\":\"shop\"}},\"type\":\"Opaque\"}},\
         \"encryptedData\":{{{}}}}}}}\n",
        items.join(",")
    )
}
