//! The tenant wants to read values: of other namespaces, and of his own, whose Secrets he may not read either.

use anyhow::{Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets::sealing::Scope;
use sealed_secrets_tests::cluster::World;
use sealed_secrets_tests::cluster::ours::{PATIENCE, sealed_in_scope};
use sealed_secrets_tests::cluster::stage::QUIET;
use sealed_secrets_tests::cluster::{stays, wait_until};
use serde_json::{Value, json};

use super::mallory::{Attack, CANARY};

const NAMESPACE_WIDE: &str = "sealedsecrets.bitnami.com/namespace-wide";
const CLUSTER_WIDE: &str = "sealedsecrets.bitnami.com/cluster-wide";

fn annotations() -> [Value; 4] {
    [
        json!({}),
        json!({NAMESPACE_WIDE: "true"}),
        json!({CLUSTER_WIDE: "true"}),
        json!({NAMESPACE_WIDE: "true", CLUSTER_WIDE: "true"}),
    ]
}

/// Tries an item under every name and scope that he can think of; all stay closed.
fn stays_closed(attack: &Attack<'_>, prefix: &str, item: &Value) -> Result<()> {
    for (index, annotations) in annotations().iter().enumerate() {
        for name in ["db", "other"] {
            let name =
                if index == 0 { format!("{prefix}.{name}") } else { format!("{prefix}.{name}.{index}") };
            let mut object = attack.object(&name, &json!({"word": item}));
            object["metadata"]["annotations"] = annotations.clone();
            object["spec"]["template"] = json!({"metadata": {
                "name": "db", "namespace": attack.honest.name(), "annotations": annotations,
            }});
            attack.create(&object)?;
            let synced = attack.failed(&name)?;
            ensure!(synced["message"] == "no key could decrypt secret (word)", "{synced}");
        }
    }
    Ok(())
}

/// The neighbour's sealed values are in Git, for everybody to see and to copy.
pub(crate) fn of_others(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "others", false, &[])?;
    for (prefix, scope) in [("strict", Scope::Strict), ("wide", Scope::NamespaceWide)] {
        let sealed = sealed_in_scope(
            &attack.stage.certificate,
            scope,
            attack.honest.name(),
            "db",
            &[("word", CANARY)],
        )?;
        stays_closed(&attack, prefix, &sealed["spec"]["encryptedData"]["word"])?;
        let whole = json!({"data": sealed["spec"]["encryptedData"]["word"], "encryptedData": {}});
        let mut object = attack.object(&format!("{prefix}.legacy"), &json!({}));
        object["spec"] = whole;
        attack.create(&object)?;
        let synced = attack.failed(&format!("{prefix}.legacy"))?;
        ensure!(synced["message"] == "spec.data: no key could decrypt secret, or it holds none", "{synced}");
    }
    attack.end("items of others")
}

/// What /v1/rotate gives back for the neighbour's item opens for nobody else.
pub(crate) fn rotation(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "rotation", false, &["--rate-limit=1000", "--rate-limit-burst=1000"])?;
    let honest = attack.honest.name().to_owned();
    let mine = attack.his.name().to_owned();
    let object = attack.stage.api().get(&attack.honest.sealed_secret("db"))?;
    let item = object["spec"]["encryptedData"]["word"].as_str().unwrap_or_default().to_owned();
    let head = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n";
    let spec = format!("spec: {{encryptedData: {{word: {item}}}}}\n");
    let wide = format!("annotations: {{{CLUSTER_WIDE}: \"true\"}}");
    let at = |namespace: &str, name: &str| format!("name: {name}, namespace: {namespace}");
    let mut texts = vec![
        // As it is: sealed anew, for the same place.
        format!("{head}metadata: {{{}}}\n{spec}", at(&honest, "db")),
        // Wider at the top, in the template, in both.
        format!("{head}metadata: {{{}, {wide}}}\n{spec}", at(&honest, "db")),
        format!("{head}metadata: {{{}}}\n{spec}  template: {{metadata: {{{wide}}}}}\n", at(&honest, "db")),
        format!(
            "{head}metadata: {{{}}}\nspec:\n  encryptedData: {{word: {item}}}\n  template: {{metadata: {{{}, {wide}}}}}\n",
            at(&honest, "db"),
            at(&mine, "db"),
        ),
        // Twice: one reader takes the first, another the last.
        format!(
            "{head}metadata: {{{}}}\nmetadata: {{{}, {wide}}}\n{spec}",
            at(&honest, "db"),
            at(&mine, "db")
        ),
        format!(
            "{head}metadata: {{{}, {wide}}}\nmetadata: {{{}}}\n{spec}",
            at(&mine, "db"),
            at(&honest, "db")
        ),
        format!("{head}metadata: {{{}, name: x, namespace: {mine}}}\n{spec}", at(&honest, "db")),
        // Anchors, merge keys, other cases of the letters, several documents, lists.
        format!(
            "{head}metadata: &m {{{}}}\n{spec}  template: {{metadata: *m}}\nMetadata: {{{wide}}}\n",
            at(&honest, "db")
        ),
        format!("{head}metadata: {{<<: {{{wide}}}, {}}}\n{spec}", at(&honest, "db")),
        format!(
            "{head}metadata: {{{}}}\n{spec}---\n{head}metadata: {{{}, {wide}}}\n{spec}",
            at(&honest, "db"),
            at(&mine, "db")
        ),
        format!(
            "apiVersion: v1\nkind: List\nitems:\n- {{metadata: {{{}, {wide}}}, {}}}\n",
            at(&mine, "db"),
            spec.trim()
        ),
        // Names that put the neighbour's label together from other parts.
        format!(
            "{head}metadata: {{name: x, namespace: {honest}/db, annotations: {{{NAMESPACE_WIDE}: \"true\"}}}}\n{spec}"
        ),
        format!("{head}metadata: {{name: {honest}/db}}\n{spec}"),
        format!(
            "{head}metadata: {{name: db, namespace: {honest}, annotations: {{{CLUSTER_WIDE}: \"true\", {CLUSTER_WIDE}: \"false\"}}}}\n{spec}"
        ),
    ];
    texts.push(
        json!({
            "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
            "metadata": {"name": "db", "namespace": mine, "annotations": {CLUSTER_WIDE: "true"}},
            "spec": {"encryptedData": {"word": item}, "template": {"metadata": object["metadata"]}},
        })
        .to_string(),
    );
    let mut answered = 0;
    for (index, text) in texts.iter().enumerate() {
        for path in ["/v1/rotate", "/v1/verify"] {
            let answer = attack.stage.controller.post(path, &[], text.as_bytes())?;
            ensure!([200, 409, 500].contains(&answer.status), "{index}: {} {}", answer.status, answer.text());
            ensure!(!answer.text().contains(CANARY), "{index}: the value came back");
            if path == "/v1/verify" || answer.status != 200 {
                continue;
            }
            answered += 1;
            let renewed = answer.json()?;
            let annotated = &renewed["metadata"]["annotations"];
            println!("rotation {index}: 200, annotations {annotated}");
            stays_closed(&attack, &format!("r{index}"), &renewed["spec"]["encryptedData"]["word"])?;
        }
    }
    ensure!(answered > 0, "not even what is allowed was done");
    attack.end("scope by rotation")
}

