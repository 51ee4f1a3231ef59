//! The main job on a throw-away key: seals examples/kam in bulk, opens it again, compares byte for byte.
//!
//! Everything happens in a temporary folder. The commands are printed as they are run, so that they can be typed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sealed_secrets::Secret;
use sealed_secrets::manifest::{self, Limits};
use sealed_secrets_tests::client;

/// Values by namespace, name and key.
type Values = BTreeMap<(String, String, String), Vec<u8>>;

fn main() -> Result<()> {
    let seal = client::seal()?;
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kam").canonicalize()?;
    let folder = tempfile::tempdir()?;
    let work = folder.path();
    copy_tree(&example, work)?;
    let sealed = "rt-inventory-gitops/config/rt-inventory-cicd/base/09-secrets";

    println!("A throw-away key pair, as the controller would make it:");
    run(&seal, work, &["keys", "generate", "key"])?;
    println!("\nSeal the folder of plain Secrets into the GitOps repository:");
    run(&seal, work, &["--cert", "key/tls.crt", "secrets/", "--output-dir", sealed])?;
    println!("\nWhat Git gets to see of one of them:");
    let text = std::fs::read_to_string(work.join(sealed).join("gitops-webhook-sealedsecret.yaml"))?;
    for line in text.lines() {
        let short: String = line.chars().take(72).collect();
        println!("    {short}{}", if short.len() < line.len() { "…" } else { "" });
    }
    println!("\nOpen them again, with the private key that only the cluster would have:");
    run(&seal, work, &["unseal", sealed, "--key", "key/tls.key", "--output-dir", "opened"])?;

    let plain = values(&work.join("secrets"))?;
    let opened = values(&work.join("opened"))?;
    ensure!(!plain.is_empty(), "examples/kam/secrets holds no Secret");
    let names = |values: &Values| values.keys().cloned().collect::<Vec<_>>();
    ensure!(names(&plain) == names(&opened), "not the same Secrets and keys came back");
    println!("\nCompared byte for byte:");
    for ((namespace, name, key), value) in &plain {
        let back = &opened[&(namespace.clone(), name.clone(), key.clone())];
        ensure!(value == back, "{namespace}/{name}, item {key}: another value came back");
        println!("    equal  {namespace}/{name}  {key}  ({} bytes)", value.len());
    }
    println!("\nAll {} values are the same. Nothing is left behind.", plain.len());
    Ok(())
}

fn run(seal: &Path, work: &Path, args: &[&str]) -> Result<()> {
    println!("  $ seal {}", args.join(" "));
    let output = Command::new(seal).args(args).current_dir(work).output().context("starting seal")?;
    for line in
        String::from_utf8_lossy(&output.stderr).lines().chain(String::from_utf8_lossy(&output.stdout).lines())
    {
        println!("    {line}");
    }
    if !output.status.success() {
        bail!("seal {} failed: {}", args.join(" "), output.status);
    }
    Ok(())
}

/// Every value of every Secret in a folder.
fn values(folder: &Path) -> Result<Values> {
    let limits = Limits::default();
    let mut values = Values::new();
    for file in files(folder)? {
        let bytes = std::fs::read(&file)?;
        let text = manifest::decode(&bytes)?;
        for document in manifest::documents(&text, &limits) {
            let value = document?.parse(&limits)?.value;
            if value.is_null() {
                continue;
            }
            let secret = Secret::from_manifest(value).with_context(|| file.display().to_string())?.object;
            let namespace = secret.metadata.namespace.unwrap_or_default();
            let name = secret.metadata.name.unwrap_or_default();
            for (key, plaintext) in secret.data {
                values.insert((namespace.clone(), name.clone(), key), plaintext.as_bytes().to_vec());
            }
        }
    }
    Ok(values)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() { files.extend(self::files(&path)?) } else { files.push(path) }
    }
    files.sort();
    Ok(files)
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        std::fs::create_dir_all(target.parent().context("a file has a folder")?)?;
        std::fs::copy(&file, &target)?;
    }
    Ok(())
}
