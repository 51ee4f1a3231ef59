//! A namespace with our controller in it, and what a test of one behaviour needs: objects sealed for it, what became of
//! them, and at the end the proof that the controller lives, was refused nothing, and told nobody the values.
//!
//! ```ignore
//! let stage = Stage::begin(world.ours()?, world, "adopt", OWN_NAMESPACE)?;
//! stage.put("db", &[("word", "v")])?;
//! stage.opened("db", "word", "v")?;
//! stage.end()?;
//! ```

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets::key_secret::{KEY_LABEL, key_secret};
use sealed_secrets::manifest;
use sealed_secrets::sealing::{Certificate, KeySize, SealingKey};
use serde_json::{Value, json};

use super::api::Api;
use super::audit::{Mark, Request};
use super::control_plane::ControlPlane;
use super::in_cluster::{InCluster, Launch};
use super::namespace::Namespace;
use super::ours::{PATIENCE, certificate, check_silent, sealed, secret_with};
use super::upstream_manifests::CONTROLLER;
use super::wait::{stays, wait_until};
use super::world::World;
use crate::controller::controller;

/// How long a test looks on where nothing is to happen.
pub const QUIET: Duration = Duration::from_millis(400);

/// A namespace, our controller in it, and its key.
pub struct Stage<'w> {
    /// The API server.
    pub cluster: &'w ControlPlane,
    /// The namespace of the controller, and of the objects.
    pub namespace: Namespace,
    /// The controller.
    pub controller: InCluster,
    /// What objects are sealed with.
    pub certificate: Certificate,
    mark: Mark,
    refusals_meant: Cell<usize>,
}

impl<'w> Stage<'w> {
    /// Makes a namespace with upstream's roles and a key Secret `first-key` of 2048 bits that is an hour old, and starts
    /// the controller there.
    ///
    /// # Errors
    /// It does not come up.
    pub fn begin(cluster: &'w ControlPlane, world: &World, prefix: &str, arguments: &[&str]) -> Result<Self> {
        let namespace = cluster.api().namespace(prefix)?;
        Self::begin_in(cluster, world, namespace, arguments)
    }

    /// As [`begin`](Self::begin), in a namespace that is there already.
    ///
    /// # Errors
    /// It does not come up.
    pub fn begin_in(
        cluster: &'w ControlPlane,
        world: &World,
        namespace: Namespace,
        arguments: &[&str],
    ) -> Result<Self> {
        cluster.api().create(&namespace.secrets(), &new_key(&namespace, "first-key", 3600)?.secret)?;
        let (controller, mark) = launch(cluster, world, &namespace, arguments)?;
        let certificate = certificate(&controller)?;
        controller.wait_ready("/readyz")?;
        Ok(Self { cluster, namespace, controller, certificate, mark, refusals_meant: Cell::new(0) })
    }

