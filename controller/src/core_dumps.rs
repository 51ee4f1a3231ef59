//! No image of this process's memory is ever written: the private keys are in it.

use rustix::io::Result;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Forbids core dumps for the rest of this process's life, before it holds a key. A crash then leaves no file with keys in it
/// on the node, and no other process of the same user may read its memory (`ptrace`, `/proc/PID/mem`).
///
/// The limit alone would not do: where the system hands dumps to a program (`core_pattern` with a pipe, as systemd has it) it
/// is not looked at. For root, and for a debugger with its rights, nothing changes.
///
/// # Errors
/// The system refuses, which Linux does not.
pub fn forbid() -> Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

#[cfg(test)]
mod tests {
    use rustix::process::{dumpable_behavior, getrlimit};

    use super::*;

    #[test]
    fn neither_a_file_nor_a_pipe_gets_a_dump() {
        forbid().unwrap();
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable));
    }
}
