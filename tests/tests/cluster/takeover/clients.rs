//! Every client against every controller, through the API server's Service proxy.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustix::process::Signal;
use sealed_secrets_tests::client::{self, AsKubeseal};
use sealed_secrets_tests::cluster::kubeseal::Kubeseal;
use sealed_secrets_tests::cluster::ours::{PATIENCE, check_silent, secret_with, start, status};
use sealed_secrets_tests::cluster::upstream_manifests::CONTROLLER;
use sealed_secrets_tests::cluster::{ControlPlane, InCluster, Launch, Namespace, World, wait_until};
use sealed_secrets_tests::{controller, process, upstream};
use serde_json::{Value, json};

const CANARY: &str = "canary-between-the-programs";

/// Upstream's limit of two requests a second stays as it is: clients have to live with it.
const ARGUMENTS: &[&str] = &["--all-namespaces=false", "--key-size=2048"];

pub(crate) fn upstreams_with_ours(world: &World) -> Result<()> {
    work_together(world, &upstream::kubeseal()?, &controller::controller()?)
}

pub(crate) fn our_kubeseal_with_upstreams(world: &World) -> Result<()> {
    let client = AsKubeseal::copy_of(&client::seal()?)?;
    work_together(world, client.path(), &upstream::controller()?)
}

pub(crate) fn our_kubeseal_with_ours(world: &World) -> Result<()> {
    let client = AsKubeseal::copy_of(&client::seal()?)?;
    work_together(world, client.path(), &controller::controller()?)
}

pub(crate) fn seal_with_upstreams(world: &World) -> Result<()> {
    work_together(world, &client::seal()?, &upstream::controller()?)
}

/// A fresh cluster: as soon as the probe of upstream's chart says ready, the certificate can be fetched, by either client, every
/// time. One that asks earlier waits for it.
pub(crate) fn fetch_at_once(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let program = controller::controller()?;
    let clients = [upstream::kubeseal()?, client::seal()?];
    for round in 0..10 {
        let namespace = cluster.api().namespace("fresh")?;
        cluster.install_upstream_roles(&namespace)?;
        let launch = Launch {
            arguments: &["--all-namespaces=false"],
            ..Launch::new(&program, &namespace, CONTROLLER)
        };
        let controller = InCluster::spawn(&world.sandbox, cluster, &launch)?;
        cluster.publish(&namespace, CONTROLLER, controller.address())?;
        let client = Kubeseal::new(&clients[round % 2], &cluster.kubeconfig(), &namespace);
        if round < 6 {
            controller.wait_ready("/healthz")?;
        } else {
            controller.wait_ready("/livez")?;
        }
        let fetched = client.succeeds(&["--fetch-cert"], b"").with_context(|| format!("round {round}"))?;
        ensure!(fetched.starts_with(b"-----BEGIN CERTIFICATE-----"), "round {round}");
    }
    Ok(())
}

fn work_together(world: &World, client: &Path, program: &Path) -> Result<()> {
    let cluster = world.upstream()?;
    let namespace = cluster.api().namespace("clients")?;
    cluster.install_upstream_roles(&namespace)?;
    let controller = start(&world.sandbox, cluster, &namespace, program, ARGUMENTS)?;
    let client = Kubeseal::new(client, &cluster.kubeconfig(), &namespace);
    let pair = Pair { world, cluster, namespace, controller, client };

    pair.fetches_the_certificate()?;
    let sealed = pair.seals()?;
    pair.seals_raw_values()?;
    pair.validates(&sealed)?;
    pair.re_encrypts(&sealed)?;

    check_silent("the log", &pair.controller.process.output()?, CANARY)?;
    check_silent("the metrics", &pair.controller.metrics()?, CANARY)?;
    let events = cluster.api().list(&pair.namespace.events())?;
    check_silent("an event", &serde_json::to_string(&events)?, CANARY)
}

struct Pair<'a> {
    world: &'a World,
    cluster: &'a ControlPlane,
    namespace: Namespace,
    controller: InCluster,
    client: Kubeseal,
}

