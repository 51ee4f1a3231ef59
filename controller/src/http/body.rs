//! The body of a request, read within bounds of size, time and memory.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use http_body_util::BodyExt as _;

use super::answer::Refusal;
use super::load::Ticket;

/// Most bytes of a body. etcd takes no object above 1.5 MiB; twice that leaves room for comments and layout.
pub const MOST_BYTES: usize = 3 << 20;

/// Reads a body whole.
///
/// Memory is counted as bytes arrive, so that a client that announces much and sends nothing holds nothing.
///
/// # Errors
/// 413 above [`MOST_BYTES`], 400 when the body breaks off or is not there in time, 429 when too many bytes are
/// in hand.
pub(super) async fn read(body: Body, within: Duration, ticket: &mut Ticket) -> Result<Vec<u8>, Refusal> {
    tokio::time::timeout(within, read_all(body, ticket))
        .await
        .unwrap_or(Err(Refusal::unreadable("the body did not come in time")))
}

async fn read_all(mut body: Body, ticket: &mut Ticket) -> Result<Vec<u8>, Refusal> {
    const TOO_LARGE: Refusal = Refusal::too_large("the body is too large");
    if body.size_hint().lower() > MOST_BYTES as u64 {
        return Err(TOO_LARGE);
    }
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::unreadable("the body broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > MOST_BYTES {
            return Err(TOO_LARGE);
        }
        if !ticket.grow(data.len()) {
            return Err(Refusal::too_busy("too many bytes are in hand"));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}
