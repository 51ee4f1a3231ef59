//! The API server and etcd: dead, frozen, paused, in the middle of 500 objects.

use std::time::Duration;

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::{World, stays};

use super::scene::Scene;

const OBJECTS: usize = 500;

/// When the fault begins, Secrets are in the making.
const MADE: usize = 100;

/// Statuses that say of an attempt that it failed, and are put right: what was under way when the API server began to
/// fail, once when it went and once while it came.
const FAILURES_TOLD: usize = 2 * 32;

/// Lines of the log that an outage is worth, of each kind.
const LINES: usize = 12;

pub(super) fn api_server_killed(world: &World) -> Result<()> {
    during(world, "killed", |scene| {
        scene.cluster.api_server.kill()?;
        stays(Duration::from_secs(2), || scene.is_up())?;
        scene.cluster.restart_api_server()
    })
}

pub(super) fn api_server_frozen(world: &World) -> Result<()> {
    during(world, "frozen", |scene| {
        scene.cluster.api_server.freeze()?;
        stays(Duration::from_secs(20), || scene.is_up())?;
        scene.cluster.api_server.thaw()
    })
}

/// For longer than the controller waits for an answer: it asks again while the first write is still under way.
pub(super) fn etcd_paused(world: &World) -> Result<()> {
    during(world, "paused", |scene| {
        scene.cluster.etcd.freeze()?;
        stays(Duration::from_secs(25), || scene.is_up())?;
        scene.cluster.etcd.thaw()
    })
}

fn during(world: &World, name: &str, fault: impl FnOnce(&Scene<'_>) -> Result<()>) -> Result<()> {
    world.fragile(|cluster| {
        let scene = Scene::start(world, cluster, name)?;
        scene.creating(0..OBJECTS, || {
            scene.wait_made(MADE)?;
            let made = scene.writes()?.secrets.len();
            ensure!(made < OBJECTS, "there is no middle any more");
            fault(&scene)
        })?;
        let more = scene.check(0..OBJECTS)?;
        let log = scene.controller.process.output()?;
        let told = |words: &str| log.lines().filter(|line| line.contains(words)).count();
        let (fail, over) = (told("Requests to the API server fail"), told("The API server answers again"));
        let other = told("level=ERROR") + told("level=WARN") - fail;
        eprintln!("{name}: {fail} lines of failures, {over} of their end, {other} others");
        ensure!(
            (1..=LINES).contains(&fail) && (1..=LINES).contains(&over),
            "{fail} and {over} lines:\n{log}"
        );
        ensure!(other <= LINES, "{other} lines about single objects:\n{log}");
        eprintln!("{name}: {more} more writes of statuses than objects");
        ensure!(more <= FAILURES_TOLD, "{more} more writes of statuses than objects");
        Ok(())
    })
}
