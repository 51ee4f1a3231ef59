//! etcd, kube-apiserver and kube-controller-manager, as real as they come.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::api::Api;
use super::audit::{self, Mark, Request};
use super::command_lines::{self, Layout};
use super::daemon::Daemon;
use super::kubeconfig;
use super::pki::Pki;
use super::sandbox::Sandbox;
use super::wait::wait_until;
use crate::kubernetes::Kubernetes;
use crate::process;

/// A slow machine under load; a fast one takes 3.5 s.
const PATIENCE: Duration = Duration::from_secs(120);

/// The controllers that most tests need: owned objects are collected, namespaces go, roles aggregate.
pub const CONTROLLERS: &[&str] = &[
    "garbage-collector-controller",
    "namespace-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "clusterrole-aggregation-controller",
    "root-ca-certificate-publisher-controller",
];

/// How a control plane is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Priority and fairness, which a real API server has and which answers 429 to clients that want too much. Off:
    /// no limit at all.
    pub priority_and_fairness: bool,
    /// Which controllers kube-controller-manager runs.
    pub controllers: Vec<String>,
    /// More arguments for kube-apiserver.
    pub api_server: Vec<String>,
}

impl Default for Options {
    /// With priority and fairness and [`CONTROLLERS`].
    fn default() -> Self {
        Self {
            priority_and_fairness: true,
            controllers: CONTROLLERS.iter().map(|name| (*name).to_owned()).collect(),
            api_server: Vec::new(),
        }
    }
}

/// A running control plane without nodes. Every request to it is audited. Dropping it ends it.
pub struct ControlPlane {
    // Dropped in this order: an API server without etcd lingers.
    /// kube-controller-manager.
    pub controller_manager: Daemon,
    /// kube-apiserver.
    pub api_server: Daemon,
    /// etcd.
    pub etcd: Daemon,
    /// Its certificates, and the key that service-account tokens are signed with.
    pub pki: Pki,
    api: Api,
    address: Ipv4Addr,
    folder: PathBuf,
    kubectl: PathBuf,
}

impl ControlPlane {
    /// The port of every API server here.
    pub const PORT: u16 = 6443;

