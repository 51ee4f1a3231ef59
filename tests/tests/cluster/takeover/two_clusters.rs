//! The keys of one cluster in another: a move, or a backup that is restored beside what is there.

use std::time::Duration;

use anyhow::{Result, ensure};
use sealed_secrets::key_secret::KEY_LABEL;
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, PATIENCE, certificate, sealed, secret_with};
use sealed_secrets_tests::cluster::stage::launch;
use sealed_secrets_tests::cluster::{Namespace, World, wait_until};
use serde_json::{Value, json};

/// In two clusters the controller is installed under the same name and makes its first key. That of the one is restored in
/// the other: the names differ, and both keys open.
pub(crate) fn restored_beside(world: &World) -> Result<()> {
    let clusters = [world.ours()?, world.upstream()?];
    let namespace = Namespace::new("same-in-both");
    let arguments = [OWN_NAMESPACE[0], "--key-size=2048"];
    let mut certificates = Vec::new();
    let mut keys: Vec<Value> = Vec::new();
    let mut controllers = Vec::new();
    for cluster in clusters {
        cluster.api().create("/api/v1/namespaces", &json!({"metadata": {"name": namespace.name()}}))?;
        let (controller, _) = launch(cluster, world, &namespace, &arguments)?;
        certificates.push(certificate(&controller)?);
        let labelled = format!("{}?labelSelector={KEY_LABEL}=active", namespace.secrets());
        let listed = cluster.api().list(&labelled)?;
        ensure!(listed.len() == 1, "{} keys", listed.len());
        keys.extend(listed);
        controllers.push(controller);
    }
    let name = |key: &Value| key["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    ensure!(name(&keys[0]) != name(&keys[1]), "both are called {}", name(&keys[0]));

    // As `kubectl get -o yaml` has it, which `kubectl create` takes.
    let mut backup = keys[0].clone();
    for field in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
        backup["metadata"].as_object_mut().map(|metadata| metadata.remove(field));
    }
    let there = clusters[1];
    there.api().create(&namespace.secrets(), &backup)?;
    for (index, certificate) in certificates.iter().enumerate() {
        let object = format!("under-{index}");
        let value = sealed(certificate, namespace.name(), &object, &[("word", "canary-of-two")])?;
        there.api().create(&namespace.sealed_secrets(), &value)?;
        secret_with(there, &namespace, &object, "word", "canary-of-two")?;
    }
    // The same again after a restart, in which the first key is looked for, and none is made.
    controllers[1].process.restart()?;
    controllers[1].wait_ready("/readyz")?;
    wait_until(PATIENCE, "both keys", || {
        let metrics = controllers[1].metrics()?;
        let active = "sealed_secrets_controller_key_active{";
        Ok((metrics.lines().filter(|line| line.starts_with(active)).count() == 2).then_some(()))
    })?;
    std::thread::sleep(Duration::from_millis(500));
    let labelled = format!("{}?labelSelector={KEY_LABEL}=active", namespace.secrets());
    ensure!(there.api().list(&labelled)?.len() == 2, "another key was made");
    Ok(())
}
