//! A namespace that goes while its objects are worked on.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::stored::SECRETS;
use sealed_secrets_tests::cluster::{Namespace, World, wait_until};
use serde_json::json;

use super::scene::{RECOVERY, Scene};

const OBJECTS: usize = 100;

pub(super) fn deleted(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let api = cluster.api();
    let goes = api.namespace("goes")?;
    let additional = format!("--additional-namespaces={goes}");
    let arguments = ["--all-namespaces=false", "--key-size=2048", &additional];
    let scene = Scene::start_with(world, cluster, "stays", &arguments, &[])?;
    let made = |namespace: &Namespace| Ok::<_, anyhow::Error>(cluster.stored(SECRETS, namespace)?.len());
    // Those of the namespace that goes cannot all be created: what is refused is not what is looked at.
    let _ = scene.creating_in(&goes, 0..OBJECTS, || {
        wait_until(RECOVERY, "the first Secrets", || Ok((made(&goes)? >= 20).then_some(())))?;
        api.delete(&goes.path())?;
        Ok(())
    });
    scene.creating(0..OBJECTS, || Ok(()))?;
    scene.wait_synced(0..OBJECTS, 0)?;
    wait_until(RECOVERY, "the end of the namespace", || Ok(api.find(&goes.path())?.is_none().then_some(())))?;
    ensure!(made(&goes)? == 0, "Secrets outlived their namespace");

    // Nothing of that was an error to anybody.
    let log = scene.controller.process.output()?;
    let complaints: Vec<_> =
        log.lines().filter(|line| line.contains("ERROR") && line.contains(goes.name())).collect();
    ensure!(complaints.is_empty(), "{complaints:#?}");
    let metrics = scene.controller.metrics()?;
    let series = |line: &&str| {
        line.contains("unseal_errors_total{")
            || line.contains("namespace=\"\"")
            || line.contains(&format!("namespace=\"{goes}\""))
    };
    let series: Vec<_> = metrics.lines().filter(series).collect();
    ensure!(series.is_empty(), "{series:#?}");

    // It rests: nothing is asked of a namespace that is gone, but for its watches.
    let mark = cluster.mark();
    thread::sleep(Duration::from_secs(3));
    let requests = cluster.requests_since(mark)?;
    let asked: Vec<_> = requests
        .iter()
        .filter(|request| request.by(&scene.controller.user()) && request.namespace == goes.name())
        .filter(|request| !matches!(request.verb.as_str(), "watch" | "list"))
        .collect();
    ensure!(asked.is_empty(), "{asked:#?}");

    // A new one of that name is served as any other.
    api.create("/api/v1/namespaces", &json!({"metadata": {"name": goes.name()}}))?;
    scene.creating_in(&goes, 0..10, || Ok(()))?;
    scene.wait_synced_in(&goes, 0..10, 0)?;
    let writes = scene.rests()?;
    ensure!(writes.secrets.values().all(|stored| stored.writes == 1), "{:?}", writes.secrets);
    ensure!(writes.sealed.values().all(|stored| stored.writes == 2), "{:?}", writes.sealed);
    ensure!(writes.keys.len() == 1, "{:?}", writes.keys);
    let again = cluster.stored(SECRETS, &goes)?;
    ensure!(again.values().all(|stored| stored.writes == 1), "{again:?}");
    scene.check_silent()
}
