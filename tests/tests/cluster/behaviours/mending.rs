//! Statuses that others damage, or that another CustomResourceDefinition would have otherwise, are put right when that is
//! seen: without a restart, without touching the Secret, and without a fight.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sealed_secrets_tests::cluster::health::{Health, kstatus};
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, PATIENCE};
use sealed_secrets_tests::cluster::stage::{QUIET, Stage};
use sealed_secrets_tests::cluster::{Options, World, stays, wait_until};
use serde_json::{Value, json};

const WELL: &[&str] = &["Synced", "Ready", "Applied"];
const FAILING: &[&str] = &["Synced", "Ready", "Stalled"];

/// One object that opens, and one that does not.
fn put_both(stage: &Stage<'_>) -> Result<()> {
    stage.put("well", &[("word", "canary-a")])?;
    stage.put_changed("closed", &[("word", "canary-a")], |object| {
        object["spec"]["encryptedData"]["word"] = json!("no base64!");
    })?;
    stage.opened("well", "word", "canary-a").map(drop)
}

/// The types of the conditions, in their order.
fn types(status: &Value) -> Vec<&str> {
    let conditions = status["conditions"].as_array().into_iter().flatten();
    conditions.filter_map(|condition| condition["type"].as_str()).collect()
}

fn wait_types(stage: &Stage<'_>, name: &str, expected: &[&str]) -> Result<Value> {
    wait_until(PATIENCE, &format!("the conditions {expected:?} of {name}"), || {
        let object = stage.api().get(&stage.namespace.sealed_secret(name))?;
        let current = object["status"]["observedGeneration"] == object["metadata"]["generation"];
        let health = if expected == FAILING { Health::Failed } else { Health::Current };
        let as_told = types(&object["status"]) == expected && kstatus(&object) == health;
        ensure!(current && as_told, "{}", object["status"]);
        Ok(Some(object))
    })
    .with_context(|| stage.controller.process.last_words())
}

pub(crate) fn damaged(world: &World) -> Result<()> {
    let stage = Stage::begin(world.ours()?, world, "damaged", OWN_NAMESPACE)?;
    put_both(&stage)?;
    let well = wait_types(&stage, "well", WELL)?["status"].take();
    wait_types(&stage, "closed", FAILING)?;
    stage.expect_events("well", &[("Unsealed", 1)])?;
    // What was just written has been seen.
    stays(QUIET, || Ok(()))?;
    let mark = stage.cluster.mark();
    let without = |type_: &str| -> Value {
        let conditions = well["conditions"].as_array().into_iter().flatten();
        conditions.filter(|condition| condition["type"] != type_).cloned().collect()
    };
    let mut edited = well["conditions"].clone();
    edited[0]["status"] = json!("False");
    for damage in [
        json!(null),
        json!({"observedGeneration": 0}),
        json!({"conditions": without("Synced")}),
        json!({"conditions": without("Ready")}),
        json!({"conditions": edited}),
    ] {
        // The second one of an object waits for some seconds, and each further one for longer.
        let name = format!("well-{}", damage.to_string().len());
        stage.put(&name, &[("word", "canary-a")])?;
        wait_types(&stage, &name, WELL)?;
        stays(QUIET, || Ok(()))?;
        let path = format!("{}/status", stage.namespace.sealed_secret(&name));
        stage.api().merge(&path, &json!({"status": damage}))?;
        wait_until(PATIENCE, "Synced", || {
            let object = wait_types(&stage, &name, WELL)?;
            Ok((object["status"]["conditions"][0]["status"] == "True").then_some(()))
        })?;
        stage.expect_events(&name, &[("Unsealed", 1)])?;
    }
    let written = stage.requests_since(mark)?;
    let of_secrets =
        |verb: &str| written.iter().filter(|r| r.resource == "secrets" && r.verb == verb).count();
    ensure!((of_secrets("create"), of_secrets("get"), of_secrets("update")) == (5, 0, 0), "{written:#?}");
    let path = format!("{}/status", stage.namespace.sealed_secret("closed"));
    let told = wait_types(&stage, "closed", FAILING)?["status"]["conditions"][0]["message"].take();
    let mut conditions = stage.api().get(&path)?["status"]["conditions"].take();
    for condition in conditions.as_array_mut().into_iter().flatten() {
        condition["message"] = json!("nothing to worry about");
    }
    stage.api().merge(&path, &json!({"status": {"conditions": conditions}}))?;
    wait_until(PATIENCE, "why it does not open", || {
        let status = wait_types(&stage, "closed", FAILING)?["status"].take();
        Ok((status["conditions"][0]["message"] == told).then_some(()))
    })?;
    stage.end()
}

