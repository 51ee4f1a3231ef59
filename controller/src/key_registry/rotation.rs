//! Whether a new key is due: a function of values.

use std::fmt;
use std::time::Duration;

use crate::settings::KeySettings;

/// How long a set of keys that became empty while the controller ran stays so: somebody may be restoring it, and
/// a new key would only be one more. Without any key at the start there is nothing to wait for.
pub const EMPTIED_GRACE: i64 = 300;

/// A key is not replaced for an expired certificate within this many seconds after its birth: a validity
/// shorter than that would make keys without end.
const EXPIRY_FLOOR: i64 = 3600;

/// What is known when the question is asked. All times are Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// The clock.
    pub now: i64,
    /// What the last list of key Secrets held.
    pub secrets: KeySecrets,
    /// When this process made the newest of the keys it made, as long as its Secret is still there.
    pub made: Option<i64>,
    /// Whether somebody asked for a new key.
    pub requested: bool,
}

/// What the list of key Secrets held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySecrets {
    /// It never succeeded: there may be keys.
    NotListed,
    /// Not one, since the time given if there were some before in this process.
    None {
        /// When the last one was gone.
        emptied: Option<i64>,
    },
    /// At least one.
    Present {
        /// The one that seals; none if all are bad, or only open.
        active: Option<ActiveKey>,
    },
}

/// The key that seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveKey {
    /// Its time in the order of keys.
    pub since: i64,
    /// End of its certificate's validity.
    pub not_after: i64,
}

/// Whether and when a key is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At once.
    Now(Reason),
    /// Not before that time, in Unix seconds.
    At(i64),
    /// Not as things are.
    Never,
}

/// Why a key is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is none.
    First,
    /// The newest reached the renewal period.
    Age,
    /// The newest is from before the cutoff time.
    Cutoff,
    /// The newest has a certificate that clients refuse.
    Expired,
    /// Somebody asked.
    Requested,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "there is no sealing key",
            Self::Age => "the newest key is as old as the renewal period",
            Self::Cutoff => "the newest key is older than the cutoff time",
            Self::Expired => "the certificate of the newest key has expired",
            Self::Requested => "a new key was asked for",
        })
    }
}

/// Whether a key is due.
///
/// As upstream's controller 0.40.0 does it, with these differences. Nothing is made before a list succeeded,
/// nor beside key Secrets of which none seals, but on request: that is a fault to repair, and a new key would
/// hide it. A cutoff in the future waits for that time (upstream makes a key at each start). Where keys are
/// renewed by age, one whose certificate expired earlier is replaced, too; with renewal switched off it is not,
/// since then an administrator renews.
#[must_use]
pub fn due(settings: &KeySettings, situation: Situation) -> Due {
    let Situation { now, secrets, made, requested } = situation;
    if !settings.generate || secrets == KeySecrets::NotListed {
        return Due::Never;
    }
    if requested {
        return Due::Now(Reason::Requested);
    }
    let active = match secrets {
        KeySecrets::NotListed | KeySecrets::Present { active: None } => return Due::Never,
        KeySecrets::None { emptied } => {
            // A clock that was set back must not make the wait longer than it is.
            let end = emptied.map_or(now, |emptied| emptied.min(now).saturating_add(EMPTIED_GRACE));
            return if end <= now { Due::Now(Reason::First) } else { Due::At(end) };
        }
        KeySecrets::Present { active: Some(active) } => active,
    };
    // As upstream: a key made by this process counts from the clock of this process. It keeps an API server
    // whose clock is behind from making us begin again and again.
    let since = made.filter(|made| *made <= now).map_or(active.since, |made| made.max(active.since));
    [by_cutoff(settings.cutoff, since, now), by_age(settings.renew_period, since, active.not_after)]
        .into_iter()
        .flatten()
        .min_by_key(|(at, _)| *at)
        .map_or(Due::Never, |(at, reason)| if at <= now { Due::Now(reason) } else { Due::At(at) })
}

fn by_cutoff(cutoff: Option<i64>, since: i64, now: i64) -> Option<(i64, Reason)> {
    let cutoff = cutoff?;
    // Whether the newest key of the future will be older than a cutoff of the future is asked then.
    (since < cutoff || now < cutoff).then_some((cutoff, Reason::Cutoff))
}

