//! The requests for key Secrets: list, watch, create.
//!
//! Lists and creations go past kube's typed calls. Those log a text that they cannot read, whole, and leave its
//! bytes in memory that nobody wipes; here both hold private keys.

use std::time::Duration;

use futures::Stream;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Bytes;
use kube::Client;
use kube::client::Body;
use kube::core::params::{ListParams, PostParams, WatchParams};
use kube::core::{Status, WatchEvent};
use sealed_secrets::key_secret::KEY_LABEL;
use zeroize::{Zeroize as _, Zeroizing};

use super::key_secret::{ACTIVE, Listed, NoSecretList, read_list};
use crate::cluster::WATCH_SECONDS;

/// How long a list or a creation may take in all. An answer that trickles would pass any limit on silence.
const REQUEST_TIME: Duration = Duration::from_secs(60);

/// Answers to a creation carry metadata alone: the key need not travel back.
const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// Characters of a message of the API server that are shown.
const MESSAGE_LENGTH: usize = 300;

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

/// Why a request brought nothing. No text of ours was quoted in it: what the API server says of a body that it
/// could not read is left out.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    /// The API server refused.
    #[error("the API server answered {code}{}{message}", if message.is_empty() { "" } else { ": " })]
    Refused {
        /// The HTTP status.
        code: u16,
        /// What it says.
        message: String,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// No answer came, or not all of it. What was asked may have been done.
    #[error("no answer of the API server: {0}")]
    Lost(String),
    /// The answer is of another kind.
    #[error("the answer of the API server cannot be read")]
    Unreadable,
}

impl RequestError {
    /// The HTTP status of a refusal.
    pub(super) fn code(&self) -> Option<u16> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// How long the API server wants to be left alone.
    pub(super) fn retry_after(&self) -> Duration {
        match self {
            Self::Refused { retry_after, .. } => retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }
}

impl From<NoSecretList> for RequestError {
    fn from(_: NoSecretList) -> Self {
        Self::Unreadable
    }
}

/// Lists key Secrets, as they are now (a consistent read).
///
/// # Errors
/// When that fails; no part of a list is ever returned.
pub(super) async fn list(client: &Client, namespace: &str, which: &Which) -> Result<Listed, RequestError> {
    let (label_selector, field_selector) = which.selectors();
    let params = ListParams { label_selector, field_selector, ..ListParams::default() };
    let request = resource(namespace).list(&params).map_err(|_| RequestError::Unreadable)?;
    let body = in_time(answer(client, request.map(Body::from))).await?;
    Ok(read_list(&body)?)
}

/// Creates a Secret from its JSON, which is wiped when it was sent.
///
/// # Errors
/// 409 where the name is taken. After [`RequestError::Lost`], 504 and the like it may exist all the same.
pub(super) async fn create(
    client: &Client,
    namespace: &str,
    json: Zeroizing<Vec<u8>>,
) -> Result<(), RequestError> {
    let request = resource(namespace).create(&PostParams::default(), Vec::new());
    let mut request = request.map_err(|_| RequestError::Unreadable)?;
    request.headers_mut().insert(header::ACCEPT, header::HeaderValue::from_static(METADATA_ONLY));
    let request = request.map(|_| Body::from(Bytes::from_owner(json)));
    in_time(answer(client, request)).await.map(drop)
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
    let request = resource(namespace).watch_metadata(&params, version).map_err(kube::Error::BuildRequest)?;
    client.request_events::<Touched>(request).await
}

fn resource(namespace: &str) -> kube::core::Request {
    kube::core::Request::new(format!("/api/v1/namespaces/{namespace}/secrets"))
}

async fn in_time<T>(request: impl Future<Output = Result<T, RequestError>>) -> Result<T, RequestError> {
    match tokio::time::timeout(REQUEST_TIME, request).await {
        Ok(result) => result,
        Err(_) => Err(RequestError::Lost(format!("none within {} s", REQUEST_TIME.as_secs()))),
    }
}

async fn answer(client: &Client, request: Request<Body>) -> Result<Zeroizing<Vec<u8>>, RequestError> {
    let response = client.send(request).await.map_err(|error| RequestError::Lost(cause(&error)))?;
    let status = response.status();
    let retry_after = retry_after(&response);
    let body = collect(response).await?;
    if status.is_success() {
        return Ok(body);
    }
    let said: Option<Status> = serde_json::from_slice(&body).ok();
    // 400 is said of a body that cannot be read, and may quote it.
    let said = said.filter(|_| status != StatusCode::BAD_REQUEST);
    let message = said.map(|status| in_one_line(&status.message)).unwrap_or_default();
    Err(RequestError::Refused { code: status.as_u16(), message, retry_after })
}

/// The whole body. Its pieces are wiped as far as the HTTP library gives them away, and the copy never moves
/// without being wiped where it was.
async fn collect(response: Response<Body>) -> Result<Zeroizing<Vec<u8>>, RequestError> {
    let length = response.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0);
    // A length that is not true costs no more than this at once.
    let mut all = Zeroizing::new(Vec::with_capacity(usize::clamp(length, 16 << 10, 1 << 20)));
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| RequestError::Lost(cause(&error)))?;
        let Ok(piece) = frame.into_data() else { continue };
        if all.capacity() - all.len() < piece.len() {
            let mut larger = Zeroizing::new(Vec::with_capacity((all.len() + piece.len()) * 2));
            larger.extend_from_slice(&all);
            all = larger;
        }
        all.extend_from_slice(&piece);
        if let Ok(mut own) = piece.try_into_mut() {
            own.as_mut().zeroize();
        }
    }
    Ok(all)
}

fn retry_after<B>(response: &Response<B>) -> Option<Duration> {
    let seconds: u64 = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    // Nobody is left alone for longer: a wrong number must not stop us.
    Some(Duration::from_secs(seconds.min(60)))
}

/// The innermost cause, which says most in the fewest words; the layers around it say "service error".
pub(super) fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    in_one_line(&innermost.to_string())
}

fn in_one_line(text: &str) -> String {
    text.chars().take(MESSAGE_LENGTH).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