    /// A client that may do everything.
    pub fn api(&self) -> &'w Api {
        self.cluster.api()
    }

    /// The place in the audit log at which the controller was started.
    pub fn begun(&self) -> Mark {
        self.mark
    }

    /// Seals and creates an object.
    ///
    /// # Errors
    /// The API server refuses it.
    pub fn put(&self, name: &str, values: &[(&str, &str)]) -> Result<Value> {
        self.put_changed(name, values, |_| ())
    }

    /// As [`put`](Self::put), with a change before it is sent.
    ///
    /// # Errors
    /// The API server refuses it.
    pub fn put_changed(
        &self,
        name: &str,
        values: &[(&str, &str)],
        change: impl FnOnce(&mut Value),
    ) -> Result<Value> {
        let mut object = sealed(&self.certificate, self.namespace.name(), name, values)?;
        change(&mut object);
        Ok(self.api().create(&self.namespace.sealed_secrets(), &object)?)
    }

    /// Gives an object other values; its template stays.
    ///
    /// # Errors
    /// There is no such object.
    pub fn change_values(&self, name: &str, values: &[(&str, &str)]) -> Result<Value> {
        let items =
            sealed(&self.certificate, self.namespace.name(), name, values)?["spec"]["encryptedData"].take();
        let path = self.namespace.sealed_secret(name);
        wait_until(PATIENCE, "an update without conflict", || {
            let mut object = self.api().get(&path)?;
            object["spec"]["encryptedData"] = items.clone();
            Ok(Some(self.api().replace(&path, &object)?))
        })
    }

    /// Waits for a Secret with this value.
    ///
    /// # Errors
    /// It does not come; the error has the controller's last words.
    pub fn opened(&self, name: &str, key: &str, value: &str) -> Result<Value> {
        secret_with(self.cluster, &self.namespace, name, key, value)
            .with_context(|| self.controller.process.last_words())
    }

    /// Waits until the object's status says for its present generation that it is synced, and returns the status.
    ///
    /// # Errors
    /// It does not within a minute.
    pub fn synced(&self, name: &str) -> Result<Value> {
        self.told(name, "True", "")
    }

    /// Waits until the object's status says for its present generation that it is not synced, for this reason (of our
    /// own; one word), and returns the condition `Synced`.
    ///
    /// # Errors
    /// It does not within a minute.
    pub fn failed(&self, name: &str, reason: &str) -> Result<Value> {
        Ok(self.told(name, "False", reason)?["conditions"][0].clone())
    }

    fn told(&self, name: &str, value: &str, reason: &str) -> Result<Value> {
        wait_until(PATIENCE, &format!("Synced {value} {reason} of {name}"), || {
            let object = self.api().get(&self.namespace.sealed_secret(name))?;
            let (status, synced) = (&object["status"], &object["status"]["conditions"][0]);
            let told = status["observedGeneration"] == object["metadata"]["generation"]
                && synced["type"] == "Synced"
                && synced["status"] == value
                && (reason.is_empty() || synced["reason"] == reason);
            ensure!(told, "{status}");
            Ok(Some(status.clone()))
        })
        .with_context(|| self.controller.process.last_words())
    }

    /// The Events about an object of this name, as reason and count, in order of their reasons.
    ///
    /// # Errors
    /// The API server does not list them.
    pub fn events(&self, name: &str) -> Result<Vec<(String, u64)>> {
        let mut events: Vec<_> = self
            .api()
            .list(&self.namespace.events())?
            .iter()
            .filter(|event| event["involvedObject"]["name"] == name)
            .map(|event| (text(&event["reason"]), event["count"].as_u64().unwrap_or(0)))
            .collect();
        events.sort();
        Ok(events)
    }

    /// Waits until exactly these Events are there, and sees that it stays at that.
    ///
    /// # Errors
    /// There are others.
    pub fn expect_events(&self, name: &str, expected: &[(&str, u64)]) -> Result<()> {
        let expected: Vec<_> =
            expected.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect();
        wait_until(PATIENCE, &format!("the events {expected:?} of {name}"), || {
            let events = self.events(name)?;
            ensure!(events == expected, "there are {events:?}");
            Ok(Some(()))
        })?;
        stays(QUIET, || {
            let events = self.events(name)?;
            ensure!(events == expected, "of {name} came {events:?}");
            Ok(())
        })
    }

    /// Sees that no Secret of this name comes.
    ///
    /// # Errors
    /// One does.
    pub fn no_secret(&self, name: &str) -> Result<()> {
        stays(QUIET, || {
            ensure!(self.api().find(&self.namespace.secret(name))?.is_none(), "{name} has a Secret");
            Ok(())
        })
    }

    /// What this controller asked of the API server since.
    ///
    /// # Errors
    /// The audit log cannot be read.
    pub fn requests_since(&self, mark: Mark) -> Result<Vec<Request>> {
        let mut requests = self.cluster.requests_since(mark)?;
        requests.retain(|request| request.by(&self.controller.user()));
        Ok(requests)
    }

    /// The refusals (403) so far are what the test is about, if all of them are of this resource.
    ///
    /// # Errors
    /// There are none, or others.
    pub fn refusals_were_meant(&self, resource: &str) -> Result<()> {
        let refused: Vec<_> = self.requests_since(self.mark)?.into_iter().filter(Request::refused).collect();
        ensure!(!refused.is_empty(), "nothing was refused");
        ensure!(refused.iter().all(|request| request.resource == resource), "{refused:#?}");
        self.refusals_meant.set(refused.len());
        Ok(())
    }

    /// Ends the controller by SIGTERM after it was seen that it still works, that it was refused nothing, and that
    /// nothing that can be read holds a text with `canary` in it.
    ///
    /// # Errors
    /// One of these is not so.
    pub fn end(self) -> Result<()> {
        self.check("canary")?;
        self.controller.process.signal(rustix::process::Signal::TERM)?;
        let status = self.controller.process.wait(Duration::from_secs(15))?.context("it ignored SIGTERM")?;
        ensure!(status.success(), "{status}: {}", self.controller.process.last_words());
        Ok(())
    }

    /// What [`end`](Self::end) looks at; it goes on afterwards.
    ///
    /// # Errors
    /// As there.
    pub fn check(&self, canary: &str) -> Result<()> {
        ensure!(self.controller.process.ended()?.is_none(), "{}", self.controller.process.last_words());
        let refused: Vec<_> = self.requests_since(self.mark)?.into_iter().filter(Request::refused).collect();
        ensure!(refused.len() == self.refusals_meant.get(), "{refused:#?}");
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", self.controller.process.id()))?;
        let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size"));
        ensure!(
            core.is_some_and(|core| core.split_whitespace().take(2).eq(["0", "0"])),
            "core dumps: {core:?}"
        );
        check_silent("the log", &self.controller.process.output()?, canary)?;
        check_silent("the metrics", &self.controller.metrics()?, canary)?;
        let listed = |path: &str| Ok::<_, anyhow::Error>(serde_json::to_string(&self.api().list(path)?)?);
        check_silent("an event", &listed(&self.namespace.events())?, canary)?;
        check_silent("a status", &listed(&self.namespace.sealed_secrets())?, canary)
    }
}

