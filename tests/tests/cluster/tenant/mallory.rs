//! A controller, the tenant with his namespace and rights, and an honest neighbour.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sealed_secrets_tests::cluster::ours::{PATIENCE, check_silent, sealed, secret_with};
use sealed_secrets_tests::cluster::stage::Stage;
use sealed_secrets_tests::cluster::{Api, ApiError, Namespace, World, wait_until};
use serde_json::{Value, json};

/// The value that is the honest neighbour's.
pub(crate) const CANARY: &str = "canary-of-the-neighbour";

/// The memory that the Deployment in deploy/controller grants.
const MEMORY: u64 = 256 << 20;

pub(crate) struct Attack<'w> {
    pub(crate) stage: Stage<'w>,
    /// The tenant, as himself.
    pub(crate) mallory: Api,
    pub(crate) his: Namespace,
    pub(crate) honest: Namespace,
    honest_before: Value,
    served: std::cell::Cell<usize>,
}

impl<'w> Attack<'w> {
    /// `status`: he may write statuses, too.
    pub(crate) fn begin(world: &'w World, prefix: &str, status: bool, flags: &[&str]) -> Result<Self> {
        let cluster = world.ours()?;
        let api = cluster.api();
        let his = api.namespace(&format!("{prefix}-mallory"))?;
        let honest = api.namespace(&format!("{prefix}-honest"))?;
        let list = format!("--additional-namespaces={his},{honest}");
        let mut arguments = vec![list.as_str()];
        arguments.extend(flags);
        let stage = Stage::begin(cluster, world, &format!("{prefix}-operator"), &arguments)?;
        let resources =
            if status { vec!["sealedsecrets", "sealedsecrets/status"] } else { vec!["sealedsecrets"] };
        let roles = "rbac.authorization.k8s.io/v1";
        api.create(&his.core("serviceaccounts"), &json!({"metadata": {"name": "mallory"}}))?;
        let rules = json!([
            {"apiGroups": ["bitnami.com"], "resources": resources,
             "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"]},
            {"apiGroups": [""], "resources": ["events"], "verbs": ["get", "list"]},
        ]);
        api.create(&his.other(roles, "roles"), &json!({"metadata": {"name": "mallory"}, "rules": rules}))?;
        api.create(
            &his.other(roles, "rolebindings"),
            &json!({
                "metadata": {"name": "mallory"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "mallory"},
                "subjects": [{"kind": "ServiceAccount", "name": "mallory", "namespace": his.name()}],
            }),
        )?;
        let token = api.token(&his, "mallory", Duration::from_secs(3600))?;
        let mallory = cluster.anonymous()?.with_token(&token);
        ensure!(
            mallory.get(&his.secret("x")).is_err_and(|error| error.status == Some(403)),
            "he reads Secrets"
        );
        let object = sealed(&stage.certificate, honest.name(), "db", &[("word", CANARY)])?;
        api.create(&honest.sealed_secrets(), &object)?;
        secret_with(cluster, &honest, "db", "word", CANARY)?;
        let honest_before = wait_until(PATIENCE, "the neighbour's status", || {
            let object = api.get(&honest.sealed_secret("db"))?;
            // The first write of a process may be followed by the conditions of our own definition.
            Ok((object["status"]["conditions"][1]["type"] == "Ready").then_some(object))
        })?;
        let served = std::cell::Cell::new(0);
        Ok(Self { stage, mallory, his, honest, honest_before, served })
    }

    /// What he creates, as he may.
    pub(crate) fn create(&self, object: &Value) -> Result<Value, ApiError> {
        self.mallory.create(&self.his.sealed_secrets(), object)
    }

    /// An object of his.
    pub(crate) fn object(&self, name: &str, items: &Value) -> Value {
        json!({
            "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
            "metadata": {"name": name, "namespace": self.his.name()},
            "spec": {"encryptedData": items},
        })
    }

    /// An object that he seals himself, as anybody can.
    pub(crate) fn sealed(&self, name: &str, values: &[(&str, &str)]) -> Result<Value> {
        sealed(&self.stage.certificate, self.his.name(), name, values)
    }

    /// Waits until his object is said to be closed, or refused, and returns the condition `Synced`.
    pub(crate) fn failed(&self, name: &str) -> Result<Value> {
        self.told(name, "False")
    }

    pub(crate) fn synced(&self, name: &str) -> Result<Value> {
        self.told(name, "True")
    }

    /// Waits until the controller is through with his object, whatever it says of it.
    pub(crate) fn settled(&self, name: &str) -> Result<()> {
        wait_until(Duration::from_secs(120), &format!("a status of {name}"), || {
            let object = self.stage.api().get(&self.his.sealed_secret(name))?;
            Ok((object["status"]["observedGeneration"] == object["metadata"]["generation"]).then_some(()))
        })
        .with_context(|| self.stage.controller.process.last_words())
    }

    fn told(&self, name: &str, value: &str) -> Result<Value> {
        wait_until(PATIENCE, &format!("Synced {value} of {name}"), || {
            let object = self.stage.api().get(&self.his.sealed_secret(name))?;
            let status = &object["status"];
            let told = status["observedGeneration"] == object["metadata"]["generation"]
                && status["conditions"][0]["type"] == "Synced"
                && status["conditions"][0]["status"] == value;
            ensure!(told, "{status}");
            Ok(Some(status["conditions"][0].clone()))
        })
        .with_context(|| self.stage.controller.process.last_words())
    }

    /// How long the neighbour waits for a new Secret: the longest of so many, one after another.
    pub(crate) fn served(&self, times: usize) -> Result<Duration> {
        let mut longest = Duration::ZERO;
        for _ in 0..times {
            self.served.set(self.served.get() + 1);
            let name = format!("served-{}", self.served.get());
            let object = sealed(&self.stage.certificate, self.honest.name(), &name, &[("word", CANARY)])?;
            let begun = Instant::now();
            self.stage.api().create(&self.honest.sealed_secrets(), &object)?;
            secret_with(self.stage.cluster, &self.honest, &name, "word", CANARY)?;
            longest = longest.max(begun.elapsed());
        }
        Ok(longest)
    }

    /// Everything that he can read, and the log.
    pub(crate) fn all_that_is_told(&self) -> Result<String> {
        let mut text = self.stage.controller.process.output()?;
        for path in [self.his.sealed_secrets(), self.his.events()] {
            text += &serde_json::to_string(&self.mallory.list(&path)?)?;
        }
        Ok(text)
    }

    /// Nothing of the neighbour changed, nothing of it is told, the controller lives within the memory of its
    /// Deployment, and wrote nothing but what is due.
    pub(crate) fn end(self, what: &str) -> Result<()> {
        let usage = self.stage.controller.process.usage()?;
        println!("{what}: resident {} MiB, peak {} MiB", usage.resident >> 20, usage.peak >> 20);
        ensure!(usage.peak < MEMORY, "it took {} MiB", usage.peak >> 20);
        let served = self.served(1)?;
        ensure!(served < Duration::from_secs(10), "the neighbour waited {served:?} afterwards");
        let now = self.stage.api().get(&self.honest.sealed_secret("db"))?;
        ensure!(now == self.honest_before, "the neighbour's object changed: {now}");
        check_silent("what he can read", &self.all_that_is_told()?, CANARY)?;
        let his_names: Vec<_> = self.stage.api().list(&self.his.sealed_secrets())?;
        for secret in self.stage.api().list(&self.his.secrets())? {
            let name = &secret["metadata"]["name"];
            ensure!(
                !secret["data"].to_string().contains("Y2FuYXJ5LW9mLXRoZS1uZWlnaGJvdX"),
                "he has the value: {name}"
            );
            let ours = secret["metadata"]["labels"]["made-by"] != "the-test";
            ensure!(
                !ours || his_names.iter().any(|object| object["metadata"]["name"] == *name),
                "{name} came"
            );
        }
        for request in
            self.stage.requests_since(self.stage.begun())?.iter().filter(|request| request.writes())
        {
            let of_neighbour = request.name == "db"
                || request.name.starts_with("served-")
                || request.name.starts_with("db.");
            let due = match (request.namespace.as_str(), request.resource.as_str()) {
                (namespace, "secrets" | "sealedsecrets/status" | "events")
                    if namespace == self.his.name() =>
                {
                    true
                }
                (namespace, _) if namespace == self.honest.name() => of_neighbour,
                // Its own keys and their events.
                (namespace, "secrets" | "events") => namespace == self.stage.namespace.name(),
                _ => false,
            };
            ensure!(due, "not due: {request:?}");
        }
        self.stage.end()
    }
}