    /// Starts one on an address of its own and returns when it is ready, with the default namespaces and roles there.
    ///
    /// # Errors
    /// A program cannot be started, or ends, or is not ready in two minutes: the error has its last words.
    pub fn start(sandbox: &Sandbox, programs: &Kubernetes, options: &Options) -> Result<Self> {
        let address = sandbox.address();
        let folder = sandbox.folder("control-plane")?;
        // 10.0.0.1: what the Service `kubernetes` is called by.
        let pki = Pki::new(&[IpAddr::V4(address), IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))])?;
        pki.write(&folder.join("pki"))?;
        fs::write(folder.join("audit-policy.yaml"), audit::POLICY).context("writing the audit policy")?;
        let server = format!("https://{address}:{}", Self::PORT);
        kubeconfig::write(&folder.join("kubeconfig.in"), &server, &folder.join("pki"))?;
        let api = Api::new(&server, &pki.authority, Some(&pki.admin))?;

        let layout = Layout {
            address,
            port: Self::PORT,
            etcd: address,
            // It makes a Pod wait for its namespace's default service account; no Pod runs here.
            without: Some("ServiceAccount"),
            audit_size: 10_000,
            options,
        };
        let etcd = {
            let (program, arguments, folder) =
                (programs.etcd.clone(), command_lines::etcd(address), folder.clone());
            Daemon::start("etcd", &folder.join("etcd.log"), move || {
                Ok(command(&program, &arguments, &folder))
            })?
        };
        let api_server = {
            let (program, arguments, folder) =
                (programs.kube_apiserver.clone(), command_lines::api_server(&layout), folder.clone());
            Daemon::start("kube-apiserver", &folder.join("api.log"), move || {
                Ok(command(&program, &arguments, &folder))
            })?
        };
        ready(&api, &api_server)?;
        let controller_manager = {
            let (program, arguments, folder) = (
                programs.kube_controller_manager.clone(),
                command_lines::controller_manager(&layout),
                folder.clone(),
            );
            Daemon::start("kube-controller-manager", &folder.join("kcm.log"), move || {
                Ok(command(&program, &arguments, &folder))
            })?
        };
        let started = Self {
            controller_manager,
            api_server,
            etcd,
            pki,
            api,
            address,
            folder,
            kubectl: programs.kubectl.clone(),
        };
        wait_until(PATIENCE, "the service account default/default", || {
            if started.controller_manager.ended()?.is_some() {
                return Ok(Some(false));
            }
            Ok(started.api.find("/api/v1/namespaces/default/serviceaccounts/default")?.map(|_| true))
        })
        .and_then(|alive| if alive { Ok(()) } else { bail!("kube-controller-manager has ended") })
        .with_context(|| started.controller_manager.last_words())?;
        Ok(started)
    }

    /// A client that may do everything.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// A client without any identity: what anonymous users may do, or the base of [`Api::with_token`].
    ///
    /// # Errors
    /// Never, the certificate was made here.
    pub fn anonymous(&self) -> Result<Api> {
        Api::new(&self.server(), &self.pki.authority, None)
    }

    /// The address of the API server; its port is [`PORT`](Self::PORT).
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// `https://address:port` of the API server.
    pub fn server(&self) -> String {
        format!("https://{}:{}", self.address, Self::PORT)
    }

    /// A kubeconfig file of the administrator, for kubectl, kubeseal and ours.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig.in")
    }

    /// Where its state and logs lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Kills the API server, starts it again, and waits until it is ready.
    ///
    /// # Errors
    /// It is not ready in two minutes.
    pub fn restart_api_server(&self) -> Result<()> {
        self.api_server.restart()?;
        self.wait_ready()
    }

    /// Waits until the API server says that it is ready.
    ///
    /// # Errors
    /// It ends, or is not ready in two minutes.
    pub fn wait_ready(&self) -> Result<()> {
        ready(&self.api, &self.api_server)
    }

    /// kubectl as the administrator; what it prints, once it has succeeded.
    ///
    /// # Errors
    /// It fails; the error holds its standard error.
    pub fn kubectl(&self, arguments: &[&str], stdin: &str) -> Result<String> {
        let mut command = Command::new(&self.kubectl);
        command
            .args(arguments)
            .env("KUBECONFIG", self.kubeconfig())
            .env("KUBECACHEDIR", self.folder.join("kubectl"));
        let stdout = process::run(&mut command, stdin.as_bytes().to_vec(), Duration::from_secs(60))?
            .success()
            .with_context(|| format!("kubectl {}", arguments.join(" ")))?;
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    }

    /// Applies a file, or a folder: with `kubectl apply -k` where it has a kustomization.yaml, else all files in it.
    /// Custom resource definitions are served when it returns.
    ///
    /// # Errors
    /// kubectl fails, or a definition is not served within a minute.
    pub fn apply(&self, path: &Path) -> Result<()> {
        let flag = if path.join("kustomization.yaml").is_file() { "-k" } else { "-f" };
        self.kubectl(&["apply", flag, &path.to_string_lossy()], "")?;
        self.wait_definitions()
    }

    /// Waits until all custom resource definitions that there are can be used.
    ///
    /// # Errors
    /// One cannot within a minute.
    pub fn wait_definitions(&self) -> Result<()> {
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        wait_until(Duration::from_secs(60), "the custom resource definitions", || {
            for definition in self.api.list(path)? {
                let spec = &definition["spec"];
                let (group, plural) = (spec["group"].as_str(), spec["names"]["plural"].as_str());
                let version = spec["versions"][0]["name"].as_str();
                let (Some(group), Some(version), Some(plural)) = (group, version, plural) else {
                    return Ok(None);
                };
                // 404 before it is there, 429 while its storage is made.
                self.api.get(&format!("/apis/{group}/{version}/{plural}?limit=1"))?;
            }
            Ok(Some(()))
        })
    }

    /// The end of the audit log as it is now.
    pub fn mark(&self) -> Mark {
        Mark(fs::metadata(self.folder.join("audit.log")).map_or(0, |file| file.len()))
    }

    /// All requests that were answered since, in the order of their answers; watches when they began.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn requests_since(&self, mark: Mark) -> Result<Vec<Request>> {
        audit::read(&self.folder.join("audit.log"), mark)
    }
}

fn command(program: &Path, arguments: &[String], folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    command
}

fn ready(api: &Api, server: &Daemon) -> Result<()> {
    wait_until(PATIENCE, "the API server", || {
        if server.ended()?.is_some() {
            return Ok(Some(false));
        }
        Ok((api.send("GET", "/readyz", "", b"")?.status == 200).then_some(true))
    })
    .and_then(|alive| if alive { Ok(()) } else { bail!("kube-apiserver has ended") })
    .with_context(|| server.last_words())
}
