//! Scopes by annotation, and the deprecated format.

use anyhow::{Result, ensure};
use sealed_secrets::sealing::{Label, Scope};
use sealed_secrets_tests::cluster::World;
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, sealed_in_scope};
use sealed_secrets_tests::cluster::stage::Stage;
use serde_json::{Value, json};

const NAMESPACE_WIDE: &str = "sealedsecrets.bitnami.com/namespace-wide";
const CLUSTER_WIDE: &str = "sealedsecrets.bitnami.com/cluster-wide";

/// An annotation raises no generation and decides all the same: put on it opens, taken off it is closed and says so,
/// and the Secret stays as it was.
pub(crate) fn annotations(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "scopes", OWN_NAMESPACE)?;
    let api = stage.api();
    for (scope, annotation, sealed_in, value) in [
        (Scope::NamespaceWide, NAMESPACE_WIDE, stage.namespace.name(), "canary-n"),
        (Scope::ClusterWide, CLUSTER_WIDE, "some-other-namespace", "canary-c"),
    ] {
        let name = format!("moved-{}", value.trim_start_matches("canary-"));
        let mut object =
            sealed_in_scope(&stage.certificate, scope, sealed_in, "sealed-as", &[("word", value)])?;
        object["metadata"] = json!({"name": name, "namespace": stage.namespace.name()});
        object["spec"]["template"]["metadata"] = json!({});
        api.create(&stage.namespace.sealed_secrets(), &object)?;
        let synced = stage.failed(&name, "CannotOpen")?;
        ensure!(synced["message"] == "no key could decrypt secret (word)", "{synced}");
        stage.expect_events(&name, &[("ErrUnsealFailed", 1)])?;

        let path = stage.namespace.sealed_secret(&name);
        let annotate =
            |value: Value| api.merge(&path, &json!({"metadata": {"annotations": {annotation: value}}}));
        annotate(json!("True"))?;
        stage.no_secret(&name)?;
        annotate(json!("true"))?;
        let secret = stage.opened(&name, "word", value)?;
        ensure!(stage.synced(&name)?["observedGeneration"] == 1, "the generation moved");
        annotate(Value::Null)?;
        stage.failed(&name, "CannotOpen")?;
        let after = api.get(&stage.namespace.secret(&name))?;
        ensure!(
            after["metadata"]["resourceVersion"] == secret["metadata"]["resourceVersion"],
            "it was touched"
        );
        annotate(json!("true"))?;
        stage.synced(&name)?;
        stage.expect_events(&name, &[("ErrUnsealFailed", 2), ("Unsealed", 2)])?;
    }
    // A strict value opens under no other name.
    let strict = sealed_in_scope(
        &stage.certificate,
        Scope::Strict,
        stage.namespace.name(),
        "mine",
        &[("word", "canary-s")],
    )?;
    for annotations in [json!({}), json!({NAMESPACE_WIDE: "true"}), json!({CLUSTER_WIDE: "true"})] {
        let mut object = strict.clone();
        let name = format!("thief-{}", annotations.to_string().len());
        object["metadata"] =
            json!({"name": name, "namespace": stage.namespace.name(), "annotations": annotations});
        api.create(&stage.namespace.sealed_secrets(), &object)?;
        stage.failed(&name, "CannotOpen")?;
    }
    stage.end()
}

fn legacy_object(stage: &Stage<'_>, name: &str, inside: &str) -> Result<Value> {
    let label = Label::new(Scope::Strict, stage.namespace.name(), name);
    let data = stage.certificate.seal(inside.as_bytes(), &label)?.to_base64();
    Ok(json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": {"name": name, "namespace": stage.namespace.name()},
        "spec": {"data": data, "encryptedData": {}},
    }))
}

const INSIDE: &str = r#"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"x","labels":{"l":"v"}},"type":"example.com/own",
    "data":{"word":"Y2FuYXJ5LWxlZ2FjeQ=="}}"#;

/// A whole Secret in one ciphertext: opened under its own name, unless it holds none.
pub(crate) fn legacy(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "legacy", OWN_NAMESPACE)?;
    let create = |object: &Value| stage.api().create(&stage.namespace.sealed_secrets(), object);
    create(&legacy_object(&stage, "old", INSIDE)?)?;
    let secret = stage.opened("old", "word", "canary-legacy")?;
    ensure!(
        secret["type"] == "example.com/own" && secret["metadata"]["labels"]["l"] == "v",
        "{}",
        secret["metadata"]
    );
    ensure!(secret["metadata"]["ownerReferences"][0]["name"] == "old", "{}", secret["metadata"]);
    stage.synced("old")?;
    create(&legacy_object(&stage, "no-secret", "canary-legacy")?)?;
    stage.failed("no-secret", "CannotOpen")?;
    let mut both = legacy_object(&stage, "both", INSIDE)?;
    both["spec"]["encryptedData"] = json!({"word": "AgA="});
    create(&both)?;
    stage.failed("both", "Unusable")?;
    stage.end()
}

/// `--accept-deprecated-v1-data=false`.
pub(crate) fn legacy_refused(world: &World) -> Result<()> {
    let arguments = [OWN_NAMESPACE[0], "--accept-deprecated-v1-data=false"];
    let stage = Stage::begin(world.upstream()?, world, "no-legacy", &arguments)?;
    let object = legacy_object(&stage, "old", INSIDE)?;
    stage.api().create(&stage.namespace.sealed_secrets(), &object)?;
    let synced = stage.failed("old", "Unusable")?;
    ensure!(
        synced["message"].as_str().is_some_and(|text| text.contains("deprecated 'data' field")),
        "{synced}"
    );
    stage.no_secret("old")?;
    stage.expect_events("old", &[("ErrUnsealFailed", 1)])?;
    stage.end()
}
