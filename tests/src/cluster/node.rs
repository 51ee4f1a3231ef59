//! A person's cluster: the control plane and one node, on this machine, until it is taken down.
//!
//! `tools/cluster/minicluster` is the node (its head says what it can do); what it needs is made here.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::api::Api;
use super::audit::{Mark, Request};
use super::command_lines::{self, Layout};
use super::control_plane::{CONTROLLERS, Options};
use super::pki::{Pair, Pki};
use super::wait::wait_until;
use super::{audit, kubeconfig};
use crate::go_module::user_cache;
use crate::kubernetes::Kubernetes;
use crate::process;

/// Those that bring Pods and the endpoints of Services about, besides [`CONTROLLERS`].
const NODE_CONTROLLERS: &[&str] = &[
    "deployment-controller",
    "replicaset-controller",
    "endpoints-controller",
    "endpointslice-controller",
    "endpointslice-mirroring-controller",
];

/// The Service `kubernetes`, which is where the API server listens.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

/// A one-node cluster that outlives the program that started it.
#[derive(Clone, Debug)]
pub struct Node {
    folder: PathBuf,
}

impl Node {
    /// The cluster of this user: in the project's cache folder.
    ///
    /// # Errors
    /// There is no home folder.
    pub fn of_user() -> Result<Self> {
        Ok(Self { folder: user_cache()?.join("cluster") })
    }

    /// A cluster in another folder, absolute and without blanks.
    pub fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Its state and logs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// For kubectl and everything else on this machine. The administrator's; it lasts as long as the cluster.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// kubectl of the cluster's version.
    pub fn kubectl(&self) -> PathBuf {
        self.folder.join("bin/kubectl")
    }

    /// The image under which a Pod runs an executable of this machine.
    ///
    /// # Errors
    /// The path cannot be made absolute.
    pub fn image_of(program: &Path) -> Result<String> {
        let path = std::path::absolute(program).context("making the path absolute")?;
        Ok(format!("local{}:dev", path.display()))
    }

    /// A client that may do everything.
    ///
    /// # Errors
    /// It is not up.
    pub fn api(&self) -> Result<Api> {
        let read = |name: &str| {
            let path = self.folder.join(name);
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
        };
        let config: Value = serde_json::from_str(&read("kubeconfig")?).context("reading the kubeconfig")?;
        let server =
            config["clusters"][0]["cluster"]["server"].as_str().context("a server in the kubeconfig")?;
        let admin = Pair { certificate: read("pki/admin.crt")?, key: read("pki/admin.key")? };
        Api::new(server, &read("pki/ca.crt")?, Some(&admin))
    }

