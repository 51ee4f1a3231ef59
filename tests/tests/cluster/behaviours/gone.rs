//! Deletion: of the SealedSecret, of the Secret, of the cluster before.

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::audit::Request;
use sealed_secrets_tests::cluster::control_plane::CONTROLLERS;
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, PATIENCE};
use sealed_secrets_tests::cluster::stage::{Stage, own_secret};
use sealed_secrets_tests::cluster::{Options, World, wait_until};
use serde_json::json;

/// The Secret has one owner, and goes with it by the cluster's own collector. A namesake gets a Secret of its own.
pub(crate) fn collected(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "collected", OWN_NAMESPACE)?;
    let object = stage.put("db", &[("word", "canary-a")])?;
    let secret = stage.opened("db", "word", "canary-a")?;
    let owner = json!([{
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "name": "db",
        "uid": object["metadata"]["uid"], "controller": true,
    }]);
    ensure!(secret["metadata"]["ownerReferences"] == owner, "{}", secret["metadata"]);
    stage.synced("db")?;
    stage.expect_events("db", &[("Unsealed", 1)])?;
    let mark = stage.cluster.mark();
    stage.api().delete(&stage.namespace.sealed_secret("db"))?;
    wait_until(PATIENCE, "the collector", || {
        Ok(stage.api().find(&stage.namespace.secret("db"))?.is_none().then_some(()))
    })?;
    stage.no_secret("db")?;
    let asked = stage.requests_since(mark)?;
    ensure!(!asked.iter().any(Request::writes), "the controller wrote: {asked:#?}");
    let metrics = stage.controller.metrics()?;
    ensure!(!metrics.contains("name=\"db\""), "its metrics stay");

    // Deleted and made anew at once: whoever wins between collector and controller, in the end all is right.
    for round in 0..5 {
        let value = format!("canary-{round}");
        stage.put("quick", &[("word", &value)])?;
        stage.opened("quick", "word", &value)?;
        stage.api().delete(&stage.namespace.sealed_secret("quick"))?;
    }
    let last = stage.put("quick", &[("word", "canary-last")])?;
    wait_until(PATIENCE, "the last of them", || {
        let secret = stage.opened("quick", "word", "canary-last")?;
        let owner = &secret["metadata"]["ownerReferences"][0]["uid"];
        Ok((*owner == last["metadata"]["uid"]).then_some(()))
    })?;
    stage.end()
}

/// Whatever was ours comes back at once, also after its labels, values or owner were tampered with.
pub(crate) fn comes_back(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "comes-back", OWN_NAMESPACE)?;
    for name in ["a", "b", "c"] {
        stage.put(name, &[("word", "canary-x")])?;
        stage.opened(name, "word", "canary-x")?;
        stage.synced(name)?;
    }
    stage.api().merge(&stage.namespace.secret("b"), &json!({"data": {"word": "eA=="}}))?;
    for round in 1..=3 {
        for name in ["a", "b", "c"] {
            stage.api().delete(&stage.namespace.secret(name))?;
        }
        for name in ["a", "b", "c"] {
            stage.opened(name, "word", "canary-x")?;
            wait_until(PATIENCE, "its event", || {
                Ok((stage.events(name)? == [("Unsealed".to_owned(), round + 1)]).then_some(()))
            })?;
        }
    }
    stage.end()
}

/// Secrets of a cluster that was lost name owners by uids that no longer exist. They are taken over as they are, and
/// not collected: seen without the collector, which would otherwise be in a race with the adoption.
pub(crate) fn restored(world: &World) -> Result<()> {
    let controllers = CONTROLLERS.iter().filter(|name| !name.starts_with("garbage"));
    let options =
        Options { controllers: controllers.map(|name| (*name).to_owned()).collect(), ..Options::default() };
    let cluster = world.control_plane(&options)?;
    cluster.install_upstream_definition()?;
    let stage = Stage::begin(&cluster, world, "restored", OWN_NAMESPACE)?;
    let owner = |kind: &str, name: &str| {
        json!({"ownerReferences": [{
            "apiVersion": "bitnami.com/v1alpha1", "kind": kind, "name": name,
            "uid": "6b7a3d0e-0000-4000-8000-000000000000", "controller": true,
        }]})
    };
    let restored = |name: &str, value: &str, metadata| {
        stage.api().create(&stage.namespace.secrets(), &own_secret(name, &[("word", value)], &metadata))
    };
    let same = restored("same", "canary-same", owner("SealedSecret", "same"))?;
    restored("outdated", "canary-before", owner("SealedSecret", "outdated"))?;
    restored("anothers", "canary-theirs", owner("SealedSecret", "another"))?;
    restored("kind", "canary-theirs", owner("Deployment", "kind"))?;
    for (name, value) in
        [("same", "canary-same"), ("outdated", "canary-now"), ("anothers", "canary-x"), ("kind", "canary-x")]
    {
        stage.put(name, &[("word", value)])?;
    }
    for (name, value) in [("same", "canary-same"), ("outdated", "canary-now")] {
        stage.synced(name)?;
        let object = stage.api().get(&stage.namespace.sealed_secret(name))?;
        let secret = stage.opened(name, "word", value)?;
        let owner = &secret["metadata"]["ownerReferences"];
        ensure!(owner[0]["uid"] == object["metadata"]["uid"] && owner[1].is_null(), "{name}: {owner}");
    }
    let now = stage.api().get(&stage.namespace.secret("same"))?;
    ensure!(now["metadata"]["uid"] == same["metadata"]["uid"], "it was made anew");
    stage.failed("anothers", "Unmanaged")?;
    stage.failed("kind", "Unmanaged")?;
    stage.end()
}
