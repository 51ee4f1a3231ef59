//! When a failure is worth another attempt. No IO, no clock.

use std::time::Duration;

use crate::unseal::index::Millis;

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
}

impl Cause {
    /// Whatever becomes of the Secret, this object makes none.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        matches!(self, Cause::Closed | Cause::Unusable)
    }
}

/// Pauses between attempts that fail for the API server's reasons: doubling from the first to the last.
const FIRST: Millis = 100;
const LAST: Millis = 30_000;

/// The same where the object itself is refused.
const FIRST_REFUSED: Millis = 5_000;
const LAST_REFUSED: Millis = 600_000;

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
    }
}
