//! Seal files and folders: one certificate, all processors, each file whole or not at all.

use std::io::IsTerminal;
use std::path::Path;

use sealed_secrets::sealing::Certificate;

use crate::certificate_source::certificate;
use crate::command::{Destination, ReportTo, SealPaths};
use crate::failure::{Exit, Failure};
use crate::folder::existing::{check_replaceable, make_folder};
use crate::folder::plan::{self, Planned};
use crate::folder::report::{Outcome, Report, Row};
use crate::folder::walk::{Found, walk};
use crate::input::{is_stdin, named_input};
use crate::interrupt::Interrupt;
use crate::object::Identity;
use crate::output::{Access, Finished, Output, Staged, StagedFile};
use crate::parallel;
use crate::progress::Progress;
use crate::seal_source::{Judged, Purpose, judge};

const NOTHING_TO_SEAL: &str = "no Secret in it";

pub(crate) fn run(command: &SealPaths, now: i64, color: bool) -> Result<Exit, Failure> {
    let certificate = certificate(&command.certificate, now)?;
    let rows = match &command.destination {
        Destination::Stdout => to_stdout(command, &certificate)?,
        Destination::BesideSource => to_files(command, None, &certificate)?,
        Destination::Below(folder) => to_files(command, Some(folder), &certificate)?,
    };
    let report = Report { done: "sealed", rows };
    eprint!("{}", report.table(color));
    if let Some(error) = report.nothing_found("Secret") {
        eprintln!("{error}");
    }
    if let Some(place) = &command.report {
        write_report(&report, place)?;
    }
    Ok(report.exit())
}

fn write_report(report: &Report, place: &ReportTo) -> Result<(), Failure> {
    let mut output = match place {
        ReportTo::Stdout => Output::new(None, Access::ByUmask)?,
        ReportTo::File(path) => Output::new(Some(path), Access::ByUmask)?,
        ReportTo::Descriptor(path) => Output::descriptor(path)?,
    };
    output.write(report.json().as_bytes())?;
    output.commit()
}

/// Prints what each file gives, in the order in which they were named; a file that fails prints nothing.
fn to_stdout(command: &SealPaths, certificate: &Certificate) -> Result<Vec<Row>, Failure> {
    let (files, mut rows): (Vec<Found>, Vec<Row>) = walk(&command.paths).into();
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
    let mut row = row_of(path, &mut judged, None);
    if let Outcome::Done { .. } = row.outcome {
        judged.seal(certificate, command.print, &command.wish, command.jobs, |text| output.write(text))?;
    } else {
        row.outcome = Outcome::Skipped { why: NOTHING_TO_SEAL.into() };
    }
    Ok(row)
}

fn to_files(
    command: &SealPaths,
    folder: Option<&Path>,
    certificate: &Certificate,
) -> Result<Vec<Row>, Failure> {
    if command.paths.iter().any(|path| is_stdin(path)) {
        return Err(Failure::usage("stdin (-) has no name that its sealed file could take")
            .hint("add --stdout, or leave the paths out and name the output with -w"));
    }
    let (files, mut rows): (Vec<Found>, Vec<Row>) = walk(&command.paths).into();
    let planned = plan::sealed(&files, folder, command.print);

    let interrupt = Interrupt::catch(true)?;
    let progress = Progress::new(planned.len());
    // Files are shared out over the processors; a few files are worked on one after the other, each by all.
    let (across, within) = if planned.len() >= command.jobs { (command.jobs, 1) } else { (1, command.jobs) };
    let mut staged = Staged::default();
    let mut staged_rows = Vec::new();
    parallel::in_order(
        planned.len(),
        across,
        |index| {
            let sealed = interrupt
                .check()
                .and_then(|()| seal_one(&planned[index], folder, command, certificate, within));
            progress.step();
            sealed
        },
        |index, sealed| {
            match sealed {
                Ok((row, None)) => rows.push(row),
                Ok((row, Some(file))) => {
                    staged.add(file);
                    staged_rows.push(row);
                }
                Err(failure) => {
                    rows.push(Row::new(planned[index].source.clone(), Outcome::Failed(vec![failure])));
                }
            }
            Ok::<_, Failure>(())
        },
    )?;
    progress.end();
    if interrupt.came() {
        drop(staged);
        interrupt.end();
        return Err(Failure::new("interrupted: nothing was written"));
    }
    for (mut row, (_, committed)) in staged_rows.into_iter().zip(staged.commit()) {
        if let Err(failure) = committed {
            row.outcome = Outcome::Failed(vec![failure]);
        }
        rows.push(row);
    }
    rows.sort_by(|a, b| a.source.cmp(&b.source));
    Ok(rows)
}

/// Seals one file under a temporary name; `None` where there is nothing to seal.
fn seal_one(
    file: &Planned,
    folder: Option<&Path>,
    command: &SealPaths,
    certificate: &Certificate,
    jobs: usize,
) -> Result<(Row, Option<Finished>), Failure> {
    let source = named_input(&file.source)?;
    let mut judged = judge(&source, &command.wish, Purpose::Seal, jobs)?;
    let row = row_of(&file.source, &mut judged, Some(&file.target));
    let Outcome::Done { objects, .. } = &row.outcome else { return Ok((row, None)) };
    if let Some(rival) = file.rivals.iter().find(|rival| may_hold_secrets(rival, command)) {
        return Err(file.clash(rival));
    }
    check_replaceable(&file.target, Identity::is_sealed_secret, objects)?;
    if let Some(folder) = folder {
        make_folder(&file.target, folder)?;
    }
    let mut staged = StagedFile::new(&file.target, Access::ByUmask)?;
    judged.seal(certificate, command.print, &command.wish, jobs, |text| staged.write(text))?;
    Ok((row, Some(staged.finish()?)))
}

fn row_of(path: &Path, judged: &mut Judged<'_>, target: Option<&Path>) -> Row {
    let outcome = if judged.secrets.is_empty() {
        Outcome::Skipped { why: NOTHING_TO_SEAL.into() }
    } else {
        let objects = std::mem::take(&mut judged.secrets);
        Outcome::Done { target: target.map(Path::to_owned), objects }
    };
    // What is passed over in a file without any Secret is not worth a line each.
    let passed_over = match outcome {
        Outcome::Done { .. } => std::mem::take(&mut judged.passed_over),
        _ => Vec::new(),
    };
    Row { passed_over, warnings: std::mem::take(&mut judged.warnings), ..Row::new(path.to_owned(), outcome) }
}

/// Whether a file would be sealed, too; one that cannot be read might be once it is mended.
fn may_hold_secrets(path: &Path, command: &SealPaths) -> bool {
    let judged = named_input(path).and_then(|source| {
        judge(&source, &command.wish, Purpose::Seal, 1).map(|judged| judged.secrets.len())
    });
    judged.map_or(true, |secrets| secrets > 0)
}

/// Whether the table may have colours: people look at it, and have not asked for none.
pub(crate) fn wants_color() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
