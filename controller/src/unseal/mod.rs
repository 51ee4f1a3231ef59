//! From SealedSecrets to Secrets: watch, index, queue, tasks. One loop owns all that is known; tasks only do IO.

pub mod apply;
pub mod control;
mod definition;
pub mod failure;
pub mod index;
pub mod key_guard;
pub mod objection;
pub mod open;
pub mod plan;
pub mod reconcile;
pub mod record;
pub mod report;
pub mod retry;
pub mod seen;
mod shallow;
pub mod status;
pub mod watch;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kube::runtime::watcher::Event;
use sealed_secrets::Legacy;
use tokio::sync::{mpsc, oneshot, watch as tokio_watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::api_error::ApiErrorKind;
use crate::cluster::{Cluster, METADATA};
use crate::events::Events;
use crate::keys::KeyReader;
use crate::metrics::{ConditionValue, Metrics};
use crate::opener::Opener;
use crate::settings::UnsealSettings;
use definition::Definition;
use index::{Finished, Index, Rules, Work};
use key_guard::KeyPlace;
use open::Renderer;
use reconcile::{Context, reconcile};
use report::Reporter;
use retry::{Cause, Millis, delay};
use seen::{ObjectKey, SealedObject, SealedSeen, SecretSeen};
use watch::{Follow, News, follow};

/// Watch events that may wait; more are left in the connection, and slow the server down rather than fill memory.
const BACKLOG: usize = 16;

/// How long tasks may take to finish the write in hand when the process ends.
const GRACE: Duration = Duration::from_secs(8);

/// How long the first look at the CustomResourceDefinition may take before work begins.
const FIRST_LOOK: Duration = Duration::from_secs(2);

/// How often metrics are brought up to date that cost a look at everything.
const SURVEY: Duration = Duration::from_secs(15);

/// How often the API server is asked to delete a Secret: for some minutes.
const COLLECT_ATTEMPTS: u32 = 12;

/// What the unsealer is made of.
pub struct Parts {
    /// The API server.
    pub cluster: Cluster,
    /// The keys.
    pub keys: KeyReader,
    /// The processors.
    pub opener: Opener,
    /// Events.
    pub events: Events,
    /// Metrics.
    pub metrics: Metrics,
    /// Where the controller reads its keys: no SealedSecret makes one there.
    pub key_place: KeyPlace,
}

/// Follows SealedSecrets and makes Secrets of them until `stop` changes or its sender is gone. `watching` becomes
/// true once every watch has brought its first list.
pub async fn run(
    parts: Parts,
    settings: &UnsealSettings,
    watching: tokio_watch::Sender<bool>,
    mut stop: tokio_watch::Receiver<bool>,
) {
    let mut unsealer = Unsealer::new(parts, settings);
    let (sealed_out, mut sealed_in) = mpsc::channel(BACKLOG);
    let (secrets_out, mut secrets_in) = mpsc::channel(BACKLOG);
    let mut watches = JoinSet::new();
    let scopes: Vec<Option<String>> = match &settings.namespaces {
        None => vec![None],
        Some(namespaces) => namespaces.iter().cloned().map(Some).collect(),
    };
    for scope in &scopes {
        tracing::info!(namespace = scope.as_deref().unwrap_or(""), "Starting informer");
        let cluster = unsealer.context.cluster.clone();
        let sealed = Follow {
            namespace: scope.clone(),
            selector: settings.label_selector.clone(),
            what: "SealedSecrets",
        };
        watches.spawn(follow::<SealedSeen>(cluster.clone(), sealed, sealed_out.clone()));
        if !settings.skip_recreate {
            // Of Secrets all are looked at, whatever the selector: it speaks of SealedSecrets.
            let secrets = Follow { namespace: scope.clone(), selector: String::new(), what: "Secrets" };
            watches.spawn(follow::<SecretSeen>(cluster, secrets, secrets_out.clone()));
        }
    }
    drop((sealed_out, secrets_out));
    if settings.update_status {
        let (looked, first_look) = oneshot::channel();
        watches.spawn(follow_definition(Arc::clone(&unsealer.context), looked));
        // What is told first is told whole. An API server that does not say is asked on the way.
        let _ = tokio::time::timeout(FIRST_LOOK, first_look).await;
    }
    let mut awaited = Awaited::new(&scopes, !settings.skip_recreate, watching);
    let mut keys = unsealer.context.keys.clone();
    unsealer.ring_changed();
    let mut survey = tokio::time::interval(SURVEY);
    loop {
        unsealer.start_tasks();
        let timer = unsealer.next_timer();
        tokio::select! {
            // Ends before beginnings: what is done makes room.
            biased;
            _ = stop.changed() => break,
            Some(done) = unsealer.tasks.join_next_with_id(), if !unsealer.tasks.is_empty() => unsealer.joined(done),
            true = keys.changed() => unsealer.ring_changed(),
            Some((scope, news)) = secrets_in.recv() => {
                if unsealer.secret_news(scope.as_deref(), news) {
                    awaited.secrets_answered(&scope);
                }
            }
            Some((scope, news)) = sealed_in.recv() => {
                if unsealer.sealed_news(scope.as_deref(), news) {
                    awaited.objects_answered(&scope);
                }
            }
            () = tokio::time::sleep_until(timer) => {}
            _ = survey.tick() => unsealer.survey(),
        }
    }
    watches.abort_all();
    unsealer.end().await;
}

/// Learns which CustomResourceDefinition is installed, now and whenever it changes. Tells when it has looked once.
async fn follow_definition(context: Arc<Context>, looked: oneshot::Sender<()>) {
    let mut definition = Definition::default();
    let mut looked = Some(looked);
    loop {
        match definition.look(&context.cluster).await {
            Ok(Some(crd)) => context.reporter.learnt(crd),
            // Not there, or not described yet; the watches tell what there is to tell of that.
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(error = %error, "The API server's OpenAPI documents cannot be read");
            }
        }
        if let Some(looked) = looked.take() {
            let _ = looked.send(());
        }
        tokio::time::sleep(definition::PERIOD).await;
    }
}

