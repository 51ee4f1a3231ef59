//! `--validate` of one stream: the controller is asked whether it can open every value.

use crate::args::CalledAs;
use crate::cluster::controller::{Controller, Refused};
use crate::command::Validate;
use crate::failure::Failure;
use crate::input::{check_input_opens, manifest_input};
use crate::sealed_source::{Sealed, none_found, sealed_objects};

pub(crate) fn run(command: &Validate) -> Result<(), Vec<Failure>> {
    let Validate { input, controller: at } = command;
    let one = |failure| vec![failure];
    check_input_opens(input.as_deref()).map_err(one)?;
    let controller = Controller::find(at).map_err(one)?;
    let source = manifest_input(input.as_deref()).map_err(one)?;
    let sealed = sealed_objects(&source, at.called_as)?;
    for other in &sealed.passed_over {
        eprintln!("note: {}: {other} is passed over: only SealedSecrets are validated", source.name);
    }
    if sealed.objects.is_empty() {
        return Err(one(none_found(&source)));
    }
    let mut failures = Vec::new();
    for object in &sealed.objects {
        let Err(refused) = controller.verify(&object.object) else { continue };
        let failure = invalid(object, refused);
        match at.called_as {
            // It stops at the first, and begins with its sentence.
            CalledAs::Kubeseal => return Err(vec![failure]),
            CalledAs::Seal => failures.push(failure.at(&object.place)),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

/// The error for an object that the controller does not call good.
pub(crate) fn invalid(object: &Sealed, refused: Refused) -> Failure {
    match refused {
        Refused::Otherwise(failure) => failure,
        Refused::Conflict => Failure::new(format!("unable to decrypt sealed secret: {}", object.name())).hint(
            "usual causes: it was sealed for another cluster's key; or name, namespace or scope changed after sealing",
        ),
    }
}
