//! `seal --re-encrypt PATHS`: a tree in place, several files at a time. A file that fails is as it was, and the
//! others go on.

use sealed_secrets::sealing::Fingerprint;

use crate::args::CalledAs;
use crate::cluster::controller::Controller;
use crate::command::ControllerPaths;
use crate::commands::re_encrypt::fingerprint;
use crate::commands::seal_paths::{finish, report_output};
use crate::failure::{Exit, Failure};
use crate::folder::existing::refuse_read_only;
use crate::folder::plan::Planned;
use crate::folder::report::{Report, Row};
use crate::folder::run::{Made, Share, to_files};
use crate::folder::walk::{Found, walk};
use crate::input::{is_stdin, named_input};
use crate::output::{Access, StagedFile};
use crate::reencrypt::in_place;
use crate::sealed_source::sealed_objects;

pub(crate) fn run(command: &ControllerPaths, color: bool) -> Result<Exit, Failure> {
    if command.paths.iter().any(|path| is_stdin(path)) {
        return Err(Failure::usage("stdin (-) cannot be changed in place")
            .hint("leave the paths out: stdin is read then, and the result printed"));
    }
    let controller = Controller::find(&command.controller)?;
    let certificate = fingerprint(&controller)?;
    let report_output = command.report.as_ref().map(report_output).transpose()?;
    let (files, rows): (Vec<Found>, Vec<Row>) = walk(&command.paths).into();
    let planned: Vec<Planned> = files.iter().map(Planned::in_place).collect();
    let rows = to_files(&planned, rows, command.jobs, |file, share| {
        re_encrypt_one(file, &controller, &certificate, share)
    })?;
    finish(&Report { done: "re-encrypted", rows }, "SealedSecret", report_output, color)
}

fn re_encrypt_one(
    file: &Planned,
    controller: &Controller,
    certificate: &Fingerprint,
    share: &Share<'_>,
) -> Result<Made, Vec<Failure>> {
    let one = |failure| vec![failure];
    let source = named_input(&file.source).map_err(one)?;
    let sealed = sealed_objects(&source, CalledAs::Seal)?;
    if sealed.objects.is_empty() {
        let row = Row::of(&file.source, None, Vec::new(), sealed.passed_over, "no SealedSecret in it");
        return Ok((row, None));
    }
    // A link is followed: the file that it leads to is the one to change.
    let target = std::fs::canonicalize(&file.target)
        .map_err(|error| one(Failure::io("open", &file.target, &error)))?;
    refuse_read_only(&target).map_err(one)?;
    let text = in_place(&source, &sealed, controller, certificate)?;
    let staged = || {
        let mut staged = StagedFile::new(&target, Access::ByUmask, share.interrupt)?;
        staged.write(text.as_bytes())?;
        staged.finish()
    };
    let finished = staged().map_err(one)?;
    let objects = sealed.objects.into_iter().map(|object| object.identity).collect();
    let row = Row::of(
        &file.source,
        Some(file.target.clone()),
        objects,
        sealed.passed_over,
        "no SealedSecret in it",
    );
    Ok((row, Some(finished)))
}
