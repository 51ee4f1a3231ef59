//! Both ways with the real kubeseal 0.40.0: what it seals ours opens, what ours seals it opens.
//!
//! `INTEROP_SEED` repeats a run (each run prints its seed), `INTEROP_ROUNDS` makes it longer or shorter.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use sealed_secrets_tests::client::{self, AsKubeseal};
use sealed_secrets_tests::golden::inputs;
use sealed_secrets_tests::process;
use sealed_secrets_tests::secrets::Secret;
use sealed_secrets_tests::upstream;
use tempfile::TempDir;

/// In each direction.
const ROUNDS: u64 = 60;
const LARGEST: usize = 1 << 20;

#[test]
fn what_kubeseal_seals_ours_opens() -> Result<()> {
    let ours = AsKubeseal::copy_of(&client::seal()?)?;
    rounds(&upstream::kubeseal()?, ours.path())
}

#[test]
fn what_ours_seals_kubeseal_opens() -> Result<()> {
    let ours = AsKubeseal::copy_of(&client::seal()?)?;
    rounds(ours.path(), &upstream::kubeseal()?)
}

/// One program seals random Secrets, the other one opens them.
fn rounds(sealer: &Path, opener: &Path) -> Result<()> {
    let seed: u64 = number_from("INTEROP_SEED").unwrap_or_else(|| rand::rng().random_range(0..1_000_000));
    let count = number_from("INTEROP_ROUNDS").unwrap_or(ROUNDS);
    println!("INTEROP_SEED={seed}, {count} rounds");
    let bench = Bench::new()?;
    for round in 0..count {
        // Every round from a seed of its own: one of them can be repeated alone.
        let mut random = SmallRng::seed_from_u64(seed.wrapping_add(round));
        let way = Way::random(&mut random);
        let items = random.random_range(1..5);
        let secret = Secret::random(&mut random, items, LARGEST);
        let told =
            || format!("INTEROP_SEED={} INTEROP_ROUNDS=1: {way}, sizes {:?}", seed + round, sizes(&secret));
        let sealed = bench.seal(sealer, &way, &secret).with_context(|| format!("sealing, {}", told()))?;
        let opened = bench.open(opener, &way, sealed).with_context(|| format!("opening, {}", told()))?;
        // Compared without printing: the values are up to a megabyte long.
        ensure!(opened.name == secret.name, "another name, {}", told());
        ensure!(opened.kind == secret.kind, "another type, {}", told());
        ensure!(opened.namespace == secret.namespace, "another namespace, {}", told());
        ensure!(opened.data == secret.data, "other values, {}", told());
    }
    Ok(())
}

/// How a round seals and opens.
struct Way {
    scope: &'static str,
    scope_by_annotation: bool,
    yaml_in: bool,
    format: &'static str,
    key: &'static str,
    key_suffix: &'static str,
}

impl Way {
    fn random(random: &mut SmallRng) -> Self {
        let mut pick = |choices: &[&'static str]| choices[random.random_range(0..choices.len())];
        let scope = pick(&["strict", "namespace-wide", "cluster-wide"]);
        let format = pick(&["json", "yaml"]);
        let key = pick(&["k2048", "k2048", "k4096", "e3"]);
        let key_suffix = if key == "e3" { "key.pem" } else { pick(&["key.pem", "pkcs8.pem"]) };
        let scope_by_annotation = scope != "strict" && random.random();
        Self { scope, scope_by_annotation, yaml_in: random.random(), format, key, key_suffix }
    }

    fn manifest(&self, secret: &Secret) -> Vec<u8> {
        let annotation = format!("sealedsecrets.bitnami.com/{}", self.scope);
        let annotations: &[(&str, &str)] =
            if self.scope_by_annotation { &[(annotation.as_str(), "true")] } else { &[] };
        if self.yaml_in {
            secret.to_yaml(annotations).into_bytes()
        } else {
            secret.to_json(annotations).to_string().into_bytes()
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let input = if self.yaml_in { "yaml" } else { "json" };
        write!(f, "{} under {}, {input} to {}", self.scope, self.key, self.format)
    }
}

/// A home folder with nothing in it.
struct Bench(TempDir);

impl Bench {
    fn new() -> Result<Self> {
        Ok(Self(tempfile::tempdir()?))
    }

    fn seal(&self, program: &Path, way: &Way, secret: &Secret) -> Result<Vec<u8>> {
        let mut command = self.command(program);
        command.arg("--cert").arg(key_file(way.key, "crt.pem")).args(["--format", way.format]);
        if !way.scope_by_annotation {
            command.args(["--scope", way.scope]);
        }
        process::run(&mut command, way.manifest(secret), Duration::from_secs(60))?.success()
    }

    /// With a key that does not fit before the one that does.
    fn open(&self, program: &Path, way: &Way, sealed: Vec<u8>) -> Result<Secret> {
        let mut command = self.command(program);
        command.arg("--recovery-unseal").args(["--format", "json"]);
        for file in [key_file("k2048b", "key.pem"), key_file(way.key, way.key_suffix)] {
            command.arg("--recovery-private-key").arg(file);
        }
        Secret::from_json(&process::run(&mut command, sealed, Duration::from_secs(60))?.success()?)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.0.path())
            .env("TMPDIR", self.0.path())
            .current_dir(self.0.path());
        command
    }
}

fn key_file(key: &str, suffix: &str) -> PathBuf {
    inputs().join("keys").join(format!("{key}.{suffix}"))
}

fn sizes(secret: &Secret) -> Vec<usize> {
    secret.data.values().map(Vec::len).collect()
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
