//! A client as people call it: a kubeconfig, the controller's namespace, a Secret on standard input.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::namespace::Namespace;
use super::wait::wait_until;
use crate::process::{self, Finished};

use super::ours::PATIENCE;

/// A client with its way to one controller.
#[derive(Clone, Debug)]
pub struct Kubeseal {
    program: PathBuf,
    kubeconfig: PathBuf,
    controller_namespace: Namespace,
}

impl Kubeseal {
    /// The client `program` (upstream's kubeseal, ours by either name) for the controller in a namespace.
    pub fn new(program: &Path, kubeconfig: &Path, controller_namespace: &Namespace) -> Self {
        Self {
            program: program.to_owned(),
            kubeconfig: kubeconfig.to_owned(),
            controller_namespace: controller_namespace.clone(),
        }
    }

    /// Runs it to its end, whatever that is.
    ///
    /// # Errors
    /// It cannot be started, or does not end within a minute.
    pub fn run(&self, arguments: &[&str], stdin: &[u8]) -> Result<Finished> {
        let mut command = Command::new(&self.program);
        command
            .env_remove("KUBECONFIG")
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(["--controller-namespace", self.controller_namespace.name()])
            .args(arguments);
        process::run(&mut command, stdin.to_vec(), PATIENCE)
    }

    /// Runs it, and returns what it printed.
    ///
    /// # Errors
    /// It failed; the error holds its standard error.
    pub fn succeeds(&self, arguments: &[&str], stdin: &[u8]) -> Result<Vec<u8>> {
        self.run(arguments, stdin)?.success().with_context(|| arguments.join(" "))
    }

    /// Runs it again and again until it succeeds: the Service proxy may take a moment to find the controller.
    ///
    /// # Errors
    /// It does not within a minute.
    pub fn comes_to_succeed(&self, arguments: &[&str], stdin: &[u8]) -> Result<Vec<u8>> {
        wait_until(PATIENCE, &format!("a client's {}", arguments.join(" ")), || {
            Ok(Some(self.succeeds(arguments, stdin)?))
        })
    }
}
