//! Types and labels that an administrator forbids: asked for by a template, or met on a Secret that is handed over.

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::World;
use sealed_secrets_tests::cluster::ours::OWN_NAMESPACE;
use sealed_secrets_tests::cluster::stage::{Stage, own_secret};
use serde_json::json;

const TOKEN: &str = "kubernetes.io/service-account-token";

pub(crate) fn types_and_labels(world: &World) -> Result<()> {
    let flags =
        ["--forbid-types=kubernetes.io/service-account-token", "--forbid-labels=example.com/cluster=*"];
    let stage = Stage::begin(world.upstream()?, world, "forbidden", &[OWN_NAMESPACE, &flags].concat())?;
    let value = [("word", "canary-v")];
    stage.put_changed("token", &value, |object| {
        object["spec"]["template"]["type"] = json!(TOKEN);
        object["spec"]["template"]["metadata"]["annotations"] =
            json!({"kubernetes.io/service-account.name": "default"});
    })?;
    let label = json!({"example.com/cluster": "theirs"});
    stage.put_changed("label", &value, |object| {
        object["spec"]["template"]["metadata"]["labels"] = label.clone();
    })?;
    let message = |name: &str, reason: &str| -> Result<String> {
        Ok(stage.failed(name, reason)?["message"].as_str().unwrap_or_default().to_owned())
    };
    let by_type = format!("no Secret may have the type {TOKEN} (--forbid-types)");
    ensure!(message("token", "ForbiddenType")? == by_type);
    ensure!(
        message("label", "ForbiddenLabel")?
            == "no Secret may have the label example.com/cluster=* (--forbid-labels)"
    );
    stage.expect_events("token", &[("ErrUpdateFailed", 1)])?;

    // A Secret of that type is not touched where it is handed over, nor is the label added to one.
    for (annotation, labelled) in [("managed", "managed-label"), ("patch", "patched-label")] {
        let handed = json!({"annotations": {
            format!("sealedsecrets.bitnami.com/{annotation}"): "true", "kubernetes.io/service-account.name": "default",
        }});
        let mut token = own_secret(annotation, &[], &handed);
        token["type"] = json!(TOKEN);
        let before = stage.api().create(&stage.namespace.secrets(), &token)?;
        stage.put(annotation, &value)?;
        ensure!(message(annotation, "ForbiddenType")?.contains("a type that is forbidden here"));
        let now = stage.api().get(&stage.namespace.secret(annotation))?;
        ensure!(
            now["data"]["word"].is_null() && now["metadata"]["uid"] == before["metadata"]["uid"],
            "it was changed"
        );

        let other = stage.api().create(&stage.namespace.secrets(), &own_secret(labelled, &[], &handed))?;
        stage.put_changed(labelled, &value, |object| {
            object["spec"]["template"]["metadata"]["labels"] = label.clone();
        })?;
        message(labelled, "ForbiddenLabel")?;
        ensure!(stage.api().get(&stage.namespace.secret(labelled))? == other, "it was changed");
    }
    stage.no_secret("token")?;
    stage.no_secret("label")?;
    stage.put("plain", &value)?;
    stage.opened("plain", "word", "canary-v")?;
    stage.end()
}
