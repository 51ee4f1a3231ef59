//! A Secret of the name is there already.

use anyhow::{Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets_tests::cluster::audit::Request;
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, PATIENCE};
use sealed_secrets_tests::cluster::stage::{Stage, own_secret, series};
use sealed_secrets_tests::cluster::{World, wait_until};
use serde_json::{Value, json};

const MANAGED: &str = "sealedsecrets.bitnami.com/managed";
const PATCH: &str = "sealedsecrets.bitnami.com/patch";

/// `managed` gives the Secret to the controller, `patch` lets it add, both do both.
pub(crate) fn adopted(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "adopted", OWN_NAMESPACE)?;
    let secrets = stage.namespace.secrets();
    let with = |annotations: Value| json!({"annotations": annotations, "labels": {"old": "l"}});
    for (name, annotations) in [
        ("managed", json!({MANAGED: "true", "old": "a"})),
        ("patch", json!({PATCH: "true", "old": "a"})),
        ("both", json!({MANAGED: "true", PATCH: "true", "old": "a"})),
    ] {
        let there = own_secret(name, &[("old", "canary-old"), ("word", "canary-before")], &with(annotations));
        stage.api().create(&secrets, &there)?;
        stage.put_changed(name, &[("word", "canary-new")], |object| {
            object["spec"]["template"]["metadata"]["labels"] = json!({"new": "l"});
            object["spec"]["template"]["metadata"]["annotations"] = json!({"new": "a"});
        })?;
    }
    let old = STANDARD.encode("canary-old");
    for (name, adds, owns) in [("managed", false, true), ("patch", true, false), ("both", true, true)] {
        let secret = stage.opened(name, "word", "canary-new")?;
        let metadata = &secret["metadata"];
        ensure!((secret["data"]["old"] == *old) == adds, "{name}: values");
        ensure!((metadata["labels"]["old"] == "l") == adds, "{name}: {metadata}");
        ensure!((metadata["annotations"]["old"] == "a") == adds, "{name}: {metadata}");
        // What allowed it goes with the other annotations, as with upstream.
        ensure!(metadata["annotations"][MANAGED].is_string() == (name == "both"), "{name}: {metadata}");
        ensure!(metadata["labels"]["new"] == "l" && metadata["annotations"]["new"] == "a", "{metadata}");
        ensure!(metadata["ownerReferences"][0]["name"].is_string() == owns, "{name}: {metadata}");
        stage.synced(name)?;
        stage.expect_events(name, &[("Unsealed", 1)])?;
    }
    // One that is only added to belongs to somebody else: its deletion is a wish. One that was given to us is not.
    for name in ["patch", "both", "managed"] {
        stage.api().delete(&stage.namespace.secret(name))?;
    }
    stage.opened("managed", "word", "canary-new")?;
    let secret = stage.opened("both", "word", "canary-new")?;
    ensure!(secret["data"]["old"].is_null(), "it was made anew");
    stage.no_secret("patch")?;
    stage.end()
}

