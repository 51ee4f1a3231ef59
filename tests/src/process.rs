//! One program from start to end, under a deadline.

use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// What a program left behind when it ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// All of its standard output.
    pub stdout: Vec<u8>,
    /// All of its standard error.
    pub stderr: Vec<u8>,
}

impl Finished {
    /// Standard output of a program that succeeded.
    ///
    /// # Errors
    /// It did not succeed: the error holds its standard error.
    pub fn success(self) -> Result<Vec<u8>> {
        if !self.status.success() {
            bail!("{}: {}", self.status, String::from_utf8_lossy(&self.stderr).trim_end());
        }
        Ok(self.stdout)
    }
}

/// Feeds `stdin` to a program and gathers what it prints, all at the same time so that no pipe fills up.
///
/// # Errors
/// The program cannot be started, or it runs for longer than `limit` (it is killed then).
pub fn run(command: &mut Command, stdin: Vec<u8>, limit: Duration) -> Result<Finished> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", command.get_program().display()))?;
    feed(&mut child, stdin);
    let stdout = gather(child.stdout.take());
    let stderr = gather(child.stderr.take());
    let Some(status) = wait(&mut child, limit)? else {
        bail!("{} was still running after {limit:?}", command.get_program().display());
    };
    Ok(Finished {
        status,
        stdout: stdout.recv().unwrap_or_default(),
        stderr: stderr.recv().unwrap_or_default(),
    })
}

/// Writes to the child's standard input from a thread. A child that does not read to the end is no error here.
pub(crate) fn feed(child: &mut Child, bytes: Vec<u8>) {
    if let Some(mut pipe) = child.stdin.take() {
        thread::spawn(move || {
            let _ = pipe.write_all(&bytes);
        });
    }
}

/// Reads a pipe to its end in a thread. Where the end is an error, as that of a terminal is, it is an end too.
pub(crate) fn gather(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = sender.send(bytes);
    });
    receiver
}

/// `None` when the limit has passed; the child has been killed and reaped then.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait().context("waiting for the program")? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill().context("killing the program")?;
            child.wait().context("reaping the program")?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}
