//! The upstream programs that ours are compared with, built from their Go modules.
//!
//! `tools/peers/go.mod` and `go.sum` pin version and content; nothing else decides what is built. The result
//! lies in the user's cache folder under a hash of these files, so that a second run starts at once.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

/// The release of upstream that everything here is compared with.
pub const VERSION: &str = "v0.40.0";

/// The real kubeseal 0.40.0.
///
/// The environment variable `UPSTREAM_KUBESEAL` names a ready binary; otherwise the pinned module is built once
/// and kept in the cache folder (`$XDG_CACHE_HOME` or `~/.cache`). Several processes may ask at the same time:
/// one builds, the others wait for it.
///
/// # Errors
/// Without that variable, a cached binary or Go: a sentence that says what to install.
pub fn kubeseal() -> Result<PathBuf> {
    Peer {
        name: "kubeseal",
        package: "github.com/bitnami/sealed-secrets/cmd/kubeseal",
        variable: "UPSTREAM_KUBESEAL",
    }
    .binary()
}

/// A command of the pinned Go module.
struct Peer {
    name: &'static str,
    package: &'static str,
    variable: &'static str,
}

impl Peer {
    fn binary(&self) -> Result<PathBuf> {
        if let Some(path) = std::env::var_os(self.variable) {
            let path = PathBuf::from(path);
            if !path.is_file() {
                bail!("{} names {}, which is no file", self.variable, path.display());
            }
            return std::path::absolute(path).context("making the path absolute");
        }
        let folder = cache_folder()?;
        let binary = folder.join(self.name);
        if binary.is_file() {
            return Ok(binary);
        }
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        let lock =
            File::create(folder.join(format!(".{}.lock", self.name))).context("creating the lock file")?;
        lock.lock().context("waiting for another build")?;
        if !binary.is_file() {
            self.build(&binary)?;
        }
        Ok(binary)
    }

    /// Builds beside the target and renames, so that an interrupted build leaves nothing that looks finished.
    fn build(&self, binary: &Path) -> Result<()> {
        let unfinished = binary.with_extension("unfinished");
        let output = Command::new("go")
            .current_dir(module_folder())
            .args(["build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags"])
            .arg(format!("-s -w -X main.VERSION={VERSION}"))
            .args([OsStr::new("-o"), unfinished.as_os_str(), OsStr::new(self.package)])
            // A user's own flags (a vendor folder, a race detector) must not change what is measured.
            .env("GOFLAGS", "")
            .env("GOWORK", "off")
            .env("CGO_ENABLED", "0")
            .output();
        let output = match output {
            Ok(output) => output,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
                "the real {} is needed to compare with, and there is no Go to build it: \
                 install Go 1.26 or newer, or set {} to a binary of {VERSION}",
                self.name,
                self.variable
            ),
            Err(error) => return Err(error).context("starting go"),
        };
        if !output.status.success() {
            bail!("go build {} failed:\n{}", self.package, String::from_utf8_lossy(&output.stderr));
        }
        fs::rename(&unfinished, binary).context("moving the built program into place")
    }
}

fn module_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/peers")
}

/// Content decides the name: another pin is another folder, and an old build is never mistaken for a new one.
fn cache_folder() -> Result<PathBuf> {
    let mut hash = Sha256::new();
    hash.update(VERSION);
    for name in ["go.mod", "go.sum"] {
        let path = module_folder().join(name);
        hash.update(fs::read(&path).with_context(|| format!("reading {}", path.display()))?);
    }
    let digest: String = hash.finalize().iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    Ok(user_cache()?.join("sealed-secrets-toolkit").join("peers").join(digest))
}

/// As the XDG base directory specification says; a relative `XDG_CACHE_HOME` counts as unset.
fn user_cache() -> Result<PathBuf> {
    if let Some(folder) =
        std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute())
    {
        return Ok(folder);
    }
    let home =
        std::env::home_dir().context("no home folder to keep the built programs in: set XDG_CACHE_HOME")?;
    Ok(home.join(".cache"))
}