/// A foreign Secret is left alone and told of, once; its removal, or the annotation, unblocks.
pub(crate) fn foreign(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "foreign", OWN_NAMESPACE)?;
    let api = stage.api();
    let secrets = stage.namespace.secrets();
    let mut versions = Vec::new();
    // Another owner, another name, an owner that is no controller: none makes it ours.
    let owner = json!({"apiVersion": "v1", "kind": "ServiceAccount", "name": "default", "uid":
        api.get(&stage.namespace.service_account("default"))?["metadata"]["uid"], "controller": true});
    for (name, metadata) in [
        ("plain", json!({})),
        ("owned", json!({"ownerReferences": [owner]})),
        ("not-quite", json!({"annotations": {MANAGED: "True", PATCH: "yes"}})),
    ] {
        let there = api.create(&secrets, &own_secret(name, &[("word", "canary-theirs")], &metadata))?;
        versions.push((name, there["metadata"]["resourceVersion"].clone()));
        stage.put(name, &[("word", "canary-ours")])?;
    }
    for (name, version) in &versions {
        let synced = stage.failed(name, "Unmanaged")?;
        let message =
            format!("failed update: Resource \"{name}\" already exists and is not managed by SealedSecret");
        // Upstream's sentence, and what helps.
        let told = synced["message"].as_str().unwrap_or_default();
        ensure!(
            told.starts_with(&message) && told.contains("sealedsecrets.bitnami.com/managed=true"),
            "{told}"
        );
        stage.expect_events(name, &[("ErrUpdateFailed", 1)])?;
        let there = api.get(&stage.namespace.secret(name))?;
        ensure!(there["metadata"]["resourceVersion"] == *version, "{name} was touched");
    }
    let errors = format!("unseal_errors_total{{namespace=\"{}\",reason=\"unmanaged\"}}", stage.namespace);
    ensure!(series(&stage.controller.metrics()?, &errors) == Some(3.0), "{}", stage.controller.metrics()?);

    api.delete(&stage.namespace.secret("plain"))?;
    stage.opened("plain", "word", "canary-ours")?;
    stage.synced("plain")?;
    stage.expect_events("plain", &[("ErrUpdateFailed", 1), ("Unsealed", 1)])?;
    api.merge(&stage.namespace.secret("owned"), &json!({"metadata": {"annotations": {MANAGED: "true"}}}))?;
    let secret = stage.opened("owned", "word", "canary-ours")?;
    ensure!(secret["metadata"]["ownerReferences"][0]["kind"] == "SealedSecret", "{}", secret["metadata"]);
    stage.end()
}

/// Values of an immutable Secret, and the type of any, never change: that is said once and not tried.
pub(crate) fn immutable(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "immutable", OWN_NAMESPACE)?;
    stage.put_changed("fixed", &[("word", "canary-first")], |object| {
        object["spec"]["template"]["immutable"] = json!(true);
    })?;
    let first = stage.opened("fixed", "word", "canary-first")?;
    ensure!(first["immutable"] == true, "it is not immutable");
    stage.synced("fixed")?;
    stage.put_changed("typed", &[("word", "canary-first")], |object| {
        object["spec"]["template"]["type"] = json!("example.com/one");
    })?;
    let typed = stage.opened("typed", "word", "canary-first")?;
    ensure!(typed["type"] == "example.com/one", "its type is {}", typed["type"]);

    let mark = stage.cluster.mark();
    stage.change_values("fixed", &[("word", "canary-second")])?;
    let synced = stage.failed("fixed", "Immutable")?;
    let message = synced["message"].as_str().unwrap_or_default();
    let place = format!("Error updating {}/fixed: the target Secret is immutable", stage.namespace);
    ensure!(message.contains(&place), "{message}");
    stage.expect_events("fixed", &[("ErrUpdateFailed", 1), ("Unsealed", 1)])?;

    let path = stage.namespace.sealed_secret("typed");
    stage.api().merge(&path, &json!({"spec": {"template": {"type": "example.com/two"}}}))?;
    stage.failed("typed", "TypeChange")?;
    // No type in the template is any type.
    stage.api().merge(&path, &json!({"spec": {"template": {"type": null}}}))?;
    stage.synced("typed")?;
    stage.api().merge(&path, &json!({"spec": {"template": {"type": "example.com/two"}}}))?;
    stage.failed("typed", "TypeChange")?;
    let written = stage.requests_since(mark)?;
    // A type that changes is tried once, where the Secret is as the generation before left it.
    let of_secrets =
        |request: &&Request| request.writes() && request.resource == "secrets" && request.status != 422;
    ensure!(written.iter().find(of_secrets).is_none(), "{written:#?}");

    for name in ["fixed", "typed"] {
        stage.api().delete(&stage.namespace.secret(name))?;
    }
    stage.opened("fixed", "word", "canary-second")?;
    let typed = wait_until(PATIENCE, "the other type", || {
        let secret = stage.api().find(&stage.namespace.secret("typed"))?;
        Ok(secret.filter(|secret| secret["type"] == "example.com/two"))
    })?;
    ensure!(typed["metadata"]["ownerReferences"][0]["kind"] == "SealedSecret", "{}", typed["metadata"]);
    stage.synced("fixed")?;
    stage.synced("typed")?;
    stage.end()
}
