//! A tenant who may create SealedSecrets in the controller's own namespace, where the sealing keys are: none of them is his.

use std::time::Duration;

use anyhow::{Result, ensure};
use sealed_secrets::key_secret::KEY_LABEL;
use sealed_secrets::sealing::{Certificate, KeySize, SealingKey};
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, PATIENCE, certificate, sealed};
use sealed_secrets_tests::cluster::stage::{Stage, now, own_secret, series};
use sealed_secrets_tests::cluster::{World, stays, wait_until};
use serde_json::{Value, json};

/// How long the certificate is looked at: a key Secret that counts is active in 20 ms.
const A_WHILE: Duration = Duration::from_secs(2);

/// A key pair of his, newer than every key of the controller, as PEM texts.
struct Pair {
    key: String,
    certificate: String,
}

impl Pair {
    fn new() -> Result<Self> {
        let key = SealingKey::generate(KeySize::Rsa2048)?;
        let certificate = key.self_signed_certificate("", now() + 60, 10 * 365 * 86_400)?.to_pem();
        Ok(Self { key: key.to_pkcs1_pem().to_string(), certificate })
    }

    fn values(&self) -> [(&str, &str); 2] {
        [("tls.key", &self.key), ("tls.crt", &self.certificate)]
    }
}

/// The certificate that everybody seals with stays the one that it was.
fn serves(stage: &Stage<'_>, what: &str, wanted: &Certificate) -> Result<()> {
    stays(A_WHILE, || {
        let served = certificate(&stage.controller)?;
        ensure!(served.fingerprint() == wanted.fingerprint(), "{what} is the active key");
        Ok(())
    })
}

/// A SealedSecret of a key pair is refused by name where keys are read, however it is dressed.
pub(crate) fn from_sealed_secrets(world: &World) -> Result<()> {
    let stage = Stage::begin(world.ours()?, world, "his-key", OWN_NAMESPACE)?;
    let pair = Pair::new()?;
    let cases: [(&str, Value); 8] = [
        ("labelled", json!({"metadata": {"labels": {KEY_LABEL: "active"}}})),
        ("otherwise", json!({"metadata": {"labels": {KEY_LABEL: "compromised"}}})),
        ("ownerless", dressed(&[("skip-set-owner-references", "true")])),
        ("managed", dressed(&[("skip-set-owner-references", "true"), ("managed", "true")])),
        ("patched", dressed(&[("skip-set-owner-references", "true"), ("patch", "true")])),
        ("typed", json!({"type": "kubernetes.io/tls", "metadata": {"labels": {KEY_LABEL: "active"}}})),
        ("sealed-secrets-key", json!({})),
        ("sealed-secrets-keybcd29", json!({})),
    ];
    for (name, template) in &cases {
        stage.put_changed(name, &pair.values(), |object| object["spec"]["template"] = template.clone())?;
    }
    for (name, _) in &cases {
        let said = stage.failed(name, "SealingKey")?["message"].to_string();
        ensure!(said.contains(name) && said.contains("sealing key"), "{name}: {said}");
    }
    serves(&stage, "a key of his", &stage.certificate)?;
    for (name, _) in &cases {
        ensure!(stage.api().find(&stage.namespace.secret(name))?.is_none(), "{name} has a Secret");
    }

    // Values by templates; and the label comes later, to a Secret that was innocent.
    let template = json!({
        "metadata": {"labels": {KEY_LABEL: "active"}},
        "data": {"tls.key": "{{ .k }}", "tls.crt": "{{ .c }}"},
    });
    let values = [("k", pair.key.as_str()), ("c", pair.certificate.as_str())];
    stage.put_changed("rendered", &values, |object| object["spec"]["template"] = template)?;
    stage.failed("rendered", "SealingKey")?;
    stage.put("later", &pair.values())?;
    stage.synced("later")?;
    let label = json!({"spec": {"template": {"metadata": {"labels": {KEY_LABEL: "active"}}}}});
    stage.api().merge(&stage.namespace.sealed_secret("later"), &label)?;
    stage.failed("later", "SealingKey")?;

    // A Secret that was handed over (`patch`, `managed`), and then made a key by an administrator.
    for (handed, annotation) in [("theirs-1", "patch"), ("theirs-2", "managed")] {
        let theirs = Pair::new()?;
        let metadata = json!({
            "annotations": {format!("sealedsecrets.bitnami.com/{annotation}"): "true"},
            "labels": {KEY_LABEL: "compromised"},
        });
        stage.api().create(&stage.namespace.secrets(), &own_secret(handed, &theirs.values(), &metadata))?;
        stage.put(handed, &pair.values())?;
        stage.failed(handed, "SealingKey")?;
        let there = stage.api().get(&stage.namespace.secret(handed))?;
        ensure!(
            there["data"] == own_secret(handed, &theirs.values(), &metadata)["data"],
            "{handed} was changed"
        );
    }
    serves(&stage, "a key of his", &stage.certificate)?;
    // Others go on.
    stage.put("db", &[("word", "canary-a")])?;
    stage.opened("db", "word", "canary-a")?;
    stage.end()
}

