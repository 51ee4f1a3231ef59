//! How busy others kept the machine while something was measured.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The state at the beginning of a measurement.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    started: Instant,
    busy: Duration,
    own: Duration,
}

impl Load {
    /// Begins.
    pub(crate) fn begin() -> Result<Self> {
        Ok(Self { started: Instant::now(), busy: busy()?, own: own()? })
    }

    /// What the processors did since, on average.
    pub(crate) fn end(&self) -> Result<Shares> {
        let seconds = self.started.elapsed().as_secs_f64();
        let busy = busy()?.saturating_sub(self.busy).as_secs_f64() / seconds;
        let own = own()?.saturating_sub(self.own).as_secs_f64() / seconds;
        Ok(Shares { others: (busy - own).max(0.0), own })
    }
}

/// How many processors were kept busy, by whom; the rest had nothing to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares {
    /// By what has nothing to do with the benchmark.
    pub(crate) others: f64,
    /// By the control plane, the controllers and this process.
    pub(crate) own: f64,
}

/// Processor time of the control plane, the controllers and this process: the sandbox shows no other processes. Those
/// that have ended count for their parent, which is this process.
fn own() -> Result<Duration> {
    let mut ticks = 0;
    for entry in fs::read_dir("/proc").context("reading /proc")? {
        let path = entry.context("reading /proc")?.path();
        let number =
            path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok());
        // A process may end in between.
        if let Some(number) = number
            && let Ok(stat) = fs::read_to_string(path.join("stat"))
        {
            ticks += used(&stat, number == std::process::id()).unwrap_or_default();
        }
    }
    Ok(Duration::from_millis(ticks * 10))
}

/// Fields 14 to 17 of `/proc/PID/stat`, in hundredths of a second: user and system time, then those of its children that
/// have ended.
fn used(stat: &str, with_children: bool) -> Option<u64> {
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    fields.take(if with_children { 4 } else { 2 }).map(|field| field.parse::<u64>().ok()).sum()
}

/// Processor time of all processes of the machine.
fn busy() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/stat").context("reading /proc/stat")?;
    sum_busy(&stat).context("/proc/stat cannot be read")
}

/// The first line of `/proc/stat`, in hundredths of a second: user, nice, system, idle, iowait, irq, softirq, and then
/// the time that the host took, which is others' as well.
fn sum_busy(stat: &str) -> Option<Duration> {
    let fields: Vec<u64> =
        stat.lines().next()?.split_whitespace().skip(1).map_while(|field| field.parse().ok()).collect();
    let [user, nice, system, _, _, irq, softirq, steal] = *fields.first_chunk::<8>()?;
    Some(Duration::from_millis((user + nice + system + irq + softirq + steal) * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_is_not_busy() {
        let stat = "cpu  100 1 20 9999 888 3 4 5 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
        assert_eq!(sum_busy(stat), Some(Duration::from_millis(1330)));
    }

    #[test]
    fn children_count_where_they_should() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 30 7 20 0";
        assert_eq!((used(stat, false), used(stat, true)), (Some(300), Some(337)));
    }
}
