//! Programs built from Go modules: of other projects, and our own that ask Go something.
//!
//! `tools/NAME/go.mod` and `go.sum` pin version and content; beside a `main.go` of ours, nothing else decides what is
//! built. The result lies in the user's cache folder under a hash of these files, so that a second run starts at once.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

/// A folder below `tests/tools` that holds a go.mod, its go.sum, and a `tools.go` that imports the commands, or a `main.go`
/// that is the command.
pub(crate) struct GoModule {
    /// Name of the folder, and of the one in the cache.
    pub(crate) name: &'static str,
    /// What the programs say that they are, for example `v0.40.0`.
    pub(crate) version: &'static str,
    /// Flags of Go's linker that write the version into a program.
    pub(crate) stamp: &'static str,
}

impl GoModule {
    /// The program `name` of the Go package `package`, built on first use.
    ///
    /// Several processes may ask at the same time: one builds, the others wait for it. `remedy` ends the sentence
    /// that is the error where there is no Go.
    ///
    /// # Errors
    /// There is no Go, it fails, or the cache folder cannot be written.
    pub(crate) fn program(&self, name: &str, package: &str, remedy: &str) -> Result<PathBuf> {
        let folder = self.cache_folder()?;
        let binary = folder.join(name);
        if binary.is_file() {
            return Ok(binary);
        }
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        let lock = File::create(folder.join(format!(".{name}.lock"))).context("creating the lock file")?;
        lock.lock().context("waiting for another build")?;
        if !binary.is_file() {
            eprintln!("building {name} from its Go module, once; this can take minutes");
            self.build(name, package, remedy, &binary)?;
        }
        Ok(binary)
    }

    /// Builds beside the target and renames, so that an interrupted build leaves nothing that looks finished.
    fn build(&self, name: &str, package: &str, remedy: &str, binary: &Path) -> Result<()> {
        let unfinished = binary.with_extension("unfinished");
        let output = Command::new("go")
            .current_dir(self.folder())
            .args(["build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags"])
            .arg(format!("-s -w {}", self.stamp))
            .args([OsStr::new("-o"), unfinished.as_os_str(), OsStr::new(package)])
            // A user's own flags (a vendor folder, a race detector) must not change what is measured.
            .env("GOFLAGS", "")
            .env("GOWORK", "off")
            .env("CGO_ENABLED", "0")
            .output();
        let output = match output {
            Ok(output) => output,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
                "the real {name} (tests/tools/{}, {}) is needed, and there is no Go to build it: \
                 install Go 1.26 or newer{remedy}",
                self.name,
                self.version
            ),
            Err(error) => return Err(error).context("starting go"),
        };
        if !output.status.success() {
            bail!("go build {package} failed:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        fs::rename(&unfinished, binary).context("moving the built program into place")
    }

    fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tools").join(self.name)
    }

    /// Content decides the name: another pin is another folder, and an old build is never mistaken for a new one.
    fn cache_folder(&self) -> Result<PathBuf> {
        let mut hash = Sha256::new();
        hash.update(self.version);
        for name in ["go.mod", "go.sum"] {
            let path = self.folder().join(name);
            hash.update(fs::read(&path).with_context(|| format!("reading {}", path.display()))?);
        }
        let program = self.folder().join("main.go");
        if program.is_file() {
            hash.update(fs::read(&program).with_context(|| format!("reading {}", program.display()))?);
        }
        let digest: String = hash.finalize().iter().take(10).map(|byte| format!("{byte:02x}")).collect();
        Ok(user_cache()?.join(self.name).join(digest))
    }
}

/// The project's folder in the user's cache: `$XDG_CACHE_HOME/sealed-secrets-toolkit`, or below `~/.cache`.
///
/// As the XDG base directory specification says; a relative `XDG_CACHE_HOME` counts as unset.
///
/// # Errors
/// There is neither that variable nor a home folder.
pub fn user_cache() -> Result<PathBuf> {
    let set = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = match set {
        Some(folder) => folder,
        None => std::env::home_dir()
            .context("no home folder to keep the built programs in: set XDG_CACHE_HOME")?
            .join(".cache"),
    };
    Ok(cache.join("sealed-secrets-toolkit"))
}
