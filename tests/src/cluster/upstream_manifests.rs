//! What upstream's plain manifests of 0.40.0 install, without the Deployment: `tests/fixtures/upstream`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::control_plane::ControlPlane;
use super::namespace::Namespace;
use super::wait::wait_until;

/// Name of the service account, the Service and the Deployment.
pub const CONTROLLER: &str = "sealed-secrets-controller";

impl ControlPlane {
    /// Installs upstream's custom resource definition; returns when it is served.
    ///
    /// # Errors
    /// kubectl fails, or the definition is not served within a minute.
    pub fn install_upstream_definition(&self) -> Result<()> {
        self.apply(&fixture("crd.yaml"))
    }

    /// Installs upstream's service account, roles and Services into `namespace` in place of kube-system.
    ///
    /// The ClusterRole keeps its name, the ClusterRoleBinding has the namespace's appended: several controllers can be
    /// installed side by side.
    ///
    /// # Errors
    /// kubectl fails.
    pub fn install_upstream_roles(&self, namespace: &Namespace) -> Result<()> {
        let path = fixture("roles.yaml");
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let text = text.replace("namespace: kube-system", &format!("namespace: {namespace}")).replace(
            "kind: ClusterRoleBinding\nmetadata:\n  name: sealed-secrets-controller",
            &format!("kind: ClusterRoleBinding\nmetadata:\n  name: sealed-secrets-controller-{namespace}"),
        );
        // Tests that install the ClusterRole at the same time may both find that it is not there.
        wait_until(Duration::from_secs(20), "upstream's roles", || {
            Ok(Some(self.kubectl(&["apply", "-f", "-"], &text).map(drop)?))
        })
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/upstream").join(name)
}
