//! The registry against an API server that answers by script: each call is expected, and none may be left over.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::channel::mpsc;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame};
use kube::Client;
use kube::client::Body;
use sealed_secrets::key_secret::KEY_LABEL;
use sealed_secrets::sealing::{KeySize, SealingKey};
use serde_json::{Value, json};
use tower_test::mock::{self, SendResponse};

use super::*;

const NAMESPACE: &str = "sealed-secrets";
const DAY: i64 = 24 * 3600;

/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600;
const CREATED: &str = "2026-01-01T00:00:00Z";

/// A key for tests, with a certificate that begins so many seconds after [`START`] as its number says.
pub(super) struct Pair {
    pub(super) key: String,
    pub(super) certificate: String,
}

impl Pair {
    pub(super) fn sealing_key(&self) -> SealingKey {
        SealingKey::from_pem(self.key.as_bytes()).unwrap()
    }

    pub(super) fn certificate_from(&self, start: i64, seconds: i64) -> String {
        self.sealing_key().self_signed_certificate("", start, seconds).unwrap().to_pem()
    }

    pub(super) fn fingerprint(&self) -> String {
        self.sealing_key().fingerprint().to_string()
    }
}

pub(super) fn rsa(index: usize) -> &'static Pair {
    static PAIRS: OnceLock<Vec<Pair>> = OnceLock::new();
    let pairs = PAIRS.get_or_init(|| {
        (0..3)
            .map(|offset| {
                let key = SealingKey::generate(KeySize::Rsa2048).unwrap();
                let certificate = key.self_signed_certificate("", START + offset, 3650 * DAY).unwrap();
                Pair { key: key.to_pkcs1_pem().to_string(), certificate: certificate.to_pem() }
            })
            .collect()
    });
    &pairs[index]
}

/// Small keys; no renewal.
pub(super) fn settings() -> KeySettings {
    KeySettings {
        prefix: "sealed-secrets-key".into(),
        size: KeySize::Rsa2048,
        validity: Duration::from_secs(3650 * 24 * 3600),
        common_name: String::new(),
        renew_period: None,
        cutoff: None,
        order: KeyOrder::CertificateNotBefore,
        labels: Vec::new(),
        annotations: Vec::new(),
        generate: true,
    }
}

pub(super) fn pair_json(name: &str, version: u64, key: &str, certificate: &str, created: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": NAMESPACE, "uid": format!("uid-{name}"), "resourceVersion": version.to_string(),
            "creationTimestamp": created, "labels": {KEY_LABEL: "active"},
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
            "managedFields": [{"manager": "x", "fieldsV1": {"f:data": {}}}],
        },
        "type": "kubernetes.io/tls",
        "data": {"tls.key": STANDARD.encode(key), "tls.crt": STANDARD.encode(certificate)},
    })
}

pub(super) fn key_json(name: &str, version: u64, pair: &Pair, created: &str) -> Value {
    pair_json(name, version, &pair.key, &pair.certificate, created)
}

pub(super) fn list_json(version: u64, items: &[Value]) -> Value {
    json!({"kind": "SecretList", "apiVersion": "v1", "metadata": {"resourceVersion": version.to_string()}, "items": items})
}

fn key(name: &str, version: u64, index: usize) -> Value {
    key_json(name, version, rsa(index), CREATED)
}

fn bad(name: &str, version: u64) -> Value {
    let mut bad = key(name, version, 0);
    bad["data"]["tls.key"] = STANDARD.encode("swordfish").into();
    bad
}

fn refused(code: u16, message: &str) -> (u16, Value) {
    (
        code,
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message}),
    )
}

type AnswerBody = StreamBody<mpsc::UnboundedReceiver<Result<Frame<Bytes>, Infallible>>>;

/// A call that waits for its answer.
struct Call {
    /// `list keys`, `list legacy`, `watch keys 7`, `watch legacy 7`, `create NAME`.
    what: String,
    body: Value,
    answer: SendResponse<Response<AnswerBody>>,
}

/// An open watch.
struct Watch(mpsc::UnboundedSender<Result<Frame<Bytes>, Infallible>>);

impl Watch {
    fn say(&self, kind: &str, object: &Value) {
        let line = format!("{}\n", json!({"type": kind, "object": object}));
        self.0.unbounded_send(Ok(Frame::data(line.into()))).unwrap();
    }

    fn touch(&self) {
        self.say("MODIFIED", &json!({"kind": "PartialObjectMetadata", "metadata": {"name": "x"}}));
    }

