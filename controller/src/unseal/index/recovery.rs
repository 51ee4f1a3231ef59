//! The API server is back after it was away: who waits for it waits no longer.

use super::Index;
use super::known::Phase;
use crate::unseal::retry::{Millis, SPREAD};

impl Index {
    /// The API server has answered, as a watch shows that had failed before.
    pub fn api_answers(&mut self, now: Millis) {
        if let Some(from) = self.recovery.answered(now) {
            self.hasten(from);
        }
    }

    /// Those that wait for the server are tried from then on, one after the other.
    fn hasten(&mut self, from: Millis) {
        let mut due = from;
        for (key, known) in &mut self.objects {
            let waits = known.failed.as_ref().is_some_and(|failed| failed.cause.waits_for_the_server());
            if waits && matches!(known.phase, Phase::Waiting(later) if later > due) {
                known.phase = Phase::Waiting(due);
                self.timers.set(due, key);
                due += SPREAD;
            }
        }
    }
}
