//! Key Secrets as upstream's installations have them, old ones included: both controllers take them for the same.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets::sealing::Certificate;
use sealed_secrets_tests::cluster::World;
use sealed_secrets_tests::cluster::ours::{
    certificate, check_silent, sealed, secret_with, start, status, stop,
};
use sealed_secrets_tests::{controller, upstream};
use serde_json::{Value, json};

use super::scene::key_file;

const CANARY: &str = "canary-under-an-old-key";

/// The keys here are years old: without this a new one would be made at once.
const ARGUMENTS: &[&str] = &["--all-namespaces=false", "--key-renew-period=0"];

const LABEL: &str = "sealedsecrets.bitnami.com/sealed-secrets-key";

/// Before 0.9 there was one key, found by its name.
pub(crate) fn by_the_legacy_name(world: &World) -> Result<()> {
    is_used(world, "sealed-secrets-key", &json!({}), &key_file("k2048.key.pem")?, &key_file("k2048.crt.pem")?)
}

/// What openssl makes of a key; upstream's controller reads it and never writes it.
pub(crate) fn in_pkcs8(world: &World) -> Result<()> {
    let labels = json!({LABEL: "active"});
    is_used(world, "own-key", &labels, &key_file("k2048.pkcs8.pem")?, &key_file("k2048.crt.pem")?)
}

/// A key of somebody's own with its authority behind it: the first certificate counts.
pub(crate) fn with_two_certificates(world: &World) -> Result<()> {
    let labels = json!({LABEL: "active"});
    let chain = [key_file("k2048.crt.pem")?, key_file("k2048b.crt.pem")?].concat();
    is_used(world, "own-key", &labels, &key_file("k2048.key.pem")?, &chain)
}

fn is_used(world: &World, name: &str, labels: &Value, key: &[u8], certificates: &[u8]) -> Result<()> {
    let cluster = world.upstream()?;
    let api = cluster.api();
    let namespace = api.namespace("old-key")?;
    cluster.install_upstream_roles(&namespace)?;
    let secret = json!({
        "metadata": {"name": name, "labels": labels},
        "type": "kubernetes.io/tls",
        "data": {"tls.key": STANDARD.encode(key), "tls.crt": STANDARD.encode(certificates)},
    });
    let made = api.create(&namespace.secrets(), &secret)?;
    let expected = Certificate::from_pem(&key_file("k2048.crt.pem")?)?;
    for (who, program) in [("by-upstream", upstream::controller()?), ("by-ours", controller::controller()?)] {
        let mark = cluster.mark();
        let controller = start(&world.sandbox, cluster, &namespace, &program, ARGUMENTS).context(who)?;
        let served = certificate(&controller)?;
        ensure!(served.fingerprint() == expected.fingerprint(), "{who} serves another certificate");
        let mut object = sealed(&served, namespace.name(), who, &[("word", CANARY)])?;
        object["spec"]["template"]["type"] = json!("Opaque");
        api.create(&namespace.sealed_secrets(), &object)?;
        secret_with(cluster, &namespace, who, "word", CANARY)
            .with_context(|| controller.process.last_words())?;
        let status = status(cluster, &namespace, who)?;
        ensure!(status["conditions"][0]["status"] == "True", "{status}");
        stop(&controller)?;
        check_silent("the log", &controller.process.output()?, CANARY)?;
        let log = controller.process.output()?;
        ensure!(!log.contains("PRIVATE KEY"), "the log holds a private key");

        let requests = cluster.requests_since(mark)?;
        let written: Vec<_> = requests
            .iter()
            .filter(|request| {
                request.by(&controller.user()) && request.writes() && request.resource == "secrets"
            })
            .map(|request| request.verb.as_str())
            .collect();
        ensure!(written == ["create"], "{who} wrote more than the one Secret: {written:?}");
    }
    let after = api.get(&namespace.secret(name))?;
    ensure!(
        after["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"],
        "the key was written"
    );
    Ok(())
}