/// The first lists, which the process waits for before it calls itself ready. A refusal is an answer, too: one namespace
/// that was not granted must not keep the others waiting.
struct Awaited {
    objects: HashSet<Option<String>>,
    secrets: HashSet<Option<String>>,
    watching: tokio_watch::Sender<bool>,
}

impl Awaited {
    fn new(scopes: &[Option<String>], secrets: bool, watching: tokio_watch::Sender<bool>) -> Self {
        let all: HashSet<_> = scopes.iter().cloned().collect();
        let secrets = if secrets { all.clone() } else { HashSet::new() };
        Self { objects: all, secrets, watching }
    }

    fn objects_answered(&mut self, scope: &Option<String>) {
        self.objects.remove(scope);
        self.tell();
    }

    fn secrets_answered(&mut self, scope: &Option<String>) {
        self.secrets.remove(scope);
        self.tell();
    }

    fn tell(&self) {
        let complete = self.objects.is_empty() && self.secrets.is_empty();
        self.watching.send_if_modified(|watching| complete && !std::mem::replace(watching, true));
    }
}

struct Unsealer {
    index: Index,
    context: Arc<Context>,
    tasks: JoinSet<Done>,
    /// What each task works on: a task that panics cannot say it.
    running: HashMap<tokio::task::Id, Running>,
    started: Instant,
}

#[derive(Debug)]
enum Running {
    Unseal(ObjectKey),
    Collect(ObjectKey),
}

enum Done {
    Unsealed(ObjectKey, Finished, Duration),
    Collected(ObjectKey),
}