    fn bookmark(&self, version: &str) {
        self.say(
            "BOOKMARK",
            &json!({"kind": "Secret", "apiVersion": "v1", "metadata": {"resourceVersion": version}}),
        );
    }
}

/// The API server of a test, its clock, and what runs against it.
struct Api {
    handle: mock::Handle<Request<Body>, Response<AnswerBody>>,
    waiting: VecDeque<Call>,
    clock: Arc<AtomicI64>,
    reader: KeyReader,
    requests: RotationRequests,
    work: tokio::task::JoinHandle<()>,
}

impl Api {
    fn start(settings: KeySettings) -> Self {
        Self::start_at(settings, START + 100)
    }

    fn start_at(settings: KeySettings, now: i64) -> Self {
        rsa(0);
        let (service, handle) = mock::pair::<Request<Body>, Response<AnswerBody>>();
        let cluster = Cluster::of_client(Client::new(service, NAMESPACE), NAMESPACE);
        // Events go to a server of their own, which nobody asks.
        let (unheard, server) = mock::pair::<Request<Body>, Response<AnswerBody>>();
        drop(server);
        let events = Events::new(Cluster::of_client(Client::new(unheard, NAMESPACE), NAMESPACE));
        let clock = Arc::new(AtomicI64::new(now));
        let time = Arc::clone(&clock);
        let time = Arc::new(move || time.load(Ordering::SeqCst));
        let registry = KeyRegistry::with_clock(cluster, settings, events, Metrics::default(), time);
        let (reader, requests) = (registry.reader(), registry.rotation_requests());
        let work = tokio::spawn(registry.run());
        Self { handle, waiting: VecDeque::new(), clock, reader, requests, work }
    }

    async fn receive(&mut self, patience: Duration) -> Option<Call> {
        let request = tokio::time::timeout(patience, self.handle.next_request()).await.ok()?;
        let (request, answer) = request.expect("the registry still runs");
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let query = parts.uri.query().unwrap_or_default();
        let parameter = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
        };
        assert_eq!(parts.uri.path(), format!("/api/v1/namespaces/{NAMESPACE}/secrets"));
        let of = match (parameter("labelSelector").as_deref(), parameter("fieldSelector").as_deref()) {
            (Some("sealedsecrets.bitnami.com%2Fsealed-secrets-key%3Dactive"), None) => "keys",
            (None, Some("metadata.name%3Dsealed-secrets-key")) => "legacy",
            _ => "?",
        };
        let mut read = Value::Null;
        let what = match parts.method {
            Method::GET if parameter("watch").is_some() => {
                format!("watch {of} {}", parameter("resourceVersion").unwrap())
            }
            Method::GET => format!("list {of}"),
            Method::POST => {
                read = serde_json::from_slice(&body).unwrap();
                format!("create {}", read["metadata"]["name"].as_str().unwrap())
            }
            other => format!("{other} {}", parts.uri),
        };
        Some(Call { what, body: read, answer })
    }

    /// The call `what`; others that come at the same time wait for their turn.
    async fn call(&mut self, what: &str) -> Call {
        if let Some(index) = self.waiting.iter().position(|call| call.what == what) {
            return self.waiting.remove(index).unwrap();
        }
        while let Some(call) = self.receive(Duration::from_secs(300)).await {
            if call.what == what {
                return call;
            }
            self.waiting.push_back(call);
        }
        let waiting: Vec<_> = self.waiting.iter().map(|call| call.what.as_str()).collect();
        panic!("{what} was not called; {waiting:?} wait");
    }

    async fn answer(&mut self, what: &str, status: u16, body: &Value) -> Value {
        let call = self.call(what).await;
        let (sender, receiver) = mpsc::unbounded();
        sender.unbounded_send(Ok(Frame::data(body.to_string().into()))).unwrap();
        let response = Response::builder().status(status).body(StreamBody::new(receiver)).unwrap();
        call.answer.send_response(response);
        call.body
    }

    async fn list(&mut self, version: u64, keys: &[Value]) {
        self.list_with_legacy(version, keys, &[]).await;
    }

    async fn list_with_legacy(&mut self, version: u64, keys: &[Value], legacy: &[Value]) {
        self.answer("list keys", 200, &list_json(version, keys)).await;
        self.answer("list legacy", 200, &list_json(version, legacy)).await;
    }

    async fn open(&mut self, what: &str) -> Watch {
        let call = self.call(what).await;
        let (sender, receiver) = mpsc::unbounded();
        call.answer.send_response(Response::new(StreamBody::new(receiver)));
        Watch(sender)
    }

    async fn watches(&mut self, version: u64) -> (Watch, Watch) {
        let keys = self.open(&format!("watch keys {version}")).await;
        (keys, self.open(&format!("watch legacy {version}")).await)
    }

    /// Waits until the keys fulfil a condition.
    async fn until(&mut self, condition: impl Fn(&Keys) -> bool) -> Arc<Keys> {
        let wait = async {
            while !condition(&self.reader.snapshot()) {
                assert!(self.reader.changed().await);
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(300), wait).await;
        assert!(waited.is_ok(), "{:?}", self.reader.snapshot());
        self.reader.snapshot()
    }

    /// No call is left over, and none comes within 50 seconds.
    async fn quiet(&mut self) {
        if let Some(call) = self.receive(Duration::from_secs(50)).await {
            self.waiting.push_back(call);
        }
        let surplus: Vec<_> = self.waiting.iter().map(|call| call.what.as_str()).collect();
        assert!(surplus.is_empty(), "{surplus:?} were not expected");
        assert!(!self.work.is_finished());
    }

    fn active(&self) -> Option<String> {
        self.reader.snapshot().active_key().map(|key| key.secret.clone())
    }
}

