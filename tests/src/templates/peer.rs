//! A program that answers questions about templates, one at a time. It is started when it is first asked, and again
//! after it died or was too slow.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::lines::{Answer, Question, Reply};
use crate::cargo::{Built, program_of_ours};
use crate::go_module::GoModule;

/// Go's side; it asks sprig 3.3.0 with the modules that upstream's 0.40.0 links.
const ORACLE: GoModule = GoModule { name: "template-oracle", version: "sprig v3.3.0", stamp: "" };

/// One of the two programs.
pub struct Peer {
    program: PathBuf,
    arguments: Vec<OsString>,
    patience: Duration,
    running: Option<Running>,
}

struct Running {
    child: Child,
    questions: ChildStdin,
    replies: Receiver<String>,
}

impl Peer {
    /// Our engine: `program` is `render-lines`. Within so many MiB of address space, if it is to be limited.
    #[must_use]
    pub fn ours(program: PathBuf, memory_mib: Option<u64>, patience: Duration) -> Self {
        let mut arguments = Vec::new();
        if let Some(mib) = memory_mib {
            arguments.push(format!("--memory-mib={mib}").into());
        }
        Self { program, arguments, patience, running: None }
    }

    /// Go's, built on first use. It gives a template up after `timeout`, in whole seconds, and has 4 GiB of address space.
    ///
    /// # Errors
    /// There is no Go, or the build fails.
    pub fn go(timeout: Duration) -> Result<Self> {
        let timeout_flag = format!("-timeout={}s", timeout.as_secs());
        let arguments = [&timeout_flag, "-memory-mib=4096", "-max-output=16777216"];
        let program = Self::oracle()?;
        let arguments = arguments.map(Into::into).into();
        Ok(Self { program, arguments, patience: timeout + Duration::from_secs(20), running: None })
    }

    /// Go's program, built on first use.
    ///
    /// # Errors
    /// There is no Go, or the build fails.
    pub fn oracle() -> Result<PathBuf> {
        ORACLE.program("template-oracle", ".", "")
    }

    /// Our program, in the profile of the caller; `RENDER_LINES_BIN` names another one.
    ///
    /// # Errors
    /// The build fails.
    pub fn render_lines() -> Result<PathBuf> {
        program_of_ours("sealed-secrets-tests", "render-lines", "RENDER_LINES_BIN", &Built::new())
    }

    /// With a further argument of the program.
    #[must_use]
    pub fn with(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// The answer to a question.
    ///
    /// # Errors
    /// The program cannot be started, or what it says is no answer.
    pub fn ask(&mut self, question: &Question) -> Result<Answer> {
        Ok(self.ask_for_all(question)?.0)
    }

    /// The answer, and the line that it came in, where there was one.
    ///
    /// # Errors
    /// The program cannot be started, or what it says is no answer.
    pub fn ask_for_all(&mut self, question: &Question) -> Result<(Answer, Option<Reply>)> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => Running::start(&self.program, &self.arguments)?,
        };
        let mut line = serde_json::to_vec(question).context("writing the question")?;
        line.push(b'\n');
        // A program that is gone shows by its missing answer.
        let _ = running.questions.write_all(&line);
        let reply = match running.replies.recv_timeout(self.patience) {
            Ok(reply) => reply,
            Err(RecvTimeoutError::Timeout) => return Ok((Answer::Late, None)),
            Err(RecvTimeoutError::Disconnected) => {
                let status = running.child.wait().context("waiting for the program")?;
                return Ok((Answer::Died(status.to_string()), None));
            }
        };
        let reply: Reply = serde_json::from_str(&reply).with_context(|| format!("no answer: {reply}"))?;
        ensure!(reply.id == question.id, "an answer to {} instead of {}", reply.id, question.id);
        let answer = reply.answer()?;
        // Go cannot end a template: it goes on, and a fresh process does not share the processor with it.
        if !matches!(&answer, Answer::Failed { stage, .. } if stage == "timeout") {
            self.running = Some(running);
        }
        Ok((answer, Some(reply)))
    }
}

impl Running {
    fn start(program: &PathBuf, arguments: &[OsString]) -> Result<Self> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let questions = child.stdin.take().context("a pipe to the program")?;
        let output = child.stdout.take().context("a pipe from the program")?;
        let (sender, replies) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, questions, replies })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
