//! `seal --validate PATHS`: the controller is asked about every file, several at a time.

use crate::args::CalledAs;
use crate::cluster::controller::Controller;
use crate::command::ControllerPaths;
use crate::commands::seal_paths::{finish, report_output};
use crate::commands::validate::invalid;
use crate::failure::{Exit, Failure};
use crate::folder::plan::Planned;
use crate::folder::report::{Outcome, Report, Row};
use crate::folder::run::to_files;
use crate::folder::walk::{Found, walk};
use crate::input::named_input;
use crate::sealed_source::sealed_objects;

pub(crate) fn run(command: &ControllerPaths, color: bool) -> Result<Exit, Failure> {
    let controller = Controller::find(&command.controller)?;
    let report_output = command.report.as_ref().map(report_output).transpose()?;
    let (files, rows): (Vec<Found>, Vec<Row>) = walk(&command.paths).into();
    let planned: Vec<Planned> = files.iter().map(Planned::in_place).collect();
    let rows = to_files(&planned, rows, command.jobs, |file, _| {
        validate_one(file, &controller).map(|row| (row, None))
    })?;
    finish(&Report { done: "valid", rows }, "SealedSecret", report_output, color)
}

fn validate_one(file: &Planned, controller: &Controller) -> Result<Row, Vec<Failure>> {
    let source = named_input(&file.source).map_err(|failure| vec![failure])?;
    let sealed = sealed_objects(&source, CalledAs::Seal)?;
    let mut failures = Vec::new();
    for object in &sealed.objects {
        if let Err(refused) = controller.verify(&object.object) {
            failures.push(invalid(object, refused).at(&object.place));
        }
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    let objects: Vec<_> = sealed.objects.into_iter().map(|object| object.identity).collect();
    let mut row = Row::of(&file.source, None, objects.clone(), sealed.passed_over, "no SealedSecret in it");
    if row.is_done() {
        row.outcome = Outcome::Checked { objects };
    }
    Ok(row)
}
