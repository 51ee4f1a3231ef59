//! What a running process uses, as the kernel counts it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// Memory and processor time of a process.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Resident memory now, in bytes (`VmRSS`).
    pub resident: u64,
    /// The most resident memory that it ever had, in bytes (`VmHWM`).
    pub peak: u64,
    /// Processor time in user and system mode, in steps of 10 ms.
    pub processor: Duration,
}

impl Usage {
    /// Reads it from `/proc`.
    ///
    /// # Errors
    /// There is no such process any more.
    pub fn of(process: u32) -> Result<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).context("reading its status")?;
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).context("reading its times")?;
        let bytes = |field: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(field))?;
            line.split_whitespace().next()?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
        };
        Ok(Self {
            resident: bytes("VmRSS:").context("it has ended")?,
            peak: bytes("VmHWM:").context("it has ended")?,
            processor: processor(&stat).context("times that cannot be read")?,
        })
    }
}

/// Fields 14 and 15 of `/proc/PID/stat`, in hundredths of a second on every Linux; the name before them may hold
/// blanks and ends with the last parenthesis.
fn processor(stat: &str) -> Option<Duration> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_and_parentheses_shifts_no_field() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0";
        assert_eq!(processor(stat), Some(Duration::from_secs(3)));
    }

    #[test]
    fn this_process_uses_something() -> Result<()> {
        let usage = Usage::of(std::process::id())?;
        assert!(usage.resident > 100_000 && usage.peak >= usage.resident, "{usage:?}");
        Ok(())
    }
}
