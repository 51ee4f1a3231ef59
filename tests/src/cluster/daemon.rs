//! A program that runs until it is stopped, with its output in a file.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

use super::usage::Usage;
use crate::process;

/// What a start needs: the same words start it again after it was killed.
type Recipe = Box<dyn Fn() -> Result<Command> + Send + Sync>;

/// A running program. Dropping it kills it.
pub struct Daemon {
    name: String,
    log: PathBuf,
    recipe: Recipe,
    child: Mutex<Child>,
}

impl Daemon {
    /// Starts what `recipe` makes; standard output and error are appended to the file `log`.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(
        name: &str,
        log: &Path,
        recipe: impl Fn() -> Result<Command> + Send + Sync + 'static,
    ) -> Result<Self> {
        let child = spawn(name, log, &recipe)?;
        Ok(Self {
            name: name.to_owned(),
            log: log.to_owned(),
            recipe: Box::new(recipe),
            child: Mutex::new(child),
        })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child().id()
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// It has ended and was waited for.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(Pid::from_child(&self.child()), signal)
            .with_context(|| format!("a signal for {}", self.name))
    }

    /// Freezes it (SIGSTOP): its connections stay, nothing answers.
    ///
    /// # Errors
    /// It has ended.
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on after [`freeze`](Self::freeze).
    ///
    /// # Errors
    /// It has ended.
    pub fn thaw(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// Ends it at once (SIGKILL), however frozen it is, and waits for that.
    ///
    /// # Errors
    /// The system does not let us.
    pub fn kill(&self) -> Result<ExitStatus> {
        let mut child = self.child();
        child.kill().with_context(|| format!("killing {}", self.name))?;
        child.wait().with_context(|| format!("waiting for {}", self.name))
    }

    /// Starts it anew with the same arguments; the old one is killed first if it still runs.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn restart(&self) -> Result<()> {
        self.kill()?;
        *self.child() = spawn(&self.name, &self.log, &self.recipe)?;
        Ok(())
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// The system does not say.
    pub fn ended(&self) -> Result<Option<ExitStatus>> {
        self.child().try_wait().with_context(|| format!("waiting for {}", self.name))
    }

    /// Waits for its end; `None` when `limit` has passed, and it has been killed then.
    ///
    /// # Errors
    /// The system does not say.
    pub fn wait(&self, limit: Duration) -> Result<Option<ExitStatus>> {
        process::wait(&mut self.child(), limit)
    }

    /// Memory and processor time so far.
    ///
    /// # Errors
    /// It has ended.
    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.id()).with_context(|| format!("what {} uses", self.name))
    }

    /// All that it has printed.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn output(&self) -> Result<String> {
        let bytes = fs::read(&self.log).with_context(|| format!("reading {}", self.log.display()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The last lines that it has printed, for a message about a failure.
    pub fn last_words(&self) -> String {
        let output = self.output().unwrap_or_default();
        let lines: Vec<_> = output.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// A test that failed while it held the lock has left nothing half done.
    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

fn spawn(name: &str, log: &Path, recipe: &dyn Fn() -> Result<Command>) -> Result<Child> {
    let file: File =
        OpenOptions::new().create(true).append(true).open(log).with_context(|| log.display().to_string())?;
    recipe()?
        .stdin(Stdio::null())
        .stdout(file.try_clone().context("the log's second handle")?)
        .stderr(file)
        .spawn()
        .with_context(|| format!("starting {name}"))
}
