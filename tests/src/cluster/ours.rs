//! Our controller on a test cluster, and Secrets sealed for it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use sealed_secrets::sealing::{Certificate, Label, Plaintext, Scope};
use sealed_secrets::{Hint, ObjectMeta, Secret, manifest, metadata, seal};
use serde_json::{Value, json};

use super::control_plane::ControlPlane;
use super::in_cluster::{InCluster, Launch};
use super::namespace::Namespace;
use super::sandbox::Sandbox;
use super::upstream_manifests::CONTROLLER;
use super::wait::wait_until;

/// How long a test waits for what should take a second.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Only its own namespace: so that several controllers work on one API server side by side.
pub const OWN_NAMESPACE: &[&str] = &["--all-namespaces=false"];

/// Starts a controller (ours or upstream's, by `program`) in a namespace under the roles that are installed there, waits
/// until it serves a certificate, and leads the Service proxy to it.
///
/// # Errors
/// It does not come up.
pub fn start(
    sandbox: &Sandbox,
    cluster: &ControlPlane,
    namespace: &Namespace,
    program: &Path,
    arguments: &[&str],
) -> Result<InCluster> {
    let launch = Launch { arguments, ..Launch::new(program, namespace, CONTROLLER) };
    let controller = InCluster::spawn(sandbox, cluster, &launch)?;
    controller.wait_ready("/healthz")?;
    cluster.publish(namespace, CONTROLLER, controller.address())?;
    certificate(&controller)?;
    Ok(controller)
}

/// The certificate that the controller serves now; the first key may still be in the making.
///
/// # Errors
/// There is none within a minute.
pub fn certificate(controller: &InCluster) -> Result<Certificate> {
    wait_until(PATIENCE, "a certificate", || {
        let answer = controller.get("/v1/cert.pem")?;
        Ok((answer.status == 200).then(|| Certificate::from_pem(&answer.body)).transpose()?)
    })
    .with_context(|| controller.process.last_words().to_string())
}

/// A Secret, sealed in this process: strict scope, one value for each pair.
///
/// # Errors
/// The certificate's key cannot seal.
pub fn sealed(
    certificate: &Certificate,
    namespace: &str,
    name: &str,
    values: &[(&str, &str)],
) -> Result<Value> {
    sealed_in_scope(certificate, Scope::Strict, namespace, name, values)
}

/// As [`sealed`], in any scope.
///
/// # Errors
/// As [`sealed`].
pub fn sealed_in_scope(
    certificate: &Certificate,
    scope: Scope,
    namespace: &str,
    name: &str,
    values: &[(&str, &str)],
) -> Result<Value> {
    let mut meta = ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(namespace.to_owned()),
        ..ObjectMeta::default()
    };
    metadata::set_scope(&mut meta, scope);
    let data: BTreeMap<_, _> = values
        .iter()
        .map(|(key, value)| ((*key).to_owned(), Plaintext::from(value.as_bytes().to_vec())))
        .collect();
    let secret = Secret { metadata: meta, data, ..Secret::default() };
    let mut json = String::new();
    manifest::print_json(&seal(&secret, certificate, Hint::None)?.into_manifest(), &mut json);
    Ok(serde_json::from_str(&json)?)
}

/// A SealedSecret in the deprecated form: the JSON of a whole Secret (type Opaque) sealed in one piece.
///
/// # Errors
/// The certificate's key cannot seal.
pub fn sealed_whole(
    certificate: &Certificate,
    namespace: &str,
    name: &str,
    values: &[(&str, &str)],
) -> Result<Value> {
    let values: BTreeMap<_, _> = values.iter().map(|(key, value)| (*key, encoded(value))).collect();
    let secret = json!({
        "kind": "Secret",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": null},
        "data": values,
        "type": "Opaque",
    });
    let label = Label::new(Scope::Strict, namespace, name);
    let sealed = certificate.seal(format!("{secret}\n").as_bytes(), &label)?;
    Ok(json!({
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"data": sealed.to_base64(), "encryptedData": {}},
    }))
}

/// Sends SIGTERM and waits for the end.
///
/// # Errors
/// It does not end within 20 seconds, or not with exit code 0.
pub fn stop(controller: &InCluster) -> Result<()> {
    controller.process.signal(Signal::TERM)?;
    let status =
        controller.process.wait(Duration::from_secs(20))?.context("it did not end on SIGTERM in time")?;
    ensure!(status.success(), "{status}: {}", controller.process.last_words());
    Ok(())
}

/// Waits until the status of a SealedSecret speaks of its present generation, and returns it.
///
/// # Errors
/// It does not within a minute.
pub fn status(cluster: &ControlPlane, namespace: &Namespace, name: &str) -> Result<Value> {
    wait_until(PATIENCE, &format!("the status of {name}"), || {
        let object = cluster.api().get(&namespace.sealed_secret(name))?;
        let told = object["status"]["observedGeneration"].is_i64()
            && object["status"]["observedGeneration"] == object["metadata"]["generation"];
        Ok(told.then(|| object["status"].clone()))
    })
}

/// Waits until the Secret is there with this value, and returns it.
///
/// # Errors
/// It is not within a minute.
pub fn secret_with(
    cluster: &ControlPlane,
    namespace: &Namespace,
    name: &str,
    key: &str,
    value: &str,
) -> Result<Value> {
    let wanted = encoded(value);
    wait_until(PATIENCE, &format!("the Secret {name} with its value"), || {
        let secret = cluster.api().find(&namespace.secret(name))?;
        Ok(secret.filter(|secret| secret["data"][key] == wanted.as_str()))
    })
}

/// Fails if a text (a log, metrics, a status) holds the value, plain or in base64.
///
/// # Errors
/// It does.
pub fn check_silent(what: &str, text: &str, canary: &str) -> Result<()> {
    use base64::Engine;
    let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(canary);
    // The last letters of base64 without padding depend on what follows.
    let encoded = &encoded[..encoded.len().saturating_sub(2)];
    ensure!(!text.contains(canary) && !text.contains(encoded), "{what} holds the value");
    Ok(())
}

fn encoded(value: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(value)
}
