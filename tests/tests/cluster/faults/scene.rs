//! A controller, many SealedSecrets, and what must be true of them whatever went wrong meanwhile.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets::sealing::Certificate;
use sealed_secrets_tests::cluster::audit::{Mark, Request};
use sealed_secrets_tests::cluster::ours::{self, check_silent};
use sealed_secrets_tests::cluster::stored::{SEALED_SECRETS, SECRETS, Stored};
use sealed_secrets_tests::cluster::upstream_manifests::CONTROLLER;
use sealed_secrets_tests::cluster::{ControlPlane, InCluster, Launch, Namespace, World, wait_until};
use sealed_secrets_tests::controller::controller;
use serde_json::Value;

/// Every value begins with it, and nothing but the Secrets may hold it.
pub(super) const CANARY: &str = "canary-of-the-faults";

/// Its own namespace, and small keys, which a processor that has much to do makes soon.
pub(super) const ARGUMENTS: &[&str] = &["--all-namespaces=false", "--key-size=2048"];

/// After whatever went wrong all is well again within this time, on a slow machine with much to do: pauses between tries
/// grow to half a minute.
pub(super) const RECOVERY: Duration = Duration::from_secs(180);

/// Threads that create objects.
const WRITERS: usize = 3;

/// The key of the one value of each Secret.
const WORD: &str = "word";

/// See the module.
pub(super) struct Scene<'a> {
    pub(super) cluster: &'a ControlPlane,
    pub(super) namespace: Namespace,
    pub(super) controller: InCluster,
    pub(super) certificate: Certificate,
    mark: Mark,
}

/// How often the objects of a namespace were written.
#[derive(Debug)]
pub(super) struct Writes {
    pub(super) secrets: BTreeMap<String, Stored>,
    pub(super) sealed: BTreeMap<String, Stored>,
    /// The key Secrets.
    pub(super) keys: BTreeMap<String, Stored>,
}

/// A namespace with upstream's roles for a controller in it.
pub(super) fn place(cluster: &ControlPlane, prefix: &str) -> Result<Namespace> {
    let namespace = cluster.api().namespace(prefix)?;
    cluster.install_upstream_roles(&namespace)?;
    Ok(namespace)
}