/// What the API server lists of a Secret that was created.
fn created(mut body: Value, uid: &str, version: u64) -> Value {
    body["metadata"]["uid"] = uid.into();
    body["metadata"]["resourceVersion"] = version.to_string().into();
    body["metadata"]["creationTimestamp"] = "2026-01-01T00:01:40Z".into();
    body
}

/// The names that the controller gives to a key after `newest`, by attempt.
fn names(newest: Option<&str>) -> [String; 3] {
    [0, 1, 2].map(|attempt| rotate::key_name("sealed-secrets-key", NAMESPACE, newest, attempt))
}

fn in_list(keys: &Keys) -> Vec<&str> {
    keys.known.iter().map(|key| key.secret.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_first_key_is_written_once_and_comes_back_by_the_list() {
    let mut api = Api::start(KeySettings {
        common_name: "keys".into(),
        labels: vec![("team".into(), "a".into())],
        ..settings()
    });
    api.list(1, &[]).await;
    let _watches = api.watches(1).await;
    let [first, ..] = names(None);
    let body = api.answer(&format!("create {first}"), 201, &json!({"metadata": {}})).await;
    assert_eq!(body["type"], "kubernetes.io/tls");
    assert_eq!(body["metadata"]["labels"], json!({KEY_LABEL: "active", "team": "a"}));
    assert!(!api.reader.snapshot().is_ready(), "the rotator never touches the ring");
    api.list(2, &[created(body, "uid-first", 2)]).await;
    let _watches = api.watches(2).await;
    let keys = api.until(Keys::is_ready).await;
    assert_eq!(keys.known[0].validity, Some((START + 100, START + 100 + 3650 * DAY)));
    assert_eq!(api.active(), Some(first));
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn no_key_is_made_while_the_list_fails() {
    let mut api = Api::start(KeySettings { renew_period: Some(Duration::from_secs(1)), ..settings() });
    api.requests.request();
    for code in [500, 403, 429] {
        let (code, body) = refused(code, "no");
        api.answer("list keys", code, &body).await;
        api.answer("list legacy", 200, &list_json(1, &[])).await;
    }
    api.answer("list keys", 200, &list_json(1, &[])).await;
    let (code, body) = refused(503, "storage is (re)initializing");
    api.answer("list legacy", code, &body).await;
    api.answer("list keys", 200, &json!({"kind": "SecretList"})).await;
    api.answer("list legacy", 200, &list_json(1, &[])).await;
    assert_eq!(api.reader.snapshot().version, 0);
    let waits = api.call("list keys").await;
    assert_eq!(api.call("list legacy").await.what, "list legacy");
    assert!(api.waiting.is_empty(), "nothing but lists");
    drop(waits);
}

#[tokio::test(start_paused = true)]
async fn existing_keys_cost_two_lists_and_two_watches() {
    let mut api = Api::start(settings());
    api.list(7, &[bad("bad", 1), key("a", 2, 0), key("b", 3, 1)]).await;
    let _watches = api.watches(7).await;
    let keys = api.until(Keys::is_ready).await;
    assert_eq!(in_list(&keys), ["b", "a"]);
    assert_eq!(keys.bad, ["bad"]);
    assert_eq!((keys.ring.len(), keys.version), (2, 1));
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn bad_key_secrets_alone_make_no_key() {
    let mut api = Api::start(KeySettings { renew_period: Some(Duration::from_secs(30)), ..settings() });
    api.list(1, &[bad("bad", 1)]).await;
    let _watches = api.watches(1).await;
    let keys = api.until(|keys| keys.version == 1).await;
    assert!(!keys.is_ready());
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_taken_name_that_holds_the_new_key_settles_it() {
    let mut api = Api::start(settings());
    api.list(1, &[]).await;
    let _watches = api.watches(1).await;
    let [first, ..] = names(None);
    let (code, body) = refused(409, "already exists");
    api.answer(&format!("create {first}"), code, &body).await;
    api.answer("list keys", 200, &list_json(2, &[key(&first, 2, 1)])).await;
    // The ring had not seen it: it looks at once.
    api.list(2, &[key(&first, 2, 1)]).await;
    let _watches = api.watches(2).await;
    api.until(Keys::is_ready).await;
    assert_eq!(api.active(), Some(first));
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_taken_name_that_holds_no_newer_key_is_passed_over() {
    let [first, second, third] = names(Some("uid-a"));
    let mixed = pair_json(&second, 3, &rsa(1).key, &rsa(2).certificate, CREATED);
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let _watches = api.watches(1).await;
    api.until(Keys::is_ready).await;
    api.requests.request();
    // The first name is a Secret without the label (a retired key), the second holds a key that does not fit.
    let taken = refused(409, "already exists");
    for name in [&first, &second] {
        api.answer(&format!("create {name}"), taken.0, &taken.1).await;
        api.answer("list keys", 200, &list_json(3, &[key("a", 1, 0), mixed.clone()])).await;
    }
    let body = api.answer(&format!("create {third}"), 201, &json!({})).await;
    api.list(4, &[key("a", 1, 0), mixed, created(body, "uid-third", 4)]).await;
    let _watches = api.watches(4).await;
    api.until(|keys| keys.known.len() == 3).await;
    assert_eq!(api.active(), Some(third));
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_makes_no_second_key() {
    for requested in [false, true] {
        let mut api = Api::start(settings());
        if requested {
            api.requests.request();
        }
        api.list(1, &[]).await;
        let _watches = api.watches(1).await;
        let [first, ..] = names(None);
        let (code, body) = refused(504, "timeout");
        let sent = api.answer(&format!("create {first}"), code, &body).await;
        let (code, body) = refused(409, "already exists");
        let again = api.answer(&format!("create {first}"), code, &body).await;
        assert_eq!(sent["data"]["tls.key"], again["data"]["tls.key"], "one key is generated for all tries");
        let written = created(sent, "uid-first", 2);
        api.answer("list keys", 200, &list_json(2, std::slice::from_ref(&written))).await;
        api.list(2, &[written]).await;
        let _watches = api.watches(2).await;
        api.until(Keys::is_ready).await;
        api.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_made_good_by_the_watch() {
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let (watch, _legacy) = api.watches(1).await;
    api.until(Keys::is_ready).await;
    api.requests.request();
    let [next, ..] = names(Some("uid-a"));
    // The watch tells of the key before the answer fails.
    let call = api.call(&format!("create {next}")).await;
    let written = created(call.body.clone(), "uid-next", 2);
    watch.touch();
    api.list(2, &[key("a", 1, 0), written]).await;
    let _watches = api.watches(2).await;
    api.until(|keys| keys.known.len() == 2).await;
    call.answer.send_error(std::io::Error::other("connection reset"));
    api.quiet().await;
    assert_eq!(api.active(), Some(next));
}

#[tokio::test(start_paused = true)]
async fn a_failed_creation_is_tried_again_soon() {
    let mut api = Api::start(settings());
    api.list(1, &[]).await;
    let _watches = api.watches(1).await;
    let [first, ..] = names(None);
    let begun = tokio::time::Instant::now();
    for code in [500, 503, 403] {
        let (code, body) = refused(code, "no");
        api.answer(&format!("create {first}"), code, &body).await;
    }
    let body = api.answer(&format!("create {first}"), 201, &json!({})).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    api.list(2, &[created(body, "uid-first", 2)]).await;
    let _watches = api.watches(2).await;
    api.until(Keys::is_ready).await;
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn each_request_makes_a_key() {
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let mut watches = api.watches(1).await;
    api.until(Keys::is_ready).await;
    api.requests.request();
    api.requests.request();
    let mut secrets = vec![key("a", 1, 0)];
    let mut newest = "uid-a".to_owned();
    for version in [2, 3] {
        let [next, ..] = names(Some(&newest));
        let body = api.answer(&format!("create {next}"), 201, &json!({})).await;
        newest = format!("uid-{version}");
        secrets.push(created(body, &newest, version));
        api.list(version, &secrets).await;
        watches = api.watches(version).await;
        api.until(|keys| keys.known.len() == secrets.len()).await;
        assert_eq!(api.active(), Some(next), "made within the same second, and newest all the same");
    }
    api.quiet().await;
    drop(watches);
}

#[tokio::test(start_paused = true)]
async fn a_controller_that_never_makes_keys_makes_none() {
    let mut api = Api::start(KeySettings { generate: false, ..settings() });
    api.requests.request();
    api.list(1, &[]).await;
    let _watches = api.watches(1).await;
    api.until(|keys| keys.version == 1).await;
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_key_is_renewed_when_its_time_comes() {
    let period = 30 * DAY;
    let renew_period = Some(Duration::from_secs(30 * 24 * 3600));
    let mut api = Api::start_at(KeySettings { renew_period, ..settings() }, START + period - 90);
    api.list(1, &[key("a", 1, 0)]).await;
    let _watches = api.watches(1).await;
    api.until(Keys::is_ready).await;
    api.quiet().await;
    api.clock.store(START + period - 1, Ordering::SeqCst);
    api.quiet().await;
    api.clock.store(START + period, Ordering::SeqCst);
    let [next, ..] = names(Some("uid-a"));
    let body = api.answer(&format!("create {next}"), 201, &json!({})).await;
    api.list(2, &[key("a", 1, 0), created(body, "uid-next", 2)]).await;
    let _watches = api.watches(2).await;
    api.until(|keys| keys.known.len() == 2).await;
    assert_eq!(api.active(), Some(next));
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn additions_relabelling_and_deletions_are_followed() {
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let (watch, _legacy) = api.watches(1).await;
    api.until(Keys::is_ready).await;
    watch.touch();
    api.list(2, &[key("a", 1, 0), key("b", 2, 1)]).await;
    let (watch, _legacy) = api.watches(2).await;
    let both = api.until(|keys| keys.known.len() == 2).await;
    assert_eq!(api.active(), Some("b".into()));
    // Relabelled or deleted: gone from the list either way.
    watch.say("DELETED", &json!({"metadata": {"name": "b"}}));
    api.list(3, &[key("a", 1, 0)]).await;
    let (watch, _legacy) = api.watches(3).await;
    let one = api.until(|keys| keys.known.len() == 1).await;
    assert_eq!(api.active(), Some("a".into()));
    assert_eq!((both.version, one.version), (2, 3));
    // Touched without a change of keys: readers are not woken.
    watch.touch();
    api.list(4, &[key("a", 4, 0)]).await;
    let _watches = api.watches(4).await;
    api.quiet().await;
    assert_eq!(api.reader.snapshot().version, 3);
}

#[tokio::test(start_paused = true)]
async fn the_last_key_may_come_back_before_another_is_made() {
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let (watch, _legacy) = api.watches(1).await;
    api.until(Keys::is_ready).await;
    watch.touch();
    api.list(2, &[]).await;
    let (watch, _legacy) = api.watches(2).await;
    api.until(|keys| keys.known.is_empty()).await;
    api.quiet().await;
    watch.touch();
    api.list(3, &[key("a", 3, 0)]).await;
    let (watch, _legacy) = api.watches(3).await;
    api.until(Keys::is_ready).await;
    watch.touch();
    api.list(4, &[]).await;
    let _watches = api.watches(4).await;
    api.until(|keys| keys.known.is_empty()).await;
    api.quiet().await;
    api.clock.fetch_add(rotation::EMPTIED_GRACE, Ordering::SeqCst);
    let [first, ..] = names(None);
    api.call(&format!("create {first}")).await;
}

#[tokio::test(start_paused = true)]
async fn the_legacy_secret_is_found_by_its_name() {
    let legacy = |version, label: Option<&str>| {
        let mut legacy = key("sealed-secrets-key", version, 1);
        legacy["metadata"]["labels"] = label.map_or(Value::Null, |label| json!({KEY_LABEL: label}));
        legacy
    };
    let mut api = Api::start(settings());
    api.list_with_legacy(1, &[key("a", 1, 0)], &[legacy(1, None)]).await;
    let (_keys, watch) = api.watches(1).await;
    let keys = api.until(Keys::is_ready).await;
    assert_eq!(in_list(&keys), ["sealed-secrets-key", "a"]);
    // In both lists it is one.
    watch.touch();
    api.list_with_legacy(2, &[key("a", 1, 0), legacy(2, Some("active"))], &[legacy(2, Some("active"))]).await;
    let (_keys, watch) = api.watches(2).await;
    watch.touch();
    api.list_with_legacy(3, &[key("a", 1, 0)], &[legacy(3, Some("compromised"))]).await;
    let _watches = api.watches(3).await;
    let keys = api.until(|keys| keys.known.len() == 1).await;
    assert_eq!((in_list(&keys), keys.version), (vec!["a"], 2));
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_watch_keys_are_listed_every_minute() {
    let mut api = Api::start(settings());
    let (forbidden, body) = refused(403, "secrets is forbidden");
    api.list(1, &[key("a", 1, 0)]).await;
    for round in 1..4 {
        api.answer(&format!("watch keys {round}"), forbidden, &body).await;
        api.answer(&format!("watch legacy {round}"), forbidden, &body).await;
        api.until(|keys| keys.version == round).await;
        api.quiet().await;
        let keys: Vec<_> =
            (0..=usize::try_from(round).unwrap().min(2)).map(|i| key(["a", "b", "c"][i], 1, i)).collect();
        api.list(round + 1, &keys).await;
    }
    // Granted meanwhile.
    let _watches = api.watches(4).await;
    assert_eq!(in_list(&api.reader.snapshot()), ["c", "b", "a"]);
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_empties_nothing_and_ends_soon() {
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let (watch, legacy) = api.watches(1).await;
    api.until(Keys::is_ready).await;
    drop((watch, legacy));
    for _ in 0..20 {
        api.call("list keys").await.answer.send_error(std::io::Error::other("connection refused"));
        api.call("list legacy").await.answer.send_error(std::io::Error::other("connection refused"));
        assert!(api.reader.snapshot().is_ready());
    }
    let back = tokio::time::Instant::now();
    // As long as the list has not ended, the keys of before stay.
    let waits = api.call("list keys").await;
    assert!(back.elapsed() <= Duration::from_secs(3), "{:?}", back.elapsed());
    assert!(api.reader.snapshot().is_ready());
    waits.answer.send_error(std::io::Error::other("connection reset"));
    api.call("list legacy").await.answer.send_error(std::io::Error::other("connection reset"));
    api.list(2, &[key("a", 1, 0)]).await;
    let _watches = api.watches(2).await;
    api.quiet().await;
    assert_eq!(api.reader.snapshot().version, 1);
}

#[tokio::test(start_paused = true)]
async fn a_watch_goes_on_from_its_bookmark_and_lists_after_410() {
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let (watch, _legacy) = api.watches(1).await;
    watch.bookmark("5");
    api.quiet().await;
    drop(watch);
    let watch = api.open("watch keys 5").await;
    api.quiet().await;
    let gone = tokio::time::Instant::now();
    watch.say("ERROR", &refused(410, "too old resource version").1);
    api.list(6, &[key("a", 1, 0)]).await;
    assert_eq!(gone.elapsed(), Duration::ZERO, "no pause after 410");
    let _watches = api.watches(6).await;
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_always_too_old_is_slowed_down() {
    let mut api = Api::start(settings());
    let begun = tokio::time::Instant::now();
    for _ in 0..10 {
        api.list(1, &[key("a", 1, 0)]).await;
        let (code, body) = refused(410, "Expired");
        api.answer("watch keys 1", code, &body).await;
        api.open("watch legacy 1").await;
    }
    assert!(begun.elapsed() > Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_certificate_of_the_future_becomes_active_by_the_clock_alone() {
    let future = pair_json("future", 1, &rsa(1).key, &rsa(1).certificate_from(START + 1000, 3600), CREATED);
    let mut api = Api::start(settings());
    api.list(1, &[future, key("a", 1, 0)]).await;
    let _watches = api.watches(1).await;
    api.until(Keys::is_ready).await;
    assert_eq!(api.active(), Some("a".into()));
    api.clock.store(START + 700, Ordering::SeqCst);
    api.until(|keys| keys.version == 2).await;
    assert_eq!(api.active(), Some("future".into()));
    api.quiet().await;
}
