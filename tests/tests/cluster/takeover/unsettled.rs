//! Values that a template makes anew each time it is rendered: whoever takes over, whatever failed meanwhile, and if the
//! status was lost, they stay until their cause changes.

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::ours::{PATIENCE, certificate, sealed};
use sealed_secrets_tests::cluster::{World, wait_until};
use serde_json::{Value, json};

use super::scene::{CANARY, Scene, Who, other_clusters};

const NAME: &str = "unsettled";

pub(crate) fn stay(world: &World) -> Result<()> {
    let mut scene = Scene::new(world, world.upstream()?, "unsettled")?;
    let api = scene.cluster.api();
    let path = scene.namespace.sealed_secret(NAME);
    let controller = scene.start(Who::Upstream)?;
    let own = certificate(&controller)?;
    let mut object = sealed(&own, scene.namespace.name(), NAME, &[("word", CANARY)])?;
    object["spec"]["template"]["type"] = json!("Opaque");
    object["spec"]["template"]["data"] = json!({"id": "{{ randAlphaNum 24 }}", "again": "{{ .word }}"});
    api.create(&scene.namespace.sealed_secrets(), &object)?;
    scene.good.push(NAME.to_owned());
    scene.turns(NAME, "True")?;
    scene.stop(controller)?;
    let first = secret(&scene)?;

    let controller = scene.start(Who::Ours)?;
    scene.settles(Who::Ours, &controller)?;
    ensure!(secret(&scene)? == first, "it was written at the takeover");

    let foreign = sealed(&other_clusters()?, scene.namespace.name(), NAME, &[("word", CANARY)])?;
    for (items, synced) in [(&foreign, "False"), (&object, "True")] {
        api.merge(&path, &json!({"spec": {"encryptedData": items["spec"]["encryptedData"]}}))?;
        scene.turns(NAME, synced)?;
    }
    ensure!(secret(&scene)? == first, "it was written after a failure that passed");
    scene.stop(controller)?;

    api.merge(&format!("{path}/status"), &json!({"status": null}))?;
    let controller = scene.start(Who::Ours)?;
    scene.settles(Who::Ours, &controller)?;
    ensure!(secret(&scene)? == first, "it was written since the status was lost");

    // Another cause is another value, which is upstream's matter next.
    let second = change(&scene, "{{ randAlphaNum 25 }}", &first)?;
    scene.stop(controller)?;
    let controller = scene.start(Who::Upstream)?;
    scene.settles(Who::Upstream, &controller)?;
    change(&scene, "{{ randAlphaNum 26 }}", &second)?;
    scene.stop(controller)?;
    let third = secret(&scene)?;
    let controller = scene.start(Who::Ours)?;
    scene.settles(Who::Ours, &controller)?;
    // What ours noted before upstream's time is of another cause by now.
    wait_until(PATIENCE, "a note of what is there", || {
        let status = scene.status(NAME)?;
        let version = third["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        let note = status["conditions"][1]["message"].as_str().unwrap_or_default();
        Ok(note.contains(&format!(" {version} ")).then_some(()))
    })?;
    ensure!(secret(&scene)? == third, "it was written after upstream's time");
    scene.stop(controller)
}

/// The Secret, but for what the API server notes of its writers.
fn secret(scene: &Scene<'_>) -> Result<Value> {
    let mut secret = scene.cluster.api().get(&scene.namespace.secret(NAME))?;
    secret["metadata"]["managedFields"].take();
    Ok(secret)
}

/// Changes the template, waits for the value of the new one, and returns the Secret.
fn change(scene: &Scene<'_>, template: &str, before: &Value) -> Result<Value> {
    let change = json!({"spec": {"template": {"data": {"id": template}}}});
    scene.cluster.api().merge(&scene.namespace.sealed_secret(NAME), &change)?;
    scene.turns(NAME, "True")?;
    let after = secret(scene)?;
    ensure!(after["data"]["id"] != before["data"]["id"], "another cause, and the same value");
    ensure!(after["data"]["again"] == before["data"]["again"], "another value of what settles");
    Ok(after)
}
