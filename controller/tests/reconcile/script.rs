//! An API server that expects certain calls in a certain order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use controller::cluster::Cluster;
use controller::unseal::index::{End, Finished, Task, Untouched};
use controller::unseal::reconcile::{Context, reconcile};
use controller::unseal::retry::{Attempts, Cause};
use controller::unseal::seen::{ObjectKey, SealedObject};
use controller::unseal::status::Crd;
use http::{Request, Response};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

use crate::support::{Log, Setup, assert_no_canary, context, keys};

pub(crate) const SECRETS: &str = "/api/v1/namespaces/shop/secrets";
pub(crate) const SECRET: &str = "/api/v1/namespaces/shop/secrets/db";
pub(crate) const EVENTS: &str = "/api/v1/namespaces/shop/events";
pub(crate) const SEALED: &str = "/apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets/db";
pub(crate) const STATUS: &str = "/apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets/db/status";

pub(crate) const DRY_RUN: &str =
    "/apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets/db/status?dryRun=All";

/// What the server does with a call.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Answers with this code and this body.
    Json(u16, Value),
    /// The same, and asks to be left alone for so many seconds.
    RetryAfter(u16, Value, u32),
    /// Answers with something that is no JSON.
    Text(u16, &'static str),
    /// Stores what was sent under uid and resourceVersion, and answers with it.
    Stored(&'static str, &'static str),
    /// The same, as upstream's CustomResourceDefinition has it: without the fields that it does not know.
    Pruned(&'static str, &'static str),
    /// The connection breaks.
    Lost,
}

/// A failure as the API server words it.
pub(crate) fn failure(code: u16, reason: &str) -> Reply {
    Reply::Json(code, status(code, reason, ""))
}

pub(crate) fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "code": code, "reason": reason, "message": message,
    })
}

/// A call as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) line: String,
    pub(crate) accept: String,
    pub(crate) body: Value,
}

impl Call {
    pub(crate) fn conditions(&self) -> Vec<(&str, &str)> {
        let conditions = self.body["status"]["conditions"].as_array().unwrap();
        conditions
            .iter()
            .map(|condition| (condition["type"].as_str().unwrap(), condition["status"].as_str().unwrap()))
            .collect()
    }

    pub(crate) fn condition(&self, type_: &str) -> &Value {
        let conditions = self.body["status"]["conditions"].as_array().unwrap();
        conditions.iter().find(|condition| condition["type"] == type_).unwrap()
    }
}

#[derive(Default)]
struct Played {
    expected: VecDeque<(String, Reply)>,
    calls: Vec<Call>,
}

/// A controller that talks to a script.
pub(crate) struct Stage {
    played: Arc<Mutex<Played>>,
    log: Log,
    pub(crate) context: Context,
}

impl Stage {
    pub(crate) fn new(setup: Setup) -> Self {
        let played = Arc::new(Mutex::new(Played::default()));
        let own = Arc::clone(&played);
        let service = tower::service_fn(move |request: Request<Body>| answer(Arc::clone(&own), request));
        let cluster = Cluster::of_client(Client::new(service, "default"), "kube-system");
        Self { played, log: Log::begin(), context: context(cluster, &keys(), setup) }
    }

    /// One that knows already that the CustomResourceDefinition is ours.
    pub(crate) async fn under_our_crd(setup: Setup) -> Self {
        let stage = Self::new(setup);
        stage.context.reporter.learnt(Crd::Ours);
        stage
    }

    /// Lets a task for this object run against the script. Returns how it ended, and the calls.
    pub(crate) async fn play(
        &self,
        script: &[(&str, &str, Reply)],
        object: &SealedObject,
        secret_seen: bool,
    ) -> (Finished, Vec<Call>) {
        let task = Task {
            key: object.key.clone(),
            object: Some(Arc::new(copy(object))),
            secret_seen,
            untouched: None,
            tell_again: None,
            attempts: Attempts::default(),
        };
        self.run(script, task).await
    }

    /// The same for one whose spec is no longer in memory.
    pub(crate) async fn play_fetched(
        &self,
        script: &[(&str, &str, Reply)],
        secret_seen: bool,
    ) -> (Finished, Vec<Call>) {
        let task = Task {
            key: ObjectKey::new("shop", "db"),
            object: None,
            secret_seen,
            untouched: None,
            tell_again: None,
            attempts: Attempts::default(),
        };
        self.run(script, task).await
    }

