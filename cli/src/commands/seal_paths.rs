//! Seal files and folders: one certificate, all processors, each file whole or not at all.

use std::path::Path;

use sealed_secrets::sealing::Certificate;

use crate::certificate_source::certificate;
use crate::command::{Destination, ReportTo, SealPaths};
use crate::failure::{Exit, Failure};
use crate::folder::existing::{check_replaceable, make_folder};
use crate::folder::plan::{self, Planned};
use crate::folder::report::{Report, Row};
use crate::folder::run::{Made, Share, to_files};
use crate::folder::walk::{Found, walk};
use crate::input::{is_stdin, named_input};
use crate::object::Identity;
use crate::output::{Access, Output, StagedFile};
use crate::seal_source::{Judged, Purpose, judge};

pub(crate) fn run(command: &SealPaths, now: i64, color: bool) -> Result<Exit, Failure> {
    let certificate = certificate(&command.certificate, now)?;
    // Opened first: where it cannot be written, nothing is begun.
    let report_output = command.report.as_ref().map(report_output).transpose()?;
    let (files, rows): (Vec<Found>, Vec<Row>) = walk(&command.paths).into();
    let rows = match &command.destination {
        Destination::Stdout => to_stdout(files, rows, command, &certificate)?,
        Destination::BesideSource => seal_files(&files, rows, command, None, &certificate)?,
        Destination::Below(folder) => seal_files(&files, rows, command, Some(folder), &certificate)?,
    };
    finish(&Report { done: "sealed", rows }, "Secret", report_output, color)
}

/// Tells what became of all files: the table, and the report where one is asked for. `what` was looked for in them.
pub(crate) fn finish(
    report: &Report,
    what: &str,
    report_output: Option<Output>,
    color: bool,
) -> Result<Exit, Failure> {
    eprint!("{}", report.table(color));
    if let Some(error) = report.nothing_found(what) {
        eprintln!("{error}");
    }
    if let Some(mut output) = report_output {
        output.write(report.json().as_bytes())?;
        output.commit()?;
    }
    Ok(report.exit())
}

pub(crate) fn report_output(place: &ReportTo) -> Result<Output, Failure> {
    match place {
        ReportTo::Stdout => Output::new(None, Access::ByUmask),
        ReportTo::File(path) => Output::new(Some(path), Access::ByUmask),
        ReportTo::Descriptor(path) => Output::in_place(path),
    }
}

/// Prints what each file gives, in the order in which they were named; a file that fails prints nothing.
fn to_stdout(
    files: Vec<Found>,
    mut rows: Vec<Row>,
    command: &SealPaths,
    certificate: &Certificate,
) -> Result<Vec<Row>, Failure> {
    let mut output = Output::new(None, Access::ByUmask)?;
    for file in files {
        let printed = print_one(&file.path, command, certificate, &mut output);
        rows.push(printed.unwrap_or_else(|failure| Row::failed(file.path, failure)));
    }
    output.commit()?;
    Ok(rows)
}

fn print_one(
    path: &Path,
    command: &SealPaths,
    certificate: &Certificate,
    output: &mut Output,
) -> Result<Row, Failure> {
    let source = named_input(path)?;
    let mut judged = judge(&source, &command.wish, Purpose::Seal, command.jobs)?;
    let row = row_of(path, &mut judged, None);
    if row.is_done() {
        judged.seal(certificate, command.print, &command.wish, command.jobs, |text| output.write(text))?;
    }
    Ok(row)
}

fn seal_files(
    files: &[Found],
    rows: Vec<Row>,
    command: &SealPaths,
    folder: Option<&Path>,
    certificate: &Certificate,
) -> Result<Vec<Row>, Failure> {
    if command.paths.iter().any(|path| is_stdin(path)) {
        return Err(Failure::usage("stdin (-) has no name that its sealed file could take")
            .hint("add --stdout, or leave the paths out and name the output with -w"));
    }
    let planned = plan::sealed(files, folder, command.print);
    to_files(&planned, rows, command.jobs, |file, share| {
        seal_one(file, folder, command, certificate, share).map_err(|failure| vec![failure])
    })
}

/// Seals one file under a temporary name.
fn seal_one(
    file: &Planned,
    folder: Option<&Path>,
    command: &SealPaths,
    certificate: &Certificate,
    share: &Share<'_>,
) -> Result<Made, Failure> {
    let source = named_input(&file.source)?;
    let mut judged = judge(&source, &command.wish, Purpose::Seal, share.jobs)?;
    let objects = judged.objects.clone();
    let row = row_of(&file.source, &mut judged, Some(&file.target));
    if !row.is_done() {
        return Ok((row, None));
    }
    file.refuse_clash(|rival| may_hold_secrets(rival, command))?;
    check_replaceable(&file.target, Identity::is_sealed_secret, &objects)?;
    if let Some(folder) = folder {
        make_folder(&file.target, folder)?;
    }
    let mut staged = StagedFile::new(&file.target, Access::ByUmask, share.interrupt)?;
    judged.seal(certificate, command.print, &command.wish, share.jobs, |text| staged.write(text))?;
    Ok((row, Some(staged.finish()?)))
}

fn row_of(path: &Path, judged: &mut Judged<'_>, target: Option<&Path>) -> Row {
    let objects = std::mem::take(&mut judged.objects);
    let passed_over = std::mem::take(&mut judged.passed_over);
    let warnings = std::mem::take(&mut judged.warnings);
    Row { warnings, ..Row::of(path, target.map(Path::to_owned), objects, passed_over, "no Secret in it") }
}

/// Whether a file would be sealed, too; one that cannot be read might be once it is mended.
fn may_hold_secrets(path: &Path, command: &SealPaths) -> bool {
    let judged = named_input(path).and_then(|source| {
        judge(&source, &command.wish, Purpose::Seal, 1).map(|judged| judged.objects.len())
    });
    judged.map_or(true, |objects| objects > 0)
}
