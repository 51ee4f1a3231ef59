//! Open sealed objects of one stream with private keys, as `kubeseal --recovery-unseal` does; every document,
//! not only the first.

use crate::args::CalledAs;
use crate::clock::Nanoseconds;
use crate::command::Recover;
use crate::failure::Failure;
use crate::input::{check_input_opens, manifest_input};
use crate::keys_input::key_ring;
use crate::output::{Access, Output};
use crate::print::Empty;
use crate::unseal_source::open;

pub(crate) fn run(command: &Recover, called_as: CalledAs, now: Nanoseconds) -> Result<(), Vec<Failure>> {
    let Recover { input, output, print, keys, jobs } = command;
    let one = |failure| vec![failure];
    check_input_opens(input.as_deref()).map_err(one)?;
    let source = manifest_input(input.as_deref()).map_err(one)?;
    let ring = key_ring(keys).map_err(one)?;
    let opened = open(&source, &ring, called_as, *jobs, now)?;
    for other in &opened.passed_over {
        eprintln!("note: {}: {other} is passed over: only SealedSecrets are opened", source.name);
    }
    if opened.secrets.is_empty() {
        return Err(one(Failure::new("no SealedSecret found").at(&source.name)));
    }
    let empty = match called_as {
        CalledAs::Kubeseal => Empty::Null,
        CalledAs::Seal => Empty::Text,
    };
    let mut output = Output::new(output.as_deref(), Access::Private).map_err(one)?;
    for (secret, format) in &opened.secrets {
        let text = print.secret(secret, *format, empty);
        output.write(text.as_bytes()).map_err(one)?;
    }
    output.commit().map_err(one)
}
