//! The programs of this workspace, as cargo builds them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, bail};

/// What a build gave, kept for the rest of the process.
pub(crate) type Built = OnceLock<Result<PathBuf, String>>;

/// The binary `name` of a package: what the environment variable `variable` names, or what `cargo build` makes, in
/// the profile that the caller was built in, once for each `built`.
///
/// # Errors
/// The variable names no file, or the build fails.
pub(crate) fn program_of_ours(package: &str, name: &str, variable: &str, built: &Built) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        let path = PathBuf::from(path);
        if !path.is_file() {
            bail!("{variable} names {}, which is no file", path.display());
        }
        return std::path::absolute(path).context("making the path absolute");
    }
    built
        .get_or_init(|| build(package, name).map_err(|error| format!("{error:#}")))
        .clone()
        .map_err(|text| anyhow!(text))
}

/// Cargo says itself where it put the program: no guessing about target folders and triples.
fn build(package: &str, name: &str) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .args(["build", "--quiet", "-p", package, "--bin", name])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit());
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.output().context("starting cargo")?;
    if !output.status.success() {
        bail!("cargo build -p {package} failed");
    }
    executable_in(&output.stdout, name)
        .with_context(|| format!("cargo build -p {package} named no executable {name}"))
}

fn executable_in(messages: &[u8], name: &str) -> Option<PathBuf> {
    messages
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}