fn by_age(period: Option<Duration>, since: i64, not_after: i64) -> Option<(i64, Reason)> {
    let period = period.filter(|period| !period.is_zero())?;
    let age = since.saturating_add(i64::try_from(period.as_secs()).unwrap_or(i64::MAX));
    let expiry = not_after.saturating_add(1).max(since.saturating_add(EXPIRY_FLOOR));
    Some(if age <= expiry { (age, Reason::Age) } else { (expiry, Reason::Expired) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_registry::tests::settings;

    const NOW: i64 = 1_800_000_000;
    const DAY: i64 = 24 * 3600;

    /// Upstream's defaults: 30 days, no cutoff.
    fn thirty_days() -> KeySettings {
        KeySettings { renew_period: Some(Duration::from_secs(720 * 3600)), ..settings() }
    }

    fn never_by_age() -> KeySettings {
        KeySettings { renew_period: None, ..settings() }
    }

    fn active(since: i64) -> Situation {
        let active = Some(ActiveKey { since, not_after: since + 3650 * DAY });
        situation(KeySecrets::Present { active })
    }

    fn situation(secrets: KeySecrets) -> Situation {
        Situation { now: NOW, secrets, made: None, requested: false }
    }

    #[test]
    fn the_first_key_needs_a_list_that_held_none() {
        let none = situation(KeySecrets::None { emptied: None });
        assert_eq!(due(&thirty_days(), none), Due::Now(Reason::First));
        assert_eq!(due(&never_by_age(), none), Due::Now(Reason::First));
        assert_eq!(due(&thirty_days(), situation(KeySecrets::NotListed)), Due::Never);
        let bad_only = situation(KeySecrets::Present { active: None });
        assert_eq!(due(&thirty_days(), bad_only), Due::Never);
    }

    #[test]
    fn a_set_that_became_empty_is_given_time_to_come_back() {
        let emptied = |at| situation(KeySecrets::None { emptied: Some(at) });
        assert_eq!(due(&thirty_days(), emptied(NOW)), Due::At(NOW + EMPTIED_GRACE));
        assert_eq!(due(&thirty_days(), emptied(NOW - EMPTIED_GRACE + 1)), Due::At(NOW + 1));
        assert_eq!(due(&thirty_days(), emptied(NOW - EMPTIED_GRACE)), Due::Now(Reason::First));
        assert_eq!(due(&thirty_days(), emptied(NOW + DAY)), Due::At(NOW + EMPTIED_GRACE), "clock set back");
    }

    #[test]
    fn the_renewal_edge_is_one_second_wide() {
        let settings = thirty_days();
        assert_eq!(due(&settings, active(NOW)), Due::At(NOW + 30 * DAY));
        assert_eq!(due(&settings, active(NOW - 30 * DAY + 1)), Due::At(NOW + 1));
        assert_eq!(due(&settings, active(NOW - 30 * DAY)), Due::Now(Reason::Age));
        assert_eq!(due(&settings, active(NOW - 400 * DAY)), Due::Now(Reason::Age));
        assert_eq!(due(&settings, active(NOW + DAY)), Due::At(NOW + 31 * DAY), "clock set back");
        assert_eq!(due(&never_by_age(), active(NOW - 400 * DAY)), Due::Never);
        let zero = KeySettings { renew_period: Some(Duration::ZERO), ..settings };
        assert_eq!(due(&zero, active(NOW - 400 * DAY)), Due::Never, "no busy loop of key generation");
    }

    #[test]
    fn a_cutoff_replaces_older_keys_once_it_is_reached() {
        let cutoff = |cutoff| KeySettings { cutoff: Some(cutoff), ..never_by_age() };
        assert_eq!(due(&cutoff(NOW - DAY), active(NOW - 2 * DAY)), Due::Now(Reason::Cutoff));
        assert_eq!(due(&cutoff(NOW), active(NOW - 1)), Due::Now(Reason::Cutoff));
        assert_eq!(due(&cutoff(NOW), active(NOW)), Due::Never);
        assert_eq!(due(&cutoff(NOW - DAY), active(NOW - DAY)), Due::Never);
        assert_eq!(due(&cutoff(NOW + DAY), active(NOW - DAY)), Due::At(NOW + DAY), "not at each start");
    }

    #[test]
    fn the_earliest_reason_counts() {
        let both = KeySettings { cutoff: Some(NOW + DAY), ..thirty_days() };
        assert_eq!(due(&both, active(NOW - 29 * DAY - 1)), Due::At(NOW + DAY - 1));
        assert_eq!(due(&both, active(NOW - DAY)), Due::At(NOW + DAY));
    }

    #[test]
    fn an_expired_certificate_is_replaced_where_keys_are_renewed() {
        let expired = |since, not_after| {
            situation(KeySecrets::Present { active: Some(ActiveKey { since, not_after }) })
        };
        assert_eq!(due(&thirty_days(), expired(NOW - DAY, NOW - 1)), Due::Now(Reason::Expired));
        assert_eq!(due(&thirty_days(), expired(NOW - DAY, NOW)), Due::At(NOW + 1), "that second is valid");
        assert_eq!(due(&never_by_age(), expired(NOW - DAY, NOW - 1)), Due::Never);
        assert_eq!(due(&thirty_days(), expired(NOW, NOW)), Due::At(NOW + EXPIRY_FLOOR), "not without end");
    }

    #[test]
    fn a_request_is_served_unless_keys_are_never_made_or_not_known() {
        let requested = |situation| Situation { requested: true, ..situation };
        assert_eq!(due(&never_by_age(), requested(active(NOW))), Due::Now(Reason::Requested));
        let bad_only = situation(KeySecrets::Present { active: None });
        assert_eq!(due(&never_by_age(), requested(bad_only)), Due::Now(Reason::Requested));
        assert_eq!(due(&never_by_age(), requested(situation(KeySecrets::NotListed))), Due::Never);
        let never = KeySettings { generate: false, ..thirty_days() };
        assert_eq!(due(&never, requested(active(NOW - 400 * DAY))), Due::Never);
        assert_eq!(due(&never, situation(KeySecrets::None { emptied: None })), Due::Never);
    }

    #[test]
    fn a_key_made_here_counts_from_this_clock() {
        let settings = thirty_days();
        let behind = Situation { made: Some(NOW - 1), ..active(NOW - 400 * DAY) };
        assert_eq!(due(&settings, behind), Due::At(NOW - 1 + 30 * DAY));
        let cutoff = KeySettings { cutoff: Some(NOW - 1), ..never_by_age() };
        assert_eq!(due(&cutoff, behind), Due::Never);
        let made_under_a_wrong_clock = Situation { made: Some(NOW + DAY), ..active(NOW - 400 * DAY) };
        assert_eq!(due(&settings, made_under_a_wrong_clock), Due::Now(Reason::Age));
    }
}
