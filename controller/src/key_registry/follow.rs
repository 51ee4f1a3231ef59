//! Follows the key Secrets: a list tells what there is, a watch only when to list again.
//!
//! The ring changes when a list succeeded, as a whole, or when the clock lets a certificate begin. A failing
//! API server thus never empties it, and nothing has to be put together from single events.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt as _;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::core::WatchEvent;
use sealed_secrets::sealing::Fingerprint;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::Clock;
use super::expiry::{DAY, Expiry, expiry};
use super::load::{Found, OnlyOpens, load, read_all};
use super::news::{News, What, news};
use super::requests::{self, Which};
use crate::api_error::{ApiError, ApiErrorKind};
use crate::back_off::BackOff;
use crate::cluster::Cluster;
use crate::events::Events;
use crate::exchange::cause;
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::settings::KeySettings;

/// After a failure the next try comes at most so much later. After an outage this decides how soon all is well.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// How often keys are listed where the roles allow no watch.
const POLL: Duration = Duration::from_secs(60);

/// How often the clock is looked at: it may jump.
const TICK: Duration = Duration::from_secs(60);

/// Lists follow each other no faster, however often a key Secret is touched.
const BETWEEN_LISTS: Duration = Duration::from_millis(100);

/// A watch that ends sooner is taken for one that failed.
const SHORTEST_WATCH: Duration = Duration::from_secs(1);

/// The same failure is logged again after this time.
const LOG_AGAIN: Duration = Duration::from_secs(60);

/// Where the follower works and whom it tells.
pub(super) struct Follower {
    cluster: Cluster,
    settings: KeySettings,
    events: Events,
    metrics: Metrics,
    clock: Clock,
    publish: watch::Sender<Arc<Keys>>,
    list_now: Arc<Notify>,
    found: Arc<Vec<Found>>,
    only_open: Vec<OnlyOpens>,
    watch_refused: bool,
    /// The key and the day of the last word about the end of its certificate.
    expiry_told: Option<(Fingerprint, i64)>,
    failing_since_logged: Option<Instant>,
}

/// Why to list again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    /// Something changed, or it is time to look.
    Now,
    /// The watch has lost the thread (410).
    Gone,
    /// The watch failed.
    Failed,
}

/// How a watch ended.
enum End {
    List(Again),
    /// The roles do not allow it.
    Refused,
}

impl Follower {
    pub(super) fn new(
        cluster: Cluster,
        settings: KeySettings,
        (events, metrics): (Events, Metrics),
        clock: Clock,
        publish: watch::Sender<Arc<Keys>>,
        list_now: Arc<Notify>,
    ) -> Self {
        Self {
            cluster,
            settings,
            events,
            metrics,
            clock,
            publish,
            list_now,
            found: Arc::default(),
            only_open: Vec::new(),
            watch_refused: false,
            expiry_told: None,
            failing_since_logged: None,
        }
    }

    /// Never ends by itself.
    pub(super) async fn run(mut self) {
        tracing::info!("Searching for existing private keys");
        let mut back_off = BackOff::up_to(LONGEST_PAUSE);
        loop {
            let versions = match self.list().await {
                Ok(versions) => versions,
                Err(error) => {
                    self.say_failing(&error);
                    sleep(back_off.pause().max(error.retry_after.unwrap_or_default())).await;
                    continue;
                }
            };
            self.say_well();
            let listed = Instant::now();
            let again = self.until_changed(versions).await;
            let lasted = listed.elapsed();
            match again {
                Again::Now => {
                    back_off.reset();
                    sleep(BETWEEN_LISTS.saturating_sub(lasted)).await;
                }
                // To lose the thread is no failure, unless it happens again at once.
                Again::Gone if lasted >= SHORTEST_WATCH => back_off.reset(),
                Again::Gone | Again::Failed => {
                    if lasted >= SHORTEST_WATCH {
                        back_off.reset();
                    }
                    sleep(back_off.pause()).await;
                }
            }
        }
    }

