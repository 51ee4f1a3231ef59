//! A small API server in memory: SealedSecrets, Secrets and Events, with lists, watches, preconditions, a collector,
//! and faults on request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use controller::cluster::Cluster;
use futures::StreamExt;
use futures::channel::mpsc;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

use crate::script::status;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Answer = UnsyncBoxBody<Bytes, BoxError>;

/// What happens to calls that match.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Nothing is done, and this is the answer.
    Code(u16, &'static str),
    /// It is done, and the answer is lost.
    LostAnswer,
    /// Whoever asks panics.
    Panic,
}

/// Cheap to clone; all clones are the same server.
#[derive(Clone, Default)]
pub(crate) struct ApiServer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    version: u64,
    /// By resource, namespace and name.
    objects: BTreeMap<(String, String, String), Value>,
    history: Vec<Change>,
    /// Watches from before this version are too old.
    compacted: u64,
    watchers: Vec<Watcher>,
    calls: Vec<String>,
    /// Beginning of the call, how often, and what.
    faults: Vec<(String, usize, Fault)>,
    no_streaming: bool,
    upstreams_definition: bool,
}

#[derive(Clone)]
struct Change {
    version: u64,
    resource: String,
    namespace: String,
    kind: &'static str,
    object: Value,
}

struct Watcher {
    resource: String,
    namespace: Option<String>,
    lean: bool,
    out: mpsc::UnboundedSender<Bytes>,
}

struct Path {
    resource: String,
    namespace: Option<String>,
    name: Option<String>,
    status: bool,
}

