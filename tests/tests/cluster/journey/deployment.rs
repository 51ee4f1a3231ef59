//! The Deployment of `deploy/controller` on a node: admitted, probed, killed, rolled.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sealed_secrets::sealing::Certificate;
use sealed_secrets_tests::cluster::node::Node;
use sealed_secrets_tests::cluster::ours::{check_silent, sealed};
use sealed_secrets_tests::cluster::upstream_manifests::CONTROLLER;
use sealed_secrets_tests::cluster::{Api, Namespace, World, wait_until};
use sealed_secrets_tests::controller;
use serde_json::{Value, json};

use super::{home, project};

const PATIENCE: Duration = Duration::from_secs(90);
const CANARY: &str = "canary-of-the-deployment";

pub(crate) fn runs(world: &World) -> Result<()> {
    let node = Node::in_folder(&world.sandbox.folder("deployment")?.join("cluster"));
    node.up()?;
    let api = node.api()?;
    for part in ["crd", "namespace", "service-proxier"] {
        node.run_kubectl(&["apply", "-k", &project("deploy").join(part).to_string_lossy()])?;
    }
    let overlay = world.sandbox.folder("overlay")?;
    write_overlay(&overlay)?;
    node.run_kubectl(&["apply", "-k", &overlay.to_string_lossy()])?;
    let cluster = Cluster { node, api };

    let first = cluster.has_one_ready_pod(&[])?;
    cluster.only_restricted_pods_are_let_in()?;
    let namespace = cluster.api.namespace("tenant")?;
    let certificate = cluster.certificate()?;
    cluster.unseals(&certificate, &namespace, "before")?;

    // Killed: the same Pod comes up again, with the same key.
    cluster.node.kill(home().name(), &first)?;
    wait_until(PATIENCE, "a restart of the container", || {
        let pod = cluster.api.get(&home().core(&format!("pods/{first}")))?;
        let container = &pod["status"]["containerStatuses"][0];
        Ok((container["restartCount"] == 1 && container["ready"] == true).then_some(()))
    })?;
    cluster.unseals(&cluster.certificate()?, &namespace, "after-a-kill")?;

    // Rolled: another Pod, the same key, and what was made stays as it is.
    let secrets = cluster.api.list(&namespace.secrets())?;
    let deployment = format!("deployment/{CONTROLLER}");
    cluster.node.run_kubectl(&["rollout", "restart", "-n", home().name(), &deployment])?;
    cluster.node.run_kubectl(&["rollout", "status", "-n", home().name(), &deployment, "--timeout=90s"])?;
    cluster.has_one_ready_pod(&[first])?;
    ensure!(cluster.certificate()?.fingerprint() == certificate.fingerprint(), "another key");
    ensure!(cluster.api.list(&namespace.secrets())? == secrets, "a roll-out wrote Secrets");
    cluster.unseals(&certificate, &namespace, "after-a-roll-out")?;

    let requests = cluster.node.requests()?;
    let user = format!("system:serviceaccount:{}:{CONTROLLER}", home());
    let refused: Vec<_> = requests.iter().filter(|request| request.by(&user) && request.refused()).collect();
    ensure!(refused.is_empty(), "{refused:#?}");
    let keys = requests.iter().filter(|request| {
        request.by(&user)
            && request.verb == "create"
            && request.resource == "secrets"
            && request.namespace == home().name()
    });
    ensure!(keys.count() == 1, "more than one key was made");
    let log = fs::read_to_string(cluster.node.folder().join("minicluster.log"))?;
    ensure!(!log.contains("killed: did not end on SIGTERM"), "{log}");
    check_silent("the log", &cluster.output(), CANARY)?;
    cluster.node.down()?;
    Ok(())
}

struct Cluster {
    node: Node,
    api: Api,
}

impl Cluster {
    /// Waits until there is one Pod, ready, and none of these; returns its name.
    fn has_one_ready_pod(&self, gone: &[String]) -> Result<String> {
        wait_until(PATIENCE, "one ready Pod", || {
            let pods = self.api.list(&home().core("pods"))?;
            let [pod] = pods.as_slice() else { return Ok(None) };
            let name = pod["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let ready = pod["status"]["containerStatuses"][0]["ready"] == true;
            Ok((ready && !gone.contains(&name)).then_some(name))
        })
        .with_context(|| self.output())
    }

    /// The namespace enforces what the Deployment keeps to.
    fn only_restricted_pods_are_let_in(&self) -> Result<()> {
        let pod = json!({
            "metadata": {"name": "careless"},
            "spec": {"containers": [{"name": "program", "image": "local/none"}]},
        });
        let refused =
            self.api.create(&home().core("pods"), &pod).err().context("a careless Pod was let in")?;
        ensure!(refused.status == Some(403) && refused.message.contains("restricted"), "{refused}");
        Ok(())
    }

    /// Through the Service, as clients fetch it.
    fn certificate(&self) -> Result<Certificate> {
        let path = home().proxy(CONTROLLER, "http", "/v1/cert.pem");
        wait_until(PATIENCE, "the certificate", || {
            let answer = self.api.send("GET", &path, "", b"")?.expect(200)?;
            Ok(Some(Certificate::from_pem(&answer.body)?))
        })
        .with_context(|| self.output())
    }

    fn unseals(&self, certificate: &Certificate, namespace: &Namespace, name: &str) -> Result<()> {
        let object = sealed(certificate, namespace.name(), name, &[("word", CANARY)])?;
        self.api.create(&namespace.sealed_secrets(), &object)?;
        wait_until(PATIENCE, &format!("the Secret {name}"), || Ok(self.api.find(&namespace.secret(name))?))
            .with_context(|| self.output())?;
        let status = wait_until(PATIENCE, "a status", || {
            let object: Value = self.api.get(&namespace.sealed_secret(name))?;
            Ok(object["status"]["conditions"][0].is_object().then(|| object["status"].clone()))
        })?;
        ensure!(status["conditions"][0]["status"] == "True", "{status}");
        check_silent("the status", &status.to_string(), CANARY)
    }

    fn output(&self) -> String {
        self.node.output_of(home().name()).unwrap_or_default()
    }
}

/// A kustomization as `deploy/README.md` tells people to write one: only where the image comes from is said in it.
fn write_overlay(folder: &Path) -> Result<()> {
    let base = fs::canonicalize(project("deploy/controller")).context("deploy/controller")?;
    let folder = fs::canonicalize(folder).context("the overlay's folder")?;
    // Kustomize takes relative paths only.
    let up = "../".repeat(folder.components().count() - 1);
    let base = base.strip_prefix("/").context("an absolute path")?;
    let image = Node::image_of(&controller::controller()?)?;
    let (name, tag) = image.rsplit_once(':').context("an image with a tag")?;
    let overlay = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [format!("{up}{}", base.display())],
        "images": [{"name": "sealed-secrets-controller", "newName": name, "newTag": tag}],
    });
    fs::write(folder.join("kustomization.yaml"), overlay.to_string()).context("writing the overlay")
}
