//! What the Secret looks like, and how a change of the SealedSecret reaches it.

use anyhow::{Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, PATIENCE};
use sealed_secrets_tests::cluster::stage::{QUIET, Stage};
use sealed_secrets_tests::cluster::{World, stays, wait_until};
use serde_json::json;

const SKIP_OWNER: &str = "sealedsecrets.bitnami.com/skip-set-owner-references";

/// Values change, come and go in the same Secret; one write, one event and one status a change; metadata of the
/// SealedSecret change nothing.
pub(crate) fn update(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "update", OWN_NAMESPACE)?;
    stage.put("db", &[("word", "canary-one"), ("goes", "canary-gone")])?;
    let first = stage.opened("db", "word", "canary-one")?;
    stage.synced("db")?;
    stage.expect_events("db", &[("Unsealed", 1)])?;
    // The watch has told of the Secret by then: nobody has touched it since, and it need not be read.
    stays(QUIET, || Ok(()))?;
    let mark = stage.cluster.mark();
    stage.change_values("db", &[("word", "canary-two"), ("comes", "")])?;
    let second = stage.opened("db", "word", "canary-two")?;
    ensure!(second["metadata"]["uid"] == first["metadata"]["uid"], "it was made anew");
    ensure!(
        second["data"]["goes"].is_null() && second["data"]["comes"] == "",
        "{:?}",
        second["data"].as_object().map(|data| data.keys().collect::<Vec<_>>())
    );
    let status = stage.synced("db")?;
    ensure!(status["observedGeneration"] == 2, "{status}");
    stage.expect_events("db", &[("Unsealed", 2)])?;

    let path = stage.namespace.sealed_secret("db");
    stage.api().merge(&path, &json!({"metadata": {"labels": {"a": "b"}, "annotations": {"a": "b"}}}))?;
    stays(QUIET, || {
        let of_it: Vec<_> = stage
            .requests_since(mark)?
            .into_iter()
            .filter(|request| request.name.starts_with("db") || request.verb == "create")
            .map(|request| format!("{} {} {}", request.verb, request.resource, request.status))
            .collect();
        let due = ["update secrets 200", "update sealedsecrets/status 200", "patch events 200"];
        ensure!(of_it == due, "{of_it:#?}");
        Ok(())
    })?;
    stage.end()
}

/// Labels, annotations, finalizers, type and immutability are the template's; what only the server may write is not.
pub(crate) fn template(world: &World) -> Result<()> {
    let stage = Stage::begin(world.ours()?, world, "template", OWN_NAMESPACE)?;
    stage.put_changed("shaped", &[("word", "canary-a")], |object| {
        object["metadata"]["labels"] = json!({"of": "the-sealed-secret"});
        object["spec"]["template"] = json!({
            "type": "example.com/own",
            "immutable": false,
            "metadata": {
                "name": "another-name",
                "namespace": "kube-system",
                "labels": {"label": "l"},
                "annotations": {"annotation": "a"},
                "finalizers": ["example.com/hold"],
                "generateName": "x-", "uid": "6b7a3d0e-0000-4000-8000-000000000000", "resourceVersion": "1",
            },
        });
    })?;
    let secret = stage.opened("shaped", "word", "canary-a")?;
    let metadata = &secret["metadata"];
    ensure!(
        secret["type"] == "example.com/own" && secret["immutable"] == false,
        "{} {}",
        secret["type"],
        secret["immutable"]
    );
    ensure!(metadata["labels"] == json!({"label": "l"}), "{metadata}");
    ensure!(metadata["annotations"] == json!({"annotation": "a"}), "{metadata}");
    ensure!(metadata["finalizers"] == json!(["example.com/hold"]), "{metadata}");
    ensure!(metadata["generateName"].is_null(), "{metadata}");
    ensure!(metadata["uid"] != "6b7a3d0e-0000-4000-8000-000000000000", "{metadata}");
    stage.synced("shaped")?;

    // Labels and annotations are replaced as a whole; finalizers of a Secret that is there are nobody's but the cluster's.
    let path = stage.namespace.sealed_secret("shaped");
    let change = json!({"metadata": {"labels": {"label": null, "other": "m"}, "annotations": null, "finalizers": null}});
    stage.api().merge(&path, &json!({"spec": {"template": change}}))?;
    wait_until(PATIENCE, "the new labels", || {
        let secret = stage.api().get(&stage.namespace.secret("shaped"))?;
        let metadata = &secret["metadata"];
        let done = metadata["labels"] == json!({"other": "m"}) && metadata["annotations"].is_null();
        ensure!(metadata["finalizers"] == json!(["example.com/hold"]), "{metadata}");
        Ok(done.then_some(()))
    })?;
    stage.api().merge(&stage.namespace.secret("shaped"), &json!({"metadata": {"finalizers": null}}))?;

    stage.put("plain", &[("word", "canary-b")])?;
    let plain = stage.opened("plain", "word", "canary-b")?;
    ensure!(plain["type"] == "Opaque" && plain["immutable"].is_null(), "{}", plain["type"]);
    // No values at all is a Secret, too.
    stage.put("empty", &[])?;
    stage.synced("empty")?;
    ensure!(stage.api().get(&stage.namespace.secret("empty"))?["data"].is_null(), "values from nowhere");
    stage.end()
}

/// Without an owner reference the Secret stays when its SealedSecret goes; it is ours all the same.
pub(crate) fn without_owner(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "without-owner", OWN_NAMESPACE)?;
    let skip = json!({"spec": {"template": {"metadata": {"annotations": {SKIP_OWNER: "true"}}}}});
    stage.put_changed("from-the-start", &[("word", "canary-a")], |object| {
        object["spec"]["template"]["metadata"]["annotations"] = json!({SKIP_OWNER: "true"});
    })?;
    stage.put("later", &[("word", "canary-a")])?;
    let owned = stage.opened("later", "word", "canary-a")?;
    ensure!(owned["metadata"]["ownerReferences"][0]["kind"] == "SealedSecret", "{}", owned["metadata"]);
    stage.synced("later")?;
    stage.api().merge(&stage.namespace.sealed_secret("later"), &skip)?;
    for name in ["from-the-start", "later"] {
        wait_until(PATIENCE, "a Secret without owner", || {
            let secret = stage.api().find(&stage.namespace.secret(name))?;
            Ok(secret.filter(|secret| secret["metadata"]["ownerReferences"].is_null()))
        })?;
        stage.synced(name)?;
        stage.change_values(name, &[("word", "canary-b")])?;
        stage.opened(name, "word", "canary-b")?;
        stage.synced(name)?;
        stage.api().delete(&stage.namespace.secret(name))?;
        stage.opened(name, "word", "canary-b")?;
        stage.api().delete(&stage.namespace.sealed_secret(name))?;
        let encoded = STANDARD.encode("canary-b");
        stays(QUIET, || {
            let secret = stage.api().get(&stage.namespace.secret(name))?;
            ensure!(secret["data"]["word"] == *encoded, "it changed");
            Ok(())
        })?;
    }
    // A namesake takes it up again, and turned off the reference is back.
    stage.put("later", &[("word", "canary-c")])?;
    let owned = stage.opened("later", "word", "canary-c")?;
    ensure!(owned["metadata"]["ownerReferences"][0]["kind"] == "SealedSecret", "{}", owned["metadata"]);
    stage.end()
}
