//! The controller's process: who runs, with what. [`controller::run`] says what runs.

use std::process::ExitCode;

use controller::settings::{self, Surroundings};
use controller::{allocator, args, process_limits, run, telemetry};
use zeroize::Zeroizing;

/// Where Kubernetes tells a Pod its namespace, and who it is.
const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
const TOKEN_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// Ended by a signal: 0. Could not start, or failed: 1. Used wrongly: 2.
fn main() -> ExitCode {
    if allocator::is_unset(|name| std::env::var_os(name)) {
        let error = allocator::start_again(std::env::args_os());
        eprintln!(
            "warning: freed memory may stay with the process, since it cannot start itself again: {error}"
        );
    }
    if let Err(error) = process_limits::forbid_core_dumps() {
        eprintln!(
            "warning: a crash may leave private keys in a core dump, since it cannot be forbidden: {error}"
        );
    }
    if let Err(error) = process_limits::allow_connections() {
        eprintln!("warning: the limit of open files cannot be raised: {error}");
    }
    let typed = match args::parse(std::env::args_os(), |name| std::env::var_os(name)) {
        Ok(typed) => typed,
        Err(error) => error.exit(),
    };
    if settings::wants_version(&typed) {
        println!("controller version: {}", controller::VERSION);
        return ExitCode::SUCCESS;
    }
    let surroundings = Surroundings {
        pod_namespace: std::env::var_os("POD_NAMESPACE").map(|name| name.to_string_lossy().into_owned()),
        service_account_namespace: std::fs::read_to_string(NAMESPACE_FILE).ok(),
        cluster: std::fs::read_to_string(TOKEN_FILE)
            .ok()
            .and_then(|token| Surroundings::cluster_of_token(&Zeroizing::new(token))),
    };
    let (settings, notes) = match settings::interpret(&typed, &surroundings) {
        Ok(settings) => settings,
        Err(problems) => {
            problems.iter().for_each(|problem| eprintln!("error: {problem}"));
            eprintln!("\nFor more information, try '--help'.");
            return ExitCode::from(2);
        }
    };
    let ran = telemetry::start(settings.log).and_then(|()| {
        // One thread for everything that waits, so that memory stays small; private keys work on threads of their own.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(cores + 2)
            .build()?;
        let ran = runtime.block_on(run::run(settings, &notes));
        // A key in the making, which may take seconds, is not waited for: the next start makes it under the same name.
        runtime.shutdown_background();
        ran
    });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "Ended by a failure");
            ExitCode::FAILURE
        }
    }
}
