//! Namespaces that the controller is to serve and may not: it is ready all the same, says so once, and serves them as soon
//! as it may.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::ours::{self, PATIENCE};
use sealed_secrets_tests::cluster::upstream_manifests::CONTROLLER;
use sealed_secrets_tests::cluster::{Namespace, World, wait_until};
use serde_json::json;

use super::scene::{self, Scene};

/// For some tries of a watch that is refused.
const A_WHILE: Duration = Duration::from_secs(15);

pub(super) fn not_granted(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let api = cluster.api();
    let (namespace, later) = (scene::place(cluster, "few")?, api.namespace("later")?);
    // Its own namespace only, by a binding there; one more is to come, one more there is not.
    api.delete(&format!(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/sealed-secrets-controller-{namespace}"
    ))?;
    let own = namespace.name().to_owned();
    let grant = |place: &Namespace| -> Result<()> {
        let binding = json!({
            "metadata": {"name": "secrets-unsealer"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "secrets-unsealer"},
            "subjects": [{"kind": "ServiceAccount", "name": CONTROLLER, "namespace": own}],
        });
        let path = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{place}/rolebindings");
        api.create(&path, &binding)?;
        Ok(())
    };
    grant(&namespace)?;
    let additional = format!("--additional-namespaces={later},nowhere");
    let arguments = ["--all-namespaces=false", "--key-size=2048", &additional];
    let controller = scene::spawn(world, cluster, &namespace, &arguments, &[])?;
    let certificate = ours::certificate(&controller)?;
    controller.wait_ready("/readyz")?;
    let scene = Scene::of(cluster, namespace, controller, certificate);
    scene.creating(0..3, || Ok(()))?;
    scene.wait_synced(0..3, 0)?;
    thread::sleep(A_WHILE);
    let log = scene.controller.process.output()?;
    for (namespace, kind) in [
        (later.name(), "sealedsecrets"),
        (later.name(), "secrets"),
        ("nowhere", "sealedsecrets"),
        ("nowhere", "secrets"),
    ] {
        let what = format!("get, list and watch on {kind} are not granted there");
        let told = log
            .lines()
            .filter(|line| line.contains(&format!("namespace {namespace} is gone")) && line.contains(&what));
        let told = told.count();
        ensure!(told == 1, "{kind} of {namespace} told {told} times:\n{log}");
    }
    scene.creating_in(&later, 0..3, || Ok(()))?;
    grant(&later)?;
    scene.wait_synced_in(&later, 0..3, 0)?;
    wait_until(PATIENCE, "the good news", || {
        let log = scene.controller.process.output()?;
        Ok((log.matches("Watching again").count() == 2).then_some(()))
    })?;
    scene.check_silent()
}

/// Without a definition there is nothing to do: it says, once, how to install it.
pub(super) fn no_definition(world: &World) -> Result<()> {
    let cluster = world.plain()?;
    let namespace = scene::place(cluster, "undefined")?;
    let controller = scene::spawn(world, cluster, &namespace, scene::ARGUMENTS, &[])?;
    ours::certificate(&controller)?;
    let told = || -> Result<usize> {
        let log = controller.process.output()?;
        Ok(log.matches("sealedsecrets.bitnami.com is not installed: kubectl apply -k deploy/crd").count())
    };
    wait_until(PATIENCE, "the reason", || Ok((told()? == 1).then_some(())))?;
    thread::sleep(A_WHILE);
    ensure!(told()? == 1, "{}", controller.process.last_words());
    Ok(())
}
