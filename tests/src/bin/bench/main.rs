//! Ours beside upstream's 0.40.0, measured in one run.
//!
//!     cargo run --release -p sealed-secrets-tests --bin bench
//!     cargo run --release -p sealed-secrets-tests --bin bench -- --only templates
//!     cargo run --release -p sealed-secrets-tests --bin bench -- --only controller --scale 0.1
//!
//! Prints Markdown tables: [`client`] beside the real kubeseal, [`templates`] beside Go's, then the controllers on a real
//! API server, [`cluster`].

mod client;
mod cluster;
mod templates;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use sealed_secrets_tests::cluster::sandbox;

/// Measures our client, templates and controller beside upstream's 0.40.0 and prints Markdown tables.
#[derive(Parser)]
pub(crate) struct Args {
    /// Only one of the tables.
    #[arg(long)]
    only: Option<Part>,
    /// Client and templates: a fraction of the rounds and of the files, to see that all is in order, not for figures.
    #[arg(long)]
    quick: bool,
    /// Client: only the rows whose names contain one of these texts.
    #[arg(long, value_delimiter = ',')]
    rows: Vec<String>,
    /// Client: where to put inputs and outputs; memory-backed, or the disk is measured.
    #[arg(long, default_value = "/dev/shm")]
    dir: PathBuf,
    /// Controller: how many objects, as a part of 1,000 (and 10,000 and 20,000); below 1 for a quick look.
    #[arg(long, default_value_t = 1.0, value_parser = cluster::parse_scale)]
    scale: f64,
    /// Controller: without the rows about 10,000 SealedSecrets, which take a third of the time.
    #[arg(long)]
    without_large: bool,
    /// Controller: without upstream's, for work on ours.
    #[arg(long)]
    without_upstream: bool,
    /// Only makes the client's inputs, there. What the benchmark calls itself with.
    #[arg(long, hide = true)]
    prepare: Option<PathBuf>,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Client,
    Templates,
    Controller,
}

fn main() -> Result<ExitCode> {
    sandbox::help_if_asked();
    let args = Args::parse();
    if let Some(folder) = &args.prepare {
        client::prepare(folder, args.quick)?;
        return Ok(ExitCode::SUCCESS);
    }
    match args.only {
        Some(Part::Client) => client::run(&args)?,
        Some(Part::Templates) => templates::run(&args)?,
        Some(Part::Controller) => cluster::run(&args)?,
        None => {
            client::run(&args)?;
            templates::run(&args)?;
            // The controllers run in namespaces of their own, which a process enters once.
            let mut again = Command::new(std::env::current_exe().context("finding this program")?);
            again.args(std::env::args_os().skip(1)).args(["--only", "controller"]);
            if !again.status().context("starting this program again")?.success() {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
