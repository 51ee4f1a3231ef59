//! Ctrl-C while files are being written: what is begun is taken back, nothing is left behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::failure::{Failure, system_text};

/// Signals that ask the program to end.
#[cfg(unix)]
const SIGNALS: [i32; 3] =
    [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const SIGNALS: [i32; 2] = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];

/// Notes a signal from the moment on that there is something to take back. A second one ends the program at once,
/// wherever it hangs.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// Begins to note signals; before that a signal ends the program.
    ///
    /// # Errors
    /// The system's reason.
    pub(crate) fn catch() -> Result<Interrupt, Failure> {
        let noted = Arc::new(AtomicUsize::new(0));
        let once = Arc::new(AtomicBool::new(false));
        for signal in SIGNALS {
            signal_hook::flag::register_conditional_default(signal, Arc::clone(&once))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&once)))
                .and_then(|_| signal_hook::flag::register_usize(signal, Arc::clone(&noted), signal as usize))
                .map_err(|error| Failure::new(format!("handling signals: {}", system_text(&error))))?;
        }
        Ok(Interrupt(noted))
    }

    /// # Errors
    /// That a signal came.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match self.signal() {
            0 => Ok(()),
            _ => Err(Failure::new("interrupted: nothing was written")),
        }
    }

    /// Ends the program as a signal that came would have, so that the caller sees it; to be called when everything
    /// is taken back or in its place.
    pub(crate) fn end(&self) {
        let signal = self.signal();
        if signal != 0 {
            // If the system does not let us die of it, the exit status says that something failed.
            let _ = signal_hook::low_level::emulate_default_handler(signal as i32);
        }
    }

    fn signal(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}
