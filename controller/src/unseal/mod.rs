//! From SealedSecrets to Secrets: watch, index, queue, tasks. One loop owns all that is known; tasks only do IO.

mod absent;
pub mod apply;
mod awaited;
mod bereft;
mod canonical;
mod collect;
pub mod control;
mod definition;
pub mod failure;
pub mod index;
mod lenient;
mod news;
pub mod objection;
pub mod open;
pub mod plan;
mod probe;
pub mod reconcile;
pub mod record;
pub mod renderer;
pub mod report;
pub mod retry;
pub mod seen;
pub mod status;
pub mod watch;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sealed_secrets::Legacy;
use tokio::sync::{mpsc, oneshot, watch as tokio_watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cluster::Cluster;
use crate::events::Events;
use crate::key_guard::KeyPlace;
use crate::keys::KeyReader;
use crate::metrics::Metrics;
use crate::opener::Opener;
use crate::settings::UnsealSettings;
use absent::{Absent, look_for};
use awaited::Awaited;
use collect::collect;
use definition::Definition;
use index::{Finished, Index, Rules, Work};
use probe::follow_outages;
use reconcile::{Context, reconcile};
use renderer::Renderer;
use report::Reporter;
use retry::Millis;
use seen::{ObjectKey, SealedSeen, SecretSeen};
use watch::{Follow, follow};

/// Watch events that may wait; more are left in the connection, and slow the server down rather than fill memory.
const BACKLOG: usize = 4;

/// How long tasks may take to finish the write in hand when the process ends.
const GRACE: Duration = Duration::from_secs(8);

/// How long the first look at the CustomResourceDefinition may take before work begins.
const FIRST_LOOK: Duration = Duration::from_secs(2);

/// How often metrics are brought up to date that cost a look at everything.
const SURVEY: Duration = Duration::from_secs(15);

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
    let (back_out, mut back_in) = mpsc::channel(1);
    watches.spawn(follow_outages(unsealer.context.cluster.clone(), back_out));
    if settings.update_status {
        let (looked, first_look) = oneshot::channel();
        watches.spawn(follow_definition(Arc::clone(&unsealer.context), looked));
        // What is told first is told whole. An API server that does not say is asked on the way.
        let _ = tokio::time::timeout(FIRST_LOOK, first_look).await;
    }
    let mut awaited = Awaited::new(&scopes, !settings.skip_recreate, watching);
    let mut keys = unsealer.context.keys.clone();
    unsealer.ring_changed();
    let mut crd = unsealer.context.reporter.crd();
    crd.mark_changed();
    // Not before the first lists.
    let mut survey = tokio::time::interval_at(Instant::now() + SURVEY, SURVEY);
    loop {
        unsealer.start_tasks();
        let timer = unsealer.next_timer();
        tokio::select! {
            // Ends before beginnings: what is done makes room.
            biased;
            _ = stop.changed() => break,
            Some(done) = unsealer.tasks.join_next_with_id(), if !unsealer.tasks.is_empty() => unsealer.joined(done),
            true = keys.changed() => unsealer.ring_changed(),
            Ok(()) = crd.changed() => {
                if let Some(crd) = *crd.borrow_and_update() {
                    unsealer.index.crd_is(crd);
                }
            }
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
            Some(()) = back_in.recv() => unsealer.api_answers(),
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

struct Unsealer {
    index: Index,
    context: Arc<Context>,
    tasks: JoinSet<Done>,
    /// What each task works on: a task that panics cannot say it.
    running: HashMap<tokio::task::Id, Running>,
    started: Instant,
    absent: Absent,
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
        let rules = Rules {
            recreate: !settings.skip_recreate,
            collect: settings.old_gc,
            statuses: settings.update_status,
        };
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
        let absent = Absent::new(settings.namespaces.as_deref(), context.cluster.own_namespace());
        Self {
            index: Index::new(rules),
            context: Arc::new(context),
            tasks: JoinSet::new(),
            running: HashMap::new(),
            started: Instant::now(),
            absent,
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
            let ring = keys.ring.iter().map(|key| *key.fingerprint());
            bereft::tell(&self.context.events, self.index.ring_changed(keys.version, ring));
        }
    }

    fn survey(&mut self) {
        let counts: Vec<_> =
            self.index.items_per_key().into_iter().map(|(key, count)| (key.to_string(), count)).collect();
        self.context.metrics.items_per_key(&counts);
        self.context.metrics.without_key(self.index.without_key());
        let namespaces = self.index.namespaces();
        self.context.metrics.served(&namespaces, Instant::now());
        for namespace in self.absent.next_empty(&namespaces) {
            tokio::spawn(look_for(self.context.cluster.clone(), namespace));
        }
    }

    /// Lets every write in hand come to its end, and drops the rest.
    async fn end(mut self) {
        self.context.ending.store(true, Ordering::Relaxed);
        let drain = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(GRACE, drain).await;
    }
}
