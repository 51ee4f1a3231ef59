//! Kubeconfig files: of the administrator, and of somebody with a token. They are JSON, which is YAML.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// Writes the administrator's, which names the certificates in `pki` by path.
///
/// # Errors
/// The file cannot be written.
pub fn write(file: &Path, server: &str, pki: &Path) -> Result<()> {
    let user = json!({"client-certificate": pki.join("admin.crt"), "client-key": pki.join("admin.key")});
    write_for(file, server, pki, &user)
}

/// Writes one of a bearer token's owner; `pki` holds the authority's certificate.
///
/// # Errors
/// The file cannot be written.
pub fn write_with_token(file: &Path, server: &str, pki: &Path, token: &str) -> Result<()> {
    write_for(file, server, pki, &json!({"token": token}))
}

fn write_for(file: &Path, server: &str, pki: &Path, user: &Value) -> Result<()> {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": {
            "server": server,
            "certificate-authority": pki.join("ca.crt"),
        }}],
        "users": [{"name": "user", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "user", "namespace": "default"}}],
        "current-context": "test",
    });
    fs::write(file, format!("{config:#}\n")).with_context(|| format!("writing {}", file.display()))
}
