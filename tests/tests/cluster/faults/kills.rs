//! The controller killed at any moment, and started again.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use rand::RngExt;
use sealed_secrets_tests::cluster::stored::SECRETS;
use sealed_secrets_tests::cluster::{World, ours};

use super::scene::{ARGUMENTS, Scene, place, spawn};

const OBJECTS: usize = 500;
const KILLS: usize = 20;

pub(super) fn twenty_times(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let scene = Scene::start(world, cluster, "kills")?;
    let mut in_the_middle = 0;
    for kill in 0..KILLS {
        let numbers = kill * OBJECTS / KILLS..(kill + 1) * OBJECTS / KILLS;
        scene.creating(numbers, || {
            thread::sleep(any_moment(500));
            scene.controller.process.kill()?;
            let writes = scene.writes()?;
            in_the_middle += usize::from(writes.secrets.len() < writes.sealed.len());
            scene.controller.process.restart()
        })?;
    }
    eprintln!("{in_the_middle} of {KILLS} times something was still to be done");
    ensure!(in_the_middle > 0, "only {in_the_middle} times something was still to be done");
    let more = scene.check(0..OBJECTS)?;
    ensure!(more == 0, "{more} statuses were written twice");
    Ok(())
}

/// Whatever it was killed over: there is one first key.
pub(super) fn first_key(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    for _ in 0..4 {
        let namespace = place(cluster, "first-key")?;
        let controller = spawn(world, cluster, &namespace, ARGUMENTS, &[])?;
        // The certificate's authority may be published as a ConfigMap, but no other Secret is made here.
        while cluster.stored(SECRETS, &namespace)?.is_empty() {
            thread::sleep(any_moment(600));
            controller.process.restart()?;
        }
        ours::certificate(&controller)?;
        let keys = cluster.stored(SECRETS, &namespace)?;
        ensure!(keys.len() == 1 && keys.values().all(|key| key.writes == 1), "{keys:?}");
    }
    Ok(())
}

fn any_moment(milliseconds: u64) -> Duration {
    Duration::from_millis(rand::rng().random_range(0..milliseconds))
}
