//! Learns that the API server is back when nobody else would for long: pauses between tries have grown to half a minute, and
//! a watch that is there again says nothing until something changes.

use std::time::Duration;

use tokio::sync::mpsc;

use crate::cluster::{Cluster, JSON};

/// How often it is asked while requests fail.
const PERIOD: Duration = Duration::from_secs(3);

/// Served to everybody, and says no while etcd is away.
const READY: &str = "/readyz";

/// While requests fail, asks whether the server is ready, and sends word when it is again, until the receiver is gone. One
/// that is ready all the while fails of something else, of which this tells nothing.
pub(super) async fn follow_outages(cluster: Cluster, out: mpsc::Sender<()>) {
    let mut was_away = false;
    loop {
        tokio::time::sleep(PERIOD).await;
        if !was_away && !cluster.outage().is_failing() {
            continue;
        }
        // A refusal is an answer, too.
        let is_ready = !cluster.read(READY, JSON).await.is_err_and(|error| error.is_of_the_server());
        if is_ready && was_away && out.send(()).await.is_err() {
            return;
        }
        was_away = !is_ready;
    }
}
