//! The journey of KAM's users, with the roles of `deploy/controller` and no more, in all namespaces.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustix::process::Signal;
use sealed_secrets_tests::cluster::kubeseal::Kubeseal;
use sealed_secrets_tests::cluster::ours::{PATIENCE, check_silent, stop};
use sealed_secrets_tests::cluster::upstream_manifests::CONTROLLER;
use sealed_secrets_tests::cluster::{
    ControlPlane, InCluster, Launch, Namespace, Options, World, kubeconfig, wait_until,
};
use sealed_secrets_tests::{client, controller, process};
use serde_json::{Value, json};

use super::{health, home, project, rights};

pub(crate) fn journey(world: &World) -> Result<()> {
    let cluster = &world.control_plane(&Options::default())?;
    for part in ["crd", "namespace", "controller", "service-proxier"] {
        cluster.apply(&project("deploy").join(part))?;
    }
    let program = controller::controller()?;
    let mark = cluster.mark();
    let controller = InCluster::spawn(&world.sandbox, cluster, &Launch::new(&program, &home(), CONTROLLER))?;
    controller.wait_ready("/readyz")?;
    cluster.publish(&home(), CONTROLLER, controller.address())?;
    let folder = world.sandbox.folder("kam")?;
    let walk = Walk { cluster, controller, folder, cicd: Namespace::new("rt-inventory-cicd") };

    let certificate = walk.fetches_the_certificate()?;
    let sealed = walk.seals_the_folder(&certificate)?;
    let plain = walk.plain()?;
    walk.applies(&sealed, &plain)?;
    walk.brings_a_deleted_one_back()?;
    walk.follows_a_change(&certificate)?;
    walk.says_why_a_moved_one_does_not_open()?;
    walk.renews_the_key()?;

    let user = walk.controller.user();
    let requests = cluster.requests_since(mark)?;
    let requests: Vec<_> = requests.iter().filter(|request| request.by(&user)).collect();
    let refused: Vec<_> = requests.iter().filter(|request| request.refused()).collect();
    ensure!(refused.is_empty(), "{refused:#?}");
    let api = cluster.api();
    let group = "rbac.authorization.k8s.io/v1";
    let (at_home, elsewhere): (Vec<_>, Vec<_>) =
        requests.into_iter().partition(|request| request.namespace == home().name());
    rights::are_all_used(&api.get(&format!("/apis/{group}/clusterroles/secrets-unsealer"))?, &elsewhere)?;
    rights::are_all_used(&api.get(&home().other(group, "roles/sealed-secrets-key-admin"))?, &at_home)?;
    walk.is_silent(&plain)
}

struct Walk<'a> {
    cluster: &'a ControlPlane,
    controller: InCluster,
    folder: PathBuf,
    cicd: Namespace,
}