/// He may change SealedSecrets of his namespace, not read its Secrets: neither types whose checks quote what they
/// refuse, nor which of his guesses fits, tell him what is in an item of a colleague.
pub(crate) fn oracles(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "oracles", true, &[])?;
    let secret = "{canary-colleague";
    let item = attack.sealed("colleague", &[("word", secret)])?["spec"]["encryptedData"]["word"].clone();
    let mut messages = Vec::new();
    let mut attempt = |what: &str, spec: Value| -> Result<()> {
        let _ = attack.mallory.delete(&attack.his.sealed_secret("colleague"));
        wait_until(PATIENCE, "the collector", || {
            Ok(attack.stage.api().find(&attack.his.secret("colleague"))?.is_none().then_some(()))
        })?;
        let mut object = attack.object("colleague", &json!({}));
        object["spec"] = spec;
        attack.create(&object)?;
        let synced = attack.failed("colleague")?;
        messages.push(format!("{what}: {}", synced["message"]));
        Ok(())
    };
    for (type_, key) in [
        ("kubernetes.io/dockerconfigjson", ".dockerconfigjson"),
        ("kubernetes.io/dockercfg", ".dockercfg"),
        ("kubernetes.io/tls", "tls.key"),
        ("kubernetes.io/ssh-auth", "word"),
        ("kubernetes.io/service-account-token", "word"),
    ] {
        attempt(type_, json!({"encryptedData": {key: item}, "template": {"type": type_}}))?;
    }
    attempt(
        "template",
        json!({"encryptedData": {"word": item}, "template": {"data": {"x": "{{ fail .word }}{{ .word }}"}}}),
    )?;
    attempt("legacy", json!({"encryptedData": {}, "data": item}))?;
    attempt("key", json!({"encryptedData": {"not a key!": item}}))?;
    attempt(
        "label",
        json!({"encryptedData": {"word": item}, "template": {"metadata": {"labels": {"x": "{{ .word }}"}}}}),
    )?;
    for message in &messages {
        println!("{message}");
        ensure!(!message.contains("invalid character") && !message.contains("canary"), "{message}");
    }
    let told = attack.all_that_is_told()?;
    ensure!(!told.contains("canary-coll") && !told.contains(&STANDARD.encode(secret)[..16]), "it is told");
    // Which of two items is at fault is told by key, never what is in the other.
    let _ = attack.mallory.delete(&attack.his.sealed_secret("colleague"));
    attack.create(&attack.object("colleague", &json!({"word": item, "x": "AAAA", "y": "?"})))?;
    let synced = attack.failed("colleague")?;
    ensure!(synced["message"].as_str().is_some_and(|text| !text.contains("word")), "{synced}");
    stays(QUIET, || {
        let there = attack.stage.api().find(&attack.his.secret("colleague"))?;
        ensure!(there.is_none(), "a Secret came of a part");
        Ok(())
    })?;
    attack.end("oracles")
}
