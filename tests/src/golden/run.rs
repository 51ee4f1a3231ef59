//! Runs one case and gathers all that the program did.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, OutputModes, tcgetattr, tcsetattr};

use super::case::{Case, Exit, Kind, Request};
use super::sandbox::{NOBODY, Sandbox, Seen};
use super::server::Loopback;
use super::tidy::{is_temporary, replace, tidy};
use crate::process::{feed, gather, wait};

/// What a program did in one case, with placeholders in place of what differs from run to run.
pub(crate) struct Ran {
    pub(crate) exit: Exit,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// Entries of the working directory that are new, changed or gone, temporary files apart.
    pub(crate) files: BTreeMap<String, Seen>,
    /// Temporary files that nobody removed.
    pub(crate) left_behind: Vec<String>,
    pub(crate) requests: Vec<Request>,
}

/// Runs `program` in the case's folders. After `limit` it is killed and counts as hanging.
pub(crate) fn run(case: &Case, limit: Duration, program: &Path) -> Result<Ran> {
    let server = case.http.as_ref().map(Loopback::start).transpose()?;
    let url = server.as_ref().map_or("http://127.0.0.1:1", Loopback::url);
    let mut sandbox = Sandbox::create(case, url)?;
    let demote = case.not_root && rustix::process::geteuid().is_root();
    if demote {
        sandbox.hand_to_nobody()?;
    }
    sandbox.set_modes(case)?;
    let before = sandbox.snapshot()?;

    let mut command = Command::new(program);
    command.args(case.argv.iter().map(|argument| sandbox.fill(argument)));
    command.current_dir(sandbox.work()).process_group(0);
    environment(&mut command, case, &sandbox);
    if demote {
        command.uid(NOBODY).gid(NOBODY);
    }
    let (exit, stdout, stderr) = execute(command, case, &sandbox, limit)?;

    let mut places = sandbox.places();
    if server.is_none() {
        places.retain(|(name, _)| !matches!(*name, "$HTTP" | "$HOSTPORT"));
    }
    places.push(("$KUBESEAL", program.to_string_lossy().into_owned()));
    let mut left_behind = sandbox.temporaries()?;
    let mut files = BTreeMap::new();
    for (name, mut seen) in changes(&before, sandbox.snapshot()?) {
        if is_temporary(&name) {
            left_behind.push(name);
            continue;
        }
        if seen.kind == Kind::File {
            seen.content = tidy(seen.content, &places);
        }
        files.insert(name, seen);
    }
    Ok(Ran {
        exit,
        stdout: tidy(stdout, &places),
        stderr: tidy(stderr, &places),
        files,
        left_behind,
        requests: server.map(|server| server.requests()).unwrap_or_default(),
    })
}

/// Nothing of the caller's environment reaches the program.
fn environment(command: &mut Command, case: &Case, sandbox: &Sandbox) {
    command.env_clear().env("HOME", sandbox.home()).env("TMPDIR", sandbox.temporary());
    command.env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
    for (name, value) in &case.env {
        match value {
            Some(value) => command.env(name, sandbox.fill(value)),
            None => command.env_remove(name),
        };
    }
}

fn execute(
    mut command: Command,
    case: &Case,
    sandbox: &Sandbox,
    limit: Duration,
) -> Result<(Exit, Vec<u8>, Vec<u8>)> {
    let keyboard = match &case.stdin_tty {
        Some(_) => {
            let (near, far) = terminal()?;
            command.stdin(far);
            Some(near)
        }
        None => {
            command.stdin(Stdio::piped());
            None
        }
    };
    let screen = if case.stderr_tty {
        let (near, far) = terminal()?;
        raw_output(&far)?;
        command.stderr(far);
        Some(near)
    } else {
        command.stderr(Stdio::piped());
        None
    };
    let mut child = command.stdout(Stdio::piped()).spawn().context("starting the program")?;
    // The command still holds the far ends of the terminals: they would never read as closed.
    drop(command);

    if let (Some(keyboard), Some(typed)) = (&keyboard, &case.stdin_tty) {
        type_on(keyboard, typed.bytes()?)?;
    }
    feed(&mut child, replace(&case.stdin.bytes()?, "$DIR", &sandbox.work().to_string_lossy()));
    let stdout = gather(child.stdout.take());
    let stderr = match screen {
        Some(screen) => gather(Some(screen)),
        None => gather(child.stderr.take()),
    };
    let status = wait(&mut child, limit)?;
    let exit = status.map_or(Exit::HANG, |status| {
        Exit::Status(status.code().unwrap_or_else(|| -status.signal().unwrap_or_default()))
    });
    let printed = (stdout.recv().unwrap_or_default(), stderr.recv().unwrap_or_default());
    Ok((exit, printed.0, printed.1))
}

/// A pseudo-terminal: our end, and the end for the program.
fn terminal() -> Result<(File, OwnedFd)> {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
        .context("opening a terminal")?;
    grantpt(&near)?;
    unlockpt(&near)?;
    let name = ptsname(&near, Vec::new())?;
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let far =
        rustix::fs::open(name, flags, rustix::fs::Mode::empty()).context("opening the terminal's far end")?;
    Ok((File::from(near), far))
}

/// Line ends as they were printed, not with a carriage return before each.
fn raw_output(terminal: &OwnedFd) -> Result<()> {
    let mut attributes = tcgetattr(terminal)?;
    attributes.output_modes.remove(OutputModes::OPOST);
    Ok(tcsetattr(terminal, OptionalActions::Now, &attributes)?)
}

/// Types a text, and at the start of a line the key that ends input.
fn type_on(mut keyboard: &File, mut text: Vec<u8>) -> Result<()> {
    const END_OF_INPUT: u8 = 4;
    if text.last().is_some_and(|last| *last != b'\n') {
        text.push(b'\n');
    }
    text.push(END_OF_INPUT);
    keyboard.write_all(&text).context("typing")
}

fn changes(before: &BTreeMap<String, Seen>, after: BTreeMap<String, Seen>) -> BTreeMap<String, Seen> {
    let gone = before
        .keys()
        .filter(|name| !after.contains_key(*name))
        .map(|name| (name.clone(), Seen { kind: Kind::Gone, content: Vec::new(), mode: 0 }))
        .collect::<Vec<_>>();
    after.into_iter().filter(|(name, seen)| before.get(name) != Some(seen)).chain(gone).collect()
}
