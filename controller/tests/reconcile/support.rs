//! Keys, SealedSecrets, and what a task needs.

use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controller::cluster::Cluster;
use controller::events::Events;
use controller::key_guard::KeyPlace;
use controller::keys::{KeyReader, Keys};
use controller::metrics::Metrics;
use controller::opener::Opener;
use controller::unseal::reconcile::Context;
use controller::unseal::renderer::Renderer;
use controller::unseal::report::Reporter;
use controller::unseal::seen::{SealedObject, SealedSeen};
use sealed_secrets::sealing::{Certificate, KeyRing, KeySize, SealingKey};
use sealed_secrets::{Hint, Legacy, Secret};
use serde_json::{Value, json};
use tokio::sync::watch;

/// A value that is sealed in every test, and may be found in no call but those that write Secrets, and in no log.
pub(crate) const CANARY: &str = "canary-9qXz-swordfish";

pub(crate) struct TestKeys {
    pub(crate) certificate: Certificate,
    pub(crate) ring: Arc<KeyRing>,
    /// Of a key that is in no ring.
    pub(crate) stranger: Certificate,
}

/// Made once: that takes longer than any test.
pub(crate) static KEYS: LazyLock<TestKeys> = LazyLock::new(|| {
    let [own, stranger] = [(); 2].map(|()| SealingKey::generate(KeySize::Rsa2048).unwrap());
    TestKeys {
        certificate: own.self_signed_certificate("", 1_700_000_000, 86_400).unwrap(),
        stranger: stranger.self_signed_certificate("", 1_700_000_000, 86_400).unwrap(),
        ring: Arc::new(KeyRing::new(vec![own])),
    }
});

pub(crate) fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

/// `shop/db` with one value, [`CANARY`], as JSON, to be changed at will.
pub(crate) fn sealed() -> Value {
    sealed_with(&KEYS.certificate)
}

pub(crate) fn sealed_with(certificate: &Certificate) -> Value {
    let mut secret = Secret::default();
    secret.metadata.namespace = Some("shop".into());
    secret.metadata.name = Some("db".into());
    secret.data.insert("password".into(), CANARY.as_bytes().to_vec().into());
    let sealed = sealed_secrets::seal(&secret, certificate, Hint::None).unwrap();
    let mut sealed = serde_json::to_value(sealed).unwrap();
    let metadata = sealed["metadata"].as_object_mut().unwrap();
    metadata.insert("uid".into(), json!("uid-1"));
    metadata.insert("resourceVersion".into(), json!("100"));
    metadata.insert("generation".into(), json!(1));
    sealed
}

pub(crate) fn read(sealed: &Value) -> SealedObject {
    serde_json::from_value::<SealedSeen>(sealed.clone()).unwrap().into()
}

/// How the controller is set up.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) update_status: bool,
    pub(crate) legacy: Legacy,
    pub(crate) templates: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { update_status: true, legacy: Legacy::Accept, templates: true }
    }
}

/// Keys that are there, version 1.
pub(crate) fn keys() -> watch::Sender<Arc<Keys>> {
    watch::Sender::new(Arc::new(Keys { ring: Arc::clone(&KEYS.ring), version: 1, ..Keys::default() }))
}

/// Where the controller of the tests would read its keys.
pub(crate) fn key_place() -> KeyPlace {
    KeyPlace { namespace: "sealed-secrets".into(), prefix: "sealed-secrets-key".into() }
}

pub(crate) fn context(cluster: Cluster, keys: &watch::Sender<Arc<Keys>>, setup: Setup) -> Context {
    Context {
        key_place: key_place(),
        events: Events::new(cluster.clone()),
        cluster,
        keys: KeyReader::new(keys.subscribe()),
        opener: Opener::new(2),
        renderer: setup.templates.then(Renderer::default),
        metrics: Metrics::default(),
        reporter: Reporter::new(setup.update_status),
        legacy: setup.legacy,
        forbidden: Arc::default(),
        ending: Arc::new(AtomicBool::new(false)),
    }
}

/// What is logged in this thread, which is where everything but the private operations happens.
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<u8>>>,
    _guard: tracing::subscriber::DefaultGuard,
}

impl Log {
    pub(crate) fn begin() -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let own = Arc::clone(&lines);
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || Lines(Arc::clone(&own)))
            .finish();
        Self { lines, _guard: tracing::subscriber::set_default(subscriber) }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.lines.lock().unwrap().clone()).unwrap()
    }
}

struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Neither the value nor its base64, nor a piece of it.
pub(crate) fn assert_no_canary(what: &str, text: &str) {
    for trace in [CANARY, "swordfish", &base64(CANARY)[..20]] {
        assert!(!text.contains(trace), "{what} holds a secret value: {text}");
    }
}