impl ApiServer {
    pub(crate) fn cluster(&self) -> Cluster {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move { server.answer(request).await }
        });
        Cluster::of_client(Client::new(service, "default"), "kube-system")
    }

    /// One that does not stream lists, as before Kubernetes 1.34.
    pub(crate) fn without_streaming(self) -> Self {
        self.state().no_streaming = true;
        self
    }

    /// Installs upstream's CustomResourceDefinition in place of ours, or ours again.
    pub(crate) fn define(&self, upstreams: bool) {
        self.state().upstreams_definition = upstreams;
    }

    /// Lets so many calls that begin like this fail.
    pub(crate) fn fail(&self, call: &str, times: usize, fault: Fault) {
        self.state().faults.push((call.to_owned(), times, fault));
    }

    /// Nothing fails any more.
    pub(crate) fn mend(&self) {
        self.state().faults.clear();
    }

    /// The calls since the last time this was asked, but for lists and watches.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = std::mem::take(&mut self.state().calls);
        calls.into_iter().filter(|call| !call.contains('?')).collect()
    }

    /// All of them.
    pub(crate) fn all_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state().calls)
    }

    /// Ends all watches, and forgets what they would need to go on.
    pub(crate) fn cut_and_compact(&self) {
        let mut state = self.state();
        state.watchers.clear();
        state.version += 1;
        state.compacted = state.version;
        state.history.clear();
    }

    /// Creates an object, or replaces it as a user does: another spec is another generation.
    pub(crate) fn put(&self, resource: &str, mut object: Value) {
        let mut state = self.state();
        let key = key(resource, &object);
        let before = state.objects.get(&key).cloned();
        let metadata = object["metadata"].as_object_mut().unwrap();
        match &before {
            Some(before) => {
                let generation = before["metadata"]["generation"].as_i64().unwrap_or(1);
                metadata.insert("uid".into(), before["metadata"]["uid"].clone());
                let changed = i64::from(before["spec"] != object["spec"]);
                object["metadata"]["generation"] = json!(generation + changed);
                object["status"] = before["status"].clone();
            }
            None => {
                metadata.insert("uid".into(), json!(format!("uid-{}", state.version + 1)));
                metadata.insert("generation".into(), json!(1));
            }
        }
        state.store(key, object, if before.is_some() { "MODIFIED" } else { "ADDED" });
    }

    /// Deletes an object, and what it owns.
    pub(crate) fn delete(&self, resource: &str, namespace: &str, name: &str) {
        self.state().delete(&(resource.into(), namespace.into(), name.into()));
    }

    pub(crate) fn object(&self, resource: &str, namespace: &str, name: &str) -> Option<Value> {
        self.state().objects.get(&(resource.into(), namespace.into(), name.into())).cloned()
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        let state = self.state();
        state
            .objects
            .iter()
            .filter(|((resource, ..), _)| resource == "events")
            .map(|(_, e)| e.clone())
            .collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Answer>, BoxError> {
        let (head, body) = request.into_parts();
        let sent = body.collect().await?.to_bytes();
        let sent: Value = if sent.is_empty() { Value::Null } else { serde_json::from_slice(&sent)? };
        let call = format!("{} {}", head.method, head.uri);
        let accept = head.headers.get("accept").map_or(Ok(""), |accept| accept.to_str())?;
        let lean = accept.contains("PartialObjectMetadata");
        if let Some(document) = head.uri.path().strip_prefix("/openapi/v3") {
            return respond(200, &self.openapi(document));
        }
        let fault = {
            let mut state = self.state();
            if head.uri.path() != "/readyz" {
                state.calls.push(call.clone());
            }
            let fault =
                state.faults.iter_mut().find(|(begin, times, _)| *times > 0 && call.starts_with(begin));
            fault.map(|(_, times, fault)| {
                *times -= 1;
                *fault
            })
        };
        match fault {
            Some(Fault::Code(code, reason)) => return respond(code, &status(code, reason, "")),
            Some(Fault::Panic) => panic!("a fault that a test asked for"),
            Some(Fault::LostAnswer) | None => {}
        }
        if head.uri.path() == "/readyz" {
            return respond(200, &json!("ok"));
        }
        let path = Path::of(head.uri.path());
        let query = head.uri.query().unwrap_or_default().to_owned();
        if query.contains("watch=") {
            return self.watch(&path, &query, lean);
        }
        let mut state = self.state();
        let (code, answer) = match head.method.as_str() {
            "GET" => state.get(&path, lean),
            "POST" => state.post(&path, sent),
            "PUT" => state.put(&path, sent),
            "PATCH" => (200, json!({ "metadata": {} })),
            "DELETE" => state.delete_if(&path, &sent),
            other => panic!("{other}"),
        };
        if matches!(fault, Some(Fault::LostAnswer)) {
            return Err("connection reset".into());
        }
        respond(code, &answer)
    }

    /// The index, whose hash tells of changes, and the document of SealedSecrets.
    fn openapi(&self, document: &str) -> Value {
        let upstreams = self.state().upstreams_definition;
        if document.is_empty() {
            let url = format!("/openapi/v3/apis/bitnami.com/v1alpha1?hash={upstreams}");
            return json!({ "paths": { "apis/bitnami.com/v1alpha1": { "serverRelativeURL": url } } });
        }
        let fields = if upstreams { json!({}) } else { json!({ "controller": { "type": "string" } }) };
        let kind = json!({ "properties": { "status": { "properties": fields } } });
        json!({ "components": { "schemas": { "com.bitnami.v1alpha1.SealedSecret": kind } } })
    }

    fn watch(&self, path: &Path, query: &str, lean: bool) -> Result<Response<Answer>, BoxError> {
        let mut state = self.state();
        let (out, events) = mpsc::unbounded();
        if query.contains("sendInitialEvents=true") {
            if state.no_streaming {
                return respond(422, &status(422, "Invalid", "sendInitialEvents is forbidden"));
            }
            for object in state.matching(path) {
                out.unbounded_send(line("ADDED", &object, lean))?;
            }
            let bookmark = json!({
                "kind": "Bookmark", "apiVersion": "v1",
                "metadata": {
                    "resourceVersion": state.version.to_string(),
                    "annotations": { "k8s.io/initial-events-end": "true" },
                },
            });
            out.unbounded_send(line("BOOKMARK", &bookmark, false))?;
        } else {
            let from = query.split('&').find_map(|part| part.strip_prefix("resourceVersion=")).unwrap();
            let from: u64 = from.parse()?;
            if from < state.compacted {
                out.unbounded_send(line(
                    "ERROR",
                    &status(410, "Expired", "too old resource version"),
                    false,
                ))?;
                return stream_of(events);
            }
            let missed = state.history.iter().filter(|change| {
                change.version > from
                    && change.resource == path.resource
                    && path.namespace.as_ref().is_none_or(|namespace| *namespace == change.namespace)
            });
            for change in missed {
                out.unbounded_send(line(change.kind, &change.object, lean))?;
            }
        }
        let (resource, namespace) = (path.resource.clone(), path.namespace.clone());
        state.watchers.push(Watcher { resource, namespace, lean, out });
        stream_of(events)
    }
}

impl State {
    fn matching(&self, path: &Path) -> Vec<Value> {
        let fits = |resource: &str, namespace: &str| {
            resource == path.resource && path.namespace.as_deref().is_none_or(|wanted| wanted == namespace)
        };
        self.objects.iter().filter(|((r, n, _), _)| fits(r, n)).map(|(_, object)| object.clone()).collect()
    }

    fn store(&mut self, key: (String, String, String), mut object: Value, kind: &'static str) -> Value {
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.objects.insert(key.clone(), object.clone());
        self.publish(key, object.clone(), kind);
        object
    }

    fn publish(
        &mut self,
        (resource, namespace, _): (String, String, String),
        object: Value,
        kind: &'static str,
    ) {
        self.watchers.retain(|watcher| {
            let meant = watcher.resource == resource
                && watcher.namespace.as_ref().is_none_or(|wanted| *wanted == namespace);
            !meant || watcher.out.unbounded_send(line(kind, &object, watcher.lean)).is_ok()
        });
        self.history.push(Change { version: self.version, resource, namespace, kind, object });
    }

