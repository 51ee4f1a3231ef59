//! The two ways to the API server: requests that end soon, and watches that do not.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, header};
use hyper::body::Bytes;
use kube::client::Body;
use kube::{Client, Config};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::api_client::api_client;
use crate::api_error::ApiError;
use crate::exchange::exchange;
use crate::limiter::{Class, Limiter};
use crate::outage::Outage;
use crate::settings::ApiLimits;

/// How long the API server may be silent within a request.
const REQUEST_SILENCE: Duration = Duration::from_secs(20);

/// How long a watch is asked to last; its end is what shows that the server is still there.
pub const WATCH_SECONDS: u32 = 90;

/// Whole objects.
pub const JSON: &str = "application/json";

/// Metadata alone: what was just written need not come back.
pub const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// Clients of one cluster; cheap to clone.
///
/// They are two since a limit on silence that fits requests would cut every quiet watch. Neither retries by
/// itself: a write may have been done although its answer was lost, and only the caller knows how to look.
#[derive(Clone)]
pub struct Cluster {
    requests: Client,
    watches: Client,
    own_namespace: Arc<str>,
    limiter: Option<Arc<Limiter>>,
    outage: Arc<Outage>,
}

impl Cluster {
    /// Clients for a configuration.
    ///
    /// # Errors
    /// A configuration that no client can be made of (bad certificates, for example).
    pub fn connect(config: &Config, limits: ApiLimits, own_namespace: &str) -> anyhow::Result<Self> {
        Ok(Self {
            requests: api_client(config, REQUEST_SILENCE)?,
            watches: api_client(config, Duration::from_secs(u64::from(WATCH_SECONDS) + 15))?,
            own_namespace: own_namespace.into(),
            limiter: Limiter::new(limits).map(Arc::new),
            outage: Arc::default(),
        })
    }

    /// The same client for both, for tests that script the answers.
    #[doc(hidden)]
    #[must_use]
    pub fn of_client(client: Client, own_namespace: &str) -> Self {
        Self {
            requests: client.clone(),
            watches: client,
            own_namespace: own_namespace.into(),
            limiter: None,
            outage: Arc::default(),
        }
    }

    /// For watches.
    #[must_use]
    pub fn watches(&self) -> &Client {
        &self.watches
    }

    /// What became of the requests; of those that failed for want of the API server the log is told by it alone.
    #[must_use]
    pub fn outage(&self) -> &Arc<Outage> {
        &self.outage
    }

    /// Whether requests wait for each other.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.limiter.is_some()
    }

    /// The controller's own namespace.
    #[must_use]
    pub fn own_namespace(&self) -> &str {
        &self.own_namespace
    }

    /// Reads an object. `accept` is [`JSON`] or [`METADATA`].
    ///
    /// # Errors
    /// What the API server said, or that it said nothing.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, accept: &'static str) -> Result<T, ApiError> {
        parse(&self.read(path, accept).await?)
    }

    /// The same, as the API server wrote it.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn read(&self, path: &str, accept: &'static str) -> Result<Zeroizing<Vec<u8>>, ApiError> {
        self.send(Method::GET, path, accept, JSON, Zeroizing::default()).await
    }

    /// Creates an object.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        accept: &'static str,
        body: impl Into<Zeroizing<Vec<u8>>>,
    ) -> Result<T, ApiError> {
        parse(&self.send(Method::POST, path, accept, JSON, body.into()).await?)
    }

    /// Replaces an object.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        accept: &'static str,
        body: impl Into<Zeroizing<Vec<u8>>>,
    ) -> Result<T, ApiError> {
        parse(&self.send(Method::PUT, path, accept, JSON, body.into()).await?)
    }

    /// Changes an object by a JSON merge patch (RFC 7386).
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn merge_patch(&self, path: &str, body: Vec<u8>) -> Result<(), ApiError> {
        self.send(Method::PATCH, path, METADATA, "application/merge-patch+json", body.into()).await.map(drop)
    }

    /// Deletes an object.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn delete(&self, path: &str, preconditions: Vec<u8>) -> Result<(), ApiError> {
        self.send(Method::DELETE, path, METADATA, JSON, preconditions.into()).await.map(drop)
    }

    /// One request. What is sent and what comes back is wiped when it is dropped.
    async fn send(
        &self,
        method: Method,
        path: &str,
        accept: &'static str,
        content_type: &'static str,
        body: Zeroizing<Vec<u8>>,
    ) -> Result<Zeroizing<Vec<u8>>, ApiError> {
        if let Some(limiter) = &self.limiter
            && !limiter.turn(Class::of(path)).await
        {
            return Err(ApiError::lost("it waited too long for its turn under --kubeclient-qps"));
        }
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, accept)
            .header(header::CONTENT_TYPE, content_type)
            .body(Body::from(Bytes::from_owner(body)))
            .map_err(|_| ApiError::unreadable("the request cannot be written"))?;
        self.outage.note(exchange(&self.requests, request).await)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|_| ApiError::unreadable("it is not the object that was asked for"))
}
