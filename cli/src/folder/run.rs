//! Working on many files: in parallel, each under a temporary name, all put in their places at the end.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::folder::plan::Planned;
use crate::folder::progress::Progress;
use crate::folder::report::{Outcome, Row};
use crate::interrupt::Interrupt;
use crate::object::Identity;
use crate::output::{Finished, Staged};
use crate::parallel;

/// What was made of one file: its row, and the file under its temporary name where there was something to do.
pub(crate) type Made = (Row, Option<Finished>);

/// What is to be known of a file before it is worked on: how many threads it may use, and the signals.
pub(crate) struct Share<'r> {
    pub(crate) jobs: usize,
    pub(crate) interrupt: &'r Interrupt,
}

/// Does `work` for each file and puts the results in their places. `rows` are of files that are done with already.
/// A file that fails is as it was, and the others go on; a signal takes everything back.
///
/// # Errors
/// That signals cannot be handled, or that one came.
pub(crate) fn to_files(
    planned: &[Planned],
    mut rows: Vec<Row>,
    jobs: usize,
    work: impl Fn(&Planned, &Share<'_>) -> Result<Made, Vec<Failure>> + Sync,
) -> Result<Vec<Row>, Failure> {
    let interrupt = Interrupt::catch()?;
    let progress = Progress::new(planned.len());
    // Files are shared out over the processors; a few files are worked on one after the other, each by all.
    let (across, within) = if planned.len() >= jobs { (jobs, 1) } else { (1, jobs) };
    let share = Share { jobs: within, interrupt: &interrupt };
    let mut staged = Staged::default();
    let mut staged_rows = Vec::new();
    parallel::in_order(
        planned.len(),
        across,
        |index| {
            let made = match interrupt.check() {
                Ok(()) => work(&planned[index], &share),
                Err(failure) => Err(vec![failure]),
            };
            progress.step();
            made
        },
        |index, made| {
            match made {
                Ok((row, None)) => rows.push(row),
                Ok((row, Some(file))) => {
                    staged.add(file);
                    staged_rows.push(row);
                }
                Err(failures) => {
                    rows.push(Row::new(planned[index].source.clone(), Outcome::Failed(failures)));
                }
            }
            Ok::<_, Failure>(())
        },
    )?;
    progress.end();
    if let Err(failure) = interrupt.check() {
        drop(staged);
        interrupt.end();
        return Err(failure);
    }
    for (row, (_, committed)) in staged_rows.into_iter().zip(staged.commit()) {
        rows.push(match committed {
            Ok(()) => row,
            Err(failure) => Row::failed(row.source, failure),
        });
    }
    rows.sort_by(|a, b| a.source.cmp(&b.source));
    interrupt.end();
    Ok(rows)
}

impl Row {
    /// The row of a file that was read: done if it held objects, else skipped for the reason `nothing`. What else
    /// a file without any holds is not worth a line each.
    pub(crate) fn of(
        source: &Path,
        target: Option<PathBuf>,
        objects: Vec<Identity>,
        passed_over: Vec<Identity>,
        nothing: &str,
    ) -> Row {
        if objects.is_empty() {
            return Row::new(source.to_owned(), Outcome::Skipped { why: nothing.to_owned() });
        }
        Row { passed_over, ..Row::new(source.to_owned(), Outcome::Done { target, objects }) }
    }

    /// Whether there was something to do.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.outcome, Outcome::Done { .. } | Outcome::Checked { .. })
    }
}