    fn delete(&mut self, key: &(String, String, String)) {
        let Some(mut object) = self.objects.remove(key) else { return };
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        let uid = object["metadata"]["uid"].clone();
        self.publish(key.clone(), object, "DELETED");
        let owned: Vec<_> = self
            .objects
            .iter()
            .filter(|(_, other)| other["metadata"]["ownerReferences"][0]["uid"] == uid)
            .map(|(key, _)| key.clone())
            .collect();
        for key in owned {
            self.delete(&key);
        }
    }

    fn get(&self, path: &Path, lean: bool) -> (u16, Value) {
        if path.name.is_none() {
            let items: Vec<_> = self.matching(path).iter().map(|object| cut(object, lean)).collect();
            let metadata = json!({ "resourceVersion": self.version.to_string() });
            return (
                200,
                json!({ "kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items }),
            );
        }
        match self.objects.get(&path.key()) {
            Some(object) => (200, object.clone()),
            None => (404, status(404, "NotFound", "")),
        }
    }

    fn post(&mut self, path: &Path, mut object: Value) -> (u16, Value) {
        let namespace = path.namespace.clone().unwrap();
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        let key = (path.resource.clone(), namespace, name);
        if self.objects.contains_key(&key) {
            return (409, status(409, "AlreadyExists", ""));
        }
        object["metadata"]["uid"] = json!(format!("uid-{}", self.version + 1));
        (201, self.store(key, object, "ADDED"))
    }

    fn put(&mut self, path: &Path, mut sent: Value) -> (u16, Value) {
        let Some(there) = self.objects.get(&path.key()) else { return (404, status(404, "NotFound", "")) };
        for field in ["uid", "resourceVersion"] {
            if sent["metadata"][field] != there["metadata"][field] {
                return (409, status(409, "Conflict", ""));
            }
        }
        if path.status {
            let mut next = there.clone();
            next["status"] = sent["status"].take();
            if self.upstreams_definition {
                next["status"].as_object_mut().unwrap().remove("controller");
            }
            sent = next;
        }
        (200, self.store(path.key(), sent, "MODIFIED"))
    }

    fn delete_if(&mut self, path: &Path, options: &Value) -> (u16, Value) {
        match self.objects.get(&path.key()) {
            None => (404, status(404, "NotFound", "")),
            Some(there) if there["metadata"]["uid"] != options["preconditions"]["uid"] => {
                (409, status(409, "Conflict", ""))
            }
            Some(_) => {
                self.delete(&path.key());
                (200, json!({ "metadata": {} }))
            }
        }
    }
}

impl Path {
    fn of(path: &str) -> Self {
        let rest =
            path.strip_prefix("/apis/bitnami.com/v1alpha1/").or(path.strip_prefix("/api/v1/")).unwrap();
        let mut parts: Vec<_> = rest.split('/').collect();
        let namespace = (parts[0] == "namespaces").then(|| {
            let namespace = parts[1].to_owned();
            parts.drain(..2);
            namespace
        });
        Self {
            resource: parts[0].to_owned(),
            namespace,
            name: parts.get(1).map(|name| (*name).to_owned()),
            status: parts.get(2) == Some(&"status"),
        }
    }

    fn key(&self) -> (String, String, String) {
        (self.resource.clone(), self.namespace.clone().unwrap(), self.name.clone().unwrap())
    }
}

fn key(resource: &str, object: &Value) -> (String, String, String) {
    let text = |field: &str| object["metadata"][field].as_str().unwrap().to_owned();
    (resource.into(), text("namespace"), text("name"))
}

fn cut(object: &Value, lean: bool) -> Value {
    let mut object = object.clone();
    if lean {
        object.as_object_mut().unwrap().remove("data");
        object["kind"] = json!("PartialObjectMetadata");
    }
    object
}

fn line(kind: &str, object: &Value, lean: bool) -> Bytes {
    // The type comes first, as the API server writes it.
    format!("{{\"type\":\"{kind}\",\"object\":{}}}\n", cut(object, lean)).into()
}

fn respond(code: u16, body: &Value) -> Result<Response<Answer>, BoxError> {
    let body = Full::new(Bytes::from(body.to_string())).map_err(|never| match never {});
    Ok(Response::builder().status(code).body(body.boxed_unsync())?)
}

fn stream_of(events: mpsc::UnboundedReceiver<Bytes>) -> Result<Response<Answer>, BoxError> {
    let frames = events.map(|line| Ok::<_, BoxError>(Frame::data(line)));
    Ok(Response::builder().status(200).body(StreamBody::new(frames).boxed_unsync())?)
}
