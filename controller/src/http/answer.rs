//! Answers in the form that upstream's have, and refusals with one reason for the log and none for outside.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};

/// Media type of short texts, as Go's net/http writes it.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// A short text.
pub(super) fn text(status: StatusCode, body: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, TEXT);
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// 200 with a body of some media type.
pub(super) fn document(media_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A status without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    status.into_response()
}

/// A path that is not served, as Go's mux says it.
pub(super) async fn not_found() -> Response {
    text(StatusCode::NOT_FOUND, "404 page not found\n")
}

/// Refused by a limit, as upstream's limiter says it. Clients made with Go's client library come again after
/// that time by themselves.
pub(super) fn limit_exceeded(retry_after_seconds: u64) -> Response {
    later(text(StatusCode::TOO_MANY_REQUESTS, "limit exceeded\n"), retry_after_seconds)
}

/// With the request to come again after so many seconds.
pub(super) fn later(mut response: Response, seconds: u64) -> Response {
    response.headers_mut().insert(RETRY_AFTER, seconds.into());
    response
}

/// Why a request got another answer than 200. The client sees the status alone: the reason is for the log,
/// and a constant, so that nothing that was sent or opened can reach either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) reason: &'static str,
}

impl Refusal {
    /// 400: the body did not arrive.
    pub(super) const fn unreadable(reason: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, reason }
    }

    /// 409: an item does not open.
    pub(super) const fn does_not_open(reason: &'static str) -> Self {
        Self { status: StatusCode::CONFLICT, reason }
    }

    /// 413: more than this controller takes. Upstream has no limit, hence no code for it.
    pub(super) const fn too_large(reason: &'static str) -> Self {
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, reason }
    }

    /// 429: too much in hand; the client is asked to come again.
    pub(super) const fn too_busy(reason: &'static str) -> Self {
        Self { status: StatusCode::TOO_MANY_REQUESTS, reason }
    }

    /// 500: upstream's code for whatever it cannot work with, the client's mistakes included.
    pub(super) const fn unacceptable(reason: &'static str) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, reason }
    }

    /// 503: it took too long.
    pub(super) const fn too_slow(reason: &'static str) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, reason }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => limit_exceeded(1),
            status => empty(status),
        }
    }
}
