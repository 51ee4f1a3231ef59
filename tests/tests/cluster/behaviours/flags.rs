//! Flags that say which objects are looked at, and what is done with them.

use anyhow::{Context, Result, ensure};
use sealed_secrets_tests::cluster::audit::Request;
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, PATIENCE, sealed, secret_with};
use sealed_secrets_tests::cluster::stage::{QUIET, Stage, own_secret};
use sealed_secrets_tests::cluster::{Namespace, World, stays, wait_until};
use serde_json::{Value, json};

/// Its own namespace and those of the list, and no others; one that does not exist is no obstacle. Without a list,
/// `--all-namespaces=false` is its own alone.
pub(crate) fn additional_namespaces(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let api = cluster.api();
    let (listed, other) = (api.namespace("listed")?, api.namespace("other")?);
    let list = format!("--additional-namespaces= {listed} ,no-such-namespace,");
    let stage = Stage::begin(cluster, world, "additional", &[&list])?;
    let put = |namespace: &Namespace, value: &str| -> Result<Value> {
        let object = sealed(&stage.certificate, namespace.name(), "db", &[("word", value)])?;
        Ok(api.create(&namespace.sealed_secrets(), &object)?)
    };
    put(&other, "canary-other")?;
    put(&listed, "canary-listed")?;
    stage.put("db", &[("word", "canary-own")])?;
    secret_with(cluster, &listed, "db", "word", "canary-listed")?;
    stage.opened("db", "word", "canary-own")?;
    stays(QUIET, || {
        ensure!(api.find(&other.secret("db"))?.is_none(), "a namespace that is not in the list");
        Ok(())
    })?;
    // Deleted in a namespace of the list, a Secret comes back as everywhere.
    api.delete(&listed.secret("db"))?;
    secret_with(cluster, &listed, "db", "word", "canary-listed")?;
    // One that does not exist is told, once, and keeps nobody waiting.
    let told = || -> Result<Vec<String>> {
        let log = stage.controller.process.output()?;
        let words = "A namespace of --additional-namespaces does not exist";
        Ok(log.lines().filter(|line| line.contains(words)).map(str::to_owned).collect())
    };
    wait_until(PATIENCE, "the missing namespace", || Ok((!told()?.is_empty()).then_some(())))?;
    stays(QUIET, || {
        let told = told()?;
        ensure!(told.len() == 1 && told[0].contains("no-such-namespace"), "{told:?}");
        Ok(())
    })?;
    stage.end()
}

/// Only selected SealedSecrets are looked at, whatever the labels of their Secrets; selected later is not too late.
pub(crate) fn label_selector(world: &World) -> Result<()> {
    let arguments = [OWN_NAMESPACE[0], "--label-selector=team=shop"];
    let stage = Stage::begin(world.upstream()?, world, "selector", &arguments)?;
    stage.put("without", &[("word", "canary-a")])?;
    stage.put_changed("with", &[("word", "canary-b")], |object| {
        object["metadata"]["labels"] = json!({"team": "shop"});
    })?;
    stage.opened("with", "word", "canary-b")?;
    stage.api().delete(&stage.namespace.secret("with"))?;
    stage.opened("with", "word", "canary-b")?;
    stage.no_secret("without")?;
    let path = stage.namespace.sealed_secret("without");
    ensure!(stage.api().get(&path)?["status"].is_null(), "it was looked at");
    stage.api().merge(&path, &json!({"metadata": {"labels": {"team": "shop"}}}))?;
    stage.opened("without", "word", "canary-a")?;
    stage.synced("without")?;
    // What is not selected any more stays as it is.
    stage.api().merge(&path, &json!({"metadata": {"labels": null}}))?;
    stage.change_values("without", &[("word", "canary-c")])?;
    stays(QUIET, || {
        ensure!(stage.api().get(&path)?["status"]["observedGeneration"] == 1, "it was looked at");
        Ok(())
    })?;
    stage.opened("without", "word", "canary-a")?;
    stage.end()
}

/// `--skip-recreate`: no Secret is watched, and none comes back but by a change of its SealedSecret.
pub(crate) fn skip_recreate(world: &World) -> Result<()> {
    let arguments = [OWN_NAMESPACE[0], "--skip-recreate"];
    let stage = Stage::begin(world.upstream()?, world, "skip-recreate", &arguments)?;
    stage.put("db", &[("word", "canary-a")])?;
    stage.opened("db", "word", "canary-a")?;
    stage.synced("db")?;
    stage.api().delete(&stage.namespace.secret("db"))?;
    stage.no_secret("db")?;
    stage.change_values("db", &[("word", "canary-b")])?;
    stage.opened("db", "word", "canary-b")?;
    stage.synced("db")?;
    stage.end()
}

