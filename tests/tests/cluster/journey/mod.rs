//! The whole way of a GitOps repository: install `deploy/`, seal the folder, apply, read the Secrets.

mod deployment;
mod health;
mod kam;
mod rights;

use std::path::{Path, PathBuf};

use sealed_secrets_tests::cluster::Namespace;
use sealed_secrets_tests::cluster::world::Test;

pub(crate) const TESTS: &[(&str, Test)] =
    &[("seals_a_folder_and_applies_it", kam::journey), ("the_deployment_runs", deployment::runs)];

/// A path of the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Where `deploy/` installs the controller.
fn home() -> Namespace {
    Namespace::new("sealed-secrets")
}
