//! `/v1/cert.pem`: the certificate to seal with.

use axum::response::Response;
use http::StatusCode;

use super::answer;
use crate::keys::Keys;

/// Media type of the certificate, as upstream's.
const PEM: &str = "application/x-pem-file";

/// The certificate of the active key alone. As long as there is none, 503, with the request to come again, which clients made
/// with Go's client library do by themselves, kubeseal among them; upstream answers 500, which they give up on.
pub(super) fn certificate(keys: &Keys) -> Response {
    match &keys.active {
        Some(certificate) => answer::document(PEM, certificate.to_pem()),
        None => answer::later(answer::text(StatusCode::SERVICE_UNAVAILABLE, "cannot get certificate\n"), 1),
    }
}
