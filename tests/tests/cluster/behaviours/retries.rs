//! Which failures are tried again, and when.

use std::time::Duration;

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, PATIENCE, sealed};
use sealed_secrets_tests::cluster::stage::{Stage, new_key};
use sealed_secrets_tests::cluster::{World, stays, wait_until};
use serde_json::json;

/// What cannot be opened is not tried until its key appears; what the API server refuses is tried ever less; what a
/// quota refuses succeeds by itself when the quota goes.
pub(crate) fn by_kind(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "retries", OWN_NAMESPACE)?;
    let api = stage.api();
    let later = new_key(&stage.namespace, "later-key", 7200)?;
    let object = sealed(&later.certificate, stage.namespace.name(), "waits", &[("word", "canary-w")])?;
    api.create(&stage.namespace.sealed_secrets(), &object)?;
    stage.failed("waits", "CannotOpen")?;
    stage.expect_events("waits", &[("ErrUnsealFailed", 1)])?;

    stage.put_changed("refused", &[("word", "canary-r")], |object| {
        object["spec"]["template"]["metadata"]["labels"] = json!({"label": "not a label value!"});
    })?;
    let synced = stage.failed("refused", "InvalidName")?;
    let message = synced["message"].as_str().unwrap_or_default();
    ensure!(
        message.starts_with("label \"label=not a label value!\" is not valid: the value of a label"),
        "{message}"
    );
    stage.expect_events("refused", &[("ErrUpdateFailed", 1)])?;
    let mark = stage.cluster.mark();
    stays(Duration::from_secs(2), || {
        let asked = stage.requests_since(mark)?;
        let again: Vec<_> = asked
            .iter()
            .filter(|request| request.name.starts_with("waits") || request.name.starts_with("refused"))
            .collect();
        ensure!(again.is_empty(), "{again:#?}");
        Ok(())
    })?;

    let used = api.list(&stage.namespace.secrets())?.len();
    let quota = json!({"metadata": {"name": "q"}, "spec": {"hard": {"count/secrets": used.to_string()}}});
    api.create(&stage.namespace.core("resourcequotas"), &quota)?;
    // Nobody computes its status here.
    api.merge(
        &format!("{}/status", stage.namespace.core("resourcequotas/q")),
        &json!({"status": {"hard": {"count/secrets": used.to_string()}, "used": {"count/secrets": used.to_string()}}}),
    )?;
    stage.put("quota", &[("word", "canary-q")])?;
    let synced = stage.failed("quota", "ApiError")?;
    ensure!(synced["message"].as_str().is_some_and(|text| text.contains("exceeded quota")), "{synced}");
    api.delete(&stage.namespace.core("resourcequotas/q"))?;
    stage.opened("quota", "word", "canary-q")?;
    stage.synced("quota")?;

    api.create(&stage.namespace.secrets(), &later.secret)?;
    stage.opened("waits", "word", "canary-w")?;
    stage.synced("waits")?;
    wait_until(PATIENCE, "its event", || {
        let expected = [("ErrUnsealFailed".to_owned(), 1), ("Unsealed".to_owned(), 1)];
        Ok((stage.events("waits")? == expected).then_some(()))
    })?;
    stage.refusals_were_meant("secrets")?;
    stage.end()
}

/// A webhook that cannot be asked is named, and the Secret comes as soon as it is out of the way.
pub(crate) fn webhook(world: &World) -> Result<()> {
    const PATH: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    let stage = Stage::begin(world.upstream()?, world, "webhook", OWN_NAMESPACE)?;
    let namespace = stage.namespace.name();
    let name = format!("gate.{namespace}.example.com");
    let webhook = json!({
        "metadata": {"name": name},
        "webhooks": [{
            "name": name,
            "clientConfig": {"url": "https://127.0.0.1:1/"},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["secrets"]}],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "failurePolicy": "Fail",
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }],
    });
    stage.api().create(PATH, &webhook)?;
    // The API server takes some moments to know of it.
    wait_until(PATIENCE, "the webhook", || {
        let probe = json!({"metadata": {"name": "probe"}});
        match stage.api().create(&stage.namespace.secrets(), &probe) {
            Ok(_) => stage.api().delete(&stage.namespace.secret("probe")).map(|_| None),
            Err(_) => Ok(Some(())),
        }
        .map_err(Into::into)
    })?;
    stage.put("db", &[("word", "canary-v")])?;
    let synced = stage.failed("db", "ApiError")?;
    let message = synced["message"].as_str().unwrap_or_default();
    ensure!(message.ends_with(&format!("admission webhook \"{name}\" could not be asked")), "{message}");
    stage.expect_events("db", &[("ErrUpdateFailed", 1)])?;
    stage.api().delete(&format!("{PATH}/{name}"))?;
    stage.opened("db", "word", "canary-v")?;
    stage.synced("db")?;
    stage.end()
}
