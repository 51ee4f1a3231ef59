//! `spec.template.data` on a real API server.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets::RENDERING_FAILED;
use sealed_secrets_tests::cluster::ours::OWN_NAMESPACE;
use sealed_secrets_tests::cluster::stage::{QUIET, Stage};
use sealed_secrets_tests::cluster::{World, stays};
use serde_json::{Value, json};

fn decoded(secret: &Value, key: &str) -> Result<String> {
    let value = secret["data"][key].as_str().with_context(|| format!("no value {key}"))?;
    Ok(String::from_utf8(STANDARD.decode(value)?)?)
}

/// A registry login, which the API server looks into; a file beside it; a null, which our CRD lets through.
pub(crate) fn rendered(world: &World) -> Result<()> {
    let stage = Stage::begin(world.ours()?, world, "rendered", OWN_NAMESPACE)?;
    let login =
        r#"{"auths":{"registry.example":{"auth":"{{ printf "%s:%s" .username .password | b64enc }}"}}}"#;
    let values = [("username", "canary-user"), ("password", "canary-password"), ("hidden", "canary-hidden")];
    stage.put_changed("registry", &values, |object| {
        object["spec"]["template"]["type"] = json!("kubernetes.io/dockerconfigjson");
        object["spec"]["template"]["data"] = json!({
            ".dockerconfigjson": login,
            "app.conf": "user={{ .username }}\n{{- range $i, $letter := splitList \"-\" .hidden }}\n{{ $i }}={{ $letter }}{{ end }}\n",
            "username": null,
            "hidden": null,
        });
    })?;
    let secret = stage.opened("registry", "password", "canary-password")?;
    ensure!(secret["type"] == "kubernetes.io/dockerconfigjson", "{}", secret["type"]);
    let keys: Vec<_> = secret["data"].as_object().context("data")?.keys().map(String::as_str).collect();
    ensure!(keys == [".dockerconfigjson", "app.conf", "password"], "{keys:?}");
    let config: Value = serde_json::from_str(&decoded(&secret, ".dockerconfigjson")?)?;
    let auth = STANDARD.decode(config["auths"]["registry.example"]["auth"].as_str().context("auth")?)?;
    ensure!(auth == b"canary-user:canary-password", "another login");
    ensure!(decoded(&secret, "app.conf")? == "user=canary-user\n0=canary\n1=hidden\n", "another file");
    stage.synced("registry")?;
    stage.expect_events("registry", &[("Unsealed", 1)])?;

    // A change of a template is a change.
    let path = stage.namespace.sealed_secret("registry");
    stage.api().merge(&path, &json!({"spec": {"template": {"data": {"app.conf": "{{ len .hidden }}"}}}}))?;
    stage.opened("registry", "app.conf", "13")?;
    stage.end()
}

/// What cannot be parsed is told with its place, what fails over the values, or is refused for them, in one sentence for all.
pub(crate) fn failing(world: &World) -> Result<()> {
    let stage = Stage::begin(world.ours()?, world, "failing", OWN_NAMESPACE)?;
    stage.put_changed("unparsed", &[("word", "canary-a")], |object| {
        object["spec"]["template"]["data"] = json!({"conf": "line\n {{ toYaml .word }}", "fine": ""});
    })?;
    let synced = stage.failed("unparsed", "BadTemplate")?;
    let wanted = "template: conf:2: function \"toYaml\" not defined (conf), column 5";
    ensure!(synced["message"] == wanted, "{}", synced["message"]);
    stage.no_secret("unparsed")?;

    for (name, template) in [
        ("fails", "{{ fail .word }}"),
        ("fails-elsewhere", "\n\n{{ index .word 1000 }}"),
        ("never-ends", "{{ range until 2000000 }}{{ range until 2000000 }}{{ end }}{{ end }}"),
        // Bitnami's controller ends with this one.
        ("holds-itself", "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}{{ $d }}"),
    ] {
        stage.put_changed(name, &[("word", "canary-a")], |object| {
            object["spec"]["template"]["data"] = json!({"conf": template, "other": "fine"});
        })?;
        let synced = stage.failed(name, "TemplateFailed")?;
        ensure!(synced["message"] == RENDERING_FAILED, "{name}: {}", synced["message"]);
        stage.expect_events(name, &[("ErrUnsealFailed", 1)])?;
        stage.no_secret(name)?;
    }
    // The API server refuses what this one gives, for what is in it: a template could choose between that and failing.
    stage.put_changed("refused", &[("word", "canary-a")], |object| {
        object["spec"]["template"]["type"] = json!("kubernetes.io/dockerconfigjson");
        object["spec"]["template"]["data"] = json!({".dockerconfigjson": "{{ .word }}"});
    })?;
    let synced = stage.failed("refused", "TemplateFailed")?;
    ensure!(synced["message"] == RENDERING_FAILED, "refused: {}", synced["message"]);
    stage.expect_events("refused", &[("ErrUnsealFailed", 1)])?;
    stage.no_secret("refused")?;
    // The controller is as well as before, and what is mended is opened.
    let path = stage.namespace.sealed_secret("fails");
    stage.api().merge(&path, &json!({"spec": {"template": {"data": {"conf": "{{ .word }}"}}}}))?;
    stage.opened("fails", "conf", "canary-a")?;
    stage.synced("fails")?;
    stage.end()
}

