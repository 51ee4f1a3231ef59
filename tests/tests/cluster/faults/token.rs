//! A token that expires, and is renewed too late.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sealed_secrets_tests::cluster::stored::SECRETS;
use sealed_secrets_tests::cluster::upstream_manifests::CONTROLLER;
use sealed_secrets_tests::cluster::{World, stays, wait_until};
use serde_json::json;

use super::scene::{RECOVERY, Scene};

const OBJECTS: usize = 30;

pub(super) fn expires(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let scene = Scene::start(world, cluster, "token")?;
    let account = cluster.api().get(&scene.namespace.service_account(CONTROLLER))?;
    let uid = account["metadata"]["uid"].as_str().context("a uid")?;
    let token = cluster.pki.token(scene.namespace.name(), CONTROLLER, uid, Duration::from_secs(20))?;
    scene.controller.process.kill()?;
    scene.controller.give_token(&token)?;
    scene.controller.process.restart()?;
    scene.creating(0..OBJECTS, || Ok(()))?;
    scene.wait_synced(0..OBJECTS, 0)?;

    let shown = cluster.anonymous()?.with_token(&token);
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    wait_until(RECOVERY, "the end of the token", || {
        let refused = shown.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", &review).err();
        Ok(refused.filter(|error| error.status == Some(401)))
    })?;
    scene.creating(OBJECTS..2 * OBJECTS, || Ok(()))?;
    // Whether the watch still tells of them or not: nothing can be written.
    stays(Duration::from_secs(3), || {
        let stored = cluster.stored(SECRETS, &scene.namespace)?;
        ensure!(stored.len() == OBJECTS + 1, "{} Secrets", stored.len());
        scene.is_up()
    })?;
    let long = cluster.api().token(&scene.namespace, CONTROLLER, Duration::from_secs(3600))?;
    // The file is read once a minute, and pauses between tries have grown.
    scene.controller.give_token(&long)?;
    let renewed = Instant::now();
    scene.wait_synced(0..2 * OBJECTS, 0)?;
    eprintln!("all was well {:.1} s after the token was renewed", renewed.elapsed().as_secs_f64());
    let more = scene.check(0..2 * OBJECTS)?;
    ensure!(more == 0, "{more} statuses were written twice");
    let requests = scene.requests()?;
    ensure!(requests.len() < 1000, "{} requests", requests.len());
    Ok(())
}
