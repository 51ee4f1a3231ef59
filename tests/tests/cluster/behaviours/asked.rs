//! What people ask of the controller by annotation: a pause, and a look at once.

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, PATIENCE};
use sealed_secrets_tests::cluster::stage::{QUIET, Stage};
use sealed_secrets_tests::cluster::{ControlPlane, World, stays, wait_until};
use serde_json::{Value, json};

pub(crate) fn pause_ours(world: &World) -> Result<()> {
    pause(world.ours()?, world)
}

pub(crate) fn pause_upstreams(world: &World) -> Result<()> {
    pause(world.upstream()?, world)
}

/// The Secret is left as it is, whatever becomes of it and of the spec; the status says so and keeps what it said.
fn pause(cluster: &ControlPlane, world: &World) -> Result<()> {
    let stage = Stage::begin(cluster, world, "pause", OWN_NAMESPACE)?;
    stage.put("db", &[("word", "canary-a")])?;
    stage.synced("db")?;
    stage.expect_events("db", &[("Unsealed", 1)])?;
    let before = conditions(&stage)?;
    annotate(&stage, "sealkit.dev/paused", json!("true"))?;
    wait_until(PATIENCE, "the condition", || Ok((conditions(&stage)?.len() > before.len()).then_some(())))?;
    let now = conditions(&stage)?;
    ensure!(
        now[..before.len()] == before[..] && now.last() == Some(&("Paused".into(), "True".into())),
        "{now:?}"
    );
    stage.expect_events("db", &[("Paused", 1), ("Unsealed", 1)])?;

    let secret = stage.api().get(&stage.namespace.secret("db"))?;
    stage.change_values("db", &[("word", "canary-b")])?;
    stays(QUIET, || {
        let same = stage.api().get(&stage.namespace.secret("db"))? == secret;
        ensure!(same, "the Secret was written");
        Ok(())
    })?;
    let status = stage.api().get(&stage.namespace.sealed_secret("db"))?["status"].take();
    ensure!(status["observedGeneration"] == 1, "{status}");
    stage.api().delete(&stage.namespace.secret("db"))?;
    stage.no_secret("db")?;

    annotate(&stage, "sealkit.dev/paused", Value::Null)?;
    stage.opened("db", "word", "canary-b")?;
    stage.synced("db")?;
    ensure!(conditions(&stage)? == before, "{:?}", conditions(&stage)?);
    stage.end()
}

/// A Secret that was edited is put right when somebody asks, once for each value.
pub(crate) fn look(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "look", OWN_NAMESPACE)?;
    stage.put_changed("db", &[("word", "canary-a")], |object| {
        object["metadata"]["annotations"] = json!({"sealkit.dev/reconcile": "at the start"});
    })?;
    stage.synced("db")?;
    for asked in ["first", "second"] {
        let edited = json!({"data": {"word": "ZWRpdGVk"}});
        stage.api().merge(&stage.namespace.secret("db"), &edited)?;
        annotate(&stage, "sealkit.dev/reconcile", json!(asked))?;
        stage.opened("db", "word", "canary-a")?;
        stage.synced("db")?;
        wait_until(PATIENCE, "rest", || {
            let mark = stage.cluster.mark();
            std::thread::sleep(QUIET);
            Ok(stage.requests_since(mark)?.iter().all(|request| request.name != "db").then_some(()))
        })?;
        // The same value once more is none.
        let mark = stage.cluster.mark();
        annotate(&stage, "sealkit.dev/reconcile", json!(asked))?;
        annotate(&stage, "example.com/other", json!(asked))?;
        stays(QUIET, || {
            let asked = stage.requests_since(mark)?;
            ensure!(asked.iter().all(|request| request.name != "db"), "{asked:#?}");
            Ok(())
        })?;
    }
    stage.end()
}

fn annotate(stage: &Stage<'_>, annotation: &str, value: Value) -> Result<()> {
    let mut change = json!({"metadata": {"annotations": {}}});
    change["metadata"]["annotations"][annotation] = value;
    stage.api().merge(&stage.namespace.sealed_secret("db"), &change)?;
    Ok(())
}

/// Type and status of each, but for the record, which changes with the Secret.
fn conditions(stage: &Stage<'_>) -> Result<Vec<(String, String)>> {
    let object = stage.api().get(&stage.namespace.sealed_secret("db"))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    Ok(conditions.iter().map(|condition| (text(&condition["type"]), text(&condition["status"]))).collect())
}
