//! `--re-encrypt` of one stream: the controller seals every value anew with its newest key.

use std::path::Path;

use sealed_secrets::SealedSecret;
use sealed_secrets::sealing::Fingerprint;

use crate::args::CalledAs;
use crate::certificate_source::parse;
use crate::cluster::controller::Controller;
use crate::command::ReEncrypt;
use crate::failure::Failure;
use crate::folder::existing::{check_replaceable, refuse_read_only};
use crate::input::{check_input_opens, manifest_input};
use crate::object::Identity;
use crate::output::{Access, Output};
use crate::print::Print;
use crate::reencrypt::{in_place, refused};
use crate::sealed_source::{SealedObjects, none_found, sealed_objects};

pub(crate) fn run(command: &ReEncrypt) -> Result<(), Vec<Failure>> {
    let ReEncrypt { input, print, controller: at, .. } = command;
    let one = |failure| vec![failure];
    check_input_opens(input.as_deref()).map_err(one)?;
    let controller = Controller::find(at).map_err(one)?;
    let source = manifest_input(input.as_deref()).map_err(one)?;
    // Everything is read before anything is asked, and everything is answered before anything is written: a file
    // that is broken, or empty, stays as it is.
    let sealed = sealed_objects(&source, at.called_as)?;
    for other in &sealed.passed_over {
        eprintln!("note: {}: {other} is passed over: only SealedSecrets are re-encrypted", source.name);
    }
    if sealed.objects.is_empty() {
        return Err(one(none_found(&source)));
    }
    let text = match print {
        Some(print) => printed(&sealed, &controller, *print, at.called_as)?,
        None => in_place(&source, &sealed, &controller, &fingerprint(&controller).map_err(one)?)?,
    };
    write(command, &sealed, &text).map_err(one)
}

/// The certificate that the controller seals with.
pub(crate) fn fingerprint(controller: &Controller) -> Result<Fingerprint, Failure> {
    let certificate = parse(&controller.certificate()?);
    certificate
        .map(|certificate| *certificate.fingerprint())
        .map_err(|failure| failure.at("the controller's certificate"))
}

/// The answers, each a whole object.
fn printed(
    sealed: &SealedObjects<'_>,
    controller: &Controller,
    print: Print,
    called_as: CalledAs,
) -> Result<String, Vec<Failure>> {
    let mut text = String::new();
    let mut failures = Vec::new();
    for object in &sealed.objects {
        match controller.reseal(&object.object) {
            Ok(answer) => {
                let format = sealed.documents[object.document].format();
                print.value(&without_history(answer).into_manifest(), format, &mut text);
            }
            Err(reason) => {
                let failure = refused(reason);
                match called_as {
                    // It stops at the first, and begins with its sentence.
                    CalledAs::Kubeseal => return Err(vec![failure]),
                    CalledAs::Seal => failures.push(failure.at(&object.place)),
                }
            }
        }
    }
    if failures.is_empty() { Ok(text) } else { Err(failures) }
}

/// What kubeseal takes out of an answer that comes from a live object.
fn without_history(mut answer: SealedSecret) -> SealedSecret {
    answer.metadata.generation = None;
    answer.metadata.creation_timestamp = None;
    answer.metadata.deletion_timestamp = None;
    answer
}

fn write(command: &ReEncrypt, sealed: &SealedObjects<'_>, text: &str) -> Result<(), Failure> {
    let target = command.output.as_deref();
    let mut output = match command.controller.called_as {
        CalledAs::Kubeseal => Output::new(target, Access::PrivateIfNew)?,
        CalledAs::Seal => {
            let place = target.map(|target| place(target, command.input.as_deref(), sealed)).transpose()?;
            Output::new(place.as_deref(), Access::ByUmask)?
        }
    };
    output.write(text.as_bytes())?;
    output.commit()
}

/// Where the result goes: back to the input, also through a link to it, or to another file that may be replaced.
fn place(
    target: &Path,
    input: Option<&Path>,
    sealed: &SealedObjects<'_>,
) -> Result<std::path::PathBuf, Failure> {
    if input == Some(target) && target.is_file() {
        let real = std::fs::canonicalize(target).map_err(|error| Failure::io("open", target, &error))?;
        refuse_read_only(&real)?;
        return Ok(real);
    }
    if target.is_file() {
        let objects: Vec<_> = sealed.objects.iter().map(|object| object.identity.clone()).collect();
        check_replaceable(target, Identity::is_sealed_secret, &objects)?;
    }
    Ok(target.to_owned())
}