    /// What the containers of the Pods of a namespace have printed, one after the other.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn output_of(&self, namespace: &str) -> Result<String> {
        let mut text = String::new();
        for entry in fs::read_dir(self.folder.join("pods")).context("reading the Pods' output")? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(&format!("{namespace}.")) && name.ends_with(".log") {
                text.push_str(&String::from_utf8_lossy(&fs::read(&path)?));
            }
        }
        Ok(text)
    }

    /// kubectl as the administrator; what it prints, once it has succeeded.
    ///
    /// # Errors
    /// It fails; the error holds its standard error.
    pub fn run_kubectl(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(self.kubectl());
        command
            .args(arguments)
            .env("KUBECONFIG", self.kubeconfig())
            .env("KUBECACHEDIR", self.folder.join("kubectl"));
        let stdout = process::run(&mut command, Vec::new(), Duration::from_secs(120))?
            .success()
            .with_context(|| format!("kubectl {}", arguments.join(" ")))?;
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    }

    /// Kills the process of a Pod's container (SIGKILL), as running out of memory would.
    ///
    /// # Errors
    /// There is no such Pod, or it has ended.
    pub fn kill(&self, namespace: &str, pod: &str) -> Result<()> {
        let path = self.folder.join(format!("pods/{namespace}.{pod}.pid"));
        let id = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let mut command = Command::new(self.folder.join("enter"));
        command.args(["kill", "-KILL", id.trim()]);
        process::run(&mut command, Vec::new(), Duration::from_secs(20))?.success()?;
        Ok(())
    }

    /// All requests to its API server so far.
    ///
    /// # Errors
    /// The audit log cannot be read.
    pub fn requests(&self) -> Result<Vec<Request>> {
        audit::read(&self.folder.join("audit.log"), Mark(0))
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        self.process().is_some()
    }

    /// Starts it anew and returns when it serves. What a cluster that was not taken down has left is removed.
    ///
    /// # Errors
    /// It runs already, a program is missing, or it does not start: the error says where the logs are.
    pub fn up(&self) -> Result<()> {
        ensure!(!self.is_up(), "the cluster in {} is up already", self.folder.display());
        ensure!(
            self.folder.is_absolute() && !self.folder.to_string_lossy().contains(char::is_whitespace),
            "the folder {} is not absolute, or has blanks",
            self.folder.display()
        );
        let programs = Kubernetes::built()?;
        self.remove()?;
        fs::create_dir_all(self.folder.join("bin"))
            .with_context(|| format!("creating {}", self.folder.display()))?;
        std::os::unix::fs::symlink(&programs.kubectl, self.kubectl()).context("linking kubectl")?;
        let pki = self.folder.join("pki");
        Pki::new(&[IpAddr::V4(ADDRESS), IpAddr::V4(Ipv4Addr::LOCALHOST)])?.write(&pki)?;
        kubeconfig::write(&self.folder.join("kubeconfig.in"), &format!("https://{ADDRESS}:443"), &pki)?;
        fs::write(self.folder.join("audit-policy.yaml"), audit::POLICY)
            .context("writing the audit policy")?;
        fs::write(self.folder.join("commands.json"), commands(&programs).to_string())
            .context("writing the command lines")?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/cluster/minicluster");
        let started = Command::new("python3").arg(script).arg(&self.folder).stdin(Stdio::null()).status();
        match started {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => bail!(
                "the cluster did not start ({status}): its logs are in {}; it needs iproute2 and, where it is not \
                 started by root, user namespaces",
                self.folder.display()
            ),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                bail!("the cluster's node is a Python program: install python3")
            }
            Err(error) => Err(error).context("starting python3"),
        }
    }

    /// Ends every process of it and removes its folder; nothing is left. Says whether it was up.
    ///
    /// # Errors
    /// It cannot be killed, or its folder cannot be removed.
    pub fn down(&self) -> Result<bool> {
        let process = self.process();
        if let Some(process) = process {
            // Process 1 of its namespaces: all others die with it.
            kill_process(process, Signal::KILL).context("killing the cluster")?;
            wait_until(Duration::from_secs(20), "the cluster's end", || Ok((!self.is_up()).then_some(())))?;
        }
        self.remove()?;
        Ok(process.is_some())
    }

    /// Process 1 of the cluster, if it runs; a process that merely got the same id is none.
    fn process(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.folder.join("pid")).ok()?;
        let id: i32 = text.trim().parse().ok()?;
        let called = fs::read(format!("/proc/{id}/cmdline")).ok()?;
        let mine = String::from_utf8_lossy(&called).split('\0').any(|word| Path::new(word) == self.folder);
        if mine { Pid::from_raw(id) } else { None }
    }

    fn remove(&self) -> Result<()> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("removing {}", self.folder.display()))
            }
            _ => Ok(()),
        }
    }
}

/// Program and arguments of each part, as `minicluster` starts them in the cluster's folder.
fn commands(programs: &Kubernetes) -> Value {
    let mut options = Options::default();
    options.controllers.clear();
    options.controllers.extend(CONTROLLERS.iter().chain(NODE_CONTROLLERS).map(|name| (*name).to_owned()));
    let layout = Layout {
        address: ADDRESS,
        port: 443,
        // Pods do not reach it there.
        etcd: Ipv4Addr::LOCALHOST,
        without: None,
        audit_size: 100,
        options: &options,
    };
    let line = |program: &Path, arguments: Vec<String>| {
        let mut line = vec![program.to_string_lossy().into_owned()];
        line.extend(arguments);
        json!(line)
    };
    json!({
        "etcd": line(&programs.etcd, command_lines::etcd(layout.etcd)),
        "kube-apiserver": line(&programs.kube_apiserver, command_lines::api_server(&layout)),
        "kube-controller-manager":
            line(&programs.kube_controller_manager, command_lines::controller_manager(&layout)),
    })
}