/// A sealing key, and the Secret that gives it to a controller.
pub struct NewKey {
    /// Its certificate.
    pub certificate: Certificate,
    /// The labelled Secret, as JSON.
    pub secret: Value,
}

/// Makes a key of 2048 bits whose certificate began so many seconds ago.
///
/// # Errors
/// The cryptographic library fails.
pub fn new_key(namespace: &Namespace, name: &str, seconds_old: i64) -> Result<NewKey> {
    let key = SealingKey::generate(KeySize::Rsa2048)?;
    let certificate = key.self_signed_certificate("", now() - seconds_old, 10 * 365 * 86_400)?;
    let mut text = String::new();
    let secret = key_secret(&key, &certificate, namespace.name(), Some(name));
    manifest::print_json(&secret.to_manifest(), &mut text);
    let secret: Value = serde_json::from_str(&text)?;
    ensure!(secret["metadata"]["labels"][KEY_LABEL] == "active", "no key Secret");
    Ok(NewKey { certificate, secret })
}

/// Starts the controller in a namespace, under upstream's roles and none else, without waiting for anything but that
/// it lives.
///
/// # Errors
/// It does not come up.
pub fn launch(
    cluster: &ControlPlane,
    world: &World,
    namespace: &Namespace,
    arguments: &[&str],
) -> Result<(InCluster, Mark)> {
    cluster.install_upstream_roles(namespace)?;
    let mark = cluster.mark();
    let program = controller()?;
    let launch = Launch { arguments, ..Launch::new(&program, namespace, CONTROLLER) };
    let controller = InCluster::spawn(&world.sandbox, cluster, &launch)?;
    controller.wait_ready("/healthz")?;
    Ok((controller, mark))
}

/// Unix seconds.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A Secret that a test writes itself: values as text, metadata besides the name.
pub fn own_secret(name: &str, values: &[(&str, &str)], metadata: &Value) -> Value {
    let mut metadata = metadata.clone();
    metadata["name"] = json!(name);
    let data: serde_json::Map<String, Value> =
        values.iter().map(|(key, value)| ((*key).to_owned(), json!(STANDARD.encode(value)))).collect();
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})
}

/// The value of one series, for example `unseal_errors_total{namespace="a",reason="unseal"}`; `None` where there is no
/// such series.
pub fn series(metrics: &str, name: &str) -> Option<f64> {
    let name = format!("sealed_secrets_controller_{name} ");
    metrics.lines().find_map(|line| line.strip_prefix(&name)?.trim().parse().ok())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
