//! A world of its own for a test program: nothing leaves the machine, nothing collides, nothing is left behind.
//!
//! [`enter`] starts the program again in namespaces of its own (user namespace where it is not root, network, mount,
//! process ids). In there loopback is the only network, every address of 10.99.0.0/16 is local (an API server takes
//! such an address for a Pod, where it refuses 127.0.0.0/8), `/run` is an empty folder in memory, and all processes
//! die with the program, however it ends.

use std::ffi::OsString;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail, ensure};
use rustix::mount::{MountFlags, mount, mount_bind};

/// Says which of the steps into the namespaces this process is.
const STAGE: &str = "SEALED_SECRETS_TESTS_STAGE";

/// Where a program in a Pod finds its service account (a path that client-go and kube have built in).
pub const SERVICE_ACCOUNT_FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// State of everything that runs inside; in memory, so it goes when the last process goes.
const STATE: &str = "/run/sealed-secrets-tests";

/// What is handed out inside, each thing once. There is one in a program: the proof that it is inside.
#[derive(Debug)]
pub struct Sandbox {
    next_address: AtomicU32,
    next_folder: AtomicU32,
    state: PathBuf,
}

/// The very first call of `main`, before it looks at its arguments: where this process was started as a helper of the
/// sandbox, it does that and never returns.
pub fn help_if_asked() {
    let stage = std::env::var(STAGE).unwrap_or_default();
    let failed = match stage.as_str() {
        "first" => match first_process() {
            Ok(status) => std::process::exit(status),
            Err(error) => error,
        },
        "program" => become_program(),
        _ => return,
    };
    eprintln!("error: {failed:#}");
    std::process::exit(1);
}

/// Goes on inside the namespaces: `main` calls it once all binaries are built, before it starts a thread.
///
/// `programs` are environment variables to set in there, for example `SEAL_BIN` with what cargo has just built: cargo
/// is not asked again inside.
///
/// Where it returns, it returns in another process than the one that called it; the calling one becomes `unshare`
/// and passes the exit status on. A folder named by the environment variable `CLUSTER_TEST_STATE` takes the logs
/// and the state of everything that runs, and keeps them.
///
/// # Errors
/// Namespaces are not allowed here, or a program (`unshare` of util-linux, `ip` of iproute2) is missing: a sentence
/// that says what to do.
pub fn enter(programs: &[(&str, &Path)]) -> Result<Sandbox> {
    if std::env::var_os(STAGE).is_none() { Err(unshare(programs)) } else { inside() }
}

impl Sandbox {
    /// An address that nothing else in here has: 10.99.0.1, 10.99.0.2 and so on.
    ///
    /// # Panics
    /// After some 65,000 of them.
    pub fn address(&self) -> Ipv4Addr {
        let number = self.next_address.fetch_add(1, Ordering::Relaxed);
        let low =
            u16::try_from(number).ok().filter(|low| *low < u16::MAX).expect("fewer programs than addresses");
        let [high, low] = low.to_be_bytes();
        Ipv4Addr::new(10, 99, high, low)
    }

    /// A new folder for the state of one program, with `name` in its name.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let number = self.next_folder.fetch_add(1, Ordering::Relaxed);
        let folder = self.state.join(format!("{number:03}-{name}"));
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        Ok(folder)
    }

    /// How to run `program` with `service_account` as the folder of its service account, as in a Pod.
    ///
    /// It has a mount namespace of its own for that, so that many can run side by side; its process id is that of
    /// the child that is started.
    ///
    /// # Errors
    /// This program's own path is unknown.
    pub fn pod(&self, program: &Path, service_account: &Path) -> Result<Pod> {
        Ok(Pod {
            mounter: std::env::current_exe().context("the path of the test program")?,
            program: program.to_owned(),
            service_account: service_account.to_owned(),
        })
    }
}

/// See [`Sandbox::pod`].
#[derive(Clone, Debug)]
pub struct Pod {
    mounter: PathBuf,
    program: PathBuf,
    service_account: PathBuf,
}