impl Unsealer {
    fn new(parts: Parts, settings: &UnsealSettings) -> Self {
        let rules = Rules { recreate: !settings.skip_recreate, collect: settings.old_gc };
        let Parts { cluster, keys, opener, events, metrics, key_place } = parts;
        let legacy = if settings.accept_legacy { Legacy::Accept } else { Legacy::Refuse };
        let renderer = settings.templates.then(Renderer::default);
        let reporter = Reporter::new(settings.update_status);
        let forbidden = Arc::new(settings.forbidden.clone());
        let ending = Arc::new(AtomicBool::new(false));
        let context = Context {
            cluster,
            keys,
            opener,
            renderer,
            events,
            metrics,
            reporter,
            legacy,
            forbidden,
            key_place,
            ending,
        };
        Self {
            index: Index::new(rules),
            context: Arc::new(context),
            tasks: JoinSet::new(),
            running: HashMap::new(),
            started: Instant::now(),
        }
    }

    fn now(&self) -> Millis {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    fn next_timer(&self) -> Instant {
        let due = self.index.next_timer().map(Duration::from_millis);
        due.map_or_else(|| Instant::now() + Duration::from_secs(3600), |due| self.started + due)
    }

    fn start_tasks(&mut self) {
        let now = self.now();
        while let Some(work) = self.index.next(now) {
            let context = Arc::clone(&self.context);
            match work {
                Work::Unseal(task) => {
                    let key = task.key.clone();
                    let own = key.clone();
                    let handle = self.tasks.spawn(async move {
                        let begun = Instant::now();
                        let finished = reconcile(&context, task).await;
                        Done::Unsealed(own, finished, begun.elapsed())
                    });
                    self.running.insert(handle.id(), Running::Unseal(key));
                }
                Work::Collect(key) => {
                    let own = key.clone();
                    let handle = self.tasks.spawn(async move {
                        collect(&context, &own).await;
                        Done::Collected(own)
                    });
                    self.running.insert(handle.id(), Running::Collect(key));
                }
            }
        }
        self.context.metrics.queue_depth(self.index.waiting());
    }

    fn joined(&mut self, done: Result<(tokio::task::Id, Done), tokio::task::JoinError>) {
        let now = self.now();
        match done {
            Ok((id, Done::Unsealed(key, finished, took))) => {
                self.running.remove(&id);
                self.context.metrics.reconciled(took.as_secs_f64());
                self.index.finished(&key, finished, now);
                if !self.index.knows(&key) {
                    // Deleted during the run, which told the metrics of it once more.
                    self.context.metrics.forget(key.namespace(), key.name());
                }
            }
            Ok((id, Done::Collected(key))) => {
                self.running.remove(&id);
                self.index.collected(&key);
            }
            // Nobody aborts a task as long as the loop runs: this one panicked.
            Err(error) => {
                let Some(running) = self.running.remove(&error.id()) else { return };
                tracing::error!(task = ?running, "A task panicked, which is a bug; the object is left alone until it changes");
                match running {
                    Running::Unseal(key) => self.index.panicked(&key),
                    Running::Collect(key) => self.index.collected(&key),
                }
            }
        }
    }

    fn ring_changed(&mut self) {
        let keys = self.context.keys.snapshot();
        if keys.version > 0 {
            self.index.ring_changed(keys.version, keys.ring.iter().map(|key| *key.fingerprint()));
        }
    }

    /// Takes news of SealedSecrets; true at the end of a list, or if there will be none.
    fn sealed_news(&mut self, scope: Option<&str>, news: News<SealedSeen>) -> bool {
        match news {
            News::Event(event) => self.sealed_event(scope, event),
            News::Back => {
                self.index.api_answers(self.now());
                false
            }
            News::Refused => {
                // Whether they are there nobody knows.
                scope.into_iter().for_each(|namespace| self.context.metrics.forget_all(namespace));
                true
            }
        }
    }

    fn sealed_event(&mut self, scope: Option<&str>, event: Event<SealedSeen>) -> bool {
        match event {
            Event::Init => self.index.objects_list_begins(scope),
            Event::InitApply(seen) => self.sealed_seen(seen.into(), Some(scope)),
            Event::InitDone => {
                for key in self.index.objects_listed(scope) {
                    self.context.metrics.forget(key.namespace(), key.name());
                }
                return true;
            }
            Event::Apply(seen) => self.sealed_seen(seen.into(), None),
            Event::Delete(seen) => {
                let object = SealedObject::from(seen);
                self.index.object_gone(&object.key);
                self.context.metrics.forget(object.key.namespace(), object.key.name());
            }
        }
        false
    }

    fn sealed_seen(&mut self, object: SealedObject, listed: Option<Option<&str>>) {
        let synced = object.status.conditions.iter().find(|condition| condition.type_ == status::SYNCED);
        if let Some(synced) = synced {
            let value = match synced.status.as_str() {
                "True" => ConditionValue::True,
                "False" => ConditionValue::False,
                _ => ConditionValue::Unknown,
            };
            let instance = object.instance.as_deref().unwrap_or_default();
            let (namespace, name) = (object.key.namespace(), object.key.name());
            self.context.metrics.condition(namespace, name, instance, status::SYNCED, value);
        }
        self.index.object_seen(object, listed);
    }

    /// Takes news of Secrets; true at the end of a list, or if there will be none.
    fn secret_news(&mut self, scope: Option<&str>, news: News<SecretSeen>) -> bool {
        match news {
            News::Event(event) => self.secret_event(scope, event),
            News::Back => {
                self.index.api_answers(self.now());
                false
            }
            News::Refused => {
                self.index.secrets_not_listed(scope);
                true
            }
        }
    }

    fn secret_event(&mut self, scope: Option<&str>, event: Event<SecretSeen>) -> bool {
        match event {
            Event::Init => self.index.secrets_list_begins(scope),
            Event::InitApply(seen) => self.index.secret_seen(&seen.key(), seen.facts(), Some(scope)),
            Event::InitDone => {
                self.index.secrets_listed(scope);
                return true;
            }
            Event::Apply(seen) => self.index.secret_seen(&seen.key(), seen.facts(), None),
            Event::Delete(seen) => self.index.secret_gone(&seen.key(), Some(&seen.facts())),
        }
        false
    }

    fn survey(&self) {
        let counts: Vec<_> =
            self.index.items_per_key().into_iter().map(|(key, count)| (key.to_string(), count)).collect();
        self.context.metrics.items_per_key(&counts);
        self.context.metrics.served(&self.index.namespaces(), Instant::now());
    }

    /// Lets every write in hand come to its end, and drops the rest.
    async fn end(mut self) {
        self.context.ending.store(true, Ordering::Relaxed);
        let drain = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(GRACE, drain).await;
    }
}

/// Deletes the Secret of a SealedSecret that is gone. The API server is asked again some times: nobody else will.
async fn collect(context: &Context, key: &ObjectKey) {
    for attempt in 1..=COLLECT_ATTEMPTS {
        let gone = match context.cluster.get::<SealedSeen>(&key.sealed_secret_path(), METADATA).await {
            // It left the watch because its labels no longer fit the selector.
            Ok(_) => return,
            Err(error) if error.kind == ApiErrorKind::NotFound => {
                tracing::info!("sealed-secret" = %key, "SealedSecret has gone, deleting Secret");
                apply::delete(&context.cluster, key).await
            }
            Err(error) => Err(error),
        };
        let Err(error) = gone else { return };
        if error.kind == ApiErrorKind::NamespaceGone {
            return;
        }
        if !error.is_of_the_server() {
            tracing::error!(key = %key, error = %error, "Error deleting the Secret of a SealedSecret that is gone");
        }
        let pause = delay(&Cause::Api { retry_after: error.retry_after }, attempt);
        tokio::time::sleep(Duration::from_millis(pause.unwrap_or_default())).await;
        if context.ending.load(Ordering::Relaxed) {
            return;
        }
    }
}
