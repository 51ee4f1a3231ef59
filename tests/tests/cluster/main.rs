//! Tests on a real API server: see `sealed_secrets_tests::cluster`.
//!
//! `cargo test -p sealed-secrets-tests --test cluster -- a_part_of_a_name` runs some of them. Each module has a list
//! `TESTS`; a test takes the [`World`], makes a namespace of its own in one of the shared control planes, or starts a
//! control plane of its own where it would disturb others. `CLUSTER_TEST_STATE=FOLDER` keeps all logs.

mod behaviours;
mod faults;
mod fixture;
mod journey;
mod main_job;
mod node;
mod takeover;
mod tenant;
mod unseals;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use sealed_secrets_tests::cluster::world::Test;
use sealed_secrets_tests::cluster::{World, sandbox};
use sealed_secrets_tests::{client, controller, upstream};

/// The tests by module.
const MODULES: &[(&str, &[(&str, Test)])] = &[
    ("behaviours", behaviours::TESTS),
    ("faults", faults::TESTS),
    ("fixture", fixture::TESTS),
    ("journey", journey::TESTS),
    ("main_job", main_job::TESTS),
    ("node", node::TESTS),
    ("takeover", takeover::TESTS),
    ("tenant", tenant::TESTS),
    ("unseals", unseals::TESTS),
];

/// Tests wait for others most of the time: more of them at once than there are processors.
const THREADS: usize = 8;

fn main() -> ExitCode {
    sandbox::help_if_asked();
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    if arguments.list {
        return libtest_mimic::run(&arguments, trials(None)).exit_code();
    }
    match world() {
        Ok(world) => libtest_mimic::run(&arguments, trials(Some(&Arc::new(world)))).exit_code(),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whatever cargo or Go must build is built before the network goes. Those that cargo builds are named in the list, so
/// that cargo is not asked again inside.
fn world() -> anyhow::Result<World> {
    upstream::kubeseal()?;
    upstream::controller()?;
    World::enter(&[("CONTROLLER_BIN", &controller::controller()?), ("SEAL_BIN", &client::seal()?)])
}

fn trials(world: Option<&Arc<World>>) -> Vec<Trial> {
    let trial = |module: &str, (name, test): &(&str, Test)| {
        let (world, test) = (world.cloned(), *test);
        Trial::test(format!("{module}::{name}"), move || match &world {
            Some(world) => test(world).map_err(|error| Failed::from(format!("{error:#}"))),
            None => Err(Failed::from("nothing is run where names are listed")),
        })
    };
    MODULES.iter().flat_map(|(module, tests)| tests.iter().map(move |test| trial(module, test))).collect()
}