impl Pod {
    /// A command with the arguments and the environment still to come; of this process's environment only `PATH` is
    /// passed on. `network` is what leads into another network: [`PodNetwork::entry`](super::PodNetwork::entry), or nothing.
    pub fn command(&self, network: &[String]) -> Command {
        let mut words = network.iter().map(String::as_str).chain(["unshare"]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command
            .args(words)
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH"))
            .env(STAGE, "program")
            .arg("--mount")
            .args([&self.mounter, &self.service_account, &self.program]);
        command
    }
}

/// Becomes `unshare`, which starts this program again as process 1 of the namespaces.
fn unshare(programs: &[(&str, &Path)]) -> anyhow::Error {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return anyhow::Error::new(error).context("the path of the test program"),
    };
    let mut namespaces = vec![
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "--propagation",
        "private",
    ];
    if !rustix::process::geteuid().is_root() {
        namespaces.extend(["--user", "--map-root-user"]);
    }
    if let Err(error) = allowed(&namespaces) {
        return error;
    }
    let error = Command::new("unshare")
        .args(namespaces)
        .arg(program)
        .args(arguments())
        .envs(programs.iter().copied())
        .env(STAGE, "first")
        .exec();
    anyhow::Error::new(error).context("starting unshare")
}

/// Tries it with a program that does nothing: once this process is `unshare`, it cannot explain any more.
fn allowed(namespaces: &[&str]) -> Result<()> {
    let tried = Command::new("unshare").args(namespaces).arg("true").output();
    let output = match tried {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!("the cluster tests run in namespaces of their own: install util-linux, which has `unshare`")
        }
        Err(error) => return Err(error).context("starting unshare"),
    };
    ensure!(
        output.status.success(),
        "the cluster tests run in namespaces of their own, and this machine forbids them ({}): run them as root, or \
         allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone or \
         kernel.apparmor_restrict_unprivileged_userns; in a container: --security-opt seccomp=unconfined)",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

/// Process 1: makes the network and `/run`, then waits for the tests, which are a process of their own since
/// Ctrl-C and abort do nothing to process 1.
fn first_process() -> Result<i32> {
    ensure!(std::process::id() == 1, "{STAGE} is for this program's own use: unset it");
    ip(&["link", "set", "lo", "up"])?;
    ip(&["address", "add", "10.99.0.1/16", "dev", "lo"])?;
    for folder in ["/run", "/var/run"] {
        if Path::new(SERVICE_ACCOUNT_FOLDER).is_dir() {
            break;
        }
        mount("tmpfs", folder, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, Some(c"mode=0755"))
            .with_context(|| format!("mounting a folder in memory at {folder}"))?;
        // Where /var/run is a link to /run, which it is nearly everywhere, this is the only round.
        if folder == "/var/run"
            || Path::new("/var/run").canonicalize().is_ok_and(|path| path == Path::new("/run"))
        {
            fs::create_dir_all(SERVICE_ACCOUNT_FOLDER).context("creating the service account's folder")?;
        }
    }
    let program = std::env::current_exe().context("the path of the test program")?;
    let status = Command::new(program)
        .args(arguments())
        .env(STAGE, "inside")
        .status()
        .context("starting the tests")?;
    Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default()))
}

fn inside() -> Result<Sandbox> {
    ensure!(
        std::os::unix::process::parent_id() == 1 && Path::new(SERVICE_ACCOUNT_FOLDER).is_dir(),
        "{STAGE} is for this program's own use: unset it"
    );
    let state = match std::env::var_os("CLUSTER_TEST_STATE") {
        Some(folder) => PathBuf::from(folder).join(format!("{}", seconds())),
        None => PathBuf::from(STATE),
    };
    fs::create_dir_all(&state).with_context(|| format!("creating {}", state.display()))?;
    // The first address is the one that the interface itself has; each of the network is local.
    Ok(Sandbox { next_address: AtomicU32::new(1), next_folder: AtomicU32::new(1), state })
}

/// Seconds since 1970: a name for the folder of a run that sorts by time.
fn seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// What [`Sandbox::in_pod`] starts: mounts the service account, then becomes the program.
fn become_program() -> anyhow::Error {
    let mut arguments = arguments();
    let (Some(folder), Some(program)) = (arguments.next(), arguments.next()) else {
        return anyhow::anyhow!("{STAGE} is for this program's own use: unset it");
    };
    if let Err(error) = mount_bind(folder, SERVICE_ACCOUNT_FOLDER) {
        return anyhow::Error::new(error).context("mounting the service account's folder");
    }
    let error = Command::new(&program).args(arguments).env_remove(STAGE).exec();
    anyhow::Error::new(error).context(format!("starting {}", program.display()))
}

fn arguments() -> impl Iterator<Item = OsString> {
    std::env::args_os().skip(1)
}

/// Runs `ip` of iproute2.
pub(super) fn ip(arguments: &[&str]) -> Result<()> {
    let output = match Command::new("ip").args(arguments).output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!("the cluster tests need a network of their own: install iproute2, which has `ip`")
        }
        Err(error) => return Err(error).context("starting ip"),
    };
    ensure!(
        output.status.success(),
        "ip {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