/// Somebody else takes our conditions off again and again. When he rests, the status is put right.
pub(crate) fn no_fight(world: &World) -> Result<()> {
    let stage = Stage::begin(world.ours()?, world, "rival", OWN_NAMESPACE)?;
    put_both(&stage)?;
    wait_types(&stage, "well", WELL)?;
    stays(QUIET, || Ok(()))?;
    let mark = stage.cluster.mark();
    let begun = Instant::now();
    let path = format!("{}/status", stage.namespace.sealed_secret("well"));
    let mut damages = 0;
    while begun.elapsed() < Duration::from_secs(8) {
        stage.api().merge(&path, &json!({"status": {"conditions": [], "observedGeneration": damages}}))?;
        damages += 1;
        thread::sleep(Duration::from_millis(50));
    }
    let writes = stage.requests_since(mark)?;
    let writes = writes.iter().filter(|request| request.resource == "sealedsecrets/status").count();
    ensure!(damages > 20, "{damages} damages in eight seconds");
    ensure!((1..=8).contains(&writes), "{writes} writes, conflicts included, after {damages} damages");
    wait_types(&stage, "well", WELL)?;
    stage.end()
}

/// Another definition is installed under a running controller.
pub(crate) fn definition_swapped(world: &World) -> Result<()> {
    let cluster = &world.control_plane(&Options::default())?;
    cluster.install_upstream_definition()?;
    let stage = Stage::begin(cluster, world, "swapped", OWN_NAMESPACE)?;
    put_both(&stage)?;
    wait_types(&stage, "well", &["Synced", "Applied"])?;
    wait_types(&stage, "closed", &["Synced"])?;
    let secret = stage.api().get(&stage.namespace.secret("well"))?;

    cluster.apply(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/crd").as_path())?;
    // One that comes before anybody can have told the controller of it.
    let late = stage.put_changed("late", &[("word", "canary-a")], |object| {
        object["spec"]["encryptedData"]["word"] = json!("no base64!");
    })?;
    let version = late["metadata"]["resourceVersion"].as_str().context("a version")?;
    let path = stage.namespace.sealed_secrets();
    let path = format!(
        "{path}?watch=true&resourceVersion={version}&fieldSelector=metadata.name%3Dlate&timeoutSeconds=12"
    );
    let seen = stage.api().send("GET", &path, "", b"")?.expect(200)?.text();
    for event in seen.lines() {
        let event: Value = serde_json::from_str(event)?;
        ensure!(kstatus(&event["object"]) != Health::Current, "{seen}");
    }
    wait_types(&stage, "well", WELL)?;
    for name in ["closed", "late"] {
        wait_types(&stage, name, FAILING)?;
    }
    ensure!(late["status"] == json!({"observedGeneration": -1}), "{late}");
    stage.expect_events("well", &[("Unsealed", 1)])?;

    cluster.install_upstream_definition()?;
    wait_types(&stage, "well", &["Synced", "Applied"])?;
    wait_types(&stage, "closed", &["Synced"])?;
    ensure!(stage.api().get(&stage.namespace.secret("well"))? == secret, "the Secret was written");
    stage.end()
}