impl Walk<'_> {
    /// As a developer, whose only right is the one that everybody known to the cluster has.
    fn fetches_the_certificate(&self) -> Result<PathBuf> {
        let api = self.cluster.api();
        let default = Namespace::new("default");
        api.create(&default.core("serviceaccounts"), &json!({"metadata": {"name": "developer"}}))?;
        let token = api.token(&default, "developer", Duration::from_secs(3600))?;
        let config = self.folder.join("kubeconfig");
        let pki = self.cluster.folder().join("pki");
        kubeconfig::write_with_token(&config, &self.cluster.server(), &pki, &token)?;
        let fetched =
            Kubeseal::new(&client::seal()?, &config, &home()).comes_to_succeed(&["--fetch-cert"], b"")?;
        ensure!(fetched == self.controller.get("/v1/cert.pem")?.body, "another certificate");
        let certificate = self.folder.join("cert.pem");
        fs::write(&certificate, fetched)?;

        let developer = self.cluster.anonymous()?.with_token(&token);
        for path in [
            home().proxy("sealed-secrets-controller-metrics", "metrics", "/metrics"),
            home().secrets(),
            self.cicd.secrets(),
        ] {
            let answer = developer.send("GET", &path, "", b"")?;
            ensure!(answer.status == 403, "a developer reads {path}: {}", answer.status);
        }
        Ok(certificate)
    }

    /// Into a copy of the repository. Returns its folder of sealed files.
    fn seals_the_folder(&self, certificate: &Path) -> Result<PathBuf> {
        let repository = project("examples/kam/rt-inventory-gitops");
        let copied = Command::new("cp").arg("-r").arg(repository).arg(&self.folder).status()?;
        ensure!(copied.success(), "cp: {copied}");
        let base = self.folder.join("rt-inventory-gitops/config/rt-inventory-cicd/base");
        self.cluster.apply(&base.join("01-namespaces"))?;
        let sealed = base.join("09-secrets");
        let mut seal = Command::new(client::seal()?);
        seal.arg("--cert").arg(certificate).arg(project("examples/kam/secrets"));
        seal.arg("--output-dir").arg(&sealed);
        process::run(&mut seal, Vec::new(), PATIENCE)?.success()?;
        Ok(sealed)
    }

    /// The Secrets as they are to be: as the API server would make them of the plain files.
    fn plain(&self) -> Result<BTreeMap<String, Value>> {
        let folder = project("examples/kam/secrets");
        let arguments = ["create", "--dry-run=server", "-o", "json", "-f", &folder.to_string_lossy()];
        // One object is printed after the other, or all in a list.
        let printed = self.cluster.kubectl(&arguments, "")?;
        let mut plain = BTreeMap::new();
        for value in serde_json::Deserializer::from_str(&printed).into_iter::<Value>() {
            let value = value?;
            let items = value["items"].as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            plain.extend(items.into_iter().map(|item| (name_of(&item), item)));
        }
        ensure!(plain.len() == 6, "{:?}", plain.keys());
        Ok(plain)
    }

    fn applies(&self, sealed: &Path, plain: &BTreeMap<String, Value>) -> Result<()> {
        let api = self.cluster.api();
        self.cluster.apply(sealed)?;
        let namespace = self.cicd.name();
        let wait = ["wait", "sealedsecrets", "--all", "-n", namespace, "--timeout=60s"];
        for condition in ["Synced", "Ready"] {
            let condition = format!("--for=condition={condition}");
            self.cluster
                .kubectl(&[&wait[..], &[condition.as_str()]].concat(), "")
                .with_context(|| self.controller.process.last_words())?;
        }
        for (name, wanted) in plain {
            let secret = api.get(&self.cicd.secret(name))?;
            ensure!(secret["type"] == wanted["type"], "{name} is of type {}", secret["type"]);
            ensure!(secret["data"] == wanted["data"], "{name} has other values");
            for part in ["labels", "annotations"] {
                let (is, wanted) = (&secret["metadata"][part], &wanted["metadata"][part]);
                ensure!(is == wanted, "{name} has {part} {is}, not {wanted}");
            }
            ensure!(secret["metadata"]["ownerReferences"][0]["name"] == name.as_str());
            let object = api.get(&self.cicd.sealed_secret(name))?;
            ensure!(health::argo_cd(&object) == ("Healthy", ""), "{}", object["status"]);
            ensure!(health::kstatus(&object) == "Current", "{}", object["status"]);
        }
        let table = self.cluster.kubectl(&["get", "sealedsecrets", "-n", namespace], "")?;
        let heads: Vec<_> = table.lines().next().unwrap_or_default().split_whitespace().collect();
        ensure!(heads == ["NAME", "STATUS", "SYNCED", "AGE"], "{table}");
        ensure!(table.lines().skip(1).all(|line| line.split_whitespace().nth(1) == Some("True")), "{table}");
        Ok(())
    }

    fn brings_a_deleted_one_back(&self) -> Result<()> {
        let (api, path) = (self.cluster.api(), self.cicd.secret("regcred"));
        let first = api.get(&path)?;
        api.delete(&path)?;
        wait_until(PATIENCE, "regcred, which was deleted by hand", || {
            let secret = api.find(&path)?;
            let back = secret.filter(|secret| secret["metadata"]["uid"] != first["metadata"]["uid"]);
            Ok(back.filter(|secret| secret["data"] == first["data"]).map(drop))
        })
    }

    fn follows_a_change(&self, certificate: &Path) -> Result<()> {
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "git-host-access-token", "namespace": self.cicd.name()},
            "type": "Opaque",
            "stringData": {"token": "made-up-renewed-token"},
        });
        let mut seal = Command::new(client::seal()?);
        seal.arg("--cert").arg(certificate);
        let sealed = process::run(&mut seal, secret.to_string().into_bytes(), PATIENCE)?.success()?;
        // A tool has marked the Secret: it is read before it is changed.
        let path = self.cicd.secret("git-host-access-token");
        self.cluster.api().merge(&path, &json!({"metadata": {"annotations": {"scanned": "true"}}}))?;
        self.cluster.kubectl(&["apply", "-f", "-"], std::str::from_utf8(&sealed)?)?;
        wait_until(PATIENCE, "the renewed token", || {
            let secret = self.cluster.api().get(&path)?;
            Ok((secret["data"]["token"] == STANDARD.encode("made-up-renewed-token")).then_some(()))
        })
    }

    /// The best-known error of this field: renamed after sealing.
    fn says_why_a_moved_one_does_not_open(&self) -> Result<()> {
        let api = self.cluster.api();
        let object = api.get(&self.cicd.sealed_secret("regcred"))?;
        let moved = json!({
            "apiVersion": "bitnami.com/v1alpha1",
            "kind": "SealedSecret",
            "metadata": {"name": "moved"},
            "spec": object["spec"],
        });
        api.create(&self.cicd.sealed_secrets(), &moved)?;
        let path = self.cicd.sealed_secret("moved");
        let object = wait_until(PATIENCE, "a status", || {
            let object = api.get(&path)?;
            Ok((health::kstatus(&object) != "InProgress").then_some(object))
        })?;
        ensure!(health::kstatus(&object) == "Failed", "{}", object["status"]);
        let (health, message) = health::argo_cd(&object);
        ensure!(health == "Degraded", "{}", object["status"]);
        ensure!(message.contains("no key could decrypt secret (.dockerconfigjson)"), "{message}");
        wait_until(PATIENCE, "a Warning", || {
            let events = api.list(&self.cicd.events())?;
            let told = |event: &Value| {
                event["reason"] == "ErrUnsealFailed" && event["involvedObject"]["name"] == "moved"
            };
            Ok(events.iter().any(told).then_some(()))
        })?;
        ensure!(api.find(&self.cicd.secret("moved"))?.is_none(), "a Secret came of it");
        api.delete(&path)?;
        Ok(())
    }

    /// What was sealed before still opens, and its Secrets are not touched.
    fn renews_the_key(&self) -> Result<()> {
        let api = self.cluster.api();
        let before = api.list(&self.cicd.secrets())?;
        let served = self.controller.get("/v1/cert.pem")?.body;
        self.controller.process.signal(Signal::USR1)?;
        wait_until(PATIENCE, "another certificate", || {
            Ok((self.controller.get("/v1/cert.pem")?.body != served).then_some(()))
        })?;
        let active = "?labelSelector=sealedsecrets.bitnami.com/sealed-secrets-key%3Dactive";
        let keys = api.list(&format!("{}{active}", home().secrets()))?;
        ensure!(keys.len() == 2, "{} keys", keys.len());
        wait_until(PATIENCE, "an event of the new key", || {
            let events = api.list(&home().events())?;
            Ok(events.iter().any(|event| event["reason"] == "KeyActive").then_some(()))
        })?;
        ensure!(api.list(&self.cicd.secrets())? == before, "Secrets were written since there is another key");
        Ok(())
    }

    fn is_silent(&self, plain: &BTreeMap<String, Value>) -> Result<()> {
        let api = self.cluster.api();
        let mut texts = vec![
            ("the metrics", self.controller.metrics()?),
            ("an event", serde_json::to_string(&api.list("/api/v1/events")?)?),
        ];
        for object in api.list(&self.cicd.sealed_secrets())? {
            texts.push(("a status", object["status"].to_string()));
        }
        stop(&self.controller)?;
        texts.push(("the log", self.controller.process.output()?));
        for data in plain.values().flat_map(|secret| secret["data"].as_object()).flatten() {
            let value = STANDARD.decode(data.1.as_str().unwrap_or_default())?;
            let value = String::from_utf8(value)?;
            // "tekton", a user's name, is a word like others.
            if value.len() > 8 {
                for (what, text) in &texts {
                    check_silent(what, text, &value)?;
                }
            }
        }
        Ok(())
    }
}

fn name_of(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}