    /// Lists all, takes the result over, and returns from where to watch.
    async fn list(&mut self) -> Result<[String; 2], ApiError> {
        let legacy = Which::Named(self.settings.prefix.clone());
        let (labelled, mut named) = futures::try_join!(
            requests::list(&self.cluster, &Which::Labelled),
            requests::list(&self.cluster, &legacy),
        )?;
        named.secrets.retain(super::key_secret::KeySecret::counts_by_name);
        let mut secrets = labelled.secrets;
        secrets.append(&mut named.secrets);
        let before = Arc::clone(&self.found);
        // Preparing a key takes milliseconds, and the health endpoint waits meanwhile otherwise.
        let found = tokio::task::spawn_blocking(move || read_all(secrets, &before)).await;
        self.take_over(found.map_err(|_| ApiError::unreadable("the keys in it"))?);
        Ok([labelled.version, named.version])
    }

    /// Publishes the keys of `found` if they are not those of before. Returns when to look at the clock again.
    fn take_over(&mut self, found: Vec<Found>) -> Duration {
        let now = (self.clock)();
        let mut loaded = load(&found, self.settings.order, now);
        let before = self.publish.borrow().clone();
        let mut news = news((&before, &self.found, &self.only_open), (&loaded, &found), self.settings.order);
        news.extend(self.end_of_certificate(&loaded.keys, now));
        self.found = Arc::new(found);
        let next_change = loaded.next_change;
        self.only_open = loaded.only_open;
        if before.version == 0 || !same(&before, &loaded.keys) {
            loaded.keys.version = before.version + 1;
            loaded.keys.was_ready = before.was_ready || loaded.keys.active.is_some();
            self.metrics.keys(&loaded.keys);
            self.publish.send_replace(Arc::new(loaded.keys));
        }
        self.tell(news);
        until(next_change, now)
    }

    /// Whether the active certificate ends soon, or has ended: told once a day, and to the metric each time.
    fn end_of_certificate(&mut self, keys: &Keys, now: i64) -> Option<News> {
        let looked_at = expiry(keys, now);
        self.metrics.active_certificate(looked_at.map_or(0, |(_, expiry)| expiry.number()));
        let (key, expiry) = looked_at?;
        let (ends, today) = (key.validity?.1, now.div_euclid(DAY));
        let ends =
            jiff::Timestamp::from_second(ends).map_or_else(|_| ends.to_string(), |time| time.to_string());
        let what = match expiry {
            Expiry::Far => return None,
            Expiry::Soon => What::ExpiresSoon(key.fingerprint, ends),
            Expiry::Over => What::Expired(key.fingerprint, ends),
        };
        let told = self.expiry_told.replace((key.fingerprint, today)) == Some((key.fingerprint, today));
        (!told).then(|| News { secret: (key.secret.clone(), key.uid.clone()), what })
    }

    fn tell(&self, news: Vec<News>) {
        for news in &news {
            news.log();
        }
        let (events, namespace) = (self.events.clone(), self.cluster.own_namespace().to_owned());
        if news.iter().any(|news| news.event().is_some()) {
            // Beside the work: while the API server does not answer, the keys are followed all the same.
            tokio::spawn(async move {
                for news in news {
                    if let Some((kind, reason)) = news.event() {
                        let about = reference(&namespace, &news.secret);
                        events.emit(&about, kind, reason, &news.message()).await;
                    }
                }
            });
        }
    }

    /// Watches until there is something to list.
    async fn until_changed(&mut self, [labelled, named]: [String; 2]) -> Again {
        let (client, namespace) = (self.cluster.watches().clone(), self.cluster.own_namespace().to_owned());
        let legacy = Which::Named(self.settings.prefix.clone());
        let mut labelled = pin!(watch_one(&client, &namespace, &Which::Labelled, labelled));
        let mut named = pin!(watch_one(&client, &namespace, &legacy, named));
        let (mut labelled_refused, mut named_refused) = (false, false);
        let list_now = Arc::clone(&self.list_now);
        let mut asked = pin!(list_now.notified());
        let poll = Instant::now() + POLL;
        let mut tick = Instant::now() + self.look_at_the_clock();
        loop {
            let end = tokio::select! {
                biased;
                () = &mut asked => End::List(Again::Now),
                end = &mut labelled, if !labelled_refused => {
                    labelled_refused = matches!(end, End::Refused);
                    end
                }
                end = &mut named, if !named_refused => {
                    named_refused = matches!(end, End::Refused);
                    end
                }
                () = sleep_until(poll), if labelled_refused || named_refused => End::List(Again::Now),
                () = sleep_until(tick) => {
                    tick = Instant::now() + self.look_at_the_clock();
                    continue;
                }
            };
            match end {
                End::List(again) => return again,
                End::Refused => self.say_refused(),
            }
        }
    }

