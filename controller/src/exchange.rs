//! One request to the API server and its whole answer, in memory that is wiped: either may hold a Secret or a private key.
//!
//! kube's typed calls log a text that they cannot read, whole, and leave its bytes in memory that nobody wipes.

use std::error::Error;
use std::time::Duration;

use http::{Request, Response, header};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use zeroize::{Zeroize as _, Zeroizing};

use crate::api_error::ApiError;

/// How long a request may take in all. An answer that trickles would pass any limit on silence.
const WHOLE: Duration = Duration::from_secs(60);

/// An answer that fits in here is read; a Secret or SealedSecret has at most 1.5 MiB in etcd, and base64 and escapes
/// within that.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// Characters of a cause that are logged.
const LONGEST_CAUSE: usize = 300;

/// Sends a request and reads the answer to its end.
///
/// # Errors
/// What the API server said, or that it said nothing: then what was asked may have been done.
pub(crate) async fn exchange(
    client: &Client,
    request: Request<Body>,
) -> Result<Zeroizing<Vec<u8>>, ApiError> {
    match tokio::time::timeout(WHOLE, answer(client, request)).await {
        Ok(result) => result,
        Err(_) => Err(ApiError::lost("the time for a request is over")),
    }
}

async fn answer(client: &Client, request: Request<Body>) -> Result<Zeroizing<Vec<u8>>, ApiError> {
    let response = match client.send(request).await {
        Ok(response) => response,
        Err(kube::Error::Api(status)) => {
            let body = serde_json::to_vec(&status).unwrap_or_default();
            return Err(ApiError::of_answer(status.code, None, &body));
        }
        Err(error) => return Err(ApiError::lost("no connection").because(cause(&error))),
    };
    let status = response.status();
    let retry_after = header_number(&response, header::RETRY_AFTER);
    let bytes = whole(response).await?;
    if status.is_success() {
        Ok(bytes)
    } else {
        Err(ApiError::of_answer(status.as_u16(), retry_after, &bytes))
    }
}

/// The whole body. Its pieces are wiped as far as the HTTP library gives them away, and the copy never moves without
/// being wiped where it was.
async fn whole(response: Response<Body>) -> Result<Zeroizing<Vec<u8>>, ApiError> {
    let length = header_number(&response, header::CONTENT_LENGTH).and_then(|length| length.try_into().ok());
    // A length that is not true costs no more than this at once.
    let mut all = Zeroizing::new(Vec::with_capacity(usize::clamp(length.unwrap_or(0), 4 << 10, 1 << 20)));
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ApiError::lost("the connection broke").because(cause(&error)))?;
        let Ok(piece) = frame.into_data() else { continue };
        if all.len() + piece.len() > LARGEST_ANSWER {
            return Err(ApiError::unreadable("it is too long"));
        }
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

fn header_number(response: &Response<Body>, name: header::HeaderName) -> Option<u64> {
    response.headers().get(name)?.to_str().ok()?.parse().ok()
}

/// The innermost cause, which says most in the fewest words; the layers around it say "service error". For the log:
/// it may name addresses.
pub(crate) fn cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    text.chars().take(LONGEST_CAUSE).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
