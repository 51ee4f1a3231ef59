//! A program as it runs in a Pod, without the Pod: the in-cluster configuration, a service account's rights and no more.
//!
//! ```ignore
//! let executable = upstream::controller()?;
//! let launch = Launch {
//!     arguments: &["--all-namespaces=false"],
//!     ..Launch::new(&executable, &namespace, "sealed-secrets-controller")
//! };
//! let program = InCluster::spawn(&world.sandbox, cluster, &launch)?;
//! program.wait_ready("/healthz")?;
//! cluster.publish(&namespace, "sealed-secrets-controller", program.address())?;
//! ```

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::control_plane::ControlPlane;
use super::daemon::Daemon;
use super::http::{self, Answer};
use super::namespace::Namespace;
use super::pod_network::PodNetwork;
use super::sandbox::Sandbox;
use super::wait::wait_until;

/// What to start, and as whom.
#[derive(Clone, Copy)]
pub struct Launch<'a> {
    /// The executable.
    pub program: &'a Path,
    /// The namespace that it believes to run in.
    pub namespace: &'a Namespace,
    /// Its service account there, which must exist with its roles.
    pub service_account: &'a str,
    /// Arguments after `--listen-addr ADDRESS:8080 --listen-metrics-addr ADDRESS:8081`.
    pub arguments: &'a [&'a str],
    /// Environment variables besides those that a Pod has.
    pub environment: &'a [(&'a str, &'a str)],
    /// How long its token lasts; the API server gives at least ten minutes.
    pub token_lasts: Duration,
    /// A network of its own, in place of the sandbox's.
    pub network: Option<&'a PodNetwork>,
}

/// A controller that runs, on an address of its own. Dropping it kills it.
pub struct InCluster {
    /// Its process: signals, exit status, memory and processor time, output.
    pub process: Daemon,
    address: Ipv4Addr,
    service_account_folder: PathBuf,
    service_account: String,
    namespace: Namespace,
}

impl<'a> Launch<'a> {
    /// With a token of an hour, no more arguments and no more environment.
    pub fn new(program: &'a Path, namespace: &'a Namespace, service_account: &'a str) -> Self {
        Self {
            program,
            namespace,
            service_account,
            arguments: &[],
            environment: &[],
            token_lasts: Duration::from_secs(3600),
            network: None,
        }
    }
}

impl InCluster {
    /// The port of the HTTP API.
    pub const PORT: u16 = 8080;
    /// The port of the metrics.
    pub const METRICS_PORT: u16 = 8081;

    /// Starts it and returns at once; see [`wait_ready`](Self::wait_ready).
    ///
    /// # Errors
    /// There is no such service account, or the program cannot be started.
    pub fn spawn(sandbox: &Sandbox, cluster: &ControlPlane, launch: &Launch<'_>) -> Result<Self> {
        let name = launch.program.file_name().map_or_else(|| "program".into(), |name| name.to_string_lossy());
        let folder = sandbox.folder(&format!("{}-{name}", launch.namespace))?;
        let service_account_folder = folder.join("serviceaccount");
        fs::create_dir_all(&service_account_folder).context("creating the service account's folder")?;
        let token = cluster.api().token(launch.namespace, launch.service_account, launch.token_lasts)?;
        for (file, text) in [
            ("token", token.as_str()),
            ("namespace", launch.namespace.name()),
            ("ca.crt", cluster.pki.authority.as_str()),
        ] {
            fs::write(service_account_folder.join(file), text).with_context(|| format!("writing {file}"))?;
        }
        let address = launch.network.map_or_else(|| sandbox.address(), PodNetwork::address);
        let entry = launch.network.map(PodNetwork::entry).unwrap_or_default();
        let mut command_line = vec![
            format!("--listen-addr={address}:{}", Self::PORT),
            format!("--listen-metrics-addr={address}:{}", Self::METRICS_PORT),
        ];
        command_line.extend(launch.arguments.iter().map(|argument| (*argument).to_owned()));
        let mut environment = vec![
            ("KUBERNETES_SERVICE_HOST".to_owned(), cluster.address().to_string()),
            ("KUBERNETES_SERVICE_PORT".to_owned(), ControlPlane::PORT.to_string()),
            ("KUBERNETES_SERVICE_PORT_HTTPS".to_owned(), ControlPlane::PORT.to_string()),
            ("HOSTNAME".to_owned(), format!("{}-0", launch.service_account)),
            ("HOME".to_owned(), "/".to_owned()),
        ];
        environment
            .extend(launch.environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let pod = sandbox.pod(launch.program, &service_account_folder)?;
        let work = folder.clone();
        let process = Daemon::start(&name, &folder.join("output.log"), move || {
            let mut command = pod.command(&entry);
            command.args(&command_line).envs(environment.iter().cloned()).current_dir(&work);
            Ok(command)
        })?;
        Ok(Self {
            process,
            address,
            service_account_folder,
            service_account: launch.service_account.to_owned(),
            namespace: launch.namespace.clone(),
        })
    }

    /// The address that it listens at, [`PORT`](Self::PORT) and [`METRICS_PORT`](Self::METRICS_PORT).
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// The name that its requests carry: `system:serviceaccount:NAMESPACE:NAME`, for the audit log.
    pub fn user(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.service_account)
    }

    /// Asks its HTTP API directly, not through the API server.
    ///
    /// # Errors
    /// No answer came within ten seconds.
    pub fn get(&self, path: &str) -> Result<Answer> {
        http::request("GET", &self.url(path), &[], b"")
    }

    /// Posts to its HTTP API directly.
    ///
    /// # Errors
    /// No answer came within ten seconds.
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer> {
        http::request("POST", &self.url(path), headers, body)
    }

    /// Its metrics in Prometheus' text format.
    ///
    /// # Errors
    /// No answer came, or no 200.
    pub fn metrics(&self) -> Result<String> {
        let url = format!("http://{}:{}/metrics", self.address, Self::METRICS_PORT);
        Ok(http::request("GET", &url, &[], b"")?.expect(200)?.text())
    }

    /// Waits until `path` (`/healthz`, `/readyz`) answers 200.
    ///
    /// # Errors
    /// It ends before, or a minute passes: the error has its last words.
    pub fn wait_ready(&self, path: &str) -> Result<()> {
        wait_until(Duration::from_secs(60), &format!("{path} of the program"), || {
            if let Some(status) = self.process.ended()? {
                return Ok(Some(Err(status)));
            }
            Ok((self.get(path)?.status == 200).then_some(Ok(())))
        })
        .and_then(|ready| match ready {
            Ok(()) => Ok(()),
            Err(status) => bail!("it has ended: {status}"),
        })
        .with_context(|| self.process.last_words())
    }

    /// Puts another token into its file, as the kubelet does: the old file or the new one, never half of it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn give_token(&self, token: &str) -> Result<()> {
        let next = self.service_account_folder.join(".token");
        fs::write(&next, token).context("writing the token")?;
        fs::rename(&next, self.service_account_folder.join("token")).context("replacing the token")
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}:{}{path}", self.address, Self::PORT)
    }
}
