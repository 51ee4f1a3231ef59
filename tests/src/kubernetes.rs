//! A Kubernetes control plane and kubectl, built from the Go modules that `tools/kubernetes` pins.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::go_module::GoModule;

/// The release of Kubernetes that the tests run on.
pub const VERSION: &str = "v1.36.3";

// Without a version that parses, clients refuse to talk to the API server.
const MODULE: GoModule = GoModule {
    name: "kubernetes",
    version: VERSION,
    stamp: "-X k8s.io/component-base/version.gitVersion=v1.36.3 \
            -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36",
};

/// Where the programs of a control plane lie.
#[derive(Clone, Debug)]
pub struct Kubernetes {
    /// etcd 3.6.
    pub etcd: PathBuf,
    /// The API server.
    pub kube_apiserver: PathBuf,
    /// The controllers: garbage collection, namespaces, service accounts, deployments and so on.
    pub kube_controller_manager: PathBuf,
    /// kubectl of the same version.
    pub kubectl: PathBuf,
}

impl Kubernetes {
    /// Builds what is not built yet, one program after the other (five minutes of processor time when nothing is).
    ///
    /// Where the environment variable `KUBEBUILDER_ASSETS` names a folder, as it does for other controllers' tests,
    /// etcd, kube-apiserver and kubectl come from there; kube-controller-manager, which such folders lack, is always
    /// built.
    ///
    /// # Errors
    /// `KUBEBUILDER_ASSETS` lacks a program, there is no Go (the sentence says what to install), or a build fails.
    pub fn built() -> Result<Self> {
        let assets =
            std::env::var_os("KUBEBUILDER_ASSETS").filter(|value| !value.is_empty()).map(PathBuf::from);
        let program = |name: &str, package: &str| {
            let Some(assets) = &assets else {
                let remedy = ", or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl";
                return MODULE.program(name, package, remedy);
            };
            let path = assets.join(name);
            if !path.is_file() {
                bail!("KUBEBUILDER_ASSETS is set, but {} is no file", path.display());
            }
            Ok(std::path::absolute(path)?)
        };
        Ok(Self {
            etcd: program("etcd", "go.etcd.io/etcd/server/v3")?,
            kube_apiserver: program("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver")?,
            kubectl: program("kubectl", "k8s.io/kubernetes/cmd/kubectl")?,
            kube_controller_manager: MODULE.program(
                "kube-controller-manager",
                "k8s.io/kubernetes/cmd/kube-controller-manager",
                "",
            )?,
        })
    }
}
