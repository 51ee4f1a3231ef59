//! `seal`, and under its other name `kubeseal`: seals Kubernetes Secrets for a cluster's controller.
//!
//! main says who is called and by whom: command line, environment, clock. `interpret` says what that means, and
//! `commands` do it.

mod address;
mod args;
mod certificate_source;
mod clock;
mod cluster;
mod command;
mod commands;
mod environment;
mod failure;
mod folder;
mod go_values;
mod input;
mod interpret;
mod interrupt;
mod keys_input;
mod kubeconfig;
mod object;
mod output;
mod parallel;
mod print;
mod reading;
mod reencrypt;
mod seal_source;
mod sealed_source;
mod template_place;
mod unseal_source;

use std::io::IsTerminal;
use std::process::ExitCode;

use args::{CalledAs, ConditionsSub, Sub};
use command::Command;
use failure::{Exit, Failure};
use kubeconfig::KubeSettings;

fn main() -> ExitCode {
    let mut typed = match args::parse(std::env::args_os().collect()) {
        Ok(typed) => typed,
        Err(error) => {
            // clap knows whether it was asked for help (0) or used wrongly (2), and where its text belongs.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Well }.into();
        }
    };
    let variable = |name: &str| std::env::var(name).ok();
    match &mut typed.subcommand {
        None => environment::fill(&mut typed.flags, &variable),
        Some(Sub::Conditions { command: ConditionsSub::Clear(args) }) => {
            environment::fill_cluster(&mut args.kube, &mut args.kubeconfig, &variable);
        }
        Some(_) => {}
    }
    warn_of_flags(&typed.flags);
    let called_as = typed.called_as;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let result = interpret::interpret(typed, KubeSettings::from_environment(&variable), processors)
        .map_err(|failure| vec![failure])
        .and_then(|command| run(&command, called_as));
    match result {
        Ok(exit) => exit.into(),
        Err(failures) => {
            for failure in &failures {
                eprintln!("error: {failure}");
            }
            failures.first().map_or(Exit::Failed, |failure| failure.exit).into()
        }
    }
}

/// What kubeseal says of flags that are old or without effect.
fn warn_of_flags(flags: &args::Flags) {
    if flags.rotate == Some(true) {
        eprintln!("Flag --rotate has been deprecated, please use --re-encrypt instead");
    }
    let keys_for_nothing = !flags.recovery_private_key.is_empty() && flags.recovery_unseal != Some(true);
    if keys_for_nothing && std::io::stderr().is_terminal() {
        eprintln!(
            "warning: ignoring --recovery-private-key because unseal command not chosen with --recovery-unseal"
        );
    }
}

fn run(command: &Command, called_as: CalledAs) -> Result<Exit, Vec<Failure>> {
    let at = clock::now();
    let now = clock::seconds(at);
    let one = |failure| vec![failure];
    let done = |result: Result<(), Failure>| result.map(|()| Exit::Well).map_err(one);
    match command {
        Command::Help { called_as, program } => done(commands::about::help(*called_as, program)),
        Command::Version { called_as } => done(commands::about::version(*called_as)),
        Command::Seal(command) => done(commands::seal::run(command, now)),
        Command::Raw(command) => done(commands::seal_raw::run(command, now)),
        Command::Merge(command) => done(commands::merge::run(command, now)),
        Command::Recover(command) => commands::recover::run(command, called_as, at).map(|()| Exit::Well),
        Command::FetchCertificate(command) => done(commands::fetch_certificate::run(command)),
        Command::Validate(command) => commands::validate::run(command).map(|()| Exit::Well),
        Command::ReEncrypt(command) => commands::re_encrypt::run(command).map(|()| Exit::Well),
        Command::ValidatePaths(command) => {
            commands::validate_paths::run(command, folder::report::wants_color()).map_err(one)
        }
        Command::ReEncryptPaths(command) => {
            commands::re_encrypt_paths::run(command, folder::report::wants_color()).map_err(one)
        }
        Command::ClearConditions(command) => commands::clear_conditions::run(command).map_err(one),
        Command::SealPaths(command) => {
            commands::seal_paths::run(command, now, folder::report::wants_color()).map_err(one)
        }
        Command::Unseal(command) => {
            commands::unseal_paths::run(command, at, folder::report::wants_color()).map_err(one)
        }
        Command::Render(command) => commands::render::run(command, at),
        Command::CheckTemplates(command) => commands::check_templates::run(command),
        Command::GenerateKeys(command) => done(commands::generate_keys::run(command, now)),
        Command::ShowCertificate { location, pem } => {
            commands::show_certificate::run(location, *pem, now).map_err(one)
        }
        Command::Completion(shell) => done(commands::about::completion(*shell)),
        Command::Man(folder) => done(commands::about::man(folder)),
    }
}
