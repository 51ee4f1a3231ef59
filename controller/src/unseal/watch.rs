//! Follows SealedSecrets and Secrets: a list, then what changes, for ever.

use std::fmt::Debug;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use kube::Api;
use kube::runtime::watcher::{self, Event, watcher};
use kube_core::Resource;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::back_off::BackOff;
use crate::cluster::{Cluster, WATCH_SECONDS};
use crate::exchange::cause;

/// Pause after a watch failed, at most. kube's own back-off would reach half a minute, and lose that much after every
/// outage of the API server.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// Pause after a watch was refused: until somebody grants it, nothing is missed.
const REFUSED_PAUSE: Duration = Duration::from_secs(10);

/// Refusals for so long are meant: an API server that has just started refuses everything until it has read the roles.
const REFUSED_FOR: Duration = Duration::from_secs(2);

/// Objects in one page, where the server streams no lists: a page is held in memory as a whole.
const PAGE: u32 = 10;

/// What one watch follows.
#[derive(Clone, Debug)]
pub struct Follow {
    /// One namespace, or all.
    pub namespace: Option<String>,
    /// A label selector; empty means everything.
    pub selector: String,
    /// In words, for the log.
    pub what: &'static str,
}

/// What a watch tells.
#[derive(Debug)]
pub enum News<K> {
    /// As kube has it: `Init`, every object as `InitApply`, `InitDone`, then changes; after a failure the same again.
    Event(Event<K>),
    /// The API server answers, after it did not.
    Back,
    /// The API server does not permit it: told once, until it does.
    Refused,
}

/// Where news of a watch go, with what it follows.
type Out<K> = mpsc::Sender<(Option<String>, News<K>)>;

/// Follows until the receiver is gone, also after a panic: nobody would notice that a watch has ended.
pub async fn follow<K>(cluster: Cluster, follow: Follow, out: mpsc::Sender<(Option<String>, News<K>)>)
where
    K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>
        + Clone
        + DeserializeOwned
        + Debug
        + Send
        + 'static,
{
    let client = cluster.watches().clone();
    let api: Api<K> = match &follow.namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    // All that is kept from one round to the next is what to follow.
    while AssertUnwindSafe(follow_on(&api, &cluster, &follow, &out)).catch_unwind().await.is_err() {
        tracing::error!(what = follow.what, "Watching panicked, which is a bug; it begins anew");
        tokio::time::sleep(LONGEST_PAUSE).await;
    }
}

async fn follow_on<K>(api: &Api<K>, cluster: &Cluster, follow: &Follow, out: &Out<K>)
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let mut streaming = true;
    let mut back_off = BackOff::up_to(LONGEST_PAUSE);
    let mut trouble = Trouble::default();
    let mut too_old = false;
    let tell = async |news| out.send((follow.namespace.clone(), news)).await.is_ok();
    loop {
        let mut events = watcher(api.clone(), config(follow, streaming)).boxed();
        while let Some(event) = events.next().await {
            let error = match event {
                // Said before the server was asked for anything.
                Ok(event @ Event::Init) => {
                    if !tell(News::Event(event)).await {
                        return;
                    }
                    continue;
                }
                Ok(event) => {
                    let was_away = trouble.is_over(cluster, follow);
                    back_off.reset();
                    too_old = false;
                    if (was_away && !tell(News::Back).await) || !tell(News::Event(event)).await {
                        return;
                    }
                    continue;
                }
                Err(error) => error,
            };
            let code = code(&error);
            // Too old to go on from: a list mends it, and waiting would not. A watcher made anew begins with one; this one
            // would ask from the same version again where the watch did not even start.
            if code == Some(410) && !std::mem::replace(&mut too_old, true) {
                break;
            }
            if streaming && matches!(code, Some(400 | 422)) {
                streaming = false;
                break;
            }
            let is_refused = trouble.tell(&error, Instant::now(), cluster, follow);
            if is_refused == Refused::Now && !tell(News::Refused).await {
                return;
            }
            let pause = if is_refused == Refused::No { back_off.pause() } else { REFUSED_PAUSE };
            tokio::time::sleep(pause).await;
            if code == Some(410) {
                break;
            }
        }
    }
}

/// What a watch has failed of since it last worked.
#[derive(Default)]
struct Trouble {
    /// What was said of it.
    said: String,
    /// The server gave no answer.
    away: bool,
    refused_since: Option<Instant>,
    refused: bool,
}

