//! What a bearer token may look like.

use crate::failure::Failure;

/// A token goes into a header, and kube takes for granted that it can.
pub(crate) fn refuse_odd_token(token: &str) -> Result<(), Failure> {
    match http::HeaderValue::from_str(token) {
        Ok(_) => Ok(()),
        Err(_) => Err(Failure::new("the token has characters that no header can have")
            .hint("a line end within it? It is one word")),
    }
}
