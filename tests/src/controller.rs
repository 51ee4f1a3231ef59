//! The controller under test.

use std::path::PathBuf;

use anyhow::Result;

use crate::cargo::{Built, program_of_ours};

/// Our controller.
///
/// The environment variable `CONTROLLER_BIN` names a ready binary; otherwise `cargo build -p controller` makes it, in
/// the profile that the caller was built in, once a process.
///
/// # Errors
/// `CONTROLLER_BIN` names no file, or the build fails.
pub fn controller() -> Result<PathBuf> {
    static BUILT: Built = Built::new();
    program_of_ours("controller", "controller", "CONTROLLER_BIN", &BUILT)
}
