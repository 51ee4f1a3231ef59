//! Ctrl-C while files are being written: what is begun is taken back, nothing is left behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::failure::{Failure, system_text};

/// Signals that ask the program to end.
#[cfg(unix)]
const SIGNALS: [i32; 3] =
    [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const SIGNALS: [i32; 2] = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];

/// Notes a signal from the moment on that there is something to take back.
#[derive(Clone)]
pub(crate) struct Interrupt(Option<Arc<AtomicUsize>>);

impl Interrupt {
    /// Begins to note signals, if `wanted`; before and without it a signal ends the program at once.
    ///
    /// # Errors
    /// The system's reason.
    pub(crate) fn catch(wanted: bool) -> Result<Interrupt, Failure> {
        if !wanted {
            return Ok(Interrupt(None));
        }
        let noted = Arc::new(AtomicUsize::new(0));
        for signal in SIGNALS {
            signal_hook::flag::register_usize(signal, Arc::clone(&noted), signal as usize)
                .map_err(|error| Failure::new(format!("handling signals: {}", system_text(&error))))?;
        }
        Ok(Interrupt(Some(noted)))
    }

    /// Whether a signal came.
    pub(crate) fn came(&self) -> bool {
        self.signal() != 0
    }

    /// # Errors
    /// That a signal came.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.came() { Err(Failure::new("interrupted: nothing was written")) } else { Ok(()) }
    }

    /// Ends the program as the signal would have, so that the caller sees it; to be called when everything is
    /// taken back.
    pub(crate) fn end(&self) {
        let signal = self.signal();
        if signal != 0 {
            // If the system does not let us die of it, the exit status says that something failed.
            let _ = signal_hook::low_level::emulate_default_handler(signal as i32);
        }
    }

    fn signal(&self) -> usize {
        self.0.as_ref().map_or(0, |noted| noted.load(Ordering::Relaxed))
    }
}
