//! `/v1/cert.pem`: the certificate to seal with.

use axum::response::Response;
use http::StatusCode;

use super::answer;
use crate::keys::Keys;

/// Media type of the certificate, as upstream's.
const PEM: &str = "application/x-pem-file";

/// The certificate of the active key alone; 500 as long as there is none, as upstream answers.
pub(super) fn certificate(keys: &Keys) -> Response {
    match &keys.active {
        Some(certificate) => answer::document(PEM, certificate.to_pem()),
        None => answer::text(StatusCode::INTERNAL_SERVER_ERROR, "cannot get certificate\n"),
    }
}
