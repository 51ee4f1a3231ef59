//! What the tests of one program share: the sandbox, the built programs, and control planes that start on first use.

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::Result;

use super::control_plane::{ControlPlane, Options};
use super::sandbox::{self, Sandbox};
use crate::kubernetes::Kubernetes;

/// A test of this world.
pub type Test = fn(&World) -> Result<()>;

/// Handed to every test.
pub struct World {
    /// Addresses and folders.
    pub sandbox: Sandbox,
    /// The programs of a control plane.
    pub programs: Kubernetes,
    plain: Shared,
    ours: Shared,
    upstream: Shared,
    fragile: Mutex<Option<ControlPlane>>,
}

/// A control plane that the first test that asks for it starts.
#[derive(Default)]
struct Shared {
    starting: Mutex<()>,
    started: OnceLock<ControlPlane>,
}

impl World {
    /// Builds what is missing and enters the sandbox: see [`sandbox::enter`], it is another process that goes on.
    /// Binaries that the tests need besides must be built before; those that cargo builds are named by variable in
    /// `programs`.
    ///
    /// # Errors
    /// A program cannot be built, or namespaces are not allowed.
    pub fn enter(programs: &[(&str, &Path)]) -> Result<Self> {
        let kubernetes = Kubernetes::built()?;
        let sandbox = sandbox::enter(programs)?;
        Ok(Self {
            sandbox,
            programs: kubernetes,
            plain: Shared::default(),
            ours: Shared::default(),
            upstream: Shared::default(),
            fragile: Mutex::default(),
        })
    }

    /// The control plane for tests that need no custom resource.
    ///
    /// # Errors
    /// It does not start.
    pub fn plain(&self) -> Result<&ControlPlane> {
        self.plain.get(|| self.control_plane(&Options::default()))
    }

    /// The control plane with our custom resource definition, `deploy/crd`.
    ///
    /// # Errors
    /// It does not start.
    pub fn ours(&self) -> Result<&ControlPlane> {
        self.ours.get(|| {
            let cluster = self.control_plane(&Options::default())?;
            cluster.apply(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/crd"))?;
            Ok(cluster)
        })
    }

    /// The control plane with upstream's custom resource definition, for controllers that work in a namespace of the
    /// test's own (`--all-namespaces=false`).
    ///
    /// # Errors
    /// It does not start.
    pub fn upstream(&self) -> Result<&ControlPlane> {
        self.upstream.get(|| {
            let cluster = self.control_plane(&Options::default())?;
            cluster.install_upstream_definition()?;
            Ok(cluster)
        })
    }

    /// Lends a control plane with upstream's definition to tests that kill and freeze its parts: one has it at a time,
    /// and after one that failed the next gets another.
    ///
    /// # Errors
    /// It does not start, or `test` failed.
    pub fn fragile(&self, test: impl FnOnce(&ControlPlane) -> Result<()>) -> Result<()> {
        let mut place = self.fragile.lock().unwrap_or_else(PoisonError::into_inner);
        let cluster = match place.take() {
            Some(cluster) => cluster,
            None => {
                let cluster = self.control_plane(&Options::default())?;
                cluster.install_upstream_definition()?;
                cluster
            }
        };
        test(&cluster)?;
        *place = Some(cluster);
        Ok(())
    }

    /// A control plane for one test alone, for example to kill parts of it.
    ///
    /// # Errors
    /// It does not start.
    pub fn control_plane(&self, options: &Options) -> Result<ControlPlane> {
        ControlPlane::start(&self.sandbox, &self.programs, options)
    }
}

impl Shared {
    /// One test starts it, the others wait; where it fails, the next one tries again.
    fn get(&self, start: impl FnOnce() -> Result<ControlPlane>) -> Result<&ControlPlane> {
        let _one = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(started) = self.started.get() {
            return Ok(started);
        }
        let cluster = start()?;
        Ok(self.started.get_or_init(|| cluster))
    }
}
