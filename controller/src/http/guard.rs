//! What stands before `/v1/verify` and `/v1/rotate`: rate, load, body, in this order, cheapest first.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::header::HeaderName;
use sealed_secrets::manifest;

use super::Endpoint;
use super::answer::{self, Refusal};
use super::body;
use super::client::Client;
use super::load::{Load, Ticket};
use super::refusal_log::RefusalLog;
use super::server::Peer;
use crate::rate_limit::{Buckets, Quota, Verdict};
use crate::settings::HttpSettings;

/// How many times the quota of a client a peer has: the API server is one peer for all its clients.
const PEER_FACTOR: u32 = 20;

/// Buckets that are remembered, of clients and of peers; some 100 bytes each.
const MOST_BUCKETS: usize = 16_384;

/// Lanes among which the clients of one peer are divided before the processors. Whoever makes up clients has no
/// more turns by it than this many.
const LANES: u64 = 8;

/// Counts what comes, and lets in what there is room for.
#[derive(Debug)]
pub(super) struct Guard {
    rates: Mutex<Rates>,
    load: Load,
    refusals: Mutex<RefusalLog>,
    read_timeout: Duration,
}

#[derive(Debug)]
struct Rates {
    clients: Buckets<(Endpoint, Client)>,
    peers: Buckets<(Endpoint, IpAddr)>,
}

/// A request that was let in.
#[derive(Debug)]
pub(super) struct Admitted {
    /// Its body.
    pub(super) text: String,
    /// Whose turn it is before the processors.
    pub(super) tenant: String,
    /// What it counts for, until it is answered.
    pub(super) ticket: Ticket,
}

impl Guard {
    pub(super) fn new(settings: &HttpSettings) -> Self {
        let (rate, burst) = (settings.rate, settings.burst);
        let at_once = burst.saturating_add(1).saturating_mul(PEER_FACTOR);
        let peer = Quota { rate: rate.saturating_mul(PEER_FACTOR), burst: at_once - 1 };
        let rates = Rates {
            clients: Buckets::new(Quota { rate, burst }, MOST_BUCKETS),
            peers: Buckets::new(peer, MOST_BUCKETS),
        };
        Self {
            rates: Mutex::new(rates),
            load: Load::default(),
            refusals: Mutex::default(),
            read_timeout: settings.read_timeout,
        }
    }

    /// Lets a request in and hands it to `work`, or refuses it. The headers of the rate limit are on every answer,
    /// the reason of a refusal is in the log.
    pub(super) async fn pass<W>(&self, endpoint: Endpoint, request: Request, work: W) -> Response
    where
        W: AsyncFnOnce(Admitted) -> Result<Response, Refusal>,
    {
        let Some(Peer(peer)) = request.extensions().get().copied() else {
            // The server of this module names the peer of every connection.
            return Refusal::unacceptable("a request without a peer").into_response();
        };
        let client = Client::of(peer, request.headers());
        let verdict = self.rate(endpoint, client, Instant::now());
        let mut response = match verdict.retry_after {
            Some(wait) => {
                tracing::debug!(path = endpoint.path(), client = %client.address, "too many requests");
                answer::limit_exceeded(whole_seconds(wait))
            }
            None => match self.admit(client, request, work).await {
                Ok(response) => response,
                Err(refusal) => {
                    self.log(endpoint, client, refusal);
                    refusal.into_response()
                }
            },
        };
        for (name, value) in [
            ("x-ratelimit-limit", u64::from(verdict.limit)),
            ("x-ratelimit-remaining", u64::from(verdict.remaining)),
            ("x-ratelimit-reset", whole_seconds(verdict.reset)),
        ] {
            response.headers_mut().insert(HeaderName::from_static(name), value.into());
        }
        response
    }

    fn log(&self, endpoint: Endpoint, client: Client, refusal: Refusal) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(left_out) = refusals.line(endpoint, refusal, Instant::now()) else { return };
        drop(refusals);
        let (path, status, reason) = (endpoint.path(), refusal.status.as_u16(), refusal.reason);
        match left_out {
            0 => tracing::info!(path, client = %client.address, status, "{reason}"),
            _ => tracing::info!(path, client = %client.address, status, left_out, "{reason}"),
        }
    }

    /// The client's own bucket first, so that what is refused there takes nothing from the peer's others.
    fn rate(&self, endpoint: Endpoint, client: Client, now: Instant) -> Verdict {
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let own = rates.clients.take((endpoint, client), now);
        if own.retry_after.is_some() {
            return own;
        }
        let peer = rates.peers.take((endpoint, client.peer), now);
        if peer.retry_after.is_some() { peer } else { own }
    }

    async fn admit<W>(&self, client: Client, request: Request, work: W) -> Result<Response, Refusal>
    where
        W: AsyncFnOnce(Admitted) -> Result<Response, Refusal>,
    {
        let mut ticket = self.load.enter(client).ok_or(Refusal::too_busy("too many requests are in hand"))?;
        let bytes = body::read(request.into_body(), self.read_timeout, &mut ticket).await?;
        let text =
            manifest::decode(&bytes).map_err(|_| Refusal::unacceptable("the body is no text"))?.into_owned();
        drop(bytes);
        work(Admitted { text, tenant: lane(client), ticket }).await
    }
}

/// Upstream's headers hold whole seconds, rounded up.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// Which clients of a peer share a lane is of no matter, as long as it is always the same ones.
fn lane(client: Client) -> String {
    let number = match client.address {
        IpAddr::V4(address) => u64::from(u32::from(address)),
        IpAddr::V6(address) => u64::try_from(u128::from(address) >> 64).unwrap_or_default(),
    };
    // Neighbours go to different lanes, and so do networks whose addresses end alike.
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    format!("http {} {}", client.peer, mixed % LANES)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn seconds_are_rounded_up() {
        for (milliseconds, seconds) in [(0, 0), (1, 1), (999, 1), (1_000, 1), (1_001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(milliseconds)), seconds);
        }
    }

    #[test]
    fn made_up_clients_share_few_lanes() {
        let lane_of =
            |address: u32| lane(Client { peer: [10, 0, 0, 1].into(), address: IpAddr::V4(address.into()) });
        for neighbours in [0_u32..1_000, 0xc0a8_0000..0xc0a8_0100] {
            let lanes: BTreeSet<String> = neighbours.map(lane_of).collect();
            assert_eq!(lanes.len(), 8);
        }
        assert_eq!(lane_of(7), lane_of(7));
    }
}
