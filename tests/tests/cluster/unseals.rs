//! The main job, by either controller under upstream's definition and roles: what upstream's kubeseal seals with the
//! certificate that it fetches through the API server becomes a Secret.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets_tests::cluster::upstream_manifests::CONTROLLER;
use sealed_secrets_tests::cluster::world::Test;
use sealed_secrets_tests::cluster::{InCluster, Launch, World, wait_until};
use sealed_secrets_tests::{controller, process, upstream};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const TESTS: &[(&str, Test)] = &[("upstream", upstreams), ("ours", ours)];

fn upstreams(world: &World) -> Result<()> {
    unseals(world, &upstream::controller()?)
}

fn ours(world: &World) -> Result<()> {
    unseals(world, &controller::controller()?)
}

fn unseals(world: &World, program: &Path) -> Result<()> {
    let cluster = world.upstream()?;
    let api = cluster.api();
    let namespace = api.namespace("peer")?;
    cluster.install_upstream_roles(&namespace)?;
    let mark = cluster.mark();
    let launch =
        Launch { arguments: &["--all-namespaces=false"], ..Launch::new(program, &namespace, CONTROLLER) };
    let controller = InCluster::spawn(&world.sandbox, cluster, &launch)?;
    controller.wait_ready("/healthz")?;
    cluster.publish(&namespace, CONTROLLER, controller.address())?;

    // kubeseal asks for the certificate through the API server's Service proxy.
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "greeting", "namespace": namespace.name()},
        "stringData": {"word": "canary-of-the-peer"},
    });
    let mut kubeseal = Command::new(upstream::kubeseal()?);
    kubeseal.args(["--controller-namespace", namespace.name()]).arg("--kubeconfig").arg(cluster.kubeconfig());
    // The first key may still be in the making.
    let sealed: Value = wait_until(PATIENCE, "a sealed Secret", || {
        let sealed = process::run(&mut kubeseal, secret.to_string().into_bytes(), PATIENCE)?.success()?;
        Ok(Some(serde_json::from_slice(&sealed)?))
    })?;
    api.create(&namespace.sealed_secrets(), &sealed)?;
    let opened = wait_until(PATIENCE, "the Secret", || Ok(api.find(&namespace.secret("greeting"))?))
        .with_context(|| controller.process.last_words())?;
    ensure!(opened["data"]["word"] == json!(STANDARD.encode("canary-of-the-peer")), "another value came out");
    ensure!(opened["metadata"]["ownerReferences"][0]["kind"] == "SealedSecret", "{}", opened["metadata"]);
    let status = wait_until(PATIENCE, "the status", || {
        let object = api.get(&namespace.sealed_secret("greeting"))?;
        Ok(object["status"]["conditions"][0].is_object().then(|| object["status"]["conditions"][0].clone()))
    })?;
    ensure!(status["type"] == "Synced" && status["status"] == "True", "{status}");

    // Its roles were enough, and it did this and nothing else as itself.
    let requests = wait_until(PATIENCE, "its status write in the audit log", || {
        let mut requests = cluster.requests_since(mark)?;
        requests.retain(|request| request.by(&controller.user()));
        let done = requests.iter().any(|request| request.resource == "sealedsecrets/status");
        Ok(done.then_some(requests))
    })?;
    let refused: Vec<_> = requests.iter().filter(|request| request.refused()).collect();
    ensure!(refused.is_empty(), "{refused:#?}");
    let metrics = controller.metrics()?;
    ensure!(metrics.contains("sealed_secrets_controller_unseal_requests_total"), "{metrics}");
    ensure!(controller.process.usage()?.resident > 1_000_000, "a program without memory");
    controller.process.signal(rustix::process::Signal::TERM)?;
    let status = controller.process.wait(Duration::from_secs(20))?.context("it did not end on SIGTERM")?;
    ensure!(status.success(), "{status}");
    ensure!(!controller.process.output()?.contains("canary-of-the-peer"), "the log has the value");
    Ok(())
}
