//! `seal unseal`: open sealed files and folders with private keys, offline.

use std::path::{Path, PathBuf};

use sealed_secrets::sealing::KeyRing;
use zeroize::Zeroizing;

use crate::args::CalledAs;
use crate::clock::Nanoseconds;
use crate::command::Unseal;
use crate::failure::{Exit, Failure};
use crate::folder::existing::{check_replaceable, make_folder};
use crate::folder::plan::{self, Planned};
use crate::folder::report::{Outcome, Report, Row};
use crate::folder::run::{Share, to_files};
use crate::folder::walk::{Found, walk};
use crate::input::{Source, is_stdin, named_input};
use crate::keys_input::key_ring;
use crate::object::{Identity, expand};
use crate::output::{Access, Finished, Output, StagedFile};
use crate::print::Empty;
use crate::reading::{documents, read};
use crate::unseal_source::{Opened, open};

pub(crate) fn run(command: &Unseal, now: Nanoseconds, color: bool) -> Result<Exit, Failure> {
    let ring = key_ring(&command.keys)?;
    if ring.is_empty() {
        return Err(Failure::new("none of the key files holds a private key").hint(
            "give PEM files, or a backup made with\n  \
             kubectl get secret -n NAMESPACE -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml",
        ));
    }
    let (files, rows): (Vec<Found>, Vec<Row>) = walk(&command.paths).into();
    let rows = match &command.output_dir {
        None => to_stdout(files, rows, command, &ring, now)?,
        Some(folder) => open_files(&files, rows, command, folder, &ring, now)?,
    };
    let report = Report { done: "opened", rows };
    let silent = command.output_dir.is_none() && report.exit() == Exit::Well;
    if !silent {
        eprint!("{}", report.table(color));
    }
    if let Some(error) = report.nothing_found("SealedSecret") {
        eprintln!("{error}");
    }
    Ok(report.exit())
}

fn to_stdout(
    files: Vec<Found>,
    mut rows: Vec<Row>,
    command: &Unseal,
    ring: &KeyRing,
    now: Nanoseconds,
) -> Result<Vec<Row>, Failure> {
    let mut output = Output::new(None, Access::Private)?;
    for file in files {
        match open_one(&file.path, None, command, ring, command.jobs, now) {
            Ok((row, text, _)) => {
                output.write(text.as_bytes())?;
                rows.push(row);
            }
            Err(failures) => rows.push(Row::new(file.path, Outcome::Failed(failures))),
        }
    }
    output.commit()?;
    Ok(rows)
}

fn open_files(
    files: &[Found],
    rows: Vec<Row>,
    command: &Unseal,
    folder: &Path,
    ring: &KeyRing,
    now: Nanoseconds,
) -> Result<Vec<Row>, Failure> {
    if command.paths.iter().any(|path| is_stdin(path)) {
        return Err(Failure::usage("stdin (-) has no name that its opened file could take")
            .hint("leave --output-dir out to print what it holds"));
    }
    let planned = plan::opened(files, folder, command.print);
    to_files(&planned, rows, command.jobs, |file, share| {
        let (row, text, objects) =
            open_one(&file.source, Some(file.target.clone()), command, ring, share.jobs, now)?;
        if !row.is_done() {
            return Ok((row, None));
        }
        stage(file, folder, &text, &objects, share)
            .map(|finished| (row, Some(finished)))
            .map_err(|failure| vec![failure])
    })
}

fn stage(
    file: &Planned,
    folder: &Path,
    text: &str,
    objects: &[Identity],
    share: &Share<'_>,
) -> Result<Finished, Failure> {
    file.refuse_clash(may_hold_sealed)?;
    check_replaceable(&file.target, Identity::is_secret, objects)?;
    make_folder(&file.target, folder)?;
    let mut staged = StagedFile::new(&file.target, Access::Private, share.interrupt)?;
    staged.write(text.as_bytes())?;
    staged.finish()
}

type OpenedText = (Row, Zeroizing<String>, Vec<Identity>);

fn open_one(
    path: &Path,
    target: Option<PathBuf>,
    command: &Unseal,
    ring: &KeyRing,
    jobs: usize,
    now: Nanoseconds,
) -> Result<OpenedText, Vec<Failure>> {
    let source = named_input(path).map_err(|failure| vec![failure])?;
    let Opened { secrets, passed_over } = open(&source, ring, CalledAs::Seal, jobs, now)?;
    let printed: Vec<_> =
        secrets.iter().map(|(secret, format)| command.print.secret(secret, *format, Empty::Text)).collect();
    let mut text = Zeroizing::new(String::with_capacity(printed.iter().map(|text| text.len()).sum()));
    printed.iter().for_each(|printed| text.push_str(printed));
    let objects: Vec<Identity> = secrets.iter().map(|(secret, _)| Identity::of_secret(secret)).collect();
    let row = Row::of(path, target, objects.clone(), passed_over, "no SealedSecret in it");
    Ok((row, text, objects))
}

/// Whether a file would be opened, too; one that cannot be read might be once it is mended.
fn may_hold_sealed(path: &Path) -> bool {
    let holds = |source: &Source| -> Result<bool, Failure> {
        for document in &documents(source)? {
            if let Some(value) = read(&source.name, document, CalledAs::Seal)?
                && expand(value)?.iter().any(|(identity, _)| identity.is_sealed_secret())
            {
                return Ok(true);
            }
        }
        Ok(false)
    };
    named_input(path).and_then(|source| holds(&source)).unwrap_or(true)
}
