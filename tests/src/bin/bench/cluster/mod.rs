//! Our controller beside upstream's, on the same API server in one run. They take turns: each by itself sees all
//! namespaces, as installed.
//!
//! Requests, writes, memory and processor time are a controller's own and bind. A wall time is the API server's as
//! much: it stands beside the part of the machine that others used meanwhile.

mod arrivals;
mod figures;
mod inputs;
mod large;
mod load;
mod rows;
mod side;
mod table;
mod turn;

use anyhow::{Result, bail};
use sealed_secrets_tests::cluster::{ControlPlane, Options, sandbox};
use sealed_secrets_tests::kubernetes::Kubernetes;
use sealed_secrets_tests::{controller, upstream};

use self::figures::Figures;
use self::inputs::Sizes;
use self::side::{Place, Which};
use crate::Args;

/// Reads `--scale`.
///
/// # Errors
/// A sentence about what it must be.
pub(crate) fn parse_scale(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(scale) if (0.01..=1.0).contains(&scale) => Ok(scale),
        _ => Err("a number from 0.01 to 1".to_owned()),
    }
}

/// Measures and prints the table.
pub(crate) fn run(args: &Args) -> Result<()> {
    if cfg!(debug_assertions) && std::env::var_os("CONTROLLER_BIN").is_none() {
        bail!(
            "an unoptimised build says nothing about speed: add --release, or name a controller by CONTROLLER_BIN"
        );
    }
    // Whatever must be built is built before the network goes.
    let kubernetes = Kubernetes::built()?;
    let theirs = upstream::controller()?;
    let ours = controller::controller()?;
    let sandbox = sandbox::enter(&[("CONTROLLER_BIN", &ours)])?;
    eprintln!("starting etcd, kube-apiserver and kube-controller-manager …");
    let cluster = ControlPlane::start(&sandbox, &kubernetes, &Options::default())?;
    let operation = inputs::private_operation()?;
    let sizes = Sizes::scaled(args.scale);
    let place = Place { sandbox: &sandbox, cluster: &cluster, sizes, ours: &ours, theirs: &theirs };

    let (mut ours, mut theirs) = (Figures::default(), Figures::default());
    let side = turn::take(&place, Which::Ours, &mut ours)?;
    turn::clear(&place, side)?;
    let other =
        if args.without_upstream { None } else { Some(turn::take(&place, Which::Theirs, &mut theirs)?) };
    large::foreign(&place, other.as_ref(), &mut ours, &mut theirs)?;
    if let Some(other) = other {
        turn::clear(&place, other)?;
    }
    if !args.without_large {
        large::restart(&place, &mut ours)?;
    }
    print!("{}", table::whole(&sizes, operation, &ours, &theirs));
    Ok(())
}
