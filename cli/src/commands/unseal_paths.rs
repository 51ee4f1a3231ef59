//! `seal unseal`: open sealed files and folders with private keys, offline.

use std::path::Path;

use sealed_secrets::sealing::KeyRing;
use zeroize::Zeroizing;

use crate::args::CalledAs;
use crate::command::Unseal;
use crate::failure::{Exit, Failure};
use crate::folder::existing::{check_replaceable, make_folder};
use crate::folder::plan;
use crate::folder::report::{Outcome, Report, Row};
use crate::folder::walk::{Found, walk};
use crate::input::{Source, is_stdin, named_input};
use crate::interrupt::Interrupt;
use crate::keys_input::key_ring;
use crate::object::{Identity, expand};
use crate::output::{Access, Finished, Output, Staged, StagedFile};
use crate::reading::{documents, read};
use crate::seal_source::print_value;
use crate::unseal_source::{Opened, open};

pub(crate) fn run(command: &Unseal, color: bool) -> Result<Exit, Failure> {
    let ring = key_ring(&command.keys)?;
    if ring.is_empty() {
        return Err(Failure::new("none of the key files holds a private key").hint(
            "give PEM files, or a backup made with\n  \
                   kubectl get secret -n NAMESPACE -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml",
        ));
    }
    let rows = match &command.output_dir {
        None => to_stdout(command, &ring)?,
        Some(folder) => to_files(command, folder, &ring)?,
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

fn to_stdout(command: &Unseal, ring: &KeyRing) -> Result<Vec<Row>, Failure> {
    let (files, mut rows): (Vec<Found>, Vec<Row>) = walk(&command.paths).into();
    let mut output = Output::new(None, Access::Private)?;
    for file in files {
        match open_one(&file.path, command, ring) {
            Ok((row, text)) => {
                output.write(text.as_bytes())?;
                rows.push(row);
            }
            Err(failures) => rows.push(Row::new(file.path, Outcome::Failed(failures))),
        }
    }
    output.commit()?;
    Ok(rows)
}

fn to_files(command: &Unseal, folder: &Path, ring: &KeyRing) -> Result<Vec<Row>, Failure> {
    if command.paths.iter().any(|path| is_stdin(path)) {
        return Err(Failure::usage("stdin (-) has no name that its opened file could take")
            .hint("leave --output-dir out to print what it holds"));
    }
    let (files, mut rows): (Vec<Found>, Vec<Row>) = walk(&command.paths).into();
    let interrupt = Interrupt::catch(true)?;
    let mut staged = Staged::default();
    let mut staged_rows = Vec::new();
    for file in plan::opened(&files, folder, command.print) {
        if interrupt.came() {
            break;
        }
        let stage = |row: &Row, text: &str| -> Result<Finished, Failure> {
            if let Some(rival) = file.rivals.iter().find(|rival| may_hold_sealed(rival)) {
                return Err(file.clash(rival));
            }
            if let Outcome::Done { objects, .. } = &row.outcome {
                check_replaceable(&file.target, Identity::is_secret, objects)?;
            }
            make_folder(&file.target, folder)?;
            let mut staged = StagedFile::new(&file.target, Access::Private)?;
            staged.write(text.as_bytes())?;
            staged.finish()
        };
        match open_one(&file.source, command, ring) {
            Ok((row, text)) if matches!(row.outcome, Outcome::Done { .. }) => match stage(&row, &text) {
                Ok(written) => {
                    staged.add(written);
                    staged_rows.push(row);
                }
                Err(failure) => rows.push(Row::failed(file.source, failure)),
            },
            Ok((row, _)) => rows.push(row),
            Err(failures) => rows.push(Row::new(file.source, Outcome::Failed(failures))),
        }
    }
    if interrupt.came() {
        drop(staged);
        interrupt.end();
        return Err(Failure::new("interrupted: nothing was written"));
    }
    for (mut row, (written, committed)) in staged_rows.into_iter().zip(staged.commit()) {
        match (&mut row.outcome, committed) {
            (Outcome::Done { target, .. }, Ok(())) => *target = Some(written),
            (outcome, Err(failure)) => *outcome = Outcome::Failed(vec![failure]),
            _ => {}
        }
        rows.push(row);
    }
    rows.sort_by(|a, b| a.source.cmp(&b.source));
    Ok(rows)
}

fn open_one(path: &Path, command: &Unseal, ring: &KeyRing) -> Result<(Row, Zeroizing<String>), Vec<Failure>> {
    let source = named_input(path).map_err(|failure| vec![failure])?;
    let Opened { secrets, passed_over } = open(&source, ring, CalledAs::Seal, command.jobs)?;
    let mut text = Zeroizing::new(String::new());
    let mut objects = Vec::new();
    for (secret, format) in &secrets {
        print_value(&secret.to_manifest(), command.print, *format, &mut text);
        objects.push(Identity {
            api_version: "v1".into(),
            kind: "Secret".into(),
            namespace: secret.metadata.namespace.clone().unwrap_or_default(),
            name: secret.metadata.name.clone().unwrap_or_default(),
        });
    }
    let outcome = if objects.is_empty() {
        Outcome::Skipped { why: "no SealedSecret in it".into() }
    } else {
        Outcome::Done { target: None, objects }
    };
    let passed_over = if matches!(outcome, Outcome::Done { .. }) { passed_over } else { Vec::new() };
    Ok((Row { passed_over, ..Row::new(path.to_owned(), outcome) }, text))
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
