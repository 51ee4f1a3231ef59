//! Runs programs and notes what each run used.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use wait4::Wait4 as _;

use super::rows::{Job, Row};

/// What one run used.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    pub(crate) wall: Duration,
    /// User and system time, of children too.
    pub(crate) cpu: Duration,
    /// Peak resident memory in bytes, of the largest process.
    pub(crate) rss: u64,
}

/// The runs of one program in one row.
pub(crate) struct Samples(Vec<Used>);

/// The folders of a benchmark.
pub(crate) struct Place {
    inputs: PathBuf,
    output: PathBuf,
    home: PathBuf,
}

impl Place {
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let place = Self { inputs: folder.to_owned(), output: folder.join("out"), home: folder.join("home") };
        fs::create_dir(&place.home)?;
        Ok(place)
    }

    pub(crate) fn input(&self, name: &str) -> PathBuf {
        self.inputs.join(name)
    }

    /// Empty before each run.
    pub(crate) fn output(&self) -> PathBuf {
        self.output.clone()
    }

    /// Runs both programs of a row in turn, each once unmeasured before.
    pub(crate) fn alternate(&self, row: &Row, quick: bool) -> Result<(Samples, Option<Samples>)> {
        let rounds = if quick { row.rounds.min(2) } else { row.rounds };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        // Programs and inputs are in memory after the first run; a loop of many runs warms up by itself.
        let warm_up = usize::from(row.rounds > 3);
        for round in 0..rounds + warm_up {
            let mine = self.run(&row.ours).context("ours")?;
            let other = row.theirs.as_ref().map(|job| self.run(job)).transpose().context("kubeseal")?;
            if round >= warm_up {
                ours.push(mine);
                theirs.extend(other);
            }
        }
        Ok((Samples(ours), Some(Samples(theirs)).filter(|samples| !samples.0.is_empty())))
    }

    /// The least memory that a child can appear to use here: it begins with what this process used.
    pub(crate) fn smallest_peak(&self) -> Result<u64> {
        let job = Job { program: "/bin/true".into(), arguments: Vec::new(), stdin: None, files: None };
        Ok(self.run(&job)?.rss)
    }

    fn run(&self, job: &Job) -> Result<Used> {
        if self.output.exists() {
            fs::remove_dir_all(&self.output)?;
        }
        fs::create_dir(&self.output)?;
        let errors = self.home.join("stderr");
        let mut command = Command::new(&job.program);
        command.args(&job.arguments).current_dir(&self.home).stdout(Stdio::null());
        command.env_clear().env("HOME", &self.home).env("TMPDIR", &self.home).env("PATH", "/usr/bin:/bin");
        command.stdin(match &job.stdin {
            Some(path) => File::open(path).with_context(|| format!("opening {}", path.display()))?.into(),
            None => Stdio::null(),
        });
        command.stderr(File::create(&errors)?);

        let start = Instant::now();
        let child = command.spawn().with_context(|| format!("starting {}", job.program.display()))?;
        let ended = child.wait4().context("waiting for the program")?;
        let wall = start.elapsed();

        ensure!(ended.status.success(), "{}: {}", ended.status, fs::read_to_string(&errors)?.trim_end());
        if let Some(expected) = job.files {
            let written = fs::read_dir(&self.output)?.count();
            ensure!(written == expected, "{written} files were written, not {expected}");
        }
        Ok(Used { wall, cpu: ended.rusage.utime + ended.rusage.stime, rss: ended.rusage.maxrss })
    }
}

impl Samples {
    /// Each figure by itself: the median of the walls need not belong to the median of the memories.
    pub(crate) fn median(&self) -> Used {
        self.figure(|sorted| sorted.len() / 2)
    }

    /// The least of each figure.
    pub(crate) fn least(&self) -> Used {
        self.figure(|_| 0)
    }

    fn figure(&self, which: impl Fn(&[u64]) -> usize) -> Used {
        let pick = |value: &dyn Fn(&Used) -> u64| {
            let mut values: Vec<u64> = self.0.iter().map(value).collect();
            values.sort_unstable();
            values.get(which(&values)).copied().unwrap_or_default()
        };
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Used {
            wall: Duration::from_nanos(pick(&|used| nanoseconds(used.wall))),
            cpu: Duration::from_nanos(pick(&|used| nanoseconds(used.cpu))),
            rss: pick(&|used| used.rss),
        }
    }
}
