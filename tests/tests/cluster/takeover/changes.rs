//! What happens while the other controller is in charge is not lost on the one that comes back.

use anyhow::{Context, Result, ensure};
use sealed_secrets::sealing::Certificate;
use sealed_secrets_tests::cluster::kubeseal::Kubeseal;
use sealed_secrets_tests::cluster::ours::{PATIENCE, certificate, sealed, secret_with};
use sealed_secrets_tests::cluster::{World, wait_until};
use sealed_secrets_tests::{client, process, upstream};
use serde_json::{Value, json};

use super::scene::{CANARY, Scene, Who, other_clusters, types};

const NEXT: &str = "canary-that-changes-hands-again";

/// Ours notes what it applied. A note from before the other one's time must not pass for the present.
pub(crate) fn are_seen(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let mut scene = Scene::new(world, cluster, "changes")?;
    let api = cluster.api();

    let controller = scene.start(Who::Ours)?;
    let own = certificate(&controller)?;
    for name in ["changed", "broken", "mended", "gone"] {
        scene.add(&controller, name)?;
    }
    change(&scene, "mended", &other_clusters()?)?;
    scene.turns("mended", "False")?;
    scene.stop(controller)?;
    let gone = api.get(&scene.namespace.secret("gone"))?;

    let controller = scene.start(Who::Upstream)?;
    change(&scene, "changed", &own)?;
    change(&scene, "broken", &other_clusters()?)?;
    change(&scene, "mended", &own)?;
    for (name, synced) in [("changed", "True"), ("broken", "False"), ("mended", "True")] {
        scene.turns(name, synced)?;
    }
    let changed = secret_with(cluster, &scene.namespace, "changed", "word", NEXT)?;
    let mended = secret_with(cluster, &scene.namespace, "mended", "word", NEXT)?;
    scene.stop(controller)?;
    // Deleted while nobody was there.
    api.delete(&scene.namespace.secret("gone"))?;

    let controller = scene.start(Who::Ours)?;
    controller.wait_ready("/readyz")?;
    let back = secret_with(cluster, &scene.namespace, "gone", "word", CANARY)?;
    ensure!(back["metadata"]["uid"] != gone["metadata"]["uid"], "it was never deleted");
    // It knows both again once it has noted them: for their own generation, and without a write.
    for before in [&changed, &mended] {
        let name = before["metadata"]["name"].as_str().context("a name")?;
        let uid = before["metadata"]["uid"].as_str().context("a uid")?;
        let version = before["metadata"]["resourceVersion"].as_str().context("a version")?;
        wait_until(PATIENCE, &format!("a note of {name}"), || {
            let status = scene.status(name)?;
            let note = status["conditions"][1]["message"].as_str().unwrap_or_default();
            Ok((note.contains(uid) && note.contains(version)).then_some(()))
        })?;
        let after = api.get(&scene.namespace.secret(name))?;
        ensure!(after["metadata"]["resourceVersion"] == version, "{name} was written again");
    }
    let status = scene.status("broken")?;
    ensure!(status["conditions"][0]["status"] == "False", "{status}");
    let broken = secret_with(cluster, &scene.namespace, "broken", "word", CANARY)?;
    ensure!(broken["metadata"]["ownerReferences"][0]["name"] == "broken", "{}", broken["metadata"]);
    change(&scene, "broken", &own)?;
    scene.turns("broken", "True")?;
    secret_with(cluster, &scene.namespace, "broken", "word", NEXT)?;
    scene.stop(controller)
}

/// Under our own definition conditions are written that upstream's controller would leave standing for ever.
pub(crate) fn conditions_are_cleared(world: &World) -> Result<()> {
    let cluster = world.ours()?;
    let mut scene = Scene::new(world, cluster, "cleared")?;
    let controller = scene.start(Who::Ours)?;
    for name in ["one", "two"] {
        scene.add(&controller, name)?;
    }
    scene.add_foreign("failed")?;
    scene.settles(Who::Ours, &controller)?;
    let has = |name: &str, type_: &str| -> Result<bool> {
        Ok(types(&scene.status(name)?).iter().any(|condition| condition == type_))
    };
    ensure!(has("one", "Ready")? && has("failed", "Ready")? && has("failed", "Stalled")?);
    let own = certificate(&controller)?;
    scene.stop(controller)?;

    let (secrets, statuses) = (scene.secrets()?, scene.statuses()?);
    let mut clear = std::process::Command::new(client::seal()?);
    clear.args(["conditions", "clear", "--namespace", scene.namespace.name(), "--kubeconfig"]);
    clear.arg(cluster.kubeconfig());
    process::run(&mut clear, Vec::new(), PATIENCE)?.success()?;
    for name in scene.good.iter().chain(&scene.bad) {
        ensure!(!has(name, "Ready")? && !has(name, "Stalled")?, "{}", scene.status(name)?);
    }
    scene.check_statuses(&statuses)?;

    let controller = scene.start(Who::Upstream)?;
    scene.settles(Who::Upstream, &controller)?;
    ensure!(scene.secrets()? == secrets, "Secrets were written");
    change(&scene, "failed", &own)?;
    scene.turns("failed", "True")?;
    ensure!(types(&scene.status("failed")?) == ["Synced"], "{}", scene.status("failed")?);
    let kubeseal = Kubeseal::new(&upstream::kubeseal()?, &cluster.kubeconfig(), &scene.namespace);
    let object = cluster.api().get(&scene.namespace.sealed_secret("one"))?;
    kubeseal.comes_to_succeed(&["--validate"], object.to_string().as_bytes())?;
    scene.stop(controller)
}

/// Writes the object anew, with another value, for the key of this certificate.
fn change(scene: &Scene<'_>, name: &str, certificate: &Certificate) -> Result<Value> {
    let mut next = sealed(certificate, scene.namespace.name(), name, &[("word", NEXT)])?;
    next["spec"]["template"]["type"] = json!("Opaque");
    Ok(scene.cluster.api().merge(&scene.namespace.sealed_secret(name), &json!({"spec": next["spec"]}))?)
}
