//! What became of each file: a table for people, JSON for programs.

use std::fmt::Write;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::failure::{Exit, Failure, printable};
use crate::folder::walk::{Found, Walk};
use crate::object::Identity;

/// One file of a run.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) source: PathBuf,
    pub(crate) outcome: Outcome,
    pub(crate) passed_over: Vec<Identity>,
    pub(crate) warnings: Vec<String>,
}

/// What became of a file.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Written; `None` as target means printed.
    Done { target: Option<PathBuf>, objects: Vec<Identity> },
    /// Looked at and found right; nothing was to be written.
    Checked { objects: Vec<Identity> },
    /// Nothing in it to do.
    Skipped { why: String },
    /// As it was.
    Failed(Vec<Failure>),
}

impl Row {
    pub(crate) fn new(source: PathBuf, outcome: Outcome) -> Row {
        Row { source, outcome, passed_over: Vec::new(), warnings: Vec::new() }
    }

    pub(crate) fn failed(source: PathBuf, failure: Failure) -> Row {
        Row::new(source, Outcome::Failed(vec![failure]))
    }
}

impl From<Walk> for (Vec<Found>, Vec<Row>) {
    /// The files to work on, and the rows of what is done with already.
    fn from(walk: Walk) -> Self {
        let failed = walk.failures.into_iter().map(|(path, failure)| Row::failed(path, failure));
        let skipped = walk
            .skipped
            .into_iter()
            .map(|(path, why)| Row::new(path, Outcome::Skipped { why: why.to_owned() }));
        (walk.files, failed.chain(skipped).collect())
    }
}

/// All files of a run.
#[derive(Debug)]
pub(crate) struct Report {
    /// What was done to the files, in the past tense: "sealed".
    pub(crate) done: &'static str,
    pub(crate) rows: Vec<Row>,
}

impl Report {
    /// How the run ends: failed if one file did, or if there was nothing to do at all.
    pub(crate) fn exit(&self) -> Exit {
        let failed = self.rows.iter().any(|row| matches!(row.outcome, Outcome::Failed(_)));
        let done = self.rows.iter().any(Row::is_done);
        if failed || !done { Exit::Failed } else { Exit::Well }
    }

    /// What is wrong where nothing is: no file failed, and none had anything to do in it.
    pub(crate) fn nothing_found(&self, what: &str) -> Option<String> {
        let nothing = self.rows.iter().all(|row| matches!(row.outcome, Outcome::Skipped { .. }));
        nothing.then(|| format!("error: no {what} found in what was named"))
    }

    /// The table for people: warnings and failures in full, then one line a file, then the sum.
    pub(crate) fn table(&self, color: bool) -> String {
        let mut text = String::new();
        let wide = self.done.len().max(8);
        let width = self.rows.iter().map(|row| shown(&row.source).chars().count()).max().unwrap_or(0);
        for row in &self.rows {
            let source = shown(&row.source);
            let (result, what) = match &row.outcome {
                Outcome::Done { target: Some(target), .. } => (self.done, format!("-> {}", shown(target))),
                Outcome::Done { target: None, .. } => (self.done, "-> stdout".to_owned()),
                Outcome::Checked { objects } => (self.done, count(objects.len(), "object")),
                Outcome::Skipped { why } => ("skipped", why.clone()),
                Outcome::Failed(failures) => {
                    ("FAILED", failures.first().map_or_else(String::new, first_line))
                }
            };
            let result = match row.outcome {
                Outcome::Failed(_) if color => format!("\u{1b}[31m{result:wide$}\u{1b}[0m"),
                _ => format!("{result:wide$}"),
            };
            let _ = writeln!(text, "{result}  {source:width$}  {what}");
        }
        for row in &self.rows {
            for other in &row.passed_over {
                let _ = writeln!(text, "note: {}: {other} is passed over", shown(&row.source));
            }
            for warning in &row.warnings {
                let _ = writeln!(text, "warning: {}", printable(warning));
            }
            if let Outcome::Failed(failures) = &row.outcome {
                for failure in failures {
                    let _ = writeln!(text, "error: {failure}");
                }
            }
        }
        let _ = writeln!(text, "{}", self.sum());
        text
    }

    fn sum(&self) -> String {
        let (mut files, mut objects, mut skipped, mut failed) = (0, 0, 0, 0);
        for row in &self.rows {
            match &row.outcome {
                Outcome::Done { objects: done, .. } | Outcome::Checked { objects: done } => {
                    files += 1;
                    objects += done.len();
                }
                Outcome::Skipped { .. } => skipped += 1,
                Outcome::Failed(_) => failed += 1,
            }
        }
        let mut sum = format!("{} {} in {}", self.done, count(objects, "object"), count(files, "file"));
        if skipped > 0 {
            let _ = write!(sum, ", {skipped} skipped");
        }
        if failed > 0 {
            let _ = write!(sum, ", {failed} failed (as they were)");
        }
        sum
    }

    /// The report for programs. `version` is raised when a field changes its meaning.
    pub(crate) fn json(&self) -> String {
        let files: Vec<Value> = self.rows.iter().map(|row| self.row_json(row)).collect();
        let of = |result: &str| files.iter().filter(|file| file["result"] == result).count();
        let report = json!({
            "version": 1,
            "files": files,
            "summary": { self.done: of(self.done), "skipped": of("skipped"), "failed": of("failed") },
        });
        format!("{report:#}\n")
    }

    fn row_json(&self, row: &Row) -> Value {
        let objects = |identities: &[Identity]| -> Vec<Value> {
            let object = |identity: &Identity| json!({ "kind": identity.kind, "namespace": identity.namespace, "name": identity.name });
            identities.iter().map(object).collect()
        };
        let mut json = json!({ "source": row.source.to_string_lossy() });
        match &row.outcome {
            Outcome::Done { target, objects: done } => {
                json["result"] = self.done.into();
                json["target"] = target.as_ref().map(|target| target.to_string_lossy().into_owned()).into();
                json["objects"] = objects(done).into();
            }
            Outcome::Checked { objects: done } => {
                json["result"] = self.done.into();
                json["objects"] = objects(done).into();
            }
            Outcome::Skipped { why } => {
                json["result"] = "skipped".into();
                json["reason"] = why.as_str().into();
            }
            Outcome::Failed(failures) => {
                json["result"] = "failed".into();
                json["errors"] = failures
                    .iter()
                    .map(|failure| json!({ "message": failure.what, "hint": failure.hint }))
                    .collect::<Vec<_>>()
                    .into();
            }
        }
        if !row.passed_over.is_empty() {
            json["passedOver"] = objects(&row.passed_over).into();
        }
        if !row.warnings.is_empty() {
            json["warnings"] = row.warnings.as_slice().into();
        }
        json
    }
}

fn first_line(failure: &Failure) -> String {
    printable(failure.what.lines().next().unwrap_or_default()).into_owned()
}

/// A name of a file on one line.
fn shown(path: &Path) -> String {
    printable(&path.display().to_string()).replace('\n', "\\n")
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Whether the table may have colours: people look at it, and have not asked for none.
pub(crate) fn wants_color() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
