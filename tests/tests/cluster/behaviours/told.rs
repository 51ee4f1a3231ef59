//! What is told: conditions, Events, and nothing at a restart.

use anyhow::{Context, Result, ensure};
use sealed_secrets_tests::cluster::health::{Health, argo, kstatus};
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, PATIENCE};
use sealed_secrets_tests::cluster::stage::{Stage, series};
use sealed_secrets_tests::cluster::{ControlPlane, World, wait_until};
use serde_json::{Value, json};

pub(crate) fn conditions_upstreams(world: &World) -> Result<()> {
    conditions(world, world.upstream()?, &["Synced", "Applied"], &["Synced"], &["Synced", "Applied"])
}

pub(crate) fn conditions_ours(world: &World) -> Result<()> {
    conditions(
        world,
        world.ours()?,
        &["Synced", "Ready", "Applied"],
        &["Synced", "Ready", "Stalled"],
        &["Synced", "Ready", "Stalled", "Applied"],
    )
}

/// Under our definition no tool takes a new object for done before its Secret is there, nor one that fails, not even the
/// first one of a process.
pub(crate) fn health(world: &World) -> Result<()> {
    use Health::{Current, Failed, InProgress};
    let cluster = world.ours()?;
    let (api, alone) = (cluster.api(), cluster.api().namespace("alone")?);
    let unseen = json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": {"name": "unseen"},
        "spec": {"encryptedData": {"word": "AgA="}},
    });
    for object in [api.create(&alone.sealed_secrets(), &unseen)?, api.get(&alone.sealed_secret("unseen"))?] {
        ensure!(object["status"] == json!({"observedGeneration": -1}), "{object}");
        ensure!((kstatus(&object), argo(&object)) == (InProgress, InProgress), "{object}");
    }
    for (name, kstatus_at_last, argo_at_last) in [("bad", Failed, Failed), ("good", Current, Current)] {
        let stage = Stage::begin(cluster, world, "health", OWN_NAMESPACE)?;
        let made = stage.put_changed(name, &[("word", "canary-a")], |object| {
            if name == "bad" {
                object["spec"]["encryptedData"]["word"] = json!("no base64!");
            }
        })?;
        // Everything that anybody who watches could see, from the creation on.
        let version = made["metadata"]["resourceVersion"].as_str().context("a version")?;
        let path = stage.namespace.sealed_secrets();
        let path = format!("{path}?watch=true&resourceVersion={version}&timeoutSeconds=3");
        let seen = api.send("GET", &path, "", b"")?.expect(200)?.text();
        let events = seen.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<_>, _>>()?;
        let objects: Vec<_> =
            std::iter::once(&made).chain(events.iter().map(|event| &event["object"])).collect();
        let said: Vec<_> = objects.iter().map(|object| kstatus(object)).collect();
        ensure!(said == [InProgress, kstatus_at_last], "{name}: {said:?}: {seen}");
        let said: Vec<_> = objects.iter().map(|object| argo(object)).collect();
        ensure!(said == [InProgress, argo_at_last], "{name}: {said:?}: {seen}");
        ensure!(api.find(&stage.namespace.secret(name))?.is_some() == (name == "good"));
        stage.end()?;
    }
    Ok(())
}

