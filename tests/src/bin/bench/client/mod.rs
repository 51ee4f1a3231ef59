//! Our client beside the real kubeseal 0.40.0. Runs of the two programs alternate, so that a machine that gets slower
//! is slower for both; the figures are medians, minima in brackets. Everything read and written lies in a
//! memory-backed folder.
//!
//! This process stays small on purpose: what a child has used at most begins with what its parent used, so all
//! that needs memory (keys, inputs) is made by another process before.

mod inputs;
mod measure;
mod rows;
mod table;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use sealed_secrets_tests::client::{self, AsKubeseal};
use sealed_secrets_tests::upstream;

use self::inputs::Inputs;
use self::measure::Place;
use self::rows::Programs;
use crate::Args;

/// Only makes the inputs in `folder`: what the benchmark starts itself again for.
pub(crate) fn prepare(folder: &Path, quick: bool) -> Result<()> {
    Inputs::sized(quick).make(folder)
}

/// Measures and prints the table.
pub(crate) fn run(args: &Args) -> Result<()> {
    if cfg!(debug_assertions) {
        bail!("an unoptimised build says nothing about speed: add --release");
    }
    let inputs = Inputs::sized(args.quick);
    let ours = client::seal()?;
    let as_kubeseal = AsKubeseal::copy_of(&ours)?;
    let upstream = upstream::kubeseal()?;
    let folder = tempfile::Builder::new()
        .prefix("seal-bench-")
        .tempdir_in(&args.dir)
        .with_context(|| format!("creating a folder in {} (--dir names another one)", args.dir.display()))?;
    prepare_elsewhere(folder.path(), args.quick)?;

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

fn prepare_elsewhere(folder: &Path, quick: bool) -> Result<()> {
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
