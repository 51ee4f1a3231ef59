//! Connections that die without a word: a firewall forgets them, a node goes, and neither end is told.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::ours::{certificate, sealed, secret_with};
use sealed_secrets_tests::cluster::upstream_manifests::CONTROLLER;
use sealed_secrets_tests::cluster::{InCluster, Launch, PodNetwork, World};
use sealed_secrets_tests::controller::controller;

use super::scene::{ARGUMENTS, CANARY, place};

/// Keepalive gives up after 30 seconds; the rest is for a list, a Secret, and a machine with other work. Without it the
/// end of a watch is what shows the silence, after 105 seconds.
const LONGEST: Duration = Duration::from_secs(60);

pub(super) fn connections_die(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let namespace = place(cluster, "silence")?;
    let network = PodNetwork::new(&world.sandbox)?;
    let program = controller()?;
    let launch = Launch {
        arguments: ARGUMENTS,
        network: Some(&network),
        ..Launch::new(&program, &namespace, CONTROLLER)
    };
    let controller = InCluster::spawn(&world.sandbox, cluster, &launch)?;
    let certificate = certificate(&controller)?;
    controller.wait_ready("/readyz")?;
    let put = |name: &str| -> Result<Duration> {
        let object = sealed(&certificate, namespace.name(), name, &[("word", CANARY)])?;
        let begun = Instant::now();
        cluster.api().create(&namespace.sealed_secrets(), &object)?;
        secret_with(cluster, &namespace, name, "word", CANARY)?;
        Ok(begun.elapsed())
    };
    put("before")?;
    network.cut()?;
    let first = put("first")?;
    println!("after all connections died in silence: a Secret after {first:?}");
    ensure!(first > Duration::from_secs(2), "nothing was cut");
    ensure!(first < LONGEST, "a Secret after {first:?}");
    ensure!(put("second")? < Duration::from_secs(20), "it did not recover");
    ensure!(controller.process.ended()?.is_none(), "{}", controller.process.last_words());
    Ok(())
}
