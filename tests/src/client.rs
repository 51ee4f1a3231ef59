//! The client under test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::cargo::{Built, program_of_ours};

/// Our client, by its own name `seal`.
///
/// The environment variable `SEAL_BIN` names a ready binary; otherwise `cargo build -p seal` makes it, in the
/// profile that the caller was built in, once a process.
///
/// # Errors
/// `SEAL_BIN` names no file, or the build fails.
pub fn seal() -> Result<PathBuf> {
    static BUILT: Built = Built::new();
    program_of_ours("seal", "seal", "SEAL_BIN", &BUILT)
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
