//! A kubeconfig file of the administrator.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

/// Writes one that names the certificates in `pki` by path. It is JSON, which is YAML.
///
/// # Errors
/// The file cannot be written.
pub fn write(file: &Path, server: &str, pki: &Path) -> Result<()> {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": {
            "server": server,
            "certificate-authority": pki.join("ca.crt"),
        }}],
        "users": [{"name": "admin", "user": {
            "client-certificate": pki.join("admin.crt"),
            "client-key": pki.join("admin.key"),
        }}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin", "namespace": "default"}}],
        "current-context": "test",
    });
    fs::write(file, format!("{config:#}\n")).with_context(|| format!("writing {}", file.display()))
}