/// The template's metadata with the label and these annotations.
fn dressed(annotations: &[(&str, &str)]) -> Value {
    let annotations: serde_json::Map<_, _> = annotations
        .iter()
        .map(|(name, value)| (format!("sealedsecrets.bitnami.com/{name}"), json!(value)))
        .collect();
    json!({"metadata": {"labels": {KEY_LABEL: "active"}, "annotations": annotations}})
}

/// Key Secrets that came of SealedSecrets before, or by the controller of another namespace: they are named, and never read.
pub(crate) fn of_others(world: &World) -> Result<()> {
    let cluster = world.ours()?;
    let stage = Stage::begin(cluster, world, "their-key", OWN_NAMESPACE)?;
    let pairs = [Pair::new()?, Pair::new()?, Pair::new()?];
    let owner =
        json!({"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "name": "x", "uid": "0-1"});
    let label = json!({KEY_LABEL: "active"});
    let made = [
        ("owned", json!({"labels": label, "ownerReferences": [owner.clone()]})),
        ("marked", json!({"labels": label, "annotations": {"sealkit.dev/unsealed": "false"}})),
        ("sealed-secrets-key", json!({"ownerReferences": [owner]})),
    ];
    // An owner that is not there would be collected with what it owns.
    let owner = stage.put("x", &[("word", "canary-x")])?;
    for ((name, mut metadata), pair) in made.clone().into_iter().zip(&pairs) {
        if let Some(reference) = metadata["ownerReferences"].get_mut(0) {
            reference["uid"] = owner["metadata"]["uid"].clone();
        }
        stage.api().create(&stage.namespace.secrets(), &own_secret(name, &pair.values(), &metadata))?;
    }
    for (name, _) in &made {
        stage.expect_events(name, &[("KeyRefused", 1)])?;
    }
    serves(&stage, "a key of theirs", &stage.certificate)?;
    let log = stage.controller.process.output()?;
    for (name, _) in &made {
        let line = log.lines().find(|line| line.contains(&format!("Secret {name} ")));
        ensure!(line.is_some_and(|line| line.contains("level=ERROR")), "{name} is not in the log");
    }
    let bad = || -> Result<_> { Ok(series(&stage.controller.metrics()?, "bad_key_secrets")) };
    ensure!(bad()? == Some(3.0), "{:?}", bad()?);

    // The controller of another namespace serves this one, too. What it makes here of a SealedSecret is no key either, not even
    // when the SealedSecret has gone and has left its Secret an orphan.
    let here = stage.namespace.name();
    let arguments = format!("--additional-namespaces={here}");
    let other = Stage::begin(cluster, world, "their-controller", &[&arguments])?;
    let template = dressed(&[("skip-set-owner-references", "true"), ("managed", "true")]);
    for (name, template) in [("from-there", template), ("orphan", dressed(&[]))] {
        let mut object = sealed(&other.certificate, here, name, &pairs[0].values())?;
        object["spec"]["template"] = template;
        stage.api().create(&stage.namespace.sealed_secrets(), &object)?;
        wait_until(PATIENCE, &format!("the Secret {name}"), || {
            Ok(stage.api().find(&stage.namespace.secret(name))?)
        })?;
        wait_until(PATIENCE, &format!("the refusal of {name}"), || refused(&stage, name).map(Some))?;
    }
    let orphaned = json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Orphan"});
    stage.api().delete_with(&stage.namespace.sealed_secret("orphan"), &orphaned)?;
    wait_until(PATIENCE, "an orphan", || {
        let secret = stage.api().get(&stage.namespace.secret("orphan"))?;
        Ok(secret["metadata"]["ownerReferences"].is_null().then_some(()))
    })?;
    serves(&stage, "a key of theirs", &stage.certificate)
}

/// The SealedSecret of that name has events, too.
fn refused(stage: &Stage<'_>, name: &str) -> Result<()> {
    let events = stage.events(name)?;
    ensure!(events.iter().any(|(reason, _)| reason == "KeyRefused"), "of {name} came {events:?}");
    Ok(())
}