/// Starts a controller, with nothing said of what it has to reach.
pub(super) fn spawn(
    world: &World,
    cluster: &ControlPlane,
    namespace: &Namespace,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<InCluster> {
    let program = controller()?;
    let launch = Launch { arguments, environment, ..Launch::new(&program, namespace, CONTROLLER) };
    InCluster::spawn(&world.sandbox, cluster, &launch)
}

pub(super) fn name(number: usize) -> String {
    format!("object-{number:03}")
}

/// The value of an object in its `round`th version.
pub(super) fn value(name: &str, round: usize) -> String {
    format!("{CANARY}-{name}-{round}")
}

pub(super) fn is_key(secret: &Value) -> bool {
    secret["metadata"]["labels"]["sealedsecrets.bitnami.com/sealed-secrets-key"].is_string()
}

impl<'a> Scene<'a> {
    /// A namespace with a controller that has its first key.
    pub(super) fn start(world: &World, cluster: &'a ControlPlane, prefix: &str) -> Result<Self> {
        Self::start_with(world, cluster, prefix, ARGUMENTS, &[])
    }

    pub(super) fn start_with(
        world: &World,
        cluster: &'a ControlPlane,
        prefix: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Self> {
        let mark = cluster.mark();
        let namespace = place(cluster, prefix)?;
        let controller = spawn(world, cluster, &namespace, arguments, environment)?;
        let certificate = ours::certificate(&controller)?;
        Ok(Self { cluster, namespace, controller, certificate, mark })
    }

    /// One whose controller runs already.
    pub(super) fn of(
        cluster: &'a ControlPlane,
        namespace: Namespace,
        controller: InCluster,
        certificate: Certificate,
    ) -> Self {
        Self { cluster, namespace, controller, certificate, mark: cluster.mark() }
    }

    /// A SealedSecret of one value.
    pub(super) fn sealed(&self, namespace: &Namespace, name: &str, round: usize) -> Result<Value> {
        ours::sealed(&self.certificate, namespace.name(), name, &[(WORD, &value(name, round))])
    }

    /// Creates objects, from several threads, and does something meanwhile. Whoever creates objects tries again
    /// while the API server does not answer, as every pipeline does.
    pub(super) fn creating(
        &self,
        numbers: Range<usize>,
        meanwhile: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        self.creating_in(&self.namespace, numbers, meanwhile)
    }

    pub(super) fn creating_in(
        &self,
        namespace: &Namespace,
        numbers: Range<usize>,
        meanwhile: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let next = AtomicUsize::new(numbers.start);
        thread::scope(|scope| {
            let write = || -> Result<()> {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end {
                        return Ok(());
                    }
                    self.create_in(namespace, &name(number))?;
                }
            };
            let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(write)).collect();
            let done = meanwhile();
            for writer in writers {
                match writer.join() {
                    Ok(written) => written?,
                    Err(_) => bail!("a writer panicked"),
                }
            }
            done
        })
    }

    fn create_in(&self, namespace: &Namespace, name: &str) -> Result<()> {
        let object = self.sealed(namespace, name, 0)?;
        let deadline = Instant::now() + RECOVERY;
        loop {
            match self.cluster.api().create(&namespace.sealed_secrets(), &object) {
                Ok(_) => return Ok(()),
                // The try before was done although it was not answered.
                Err(error) if error.status == Some(409) => return Ok(()),
                Err(error) if matches!(error.status, Some(400 | 404 | 422)) => return Err(error.into()),
                Err(error) if Instant::now() > deadline => return Err(error.into()),
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// Waits until so many Secrets of SealedSecrets are there.
    pub(super) fn wait_made(&self, number: usize) -> Result<()> {
        wait_until(RECOVERY, &format!("{number} Secrets"), || {
            Ok((self.writes()?.secrets.len() >= number).then_some(()))
        })
        .with_context(|| self.controller.process.last_words())
    }

    /// What etcd has counted.
    pub(super) fn writes(&self) -> Result<Writes> {
        let all = self.cluster.stored(SECRETS, &self.namespace)?;
        let (secrets, keys) = all.into_iter().partition(|(name, _)| name.starts_with("object-"));
        Ok(Writes { secrets, keys, sealed: self.cluster.stored(SEALED_SECRETS, &self.namespace)? })
    }

    /// Waits until all objects have their Secrets with the value of the `round`th version, and statuses that say so.
    pub(super) fn wait_synced(&self, numbers: Range<usize>, round: usize) -> Result<()> {
        self.wait_synced_in(&self.namespace, numbers, round)
    }

    pub(super) fn wait_synced_in(
        &self,
        namespace: &Namespace,
        numbers: Range<usize>,
        round: usize,
    ) -> Result<()> {
        let mut missing = "Secrets are missing".to_owned();
        wait_until(RECOVERY, "every Secret and status", || {
            // Asked first, since it costs the API server nothing.
            if self.cluster.stored(SECRETS, namespace)?.len() < numbers.len() {
                return Ok(None);
            }
            missing = self.unsynced(namespace, numbers.clone(), round)?;
            Ok(missing.is_empty().then_some(()))
        })
        .with_context(|| format!("{missing}\n{}", self.controller.process.last_words()))
    }

    /// What is not as it should be, as text.
    fn unsynced(&self, namespace: &Namespace, numbers: Range<usize>, round: usize) -> Result<String> {
        let by_name = |objects: Vec<Value>| -> BTreeMap<String, Value> {
            let name = |object: &Value| object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            objects.into_iter().map(|object| (name(&object), object)).collect()
        };
        let secrets = by_name(self.cluster.api().list(&namespace.secrets())?);
        let objects = by_name(self.cluster.api().list(&namespace.sealed_secrets())?);
        let mut wrong = Vec::new();
        for name in numbers.map(name) {
            let wanted = STANDARD.encode(value(&name, round));
            let is_right = secrets.get(&name).is_some_and(|secret| secret["data"][WORD] == wanted.as_str());
            let told = objects.get(&name).is_some_and(|object| {
                let (status, generation) = (&object["status"], &object["metadata"]["generation"]);
                status["observedGeneration"] == *generation
                    && status["conditions"][0]["type"] == "Synced"
                    && status["conditions"][0]["status"] == "True"
            });
            if !is_right || !told {
                wrong.push(name);
            }
        }
        let first: Vec<_> = wrong.iter().take(5).collect();
        Ok(if wrong.is_empty() { String::new() } else { format!("{} of them, as {first:?}", wrong.len()) })
    }

    /// Nothing is written for a while: all is done, and the controller knows it. Returns the counts.
    pub(super) fn rests(&self) -> Result<Writes> {
        let before = self.writes()?;
        // Counts only grow: the end tells of all between.
        thread::sleep(Duration::from_secs(2));
        let now = self.writes()?;
        let same = before.secrets == now.secrets && before.sealed == now.sealed && before.keys == now.keys;
        ensure!(same, "something was written after all was done:\n{}", self.controller.process.last_words());
        Ok(before)
    }

    /// All is right, nothing was done twice: one write for each Secret, one key. Returns how many more writes of
    /// statuses there were than objects.
    pub(super) fn check(&self, numbers: Range<usize>) -> Result<usize> {
        self.check_with_keys(numbers, 1)
    }

    /// The same, of which the controller has made so many keys.
    pub(super) fn check_with_keys(&self, numbers: Range<usize>, keys: usize) -> Result<usize> {
        self.wait_synced(numbers.clone(), 0)?;
        let writes = self.rests()?;
        let twice: Vec<_> = writes.secrets.iter().filter(|(_, stored)| stored.writes != 1).collect();
        ensure!(twice.is_empty(), "Secrets that were written more than once: {twice:?}");
        ensure!(writes.secrets.keys().cloned().eq(numbers.clone().map(name)), "other Secrets are there");
        ensure!(writes.keys.len() == keys, "another number of keys than {keys}: {:?}", writes.keys);
        self.check_requests(numbers.len() + keys)?;
        self.check_silent()?;
        // One write was the creation.
        let statuses: u64 = writes.sealed.values().map(|stored| stored.writes - 1).sum();
        let more = usize::try_from(statuses)?.checked_sub(numbers.len());
        more.context("objects without status")
    }

    /// The requests of the controller since the beginning.
    pub(super) fn requests(&self) -> Result<Vec<Request>> {
        let mut requests = self.cluster.requests_since(self.mark)?;
        requests.retain(|request| request.by(&self.controller.user()));
        Ok(requests)
    }

    /// No Secret was replaced or deleted, and no more were created than there are. The log of an API server that was
    /// killed may lack some.
    fn check_requests(&self, expected: usize) -> Result<()> {
        let requests = self.requests()?;
        let done: Vec<_> = requests
            .iter()
            .filter(|request| request.resource == "secrets" && (200..300).contains(&request.status))
            .collect();
        let created = done.iter().filter(|request| request.verb == "create").count();
        ensure!(
            created <= expected,
            "{created} creations where there were to be {expected} Secrets, keys included"
        );
        let other: Vec<_> = done.iter().filter(|r| r.writes() && r.verb != "create").collect();
        ensure!(other.is_empty(), "needless writes: {other:#?}");
        Ok(())
    }

    /// No value stands anywhere but in the Secrets.
    pub(super) fn check_silent(&self) -> Result<()> {
        let api = self.cluster.api();
        check_silent("the log", &self.controller.process.output()?, CANARY)?;
        check_silent("an event", &serde_json::to_string(&api.list(&self.namespace.events())?)?, CANARY)?;
        let objects = serde_json::to_string(&api.list(&self.namespace.sealed_secrets())?)?;
        check_silent("a SealedSecret", &objects, CANARY)?;
        check_silent("the metrics", &self.controller.metrics()?, CANARY)?;
        check_silent("/v1/cert.pem", &self.controller.get("/v1/cert.pem")?.text(), CANARY)
    }

    /// Alive, with its certificate, whatever the API server does.
    pub(super) fn is_up(&self) -> Result<()> {
        for path in ["/healthz", "/v1/cert.pem"] {
            self.controller.get(path)?.expect(200).with_context(|| path.to_owned())?;
        }
        Ok(())
    }

    /// The key Secrets as the API server has them.
    pub(super) fn keys(&self) -> Result<Vec<Value>> {
        Ok(self.cluster.api().list(&self.namespace.secrets())?.into_iter().filter(is_key).collect())
    }
}
