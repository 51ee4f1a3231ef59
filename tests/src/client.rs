//! The binary under test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, bail};
use tempfile::TempDir;

/// Our client, by its own name `seal`.
///
/// The environment variable `SEAL_BIN` names a ready binary; otherwise `cargo build -p seal` makes it, in the
/// profile that the caller was built in, once a process.
///
/// # Errors
/// `SEAL_BIN` names no file, or the build fails.
pub fn seal() -> Result<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    if let Some(path) = std::env::var_os("SEAL_BIN") {
        let path = PathBuf::from(path);
        if !path.is_file() {
            bail!("SEAL_BIN names {}, which is no file", path.display());
        }
        return std::path::absolute(path).context("making the path absolute");
    }
    BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}"))).clone().map_err(|text| anyhow!(text))
}

/// A program under the name `kubeseal`, in a folder of its own that every user may enter.
///
/// The client tells its two roles apart by the name it is called by, and some transcripts are run as another
/// user than the one who built it.
pub struct AsKubeseal {
    _folder: TempDir,
    path: PathBuf,
}

impl AsKubeseal {
    /// Copies `program`.
    ///
    /// # Errors
    /// The copy fails.
    pub fn copy_of(program: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("kubeseal-")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .tempdir()
            .context("creating a folder for the program")?;
        let path = folder.path().join("kubeseal");
        // By a process of its own: a file that this one has open for writing is inherited by whatever another test
        // starts at that moment, and a program that is open for writing cannot be started ("text file busy").
        let copied = Command::new("cp").arg(program).arg(&path).status().context("starting cp")?;
        if !copied.success() {
            bail!("copying {} failed", program.display());
        }
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .context("making the copy executable")?;
        Ok(Self { _folder: folder, path })
    }

    /// Where the copy lies; its last part is `kubeseal`.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Cargo says itself where it put the program: no guessing about target folders and triples.
fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .args([
            "build",
            "--quiet",
            "-p",
            "seal",
            "--bin",
            "seal",
            "--message-format",
            "json-render-diagnostics",
        ])
        .stderr(Stdio::inherit());
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.output().context("starting cargo")?;
    if !output.status.success() {
        bail!("cargo build -p seal failed");
    }
    executable_in(&output.stdout).context("cargo build -p seal named no executable")
}

fn executable_in(messages: &[u8]) -> Option<PathBuf> {
    messages
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "seal")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}
