//! When a failure is worth another attempt. No IO, no clock.

use std::time::Duration;

/// Milliseconds since some start.
pub type Millis = u64;

/// Why an attempt failed, as far as it decides when the next one comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It does not open: only another key, scope or spec helps.
    Closed,
    /// It cannot be read, or asks for what there is not: only another spec helps.
    Unusable,
    /// A Secret that must not be changed: only a change of that Secret (or of the spec) helps.
    SecretInTheWay {
        /// uid of the Secret.
        uid: Box<str>,
        /// Its resourceVersion.
        version: Box<str>,
    },
    /// The API server refuses the Secret as it is; it may think otherwise later (admission rules change).
    Refused,
    /// The API server could not, or not yet.
    Api {
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The API server gave no answer.
    NoAnswer,
    /// The namespace is being deleted, or is gone: soon the object is, too.
    NamespaceGone,
}

impl Cause {
    /// Whatever becomes of the Secret, this object makes none.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        matches!(self, Cause::Closed | Cause::Unusable)
    }

    /// Whether it is over, most likely, as soon as the API server answers somebody. A server that asked to be left alone
    /// is.
    #[must_use]
    pub fn waits_for_the_server(&self) -> bool {
        matches!(self, Cause::NoAnswer | Cause::Api { retry_after: None })
    }

    /// Its place in [`Attempts`].
    fn place(&self) -> usize {
        match self {
            Cause::Closed | Cause::Unusable => 0,
            Cause::SecretInTheWay { .. } => 1,
            Cause::Refused => 2,
            Cause::Api { .. } => 3,
            Cause::NoAnswer => 4,
            Cause::NamespaceGone => 5,
        }
    }
}

/// Failed attempts at one object since it changed, or succeeded, counted for each kind of cause: an outage uses up none
/// of the attempts that pass in silence where something else fails after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts([u8; 6]);

impl Attempts {
    /// How many failed for this cause.
    #[must_use]
    pub fn of(&self, cause: &Cause) -> u32 {
        self.0[cause.place()].into()
    }

    /// One more has. Returns how many that are now.
    pub fn count(&mut self, cause: &Cause) -> u32 {
        let count = &mut self.0[cause.place()];
        *count = count.saturating_add(1);
        (*count).into()
    }
}

/// Those that wait for the API server are woken when an answer shows that it is back, rather than sleep out pauses that
/// grew while it was away. If it comes and goes they are woken ever less often.
#[derive(Debug)]
pub struct Recovery {
    /// Attempts have failed for want of the server since it was last seen to be back.
    failing: bool,
    /// When they were woken last.
    last: Option<Millis>,
    gap: Millis,
    /// How often it came back.
    count: u64,
}

impl Default for Recovery {
    fn default() -> Self {
        Self { failing: false, last: None, gap: FIRST_GAP, count: 0 }
    }
}

impl Recovery {
    /// An attempt has failed for want of the server.
    pub fn failed(&mut self) {
        self.failing = true;
    }

    /// The server has done what was asked. Returns from when on those that wait are to be tried again, if attempts have
    /// failed before.
    pub fn answered(&mut self, now: Millis) -> Option<Millis> {
        if !std::mem::take(&mut self.failing) {
            return None;
        }
        self.count += 1;
        let due = self.last.map_or(now, |last| now.max(last + self.gap));
        let is_calm = self.last.is_none_or(|last| now > last + CALM);
        self.gap = if is_calm { FIRST_GAP } else { (self.gap * 2).min(LAST) };
        self.last = Some(due);
        Some(due)
    }

    /// How often it came back: an attempt that was begun before may have failed of what is over.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// Pauses between two times at which all are woken: doubling from the first to [`LAST`], and from the start again after
/// so long without one.
const FIRST_GAP: Millis = 1_000;
const CALM: Millis = 600_000;

/// Pause between two of those that are woken: a server that has just come up is not met by all at once.
pub const SPREAD: Millis = 2;

/// Pauses between attempts that fail for the API server's reasons: doubling from the first to the last.
const FIRST: Millis = 100;
const LAST: Millis = 30_000;

/// The same where the object itself is refused.
const FIRST_REFUSED: Millis = 5_000;
const LAST_REFUSED: Millis = 600_000;

/// The same where the namespace goes, which may take long if something in it cannot be deleted.
const FIRST_GONE: Millis = 30_000;

/// How long to wait after so many failed attempts; `None`: no timer, only a change from outside helps.
#[must_use]
pub fn delay(cause: &Cause, attempt: u32) -> Option<Millis> {
    let doubled = |first: Millis, last: Millis| (first << attempt.saturating_sub(1).min(20)).min(last);
    match cause {
        Cause::Closed | Cause::Unusable | Cause::SecretInTheWay { .. } => None,
        Cause::Refused => Some(doubled(FIRST_REFUSED, LAST_REFUSED)),
        Cause::Api { retry_after } => {
            let asked = retry_after.map_or(0, |pause| u64::try_from(pause.as_millis()).unwrap_or(LAST));
            Some(doubled(FIRST, LAST).max(asked.min(LAST)))
        }
        Cause::NoAnswer => Some(doubled(FIRST, LAST)),
        Cause::NamespaceGone => Some(doubled(FIRST_GONE, LAST_REFUSED)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_a_change_can_mend_has_no_timer() {
        let in_the_way = Cause::SecretInTheWay { uid: "u".into(), version: "1".into() };
        for cause in [Cause::Closed, Cause::Unusable, in_the_way] {
            assert_eq!(delay(&cause, 1), None);
        }
    }

    #[test]
    fn the_api_server_is_asked_for_ever_but_ever_less() {
        let api = Cause::Api { retry_after: None };
        assert_eq!(delay(&api, 1), Some(100));
        assert_eq!(delay(&api, 2), Some(200));
        assert_eq!(delay(&api, 100), Some(30_000));
        assert_eq!(delay(&Cause::Api { retry_after: Some(Duration::from_secs(2)) }, 1), Some(2000));
        assert_eq!(delay(&Cause::Api { retry_after: Some(Duration::from_secs(3600)) }, 1), Some(30_000));
        assert_eq!(delay(&Cause::NamespaceGone, 1), Some(30_000));
    }

    #[test]
    fn each_cause_has_a_count_of_its_own() {
        let mut attempts = Attempts::default();
        for _ in 0..300 {
            attempts.count(&Cause::NoAnswer);
        }
        assert_eq!(attempts.of(&Cause::NoAnswer), 255);
        assert_eq!(attempts.of(&Cause::Api { retry_after: None }), 0);
        assert_eq!(attempts.count(&Cause::Api { retry_after: Some(Duration::from_secs(1)) }), 1);
    }

    #[test]
    fn a_server_that_comes_and_goes_wakes_ever_less() {
        let mut recovery = Recovery::default();
        assert_eq!(recovery.answered(0), None);
        let mut woken = Vec::new();
        for now in [1_000, 1_100, 1_200, 1_300, 1_400] {
            recovery.failed();
            woken.extend(recovery.answered(now));
            assert_eq!(recovery.answered(now), None);
        }
        assert_eq!(woken, [1_000, 2_000, 4_000, 8_000, 16_000]);
        recovery.failed();
        assert_eq!(recovery.answered(1_000_000), Some(1_000_000));
        recovery.failed();
        assert_eq!(recovery.answered(1_000_000), Some(1_001_000));
        assert_eq!(recovery.count(), 7);
    }
}
