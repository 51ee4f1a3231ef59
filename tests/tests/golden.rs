//! The transcripts of kubeseal 0.40.0, one test each.
//!
//! `cargo test -p sealed-secrets-tests --test golden` replays them against our client, called `kubeseal`.
//! `GOLDEN_UPSTREAM=1` replays all of them, bugs included, against the real kubeseal instead: that proves the
//! runner. A part of a name after `--` chooses cases, for example `-- multidoc/json`.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use sealed_secrets_tests::client::{self, AsKubeseal};
use sealed_secrets_tests::golden::{Golden, Subject};
use sealed_secrets_tests::upstream;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // New files get the permissions that the transcripts were recorded with.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    match trials(arguments.list) {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn trials(only_names: bool) -> anyhow::Result<Vec<Trial>> {
    let subject = match std::env::var_os("GOLDEN_UPSTREAM") {
        Some(value) if value == "1" => Subject::Upstream,
        _ => Subject::Ours,
    };
    let golden = Arc::new(Golden::load()?);
    // Copied before any test starts: a program that a forked child still has open for writing is "busy".
    let program = if only_names { None } else { Some(Arc::new(AsKubeseal::copy_of(&binary(subject)?)?)) };
    let trial = |name: &str| {
        let (golden, program, case) = (Arc::clone(&golden), program.clone(), name.to_owned());
        let test = move || match &program {
            Some(program) => golden
                .check(&case, subject, program.path())
                .map_err(|error| Failed::from(format!("{error:#}"))),
            None => Err(Failed::from("nothing is run where names are listed")),
        };
        Trial::test(format!("golden::{name}"), test)
    };
    Ok(golden.cases().map(|(name, _)| trial(name)).collect())
}

fn binary(subject: Subject) -> anyhow::Result<std::path::PathBuf> {
    match subject {
        Subject::Ours => client::seal(),
        Subject::Upstream => upstream::kubeseal(),
    }
}