/// A template that gives something else each time is rendered once: neither its own Secret nor a touch of somebody
/// else's makes the controller write again.
pub(crate) fn unsettled(world: &World) -> Result<()> {
    let stage = Stage::begin(world.ours()?, world, "unsettled", OWN_NAMESPACE)?;
    stage.put_changed("id", &[("word", "canary-a")], |object| {
        object["spec"]["template"]["data"] =
            json!({"id": "{{ uuidv4 }} {{ now }}", "word-again": "{{ .word }}"});
    })?;
    let first = stage.opened("id", "word-again", "canary-a")?;
    stage.synced("id")?;
    stage.expect_events("id", &[("Unsealed", 1)])?;
    let mark = stage.cluster.mark();
    let secret = stage.namespace.secret("id");
    stage.api().merge(&secret, &json!({"metadata": {"labels": {"seen-by": "somebody"}}}))?;
    stays(QUIET, || {
        let there = stage.api().get(&secret)?;
        ensure!(there["data"] == first["data"], "it was rendered again");
        let own = stage.requests_since(mark)?;
        let own: Vec<_> = own.iter().filter(|request| request.name.starts_with("id")).collect();
        let own: Vec<_> =
            own.iter().map(|request| format!("{} {}", request.verb, request.resource)).collect();
        ensure!(own.is_empty(), "{own:?}");
        Ok(())
    })?;
    // Another cause: another value.
    let path = stage.namespace.sealed_secret("id");
    stage.api().merge(&path, &json!({"spec": {"template": {"data": {"word-again": "{{ .word }}!"}}}}))?;
    let second = stage.opened("id", "word-again", "canary-a!")?;
    ensure!(second["data"]["id"] != first["data"]["id"], "it was not rendered again");
    stage.end()
}

/// `--templates=false`: refused by name, while a null still takes an item out.
pub(crate) fn turned_off(world: &World) -> Result<()> {
    let flags = [OWN_NAMESPACE, &["--templates=false"]].concat();
    let stage = Stage::begin(world.ours()?, world, "turned-off", &flags)?;
    stage.put_changed("rendered", &[("word", "canary-a")], |object| {
        object["spec"]["template"]["data"] = json!({"greeting": "hello {{ .word }}", "empty": ""});
    })?;
    let synced = stage.failed("rendered", "TemplatesOff")?;
    let message = synced["message"].as_str().unwrap_or_default();
    ensure!(message.contains("spec.template.data (empty, greeting)"), "{message}");
    stage.no_secret("rendered")?;
    stage.put_changed("hiding", &[("word", "canary-b"), ("hidden", "canary-c")], |object| {
        object["spec"]["template"]["data"] = json!({"hidden": null});
    })?;
    let secret = stage.opened("hiding", "word", "canary-b")?;
    ensure!(secret["data"]["hidden"].is_null(), "the item is there");
    // Without them it is as any other.
    let path = stage.namespace.sealed_secret("rendered");
    stage.api().merge(&path, &json!({"spec": {"template": {"data": null}}}))?;
    stage.opened("rendered", "word", "canary-a")?;
    stage.end()
}