    pub(crate) async fn run(&self, script: &[(&str, &str, Reply)], task: Task) -> (Finished, Vec<Call>) {
        let expected =
            script.iter().map(|(method, path, reply)| (format!("{method} {path}"), reply.clone())).collect();
        *self.played.lock().unwrap() = Played { expected, calls: Vec::new() };
        let finished = reconcile(&self.context, task).await;
        let Played { expected, calls } = std::mem::take(&mut *self.played.lock().unwrap());
        let missing: Vec<_> = expected.iter().map(|(line, _)| line).collect();
        assert!(missing.is_empty(), "nobody asked for {missing:?}");
        for call in &calls {
            if !call.line.contains(SECRETS) {
                assert_no_canary(&call.line, &call.body.to_string());
            }
        }
        assert_no_canary("the log", &self.log.text());
        assert_no_canary("the end", &format!("{finished:?}"));
        (finished, calls)
    }

    pub(crate) fn log(&self) -> String {
        self.log.text()
    }
}

/// A task for an object whose Secret is version 7 of `s`, untouched since an older generation.
pub(crate) fn untouched(object: &SealedObject) -> Task {
    let untouched = Some(Untouched { uid: "s".into(), version: "7".into() });
    Task {
        key: object.key.clone(),
        object: Some(Arc::new(copy(object))),
        secret_seen: true,
        untouched,
        tell_again: None,
        attempts: Attempts::default(),
    }
}

async fn answer(
    played: Arc<Mutex<Played>>,
    request: Request<Body>,
) -> Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>> {
    let line = format!("{} {}", request.method(), request.uri());
    let accept = request.headers()["accept"].to_str().unwrap().to_owned();
    let sent = request.into_body().collect().await?.to_bytes();
    let body: Value = if sent.is_empty() { Value::Null } else { serde_json::from_slice(&sent)? };
    let mut played = played.lock().unwrap();
    played.calls.push(Call { line: line.clone(), accept, body: body.clone() });
    let said: Vec<_> = played.calls.iter().map(|call| &call.line).cloned().collect();
    let Some((expected, reply)) = played.expected.pop_front() else {
        panic!("a surplus call: {said:?}");
    };
    let (method, path) = expected.split_once(' ').unwrap();
    // The names of Events are not known beforehand: a path may end in a star.
    let as_expected = match path.strip_suffix('*') {
        Some(begin) => line.starts_with(&format!("{method} {begin}")),
        None => line == expected,
    };
    assert!(as_expected, "{expected} is expected: {said:?}");
    let (code, retry_after, bytes) = match reply {
        Reply::Json(code, body) => (code, None, body.to_string().into_bytes()),
        Reply::RetryAfter(code, body, seconds) => (code, Some(seconds), body.to_string().into_bytes()),
        Reply::Text(code, text) => (code, None, text.into()),
        Reply::Stored(uid, version) => (200, None, stored(body, uid, version).to_string().into_bytes()),
        Reply::Pruned(uid, version) => {
            let mut body = stored(body, uid, version);
            body["status"].as_object_mut().unwrap().remove("controller");
            (200, None, body.to_string().into_bytes())
        }
        Reply::Lost => return Err("connection reset".into()),
    };
    let mut response = Response::builder().status(code);
    if let Some(seconds) = retry_after {
        response = response.header("Retry-After", seconds);
    }
    Ok(response.body(Body::from(bytes))?)
}

fn stored(mut body: Value, uid: &str, version: &str) -> Value {
    body["metadata"]["uid"] = json!(uid);
    body["metadata"]["resourceVersion"] = json!(version);
    body
}

fn copy(object: &SealedObject) -> SealedObject {
    SealedObject {
        key: object.key.clone(),
        uid: object.uid.clone(),
        digest: object.digest,
        items: object.items,
        size: object.size,
        sealed: object.sealed.clone(),
        status: object.status.clone(),
        resource_version: object.resource_version.clone(),
        generation: object.generation,
        instance: object.instance.clone(),
        deleting: object.deleting,
        control: object.control,
    }
}

/// So many failed, of each cause that may pass.
pub(crate) fn attempts(count: u32) -> Attempts {
    let mut attempts = Attempts::default();
    for cause in [Cause::Api { retry_after: None }, Cause::NoAnswer, Cause::NamespaceGone] {
        for _ in 0..count {
            attempts.count(&cause);
        }
    }
    attempts
}

/// The name of the end, to be compared.
pub(crate) fn end(finished: &Finished) -> &'static str {
    match &finished.end {
        End::Applied { .. } => "applied",
        End::Failed(Cause::Closed) => "closed",
        End::Failed(Cause::Unusable) => "unusable",
        End::Failed(Cause::SecretInTheWay { .. }) => "in the way",
        End::Failed(Cause::Refused) => "refused",
        End::Failed(Cause::Api { .. }) => "api",
        End::Failed(Cause::NoAnswer) => "no answer",
        End::Failed(Cause::NamespaceGone) => "namespace gone",
        End::Paused => "paused",
        End::ToldAgain => "told again",
        End::Gone => "gone",
        End::Outdated => "outdated",
    }
}