impl Pair<'_> {
    fn fetches_the_certificate(&self) -> Result<()> {
        let fetched = self.client.comes_to_succeed(&["--fetch-cert"], b"")?;
        ensure!(fetched == self.served()?, "another certificate: {}", String::from_utf8_lossy(&fetched));
        Ok(())
    }

    fn seals(&self) -> Result<Value> {
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "whole", "namespace": self.namespace.name()},
            "type": "Opaque",
            "stringData": {"word": CANARY},
        });
        let printed = self.client.succeeds(&[], secret.to_string().as_bytes())?;
        let sealed: Value = serde_json::from_slice(&printed)?;
        self.cluster.api().create(&self.namespace.sealed_secrets(), &sealed)?;
        self.opens("whole")?;
        Ok(sealed)
    }

    fn seals_raw_values(&self) -> Result<()> {
        let scopes = [("raw-strict", "strict", ""), ("raw-wide", "cluster-wide", "cluster-wide")];
        for (name, scope, annotation) in scopes {
            let arguments = [
                "--raw",
                "--name",
                name,
                "--namespace",
                self.namespace.name(),
                "--scope",
                scope,
                "--from-file",
            ];
            let file = self.world.sandbox.folder("raw")?.join("value");
            fs::write(&file, CANARY)?;
            let file = file.to_string_lossy().into_owned();
            let raw = self.client.succeeds(&[&arguments[..], &[file.as_str()]].concat(), b"")?;
            let mut object = json!({
                "apiVersion": "bitnami.com/v1alpha1",
                "kind": "SealedSecret",
                "metadata": {"name": name, "annotations": {}},
                "spec": {"encryptedData": {"word": String::from_utf8(raw)?}, "template": {"type": "Opaque"}},
            });
            if !annotation.is_empty() {
                let key = format!("sealedsecrets.bitnami.com/{annotation}");
                object["metadata"]["annotations"][key] = json!("true");
            }
            self.cluster.api().create(&self.namespace.sealed_secrets(), &object)?;
            self.opens(name)?;
        }
        Ok(())
    }

    fn validates(&self, sealed: &Value) -> Result<()> {
        let finished = self.client.run(&["--validate"], sealed.to_string().as_bytes())?;
        ensure!(finished.status.success(), "{finished:?}");
        ensure!(finished.stdout.is_empty(), "{finished:?}");
        let mut renamed = sealed.clone();
        renamed["metadata"]["name"] = json!("renamed");
        let finished = self.client.run(&["--validate"], renamed.to_string().as_bytes())?;
        let said = String::from_utf8_lossy(&finished.stderr);
        ensure!(finished.status.code() == Some(1), "{finished:?}");
        ensure!(said.contains("unable to decrypt sealed secret") && said.contains("renamed"), "{said}");
        check_silent("a client", &said, CANARY)
    }

    /// Under a second key: what comes back opens with it, and with the first one alone no longer.
    fn re_encrypts(&self, sealed: &Value) -> Result<()> {
        let before = self.served()?;
        self.controller.process.signal(Signal::USR1)?;
        let after = wait_until(PATIENCE, "a second key", || {
            let now = self.served()?;
            Ok((now != before).then_some(now))
        })?;
        let printed = self.client.succeeds(&["--re-encrypt"], sealed.to_string().as_bytes())?;
        let renewed: Value = serde_json::from_slice(&printed)?;
        ensure!(renewed["kind"] == "SealedSecret" && renewed["apiVersion"] == "bitnami.com/v1alpha1");
        ensure!(renewed["metadata"]["name"] == "whole", "{renewed}");
        ensure!(renewed["spec"]["template"]["type"] == "Opaque", "{renewed}");
        ensure!(renewed["spec"]["encryptedData"]["word"] != sealed["spec"]["encryptedData"]["word"]);
        ensure!(self.recovers(&printed, &after)? == Some(CANARY.to_owned()), "the new key does not open it");
        ensure!(self.recovers(&printed, &before)?.is_none(), "it is sealed under the old key");

        // The same value again is no reason to write the Secret.
        let api = self.cluster.api();
        let secret = self.opens("whole")?;
        api.merge(&self.namespace.sealed_secret("whole"), &json!({"spec": renewed["spec"]}))?;
        let status = status(self.cluster, &self.namespace, "whole")?;
        ensure!(status["conditions"][0]["status"] == "True", "{status}");
        let again = api.get(&self.namespace.secret("whole"))?;
        ensure!(again["metadata"]["resourceVersion"] == secret["metadata"]["resourceVersion"], "{again}");
        Ok(())
    }

    fn opens(&self, name: &str) -> Result<Value> {
        let secret = secret_with(self.cluster, &self.namespace, name, "word", CANARY)
            .with_context(|| self.controller.process.last_words())?;
        let status = status(self.cluster, &self.namespace, name)?;
        ensure!(status["conditions"][0]["type"] == "Synced", "{status}");
        ensure!(status["conditions"][0]["status"] == "True", "{status}");
        check_silent("the status", &status.to_string(), CANARY)?;
        Ok(secret)
    }

    fn served(&self) -> Result<Vec<u8>> {
        Ok(self.controller.get("/v1/cert.pem")?.expect(200)?.body)
    }

    /// Opens it offline, by upstream's kubeseal and the key of this certificate alone.
    fn recovers(&self, sealed: &[u8], certificate: &[u8]) -> Result<Option<String>> {
        let selector = "?labelSelector=sealedsecrets.bitnami.com/sealed-secrets-key%3Dactive";
        let secrets = self.cluster.api().list(&format!("{}{selector}", self.namespace.secrets()))?;
        let data = |secret: &Value, name: &str| -> Result<Vec<u8>> {
            Ok(STANDARD.decode(secret["data"][name].as_str().context("a key Secret")?)?)
        };
        for secret in &secrets {
            if data(secret, "tls.crt")? == certificate {
                let file = self.world.sandbox.folder("recovery")?.join("key.pem");
                fs::write(&file, data(secret, "tls.key")?)?;
                let mut kubeseal = std::process::Command::new(upstream::kubeseal()?);
                kubeseal.arg("--recovery-unseal").arg("--recovery-private-key").arg(&file);
                let finished = process::run(&mut kubeseal, sealed.to_vec(), PATIENCE)?;
                if !finished.status.success() {
                    return Ok(None);
                }
                let opened: Value = serde_json::from_slice(&finished.stdout)?;
                return Ok(Some(String::from_utf8(data(&opened, "word")?)?));
            }
        }
        anyhow::bail!("no key Secret holds the certificate that is served")
    }
}
