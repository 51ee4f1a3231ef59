//! Follows SealedSecrets and Secrets: a list, then what changes, for ever.

use std::fmt::Debug;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client};
use kube_core::Resource;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use crate::back_off::BackOff;
use crate::cluster::WATCH_SECONDS;

/// Pause after a watch failed, at most. kube's own back-off would reach half a minute, and lose that much after every
/// outage of the API server.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// Objects in one page, where the server streams no lists: a page is held in memory as a whole.
const PAGE: u32 = 20;

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

/// Follows until the receiver is gone, also after a panic: nobody would notice that a watch has ended. What is sent are kube's events as they come: `Init`, every object as
/// `InitApply`, `InitDone`, then changes; after a failure the same again.
pub async fn follow<K>(client: Client, follow: Follow, out: mpsc::Sender<(Option<String>, Event<K>)>)
where
    K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>
        + Clone
        + DeserializeOwned
        + Debug
        + Send
        + 'static,
{
    let api: Api<K> = match &follow.namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    // All that is kept from one round to the next is what to follow.
    while AssertUnwindSafe(follow_on(&api, &follow, &out)).catch_unwind().await.is_err() {
        tracing::error!(what = follow.what, "Watching panicked, which is a bug; it begins anew");
        tokio::time::sleep(LONGEST_PAUSE).await;
    }
}

async fn follow_on<K>(api: &Api<K>, follow: &Follow, out: &mpsc::Sender<(Option<String>, Event<K>)>)
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let mut streaming = true;
    let mut back_off = BackOff::up_to(LONGEST_PAUSE);
    let mut said = String::new();
    let mut too_old = false;
    loop {
        let mut events = watcher(api.clone(), config(follow, streaming)).boxed();
        while let Some(event) = events.next().await {
            match event {
                // Said before the server was asked for anything.
                Ok(event @ Event::Init) => {
                    if out.send((follow.namespace.clone(), event)).await.is_err() {
                        return;
                    }
                }
                Ok(event) => {
                    if !said.is_empty() {
                        tracing::info!(
                            what = follow.what,
                            namespace = follow.namespace.as_deref(),
                            "Watching again"
                        );
                    }
                    back_off.reset();
                    said.clear();
                    too_old = false;
                    if out.send((follow.namespace.clone(), event)).await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    let code = code(&error);
                    // Too old to go on from: a list mends it, and waiting would not. A watcher made anew begins with
                    // one; this one would ask from the same version again where the watch did not even start.
                    if code == Some(410) && !std::mem::replace(&mut too_old, true) {
                        break;
                    }
                    if streaming && matches!(code, Some(400 | 422)) {
                        streaming = false;
                        break;
                    }
                    let text = describe(&error);
                    if said != text {
                        let namespace = follow.namespace.as_deref();
                        tracing::error!(what = follow.what, namespace, error = %text, "Watching failed, will retry");
                        said = text;
                    }
                    tokio::time::sleep(back_off.pause()).await;
                    if code == Some(410) {
                        break;
                    }
                }
            }
        }
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
        _ => "no connection to the API server".to_owned(),
    }
}