/// Well, failing from the start, and failing after it was well; then well again. `Synced` comes first, as printer
/// columns have it.
fn conditions(
    world: &World,
    cluster: &ControlPlane,
    well: &[&str],
    failing: &[&str],
    failing_later: &[&str],
) -> Result<()> {
    let stage = Stage::begin(cluster, world, "conditions", OWN_NAMESPACE)?;
    let types = |status: &Value| -> Vec<String> {
        let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
        conditions.iter().map(|condition| condition["type"].as_str().unwrap_or_default().to_owned()).collect()
    };
    stage.put("well", &[("word", "canary-a")])?;
    stage.put_changed("closed", &[("word", "canary-a"), ("other", "canary-b")], |object| {
        object["spec"]["encryptedData"]["word"] = json!("no base64!");
    })?;
    // The very first write of a process finds out under which definition it runs, and may come in two.
    let settled = |name: &str, value: &str, expected: &[&str]| -> Result<Value> {
        wait_until(PATIENCE, &format!("the conditions {expected:?} of {name}"), || {
            let object = stage.api().get(&stage.namespace.sealed_secret(name))?;
            let status = object["status"].clone();
            ensure!(status["conditions"][0]["status"] == value, "{status}");
            ensure!(types(&status) == expected, "{status}");
            ensure!(status["observedGeneration"] == object["metadata"]["generation"], "{status}");
            Ok(Some(status))
        })
    };
    let first = settled("well", "True", well)?;
    ensure!(first["conditions"][0]["message"].is_null(), "{first}");
    let status = settled("closed", "False", failing)?;
    ensure!(status["conditions"][0]["reason"] == "CannotOpen", "{status}");
    let message = status["conditions"][0]["message"].as_str().unwrap_or_default();
    ensure!(message.contains("(word)") && !message.contains("other"), "{message}");
    ensure!(!message.contains("base64!"), "the status quotes the item: {message}");
    stage.expect_events("well", &[("Unsealed", 1)])?;
    stage.expect_events("closed", &[("ErrUnsealFailed", 1)])?;

    stage.api().merge(
        &stage.namespace.sealed_secret("well"),
        &json!({"spec": {"encryptedData": {"more": "AgA="}}}),
    )?;
    let later = settled("well", "False", failing_later)?;
    ensure!(later["conditions"][0]["message"] == "no key could decrypt secret (more)", "{later}");
    stage.opened("well", "word", "canary-a")?;
    stage.change_values("well", &[("word", "canary-c")])?;
    let again = settled("well", "True", well)?;
    ensure!(again["conditions"][0]["lastTransitionTime"].is_string(), "{again}");
    stage.change_values("closed", &[("word", "canary-c")])?;
    settled("closed", "True", well)?;

    let events = stage.api().list(&stage.namespace.events())?;
    let object = stage.api().get(&stage.namespace.sealed_secret("well"))?;
    let event = events
        .iter()
        .find(|event| event["involvedObject"]["name"] == "well" && event["reason"] == "Unsealed");
    let event = event.cloned().unwrap_or_default();
    ensure!(event["source"]["component"] == "sealed-secrets" && event["type"] == "Normal", "{event}");
    ensure!(event["reportingComponent"] == "sealed-secrets", "{event}");
    ensure!(event["message"] == "SealedSecret unsealed successfully", "{event}");
    ensure!(event["involvedObject"]["uid"] == object["metadata"]["uid"], "{event}");
    stage.end()
}

/// A restart beside objects that are well, closed and in the way: no write, no event, no read of any of them.
pub(crate) fn restart(world: &World) -> Result<()> {
    let stage = Stage::begin(world.ours()?, world, "restart", OWN_NAMESPACE)?;
    for index in 0..10 {
        stage.put(&format!("well-{index}"), &[("word", "canary-a")])?;
    }
    stage.put_changed("closed", &[], |object| object["spec"]["encryptedData"] = json!({"word": "AgA="}))?;
    stage.failed("closed", "CannotOpen")?;
    for index in 0..10 {
        stage.synced(&format!("well-{index}"))?;
    }
    stage.expect_events("closed", &[("ErrUnsealFailed", 1)])?;
    let listed = || -> Result<Vec<Value>> {
        let mut all = stage.api().list(&stage.namespace.sealed_secrets())?;
        all.extend(stage.api().list(&stage.namespace.secrets())?);
        all.extend(stage.api().list(&stage.namespace.events())?);
        Ok(all)
    };
    wait_until(PATIENCE, "eleven events", || {
        let events = stage.api().list(&stage.namespace.events())?;
        Ok((events.iter().filter(|e| e["involvedObject"]["kind"] == "SealedSecret").count() >= 11)
            .then_some(()))
    })?;
    let before = listed()?;
    stage.controller.process.signal(rustix::process::Signal::TERM)?;
    stage.controller.process.wait(PATIENCE)?;
    let mark = stage.cluster.mark();
    stage.controller.process.restart()?;
    stage.controller.wait_ready("/readyz")?;
    stage.put("new", &[("word", "canary-b")])?;
    stage.opened("new", "word", "canary-b")?;
    stage.synced("new")?;
    stage.expect_events("new", &[("Unsealed", 1)])?;
    let now = listed()?;
    for old in &before {
        ensure!(now.contains(old), "changed by the restart: {} {}", old["kind"], old["metadata"]);
    }
    let asked = stage.requests_since(mark)?;
    let of_old = |name: &str| name.starts_with("well") || name == "closed";
    let unneeded: Vec<_> = asked.iter().filter(|request| of_old(&request.name)).collect();
    ensure!(unneeded.is_empty(), "{unneeded:#?}");
    let keys = series(&stage.controller.metrics()?, "bad_key_secrets");
    ensure!(keys == Some(0.0), "{keys:?}");
    stage.end()
}