    fn look_at_the_clock(&mut self) -> Duration {
        self.take_over(self.found.to_vec())
    }

    fn say_refused(&mut self) {
        if !std::mem::replace(&mut self.watch_refused, true) {
            tracing::warn!(
                "The roles allow no watch of key Secrets: they are listed every {} s. To see changes at once, \
                 grant the verb watch on secrets in namespace {}",
                POLL.as_secs(),
                self.cluster.own_namespace()
            );
        }
    }

    fn say_failing(&mut self, error: &ApiError) {
        if self.failing_since_logged.is_some_and(|logged| logged.elapsed() < LOG_AGAIN) {
            return;
        }
        self.failing_since_logged = Some(Instant::now());
        let namespace = self.cluster.own_namespace();
        let hint = if error.kind == ApiErrorKind::Forbidden {
            format!(". Grant the verbs list, create and watch on secrets in namespace {namespace}")
        } else {
            String::new()
        };
        tracing::error!("Key Secrets cannot be listed, those known stay in use: {}{hint}", error.for_log());
    }

    fn say_well(&mut self) {
        if self.failing_since_logged.take().is_some() {
            tracing::info!("Key Secrets are listed again");
        }
    }
}

/// One watch, as long as nothing happens; resumed where it left off when its time is over.
async fn watch_one(client: &Client, namespace: &str, which: &Which, mut version: String) -> End {
    loop {
        let begun = Instant::now();
        match one_watch(client, namespace, which, &mut version).await {
            Ok(()) if begun.elapsed() < SHORTEST_WATCH => return End::List(Again::Failed),
            Ok(()) => {}
            Err(end) => return end,
        }
    }
}

/// Ends well when the API server says that the time is over.
async fn one_watch(client: &Client, namespace: &str, which: &Which, version: &mut String) -> Result<(), End> {
    let stream = requests::watch(client, namespace, which, version).await.map_err(|error| end(&error))?;
    let mut stream = pin!(stream);
    while let Some(event) = stream.try_next().await.map_err(|error| end(&error))? {
        match event {
            WatchEvent::Added(_) | WatchEvent::Modified(_) | WatchEvent::Deleted(_) => {
                return Err(End::List(Again::Now));
            }
            WatchEvent::Bookmark(bookmark) => *version = bookmark.metadata.resource_version,
            WatchEvent::Error(status) => return Err(end_by(status.code)),
        }
    }
    Ok(())
}

fn end(error: &kube::Error) -> End {
    match error {
        kube::Error::Api(status) => end_by(status.code),
        _ => {
            tracing::debug!("watch of key Secrets: {}", cause(error));
            End::List(Again::Failed)
        }
    }
}

fn end_by(code: u16) -> End {
    match code {
        403 => End::Refused,
        410 => End::List(Again::Gone),
        _ => End::List(Again::Failed),
    }
}

/// Whether readers would see no difference.
fn same(a: &Keys, b: &Keys) -> bool {
    let active = |keys: &Keys| keys.active.as_ref().map(|certificate| certificate.as_der().to_vec());
    a.known == b.known && a.bad == b.bad && a.refused == b.refused && active(a) == active(b)
}

fn until(next_change: Option<i64>, now: i64) -> Duration {
    let seconds = next_change.and_then(|at| u64::try_from(at.saturating_sub(now)).ok());
    seconds.map_or(TICK, |seconds| Duration::from_secs(seconds.max(1)).min(TICK))
}

fn reference(namespace: &str, (name, uid): &(String, String)) -> ObjectReference {
    ObjectReference {
        api_version: Some("v1".into()),
        kind: Some("Secret".into()),
        namespace: Some(namespace.into()),
        name: Some(name.clone()),
        uid: Some(uid.clone()),
        ..ObjectReference::default()
    }
}
