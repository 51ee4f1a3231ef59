//! One of the two controllers on the test cluster.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sealed_secrets::sealing::Certificate;
use sealed_secrets_tests::cluster::audit::{Mark, Request};
use sealed_secrets_tests::cluster::upstream_manifests::CONTROLLER;
use sealed_secrets_tests::cluster::{ControlPlane, InCluster, Launch, Namespace, Sandbox, ours};

use super::arrivals::Arrivals;
use super::inputs::{Sizes, parallel, sealed};

/// How long anything may take. Upstream's limiter is what needs the most.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// A controller that has asked for nothing for so long is done.
const QUIET: Duration = Duration::from_millis(1500);

/// What all measurements share.
pub(crate) struct Place<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) cluster: &'a ControlPlane,
    pub(crate) sizes: Sizes,
    pub(crate) ours: &'a Path,
    pub(crate) theirs: &'a Path,
}

/// Whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Ours,
    Theirs,
}

/// A controller that runs, and where its SealedSecrets are.
pub(crate) struct Side {
    pub(crate) which: Which,
    pub(crate) controller: InCluster,
    pub(crate) certificate: Certificate,
    /// Where the SealedSecrets are.
    pub(crate) work: Namespace,
    pub(crate) arrivals: Arrivals,
    /// How many of them there are.
    pub(crate) expected: usize,
}

impl Side {
    /// Installs the definition and the roles that this controller is shipped with, and starts it.
    pub(crate) fn install(place: &Place<'_>, which: Which) -> Result<Self> {
        let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
        match which {
            Which::Ours => {
                place.cluster.apply(&deploy.join("crd"))?;
                place.cluster.apply(&deploy.join("namespace"))?;
                place.cluster.apply(&deploy.join("controller"))?;
            }
            Which::Theirs => {
                place.cluster.install_upstream_definition()?;
                place.cluster.install_upstream_roles(&which.namespace())?;
            }
        }
        Self::start(place, which, &[])
    }

    /// Starts it with arguments; the roles are there.
    pub(crate) fn start(place: &Place<'_>, which: Which, arguments: &[&str]) -> Result<Self> {
        let work = place.cluster.api().namespace("work")?;
        let controller = launch(place, which, arguments)?;
        let certificate = ours::certificate(&controller)?;
        let arrivals = Arrivals::follow(place.cluster.api(), &work)?;
        Ok(Self { which, controller, certificate, work, arrivals, expected: 0 })
    }

    /// Another process in place of the present one, with other arguments.
    pub(crate) fn relaunch(&mut self, place: &Place<'_>, arguments: &[&str]) -> Result<()> {
        self.controller.process.kill()?;
        self.controller = launch(place, self.which, arguments)?;
        Ok(())
    }

    /// Creates `count` objects at once, sealed before, and returns how long it took until all Secrets were there.
    pub(crate) fn create_at_once(
        &mut self,
        place: &Place<'_>,
        prefix: &str,
        count: usize,
    ) -> Result<Duration> {
        let objects: Vec<_> = (0..count)
            .map(|number| sealed(&self.certificate, &self.work, &format!("{prefix}-{number:05}")))
            .collect::<Result<_>>()?;
        let started = Instant::now();
        parallel(count, |number| {
            place.cluster.api().create(&self.work.sealed_secrets(), &objects[number]).map(drop)?;
            Ok(())
        })?;
        self.expected += count;
        let last = self
            .arrivals
            .all(self.expected, PATIENCE)
            .with_context(|| self.controller.process.last_words())?;
        Ok(last.saturating_duration_since(started))
    }

    /// Creates one object; returns when it was asked for and when its Secret came.
    pub(crate) fn create_one(&mut self, place: &Place<'_>, name: &str) -> Result<(Instant, Instant)> {
        let object = sealed(&self.certificate, &self.work, name)?;
        let started = Instant::now();
        place.cluster.api().create(&self.work.sealed_secrets(), &object)?;
        self.expected += 1;
        let came = self
            .arrivals
            .of(name, started, PATIENCE)
            .with_context(|| self.controller.process.last_words())?;
        Ok((started, came))
    }

    /// Waits until the controller asks the API server for nothing any more; what it asked for since `mark`.
    pub(crate) fn settled(&self, place: &Place<'_>, mark: Mark) -> Result<Vec<Request>> {
        let user = self.controller.user();
        let deadline = Instant::now() + PATIENCE;
        let mut before = usize::MAX;
        loop {
            thread::sleep(QUIET);
            let mut requests = place.cluster.requests_since(mark)?;
            requests.retain(|request| request.by(&user));
            if requests.len() == before {
                return Ok(requests);
            }
            before = requests.len();
            if Instant::now() > deadline {
                bail!("it did not come to rest within {PATIENCE:?}");
            }
        }
    }

    /// Starts the process again after it was killed, and returns when.
    pub(crate) fn start_again(&self) -> Result<Instant> {
        let started = Instant::now();
        self.controller.process.restart()?;
        Ok(started)
    }

    /// When `path` answered 200; asked every 2 ms, which is less than a connection costs.
    pub(crate) fn answers(&self, path: &str) -> Result<Instant> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if self.controller.get(path).is_ok_and(|answer| answer.status == 200) {
                return Ok(Instant::now());
            }
            thread::sleep(Duration::from_millis(2));
        }
        bail!("{path} did not answer within {PATIENCE:?}: {}", self.controller.process.last_words())
    }

    /// Resident memory in bytes, once it has been at rest for a while.
    #[allow(clippy::cast_precision_loss, reason = "memory sizes are far below 2^52")]
    pub(crate) fn memory(&self) -> Result<f64> {
        thread::sleep(Duration::from_secs(3));
        Ok(self.controller.process.usage()?.resident as f64)
    }
}

impl Which {
    /// For messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Theirs => "upstream's",
        }
    }

    /// Where it runs.
    pub(crate) fn namespace(self) -> Namespace {
        Namespace::new(match self {
            Self::Ours => "sealed-secrets",
            Self::Theirs => "kube-system",
        })
    }
}

fn launch(place: &Place<'_>, which: Which, arguments: &[&str]) -> Result<InCluster> {
    let program = match which {
        Which::Ours => place.ours,
        Which::Theirs => place.theirs,
    };
    let namespace = which.namespace();
    let launch = Launch { arguments, ..Launch::new(program, &namespace, CONTROLLER) };
    let controller = InCluster::spawn(place.sandbox, place.cluster, &launch)?;
    controller.wait_ready("/healthz")?;
    Ok(controller)
}
