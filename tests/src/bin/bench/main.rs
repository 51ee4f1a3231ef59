//! Our client beside the real kubeseal 0.40.0, measured in one run.
//!
//!     cargo run --release -p sealed-secrets-tests --bin bench
//!
//! Prints a Markdown table. Runs of the two programs alternate, so that a machine that gets slower is slower for
//! both; the figures are medians, minima in brackets. Everything read and written lies in a memory-backed folder.
//!
//! This process stays small on purpose: what a child has used at most begins with what its parent used, so all
//! that needs memory (keys, inputs) is made by another process before.

mod inputs;
mod measure;
mod rows;
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Parser;
use sealed_secrets_tests::client::{self, AsKubeseal};
use sealed_secrets_tests::upstream;

use crate::inputs::Inputs;
use crate::measure::Place;
use crate::rows::Programs;

/// Measures our client beside the real kubeseal 0.40.0 and prints a Markdown table.
#[derive(Parser)]
struct Args {
    /// A fraction of the rounds and of the files: to see that all is in order, not for figures.
    #[arg(long)]
    quick: bool,
    /// Only the rows whose names contain one of these texts.
    #[arg(long, value_delimiter = ',')]
    rows: Vec<String>,
    /// Where to put inputs and outputs; memory-backed, or the disk is measured.
    #[arg(long, default_value = "/dev/shm")]
    dir: PathBuf,
    /// Only makes the inputs, there. What the benchmark calls itself with.
    #[arg(long, hide = true)]
    prepare: Option<PathBuf>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let inputs = Inputs::sized(args.quick);
    if let Some(folder) = &args.prepare {
        return inputs.make(folder);
    }
    if cfg!(debug_assertions) {
        bail!("an unoptimised build says nothing about speed: add --release");
    }
    let ours = client::seal()?;
    let as_kubeseal = AsKubeseal::copy_of(&ours)?;
    let upstream = upstream::kubeseal()?;
    let folder = tempfile::Builder::new()
        .prefix("seal-bench-")
        .tempdir_in(&args.dir)
        .with_context(|| format!("creating a folder in {} (--dir names another one)", args.dir.display()))?;
    prepare(folder.path(), args.quick)?;

    let place = Place::new(folder.path())?;
    let programs = Programs { ours: &ours, ours_as_kubeseal: as_kubeseal.path(), upstream: &upstream };
    let floor = place.smallest_peak()?;
    let mut lines = Vec::new();
    for row in rows::all(&inputs, &place, &programs) {
        if !args.rows.is_empty() && !args.rows.iter().any(|part| row.name.contains(part.as_str())) {
            continue;
        }
        eprintln!("{} …", row.name);
        let (ours, theirs) = place.alternate(&row, args.quick).with_context(|| row.name.clone())?;
        lines.push(table::line(&row, &ours, theirs.as_ref()));
    }
    print!("{}", table::whole(&lines, floor, args.quick));
    Ok(())
}

fn prepare(folder: &Path, quick: bool) -> Result<()> {
    eprintln!("making keys and inputs …");
    let mut command = Command::new(std::env::current_exe().context("finding this program")?);
    command.arg("--prepare").arg(folder);
    if quick {
        command.arg("--quick");
    }
    if !command.status().context("starting this program again")?.success() {
        bail!("the inputs could not be made");
    }
    Ok(())
}