/// Whether the API server does not permit a watch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// Something else is wrong, or it is not sure yet.
    No,
    /// Known from now on.
    Now,
    /// Known already.
    Known,
}

impl Trouble {
    /// It works. Whether the server had been away.
    fn is_over(&mut self, cluster: &Cluster, follow: &Follow) -> bool {
        let Trouble { said, away, .. } = std::mem::take(self);
        if away {
            cluster.outage().answered();
        }
        if !said.is_empty() {
            tracing::info!(what = follow.what, namespace = follow.namespace.as_deref(), "Watching again");
        }
        away
    }

    /// Logs a failure, unless that was said already; of a server that is away nothing is said here.
    fn tell(&mut self, error: &watcher::Error, now: Instant, cluster: &Cluster, follow: &Follow) -> Refused {
        let text = describe(error);
        let is_forbidden = code(error) == Some(403);
        if is_of_the_server(error) || (is_forbidden && cluster.outage().is_settling()) {
            self.away = true;
            cluster.outage().failed(&text, code(error).is_none());
            return Refused::No;
        }
        if is_forbidden && now - *self.refused_since.get_or_insert(now) < REFUSED_FOR {
            return Refused::No;
        }
        let hint = hint(error, follow);
        if self.said != text {
            let namespace = follow.namespace.as_deref();
            tracing::error!(what = follow.what, namespace, error = %text, "Watching failed, will retry{hint}");
            self.said = text;
        }
        match (is_forbidden, std::mem::replace(&mut self.refused, is_forbidden)) {
            (false, _) => Refused::No,
            (true, false) => Refused::Now,
            (true, true) => Refused::Known,
        }
    }
}

/// What is to be done about it.
fn hint(error: &watcher::Error, follow: &Follow) -> String {
    match (code(error), &follow.namespace) {
        (Some(403), Some(namespace)) => format!(
            ". The namespace {namespace} is gone, or get, list and watch on {} are not granted there: bind the \
             controller's role in it, or take it out of --additional-namespaces",
            follow.what.to_lowercase()
        ),
        (Some(403), None) => format!(
            ". Grant get, list and watch on {} in all namespaces, or name those to serve by --additional-namespaces",
            follow.what.to_lowercase()
        ),
        (Some(404), _) if follow.what == "SealedSecrets" => {
            ". The CustomResourceDefinition sealedsecrets.bitnami.com is not installed: kubectl apply -k deploy/crd"
                .to_owned()
        }
        _ => String::new(),
    }
}

fn config(follow: &Follow, streaming: bool) -> watcher::Config {
    let mut config = watcher::Config::default().timeout(WATCH_SECONDS).page_size(PAGE);
    if !follow.selector.is_empty() {
        config = config.labels(&follow.selector);
    }
    if streaming { config.streaming_lists() } else { config }
}

fn code(error: &watcher::Error) -> Option<u16> {
    match error {
        watcher::Error::WatchError(status) => Some(status.code),
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
        | watcher::Error::WatchFailed(kube::Error::Api(status)) => Some(status.code),
        _ => None,
    }
}

/// The server's sentence if there is one; kube's Display would print whole objects.
fn describe(error: &watcher::Error) -> String {
    match error {
        watcher::Error::WatchError(status)
        | watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
        | watcher::Error::WatchFailed(kube::Error::Api(status)) => {
            format!("{} {}: {}", status.code, status.reason, status.message.trim())
        }
        watcher::Error::InitialListFailed(kube::Error::SerdeError(_))
        | watcher::Error::WatchFailed(kube::Error::SerdeError(_)) => {
            "the API server's answer cannot be read".to_owned()
        }
        watcher::Error::NoResourceVersion => "the answer has no resourceVersion".to_owned(),
        error => format!("no connection to the API server: {}", cause(error)),
    }
}

/// It says nothing of what was asked, but that the API server cannot do it now.
fn is_of_the_server(error: &watcher::Error) -> bool {
    match code(error) {
        Some(code) => code == 401 || code == 429 || code >= 500,
        None => !matches!(
            error,
            watcher::Error::NoResourceVersion
                | watcher::Error::InitialListFailed(kube::Error::SerdeError(_))
                | watcher::Error::WatchFailed(kube::Error::SerdeError(_))
        ),
    }
}
