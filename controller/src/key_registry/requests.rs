//! The requests for key Secrets: list, watch, create.

use futures::Stream;
use kube::Client;
use kube::core::WatchEvent;
use kube::core::params::{ListParams, WatchParams};
use sealed_secrets::key_secret::KEY_LABEL;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::key_secret::{ACTIVE, Listed, NoSecretList, read_list};
use crate::api_error::ApiError;
use crate::cluster::{Cluster, JSON, METADATA, WATCH_SECONDS};

/// Which Secrets.
#[derive(Clone, Debug)]
pub(super) enum Which {
    /// Those with the label of keys in use.
    Labelled,
    /// The one of this name, if there is one: the legacy key Secret has no label.
    Named(String),
}

impl Which {
    fn selectors(&self) -> (Option<String>, Option<String>) {
        match self {
            Self::Labelled => (Some(format!("{KEY_LABEL}={ACTIVE}")), None),
            Self::Named(name) => (None, Some(format!("metadata.name={name}"))),
        }
    }
}

/// Lists key Secrets, as they are now (a consistent read).
///
/// # Errors
/// When that fails; no part of a list is ever returned.
pub(super) async fn list(cluster: &Cluster, which: &Which) -> Result<Listed, ApiError> {
    let (label_selector, field_selector) = which.selectors();
    let params = ListParams { label_selector, field_selector, ..ListParams::default() };
    let request = kube::core::Request::new(collection(cluster.own_namespace())).list(&params);
    let request = request.map_err(|_| ApiError::unreadable("the request cannot be written"))?;
    let answer = cluster.read(&request.uri().to_string(), JSON).await?;
    read_list(&answer).map_err(|NoSecretList| ApiError::unreadable("it is no list of Secrets"))
}

/// Creates a Secret from its JSON, which is wiped when it was sent. The answer carries metadata alone: the key need not
/// travel back.
///
/// # Errors
/// 409 where the name is taken. Where the answer is lost it may exist all the same.
pub(super) async fn create(cluster: &Cluster, json: Zeroizing<Vec<u8>>) -> Result<(), ApiError> {
    let IgnoredAny = cluster.post(&collection(cluster.own_namespace()), METADATA, json).await?;
    Ok(())
}

/// What a watch says: that something changed. The Secret itself is asked for as metadata, and not even looked at:
/// the list that follows reads it in memory that is wiped.
#[derive(Clone, serde::Deserialize)]
pub(super) struct Touched {}

/// Watches key Secrets from a version on.
///
/// # Errors
/// When the watch cannot begin; the stream gives what goes wrong later.
pub(super) async fn watch(
    client: &Client,
    namespace: &str,
    which: &Which,
    version: &str,
) -> kube::Result<impl Stream<Item = kube::Result<WatchEvent<Touched>>> + use<>> {
    let (label_selector, field_selector) = which.selectors();
    let timeout = Some(WATCH_SECONDS);
    let params =
        WatchParams { label_selector, field_selector, timeout, bookmarks: true, ..WatchParams::default() };
    let request = kube::core::Request::new(collection(namespace));
    let request = request.watch_metadata(&params, version).map_err(kube::Error::BuildRequest)?;
    client.request_events::<Touched>(request).await
}

fn collection(namespace: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/secrets")
}
