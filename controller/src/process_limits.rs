//! What the system is asked for at the start: no image of this process's memory, for the private keys are in it, and enough open
//! files for all connections.

use rustix::io::Result;
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

/// Two HTTP servers with 512 connections each, those to the API server, and as many again.
const FILES: u64 = 4096;

/// Forbids core dumps for the rest of this process's life, before it holds a key. A crash then leaves no file with keys in it
/// on the node, and no other process of the same user may read its memory (`ptrace`, `/proc/PID/mem`).
///
/// The limit alone would not do: where the system hands dumps to a program (`core_pattern` with a pipe, as systemd has it) it
/// is not looked at. For root, and for a debugger with its rights, nothing changes.
///
/// # Errors
/// The system refuses, which Linux does not.
pub fn forbid_core_dumps() -> Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

/// Raises the limit of open files, as far as the system lets it: many systems begin with 1,024, and a server that may open no
/// more accepts nobody.
///
/// # Errors
/// The system refuses.
pub fn allow_connections() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.map_or(FILES, |maximum| maximum.min(FILES));
    if limit.current.is_some_and(|current| current < most) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..limit })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rustix::process::dumpable_behavior;

    use super::*;

    #[test]
    fn neither_a_file_nor_a_pipe_gets_a_dump() {
        forbid_core_dumps().unwrap();
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable));
    }

    #[test]
    fn a_low_limit_of_open_files_is_raised_and_a_high_one_kept() {
        let before = getrlimit(Resource::Nofile);
        let most = before.maximum.map_or(FILES, |maximum| maximum.min(FILES));
        for (current, expected) in [(512, most), (most, most), (most + 1, most + 1)] {
            let current = before.maximum.map_or(current, |maximum| current.min(maximum));
            setrlimit(Resource::Nofile, Rlimit { current: Some(current), ..before }).unwrap();
            allow_connections().unwrap();
            let expected = before.maximum.map_or(expected, |maximum| expected.min(maximum));
            assert_eq!(getrlimit(Resource::Nofile).current, Some(expected));
        }
        setrlimit(Resource::Nofile, before).unwrap();
    }
}
