//! How long to wait before trying again what failed.

use std::time::Duration;

/// The first pause.
const SHORTEST: Duration = Duration::from_millis(100);

/// Doubles from a tenth of a second up to a limit, with jitter, so that replicas do not come all at once.
#[derive(Debug)]
pub(crate) struct BackOff {
    longest: Duration,
    next: Duration,
}

impl BackOff {
    /// Pauses of at most `longest`.
    pub(crate) fn up_to(longest: Duration) -> Self {
        Self { longest, next: SHORTEST }
    }

    /// The next pause: from half of its length to all of it.
    pub(crate) fn pause(&mut self) -> Duration {
        let full = self.next;
        self.next = (full * 2).min(self.longest);
        let mut random = [0; 1];
        // Without randomness there is no jitter, which is no reason not to wait.
        let _ = aws_lc_rs::rand::fill(&mut random);
        full / 2 + full.mul_f64(0.5) * u32::from(random[0]) / 255
    }

    /// It worked: the next failure begins from the start.
    pub(crate) fn reset(&mut self) {
        self.next = SHORTEST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_the_limit_and_begins_anew() {
        let mut back_off = BackOff::up_to(Duration::from_secs(3));
        for full in [100, 200, 400, 800, 1600, 3000, 3000] {
            let full = Duration::from_millis(full);
            let pause = back_off.pause();
            assert!(full / 2 <= pause && pause <= full, "{pause:?} of {full:?}");
        }
        back_off.reset();
        assert!(back_off.pause() <= SHORTEST);
    }
}
