//! An API server that answers by script.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures::channel::mpsc;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower_test::mock::{self, SendResponse};

use super::fixtures::{list_json, rsa};
use super::{NAMESPACE, START};
use crate::cluster::Cluster;
use crate::events::Events;
use crate::key_registry::{KeyRegistry, RotationRequests};
use crate::keys::{KeyReader, Keys};
use crate::metrics::Metrics;
use crate::settings::KeySettings;

pub(super) fn refused(code: u16, message: &str) -> (u16, Value) {
    (
        code,
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message}),
    )
}

/// One that says the same to everything.
pub(super) fn answering((code, body): (u16, Value)) -> Cluster {
    let service = tower::service_fn(move |_: Request<Body>| {
        let answer = Response::builder().status(code).body(Body::from(body.to_string().into_bytes()));
        async { answer }
    });
    Cluster::of_client(Client::new(service, NAMESPACE), NAMESPACE)
}

type AnswerBody = StreamBody<mpsc::UnboundedReceiver<Result<Frame<Bytes>, Infallible>>>;

/// A call that waits for its answer.
pub(super) struct Call {
    /// `list keys`, `list legacy`, `watch keys 7`, `watch legacy 7`, `create NAME`.
    pub(super) what: String,
    pub(super) body: Value,
    pub(super) answer: SendResponse<Response<AnswerBody>>,
}

/// An open watch.
pub(super) struct Watch(mpsc::UnboundedSender<Result<Frame<Bytes>, Infallible>>);

impl Watch {
    pub(super) fn say(&self, kind: &str, object: &Value) {
        let line = format!("{}\n", json!({"type": kind, "object": object}));
        self.0.unbounded_send(Ok(Frame::data(line.into()))).unwrap();
    }

    pub(super) fn touch(&self) {
        self.say("MODIFIED", &json!({"kind": "PartialObjectMetadata", "metadata": {"name": "x"}}));
    }

    pub(super) fn bookmark(&self, version: &str) {
        self.say(
            "BOOKMARK",
            &json!({"kind": "Secret", "apiVersion": "v1", "metadata": {"resourceVersion": version}}),
        );
    }
}

/// The API server of a test, its clock, and what runs against it.
pub(super) struct Api {
    pub(super) handle: mock::Handle<Request<Body>, Response<AnswerBody>>,
    pub(super) waiting: VecDeque<Call>,
    pub(super) clock: Arc<AtomicI64>,
    pub(super) reader: KeyReader,
    pub(super) requests: RotationRequests,
    pub(super) work: tokio::task::JoinHandle<()>,
}

impl Api {
    pub(super) fn start(settings: KeySettings) -> Self {
        Self::start_at(settings, START + 100)
    }

    pub(super) fn start_at(settings: KeySettings, now: i64) -> Self {
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

    pub(super) async fn receive(&mut self, patience: Duration) -> Option<Call> {
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
    pub(super) async fn call(&mut self, what: &str) -> Call {
        if let Some(index) = self.waiting.iter().position(|call| call.what == what) {
            return self.waiting.remove(index).unwrap();
        }
        let end = Instant::now() + Duration::from_secs(300);
        // Calls that nobody answers are tried again and again: patience is for all of them.
        while let Some(call) = self.receive(end.saturating_duration_since(Instant::now())).await {
            if call.what == what {
                return call;
            }
            self.waiting.push_back(call);
        }
        let waiting: Vec<_> = self.waiting.iter().map(|call| call.what.as_str()).collect();
        panic!("{what} was not called; {waiting:?} wait");
    }

    pub(super) async fn answer(&mut self, what: &str, status: u16, body: &Value) -> Value {
        let call = self.call(what).await;
        call.answer.send_response(Self::response(status, body));
        call.body
    }

    pub(super) fn response(status: u16, body: &Value) -> Response<AnswerBody> {
        let (sender, receiver) = mpsc::unbounded();
        sender.unbounded_send(Ok(Frame::data(body.to_string().into()))).unwrap();
        Response::builder().status(status).body(StreamBody::new(receiver)).unwrap()
    }

    pub(super) async fn list(&mut self, version: u64, keys: &[Value]) {
        self.list_with_legacy(version, keys, &[]).await;
    }

    pub(super) async fn list_with_legacy(&mut self, version: u64, keys: &[Value], legacy: &[Value]) {
        self.answer("list keys", 200, &list_json(version, keys)).await;
        self.answer("list legacy", 200, &list_json(version, legacy)).await;
    }

    pub(super) async fn open(&mut self, what: &str) -> Watch {
        let call = self.call(what).await;
        let (sender, receiver) = mpsc::unbounded();
        call.answer.send_response(Response::new(StreamBody::new(receiver)));
        Watch(sender)
    }

    pub(super) async fn watches(&mut self, version: u64) -> (Watch, Watch) {
        let keys = self.open(&format!("watch keys {version}")).await;
        (keys, self.open(&format!("watch legacy {version}")).await)
    }

    /// Waits until the keys fulfil a condition.
    pub(super) async fn until(&mut self, condition: impl Fn(&Keys) -> bool) -> Arc<Keys> {
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
    pub(super) async fn quiet(&mut self) {
        if let Some(call) = self.receive(Duration::from_secs(50)).await {
            self.waiting.push_back(call);
        }
        let surplus: Vec<_> = self.waiting.iter().map(|call| call.what.as_str()).collect();
        assert!(surplus.is_empty(), "{surplus:?} were not expected");
        assert!(!self.work.is_finished());
    }

    pub(super) fn active(&self) -> Option<String> {
        self.reader.snapshot().active_key().map(|key| key.secret.clone())
    }
}