/// `--old-gc-behavior`: the controller deletes the Secret itself, if it was its own or given to it. Seen on Secrets
/// without owner reference, which the cluster's collector leaves alone.
pub(crate) fn old_garbage_collection(world: &World) -> Result<()> {
    let arguments = [OWN_NAMESPACE[0], "--old-gc-behavior"];
    let stage = Stage::begin(world.upstream()?, world, "old-gc", &arguments)?;
    let api = stage.api();
    stage.put_changed("ownerless", &[("word", "canary-a")], |object| {
        object["spec"]["template"]["metadata"]["annotations"] =
            json!({"sealedsecrets.bitnami.com/skip-set-owner-references": "true"});
    })?;
    stage.opened("ownerless", "word", "canary-a")?;
    let patched = json!({"annotations": {"sealedsecrets.bitnami.com/patch": "true"}});
    for (name, metadata) in [("foreign", json!({})), ("patched", patched)] {
        api.create(&stage.namespace.secrets(), &own_secret(name, &[("theirs", "canary-t")], &metadata))?;
        stage.put(name, &[("word", "canary-a")])?;
    }
    stage.failed("foreign", "Unmanaged")?;
    stage.opened("patched", "word", "canary-a")?;
    stage.synced("patched")?;
    stage.synced("ownerless")?;
    for name in ["foreign", "patched", "ownerless"] {
        api.delete(&stage.namespace.sealed_secret(name))?;
    }
    wait_until(PATIENCE, "the Secret to go", || {
        Ok(api.find(&stage.namespace.secret("ownerless"))?.is_none().then_some(()))
    })?;
    stays(QUIET, || {
        api.get(&stage.namespace.secret("foreign"))?;
        api.get(&stage.namespace.secret("patched"))?;
        Ok(())
    })?;
    ensure!(stage.controller.process.output()?.contains("SealedSecret has gone, deleting Secret"), "the log");
    stage.end()
}

/// `--update-status=false`: everything but the status, and the Event is the only news of a failure.
pub(crate) fn without_status(world: &World) -> Result<()> {
    let arguments = [OWN_NAMESPACE[0], "--update-status=false"];
    let stage = Stage::begin(world.upstream()?, world, "no-status", &arguments)?;
    let mark = stage.cluster.mark();
    stage.put("db", &[("word", "canary-a")])?;
    stage.opened("db", "word", "canary-a")?;
    stage.expect_events("db", &[("Unsealed", 1)])?;
    stage.put_changed("closed", &[("word", "canary-a")], |object| {
        object["spec"]["encryptedData"]["word"] = json!("AAAA");
    })?;
    stage.expect_events("closed", &[("ErrUnsealFailed", 1)])?;
    for name in ["db", "closed"] {
        ensure!(
            stage.api().get(&stage.namespace.sealed_secret(name))?["status"].is_null(),
            "{name} has a status"
        );
    }
    let asked = stage.requests_since(mark)?;
    ensure!(!asked.iter().any(|request| request.resource == "sealedsecrets/status"), "{asked:#?}");
    stage.end()
}

/// Where not all requests can go at once, Secrets go first, then statuses, then events.
pub(crate) fn limited_requests(world: &World) -> Result<()> {
    const OBJECTS: usize = 20;
    let limit = ["--kubeclient-qps=10", "--kubeclient-burst=1"];
    let stage = Stage::begin(world.upstream()?, world, "limited", &[OWN_NAMESPACE, &limit].concat())?;
    // All at once, as after a start.
    stage.controller.process.kill()?;
    for number in 0..OBJECTS {
        stage.put(&format!("o{number}"), &[("word", "canary-v")])?;
    }
    let mark = stage.cluster.mark();
    stage.controller.process.restart()?;
    for number in 0..OBJECTS {
        stage.synced(&format!("o{number}"))?;
    }
    let mut asked = Vec::new();
    wait_until(PATIENCE, "an event for each", || {
        asked = stage.requests_since(mark)?;
        let events = asked.iter().filter(|request| request.resource == "events").count();
        Ok((events >= OBJECTS).then_some(()))
    })?;
    let secrets = |request: &Request| request.resource == "secrets" && request.verb == "create";
    let last = asked.iter().rposition(secrets).context("no Secret")?;
    ensure!(asked.iter().filter(|request| secrets(request)).count() == OBJECTS, "{asked:#?}");
    let early: Vec<_> =
        asked[..last].iter().filter(|request| request.resource != "secrets" && request.writes()).collect();
    // One may go before the first Secrets are opened and wait.
    ensure!(early.len() <= 4, "{early:#?}");
    stage.end()
}
