//! The upstream programs that ours are compared with, built from their pinned Go modules.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::go_module::GoModule;

/// The release of upstream that everything here is compared with.
pub const VERSION: &str = "v0.40.0";

const MODULE: GoModule = GoModule { name: "peers", version: VERSION, stamp: "-X main.VERSION=v0.40.0" };

/// The real kubeseal 0.40.0.
///
/// The environment variable `UPSTREAM_KUBESEAL` names a ready binary; otherwise the pinned module is built once
/// and kept in the cache folder (`$XDG_CACHE_HOME` or `~/.cache`). Several processes may ask at the same time:
/// one builds, the others wait for it.
///
/// # Errors
/// Without that variable, a cached binary or Go: a sentence that says what to install.
pub fn kubeseal() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("UPSTREAM_KUBESEAL") {
        let path = PathBuf::from(path);
        if !path.is_file() {
            bail!("UPSTREAM_KUBESEAL names {}, which is no file", path.display());
        }
        return std::path::absolute(path).context("making the path absolute");
    }
    let remedy = format!(", or set UPSTREAM_KUBESEAL to a binary of {VERSION}");
    MODULE.program("kubeseal", "github.com/bitnami/sealed-secrets/cmd/kubeseal", &remedy)
}

/// Upstream's controller 0.40.0, built and kept as [`kubeseal`] is.
///
/// # Errors
/// Without a cached binary or Go: a sentence that says what to install.
pub fn controller() -> Result<PathBuf> {
    MODULE.program("controller", "github.com/bitnami/sealed-secrets/cmd/controller", "")
}
