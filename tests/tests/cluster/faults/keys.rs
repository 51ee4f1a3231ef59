//! Sealing keys that go and come back, and keys that are renewed while the controller dies.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt;
use rustix::process::Signal;
use sealed_secrets::sealing::Certificate;
use sealed_secrets_tests::cluster::{World, ours, stays, wait_until};
use serde_json::{Value, json};

use super::scene::{RECOVERY, Scene, name, spawn};

const OBJECTS: usize = 20;

pub(super) fn all_gone_for_a_while(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let scene = Scene::start(world, cluster, "no-key")?;
    scene.creating(0..OBJECTS, || Ok(()))?;
    scene.wait_synced(0..OBJECTS, 0)?;
    let before = scene.rests()?;
    let key = one(scene.keys()?)?;
    cluster.api().delete(&path(&scene, &key))?;
    wait_until(RECOVERY, "the end of the certificate", || {
        Ok((scene.controller.get("/v1/cert.pem")?.status == 503).then_some(()))
    })?;
    scene.creating(OBJECTS..OBJECTS + 5, || Ok(()))?;
    stays(Duration::from_secs(3), || {
        let writes = scene.writes()?;
        ensure!(writes.secrets == before.secrets, "Secrets changed");
        ensure!(writes.keys.is_empty(), "a new key was made: {:?}", writes.keys);
        scene.controller.get("/healthz")?.expect(200)?;
        Ok(())
    })?;

    restore(&scene, &key)?;
    let more = scene.check_with_keys(0..OBJECTS + 5, 1)?;
    ensure!(more == 0, "{more} statuses were written twice");
    ensure!(ours::certificate(&scene.controller)?.fingerprint() == scene.certificate.fingerprint());
    Ok(())
}

/// What is there stays; what comes meanwhile and needs the key is opened as soon as it is back.
pub(super) fn old_one_gone_for_a_while(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let scene = Scene::start(world, cluster, "old-key")?;
    scene.creating(0..OBJECTS, || Ok(()))?;
    let old = one(scene.keys()?)?;
    scene.controller.process.signal(Signal::USR1)?;
    wait_until(RECOVERY, "the second key", || {
        let other = ours::certificate(&scene.controller)?.fingerprint() != scene.certificate.fingerprint();
        Ok((other && scene.keys()?.len() == 2).then_some(()))
    })?;
    scene.wait_synced(0..OBJECTS, 0)?;
    let before = scene.rests()?;
    cluster.api().delete(&path(&scene, &old))?;
    wait_until(RECOVERY, "its own notice", || {
        let metrics = scene.controller.metrics()?;
        let keys = metrics.lines().filter(|line| line.starts_with("sealed_secrets_controller_key_active{"));
        Ok((keys.count() == 1).then_some(()))
    })?;

    // Sealed with the key that is gone.
    scene.creating(OBJECTS..OBJECTS + 5, || Ok(()))?;
    for number in OBJECTS..OBJECTS + 5 {
        let status = ours::status(cluster, &scene.namespace, &name(number))?;
        ensure!(status["conditions"][0]["status"] == "False", "{status}");
    }
    let writes = scene.rests()?;
    ensure!(writes.secrets == before.secrets, "Secrets changed");
    ensure!(before.sealed.iter().all(|(name, stored)| writes.sealed[name] == *stored), "statuses changed");

    restore(&scene, &old)?;
    let more = scene.check_with_keys(0..OBJECTS + 5, 2)?;
    ensure!(more == 5, "{more} statuses were written twice, not the five that said what was missing");
    Ok(())
}

/// One new key each period, though two controllers are there and both are killed and started at the very edge.
pub(super) fn renewed_on_time(world: &World) -> Result<()> {
    const PERIOD: i64 = 6;
    const EDGES: usize = 3;
    let arguments = ["--all-namespaces=false", "--key-size=2048", "--key-renew-period=6s"];
    let cluster = world.upstream()?;
    let scene = Scene::start_with(world, cluster, "renewal", &arguments, &[])?;
    scene.creating(0..OBJECTS, || Ok(()))?;
    let second = spawn(world, cluster, &scene.namespace, &arguments, &[])?;
    for _ in 0..EDGES {
        let births = births(&scene)?;
        let newest = births.last().context("a key")?;
        let edge = UNIX_EPOCH + Duration::from_secs(u64::try_from(newest + PERIOD)?);
        let before = Duration::from_millis(rand::rng().random_range(0..1000));
        thread::sleep((edge - before).duration_since(SystemTime::now()).unwrap_or_default());
        for _ in 0..2 {
            scene.controller.process.restart()?;
            second.process.restart()?;
            thread::sleep(Duration::from_millis(rand::rng().random_range(50..500)));
        }
        wait_until(RECOVERY, "the next key", || {
            Ok((scene.writes()?.keys.len() > births.len()).then_some(()))
        })?;
    }
    scene.wait_synced(0..OBJECTS, 0)?;
    let births = births(&scene)?;
    let too_soon: Vec<_> = births.windows(2).filter(|pair| pair[1] - pair[0] < PERIOD).collect();
    ensure!(too_soon.is_empty(), "keys that came too soon after others: {too_soon:?} of {births:?}");
    let writes = scene.writes()?;
    ensure!(writes.secrets.values().all(|stored| stored.writes == 1), "{:?}", writes.secrets);
    ensure!(writes.sealed.values().all(|stored| stored.writes == 2), "{:?}", writes.sealed);
    ensure!(writes.keys.values().all(|stored| stored.writes == 1), "{:?}", writes.keys);
    scene.check_silent()
}

/// When the certificates of the keys begin, in Unix seconds, oldest first.
fn births(scene: &Scene<'_>) -> Result<Vec<i64>> {
    let birth = |secret: &Value| -> Result<i64> {
        let certificate = secret["data"]["tls.crt"].as_str().context("a certificate")?;
        Ok(Certificate::from_pem(&STANDARD.decode(certificate)?)?.not_before())
    };
    let mut births: Vec<_> = scene.keys()?.iter().map(birth).collect::<Result<_>>()?;
    births.sort_unstable();
    Ok(births)
}

fn one(mut keys: Vec<Value>) -> Result<Value> {
    ensure!(keys.len() == 1, "{} keys", keys.len());
    keys.pop().context("a key")
}

fn path(scene: &Scene<'_>, secret: &Value) -> String {
    scene.namespace.secret(secret["metadata"]["name"].as_str().unwrap_or_default())
}

/// As from a backup: what the API server had added is not in there.
fn restore(scene: &Scene<'_>, secret: &Value) -> Result<()> {
    let metadata = &secret["metadata"];
    let object = json!({
        "metadata": {"name": metadata["name"], "labels": metadata["labels"], "annotations": metadata["annotations"]},
        "type": secret["type"],
        "data": secret["data"],
    });
    scene.cluster.api().create(&scene.namespace.secrets(), &object)?;
    Ok(())
}
