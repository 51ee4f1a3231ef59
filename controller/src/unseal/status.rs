//! The status of a SealedSecret: what it is to say next, if anything but time has changed. No IO.

use std::hash::{DefaultHasher, Hash, Hasher};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sealed_secrets::{Condition, SealedSecretStatus};

use crate::events::shortened;
use crate::unseal::failure::UNMANAGED_WAY_OUT;
use crate::unseal::plan::Origin;
use crate::unseal::record::{Digest, Record};

/// The condition that printer columns, Argo CD and upstream's metrics read; always the first of the list.
pub const SYNCED: &str = "Synced";

/// The condition whose message is a [`Record`].
pub const APPLIED: &str = "Applied";

/// The condition that kstatus reads (Flux, Helm).
pub const READY: &str = "Ready";

/// The condition by which kstatus knows that waiting does not help.
pub const STALLED: &str = "Stalled";

/// The condition that says that nothing is done while the annotation [`PAUSED`](crate::unseal::control::PAUSED) is there.
/// No health check reads it.
pub const PAUSED: &str = "Paused";

/// Value of the status field `controller`, which upstream's CRD prunes: whether it survives a write tells which CRD is
/// installed.
pub const CONTROLLER: &str = "sealkit.dev";

/// The observed generation of an object that no controller has looked at, by the default of our CRD.
pub const NOT_LOOKED_AT: i64 = -1;

/// The status is not the place for long stories, and every list of SealedSecrets carries it.
pub const LONGEST_MESSAGE: usize = 1000;

/// Which CRD is installed, as far as it matters for the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crd {
    /// Ours: conditions Ready and Stalled are written, too.
    Ours,
    /// Upstream's: only Synced and Applied are written. After a rollback nobody would clear the others.
    Upstream,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The Secret is as it should be.
    Synced(Record),
    /// Nothing was done, since it is paused: the status says what it said, and that.
    Paused,
    /// It is not.
    Failed {
        /// One word, for programs.
        reason: &'static str,
        /// A sentence, for people; never with a value in it.
        message: String,
        /// Only a change from outside helps: waiting does not.
        stalled: bool,
    },
}

/// The status to write, or nothing if the present one says the same but for its times.
///
/// Conditions that others wrote stay. `lastTransitionTime` changes only when a condition flips.
#[must_use]
pub fn next(
    old: &SealedSecretStatus,
    generation: Option<i64>,
    verdict: &Verdict,
    crd: Crd,
    now: &Time,
) -> Option<SealedSecretStatus> {
    let mut conditions: Vec<Condition> = old
        .conditions
        .iter()
        .filter(|condition| ![SYNCED, READY, STALLED, PAUSED].contains(&condition.type_.as_str()))
        .cloned()
        .collect();
    let (synced, reason, message, stalled) = match verdict {
        Verdict::Paused => return paused(old, now),
        Verdict::Synced(record) => {
            set(&mut conditions, old, APPLIED, true, "Unsealed", &record.to_string(), now);
            (true, "Unsealed", String::new(), false)
        }
        Verdict::Failed { reason, message, stalled } => {
            (false, *reason, shortened(message, LONGEST_MESSAGE), *stalled)
        }
    };
    let mut first = Vec::new();
    set(&mut first, old, SYNCED, synced, reason, &message, now);
    if crd == Crd::Ours {
        set(&mut first, old, READY, synced, reason, &message, now);
        if stalled {
            set(&mut first, old, STALLED, true, reason, &message, now);
        }
    }
    first.append(&mut conditions);
    let next = SealedSecretStatus {
        observed_generation: generation,
        controller: Some(CONTROLLER.to_owned()),
        conditions: first,
    };
    (!same(old, &next)).then_some(next)
}

/// The status of one that is paused. All else stays, the observed generation too: of what changes during a pause nothing
/// is applied, and nobody is to be told that it was.
fn paused(old: &SealedSecretStatus, now: &Time) -> Option<SealedSecretStatus> {
    if is_paused(old) {
        return None;
    }
    let mut next = SealedSecretStatus { controller: Some(CONTROLLER.to_owned()), ..old.clone() };
    set(&mut next.conditions, old, PAUSED, true, "Paused", PAUSED_MESSAGE, now);
    Some(next)
}

const PAUSED_MESSAGE: &str = "the annotation sealkit.dev/paused is true: the Secret is left as it is";

/// Whether the status says that the object is paused.
#[must_use]
pub fn is_paused(status: &SealedSecretStatus) -> bool {
    status.conditions.iter().any(|condition| condition.type_ == PAUSED && condition.status == "True")
}

/// Whether the next status tells people something new: whether it is synced, why not, of which generation, or whether it
/// is paused.
#[must_use]
pub fn is_news(old: &SealedSecretStatus, next: &SealedSecretStatus) -> bool {
    let told = |status: &SealedSecretStatus| {
        let synced = status.conditions.iter().find(|condition| condition.type_ == SYNCED);
        // Upstream's controller says the same without it.
        let plain = |message: &str| message.strip_suffix(UNMANAGED_WAY_OUT).unwrap_or(message).to_owned();
        synced.map(|synced| (synced.status.clone(), plain(synced.message.as_deref().unwrap_or_default())))
    };
    told(old) != told(next)
        || is_paused(old) != is_paused(next)
        || old.observed_generation != next.observed_generation
}

/// What a status says that is whole, of the present generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Says {
    /// Under which CRD it would be written so.
    pub crd: Crd,
    /// The Secret is as it should be.
    pub synced: bool,
    /// Waiting does not help. Under upstream's CRD no status says so.
    pub stalled: bool,
    /// The [`hash`](Verdict::hash) of why it is not.
    pub why: u64,
}

impl Verdict {
    /// What tells reasons of failures apart, in less memory than they take. Nothing of success.
    #[must_use]
    pub fn hash(&self) -> u64 {
        match self {
            Verdict::Failed { message, .. } => {
                let mut hasher = DefaultHasher::new();
                shortened(message, LONGEST_MESSAGE).hash(&mut hasher);
                hasher.finish()
            }
            Verdict::Synced(_) | Verdict::Paused => 0,
        }
    }
}

/// What a status says of an object with this generation and digest. None: what no verdict would have it say, for example
/// since somebody took a condition off.
#[must_use]
pub fn says(status: &SealedSecretStatus, generation: Option<i64>, digest: &Digest) -> Option<Says> {
    let synced = status.conditions.iter().find(|condition| condition.type_ == SYNCED)?;
    let verdict = if synced.status == "True" {
        Verdict::Synced(record(status, generation).filter(|record| record.digest == *digest)?)
    } else {
        let stalled = status.conditions.iter().any(|condition| condition.type_ == STALLED);
        Verdict::Failed { reason: "", message: synced.message.clone().unwrap_or_default(), stalled }
    };
    let (synced, stalled) = match &verdict {
        Verdict::Failed { stalled, .. } => (false, *stalled),
        _ => (true, false),
    };
    // The times of conditions do not matter here.
    let now = Time(jiff::Timestamp::UNIX_EPOCH);
    let as_under = |crd: &Crd| next(status, generation, &verdict, *crd, &now).is_none();
    [Crd::Ours, Crd::Upstream].into_iter().find(as_under).map(|crd| Says {
        crd,
        synced,
        stalled,
        why: verdict.hash(),
    })
}

/// The record in a status, if it stands for what is there now: Synced is True, for this generation.
#[must_use]
pub fn record(status: &SealedSecretStatus, generation: Option<i64>) -> Option<Record> {
    let of = |type_: &str| status.conditions.iter().find(|condition| condition.type_ == type_);
    let holds = of(SYNCED)?.status == "True" && status.observed_generation == generation;
    holds.then_some(())?;
    of(APPLIED)?.message.as_deref()?.parse().ok()
}

/// What the Secret that is there was made of, as far as the status of its object tells. A record outlasts failures: what was
/// applied before them is what is there.
#[must_use]
pub fn origin(status: &SealedSecretStatus, generation: Option<i64>, digest: &Digest) -> Origin {
    let of = |type_: &str| status.conditions.iter().find(|condition| condition.type_ == type_);
    let record = || of(APPLIED)?.message.as_deref()?.parse::<Record>().ok();
    let record = record();
    let synced = of(SYNCED).is_some_and(|synced| synced.status == "True");
    match record {
        Some(record) if record.digest == *digest => Origin::SameCause { secret_uid: record.secret_uid },
        // Upstream's controller made it, perhaps after a time of ours.
        _ if synced && status.observed_generation == generation => Origin::SameGeneration,
        None if !synced => Origin::Unknown,
        _ => Origin::OtherCause,
    }
}

fn set(
    conditions: &mut Vec<Condition>,
    old: &SealedSecretStatus,
    type_: &str,
    value: bool,
    reason: &str,
    message: &str,
    now: &Time,
) {
    let status = if value { "True" } else { "False" };
    let before = old.conditions.iter().find(|condition| condition.type_ == type_);
    let since = before.filter(|before| before.status == status).and_then(|b| b.last_transition_time.clone());
    let condition = Condition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        last_update_time: Some(now.clone()),
        last_transition_time: Some(since.unwrap_or_else(|| now.clone())),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()).filter(|message| !message.is_empty()),
    };
    match conditions.iter_mut().find(|known| known.type_ == type_) {
        Some(known) => *known = condition,
        None => conditions.push(condition),
    }
}

/// Equal but for the times. The field `controller` is not looked at: upstream's CRD prunes it. Nor is the reason,
/// which upstream never wrote: taking over from it is no news.
fn same(old: &SealedSecretStatus, next: &SealedSecretStatus) -> bool {
    let plain = |status: &SealedSecretStatus| -> Vec<_> {
        let told = |condition: &Condition| {
            (condition.type_.clone(), condition.status.clone(), condition.message.clone().unwrap_or_default())
        };
        status.conditions.iter().map(told).collect()
    };
    old.observed_generation == next.observed_generation && plain(old) == plain(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unseal::record::Digest;

    fn at(second: i64) -> Time {
        Time(jiff::Timestamp::from_second(second).unwrap())
    }

    fn synced(version: &str) -> Verdict {
        Verdict::Synced(Record {
            digest: Digest::default(),
            secret_uid: "u".into(),
            secret_version: version.into(),
            keys: Vec::new(),
        })
    }

    fn failed(message: &str) -> Verdict {
        Verdict::Failed { reason: "CannotOpen", message: message.into(), stalled: true }
    }

    fn types(status: &SealedSecretStatus) -> Vec<(&str, &str)> {
        status.conditions.iter().map(|c| (c.type_.as_str(), c.status.as_str())).collect()
    }

    #[test]
    fn the_same_again_is_not_written() {
        let first = next(&SealedSecretStatus::default(), Some(1), &synced("1"), Crd::Ours, &at(1)).unwrap();
        assert_eq!(next(&first, Some(1), &synced("1"), Crd::Ours, &at(2)), None);
        assert!(next(&first, Some(2), &synced("1"), Crd::Ours, &at(2)).is_some());
        assert!(next(&first, Some(1), &synced("2"), Crd::Ours, &at(2)).is_some());
    }

    #[test]
    fn synced_is_first_and_what_others_wrote_stays() {
        let other = Condition { type_: "Audited".into(), status: "True".into(), ..Condition::default() };
        let old = SealedSecretStatus { conditions: vec![other], ..SealedSecretStatus::default() };
        let status = next(&old, Some(1), &failed("x"), Crd::Ours, &at(1)).unwrap();
        assert_eq!(
            types(&status),
            [("Synced", "False"), ("Ready", "False"), ("Stalled", "True"), ("Audited", "True")]
        );
        let status = next(&status, Some(1), &synced("1"), Crd::Ours, &at(2)).unwrap();
        assert_eq!(
            types(&status),
            [("Synced", "True"), ("Ready", "True"), ("Audited", "True"), ("Applied", "True")]
        );
    }

    #[test]
    fn under_upstreams_crd_nothing_is_left_behind() {
        let ours = next(&SealedSecretStatus::default(), Some(1), &failed("x"), Crd::Ours, &at(1)).unwrap();
        let upstream = next(&ours, Some(1), &failed("x"), Crd::Upstream, &at(2)).unwrap();
        assert_eq!(types(&upstream), [("Synced", "False")]);
    }

    #[test]
    fn times_of_transition_stay_until_a_flip() {
        let first =
            next(&SealedSecretStatus::default(), Some(1), &failed("x"), Crd::Upstream, &at(1)).unwrap();
        let second = next(&first, Some(1), &failed("y"), Crd::Upstream, &at(2)).unwrap();
        assert_eq!(second.conditions[0].last_transition_time, Some(at(1)));
        assert_eq!(second.conditions[0].last_update_time, Some(at(2)));
        let third = next(&second, Some(1), &synced("1"), Crd::Upstream, &at(3)).unwrap();
        assert_eq!(third.conditions[0].last_transition_time, Some(at(3)));
    }

    #[test]
    fn a_record_counts_only_while_synced_for_this_generation() {
        let status =
            next(&SealedSecretStatus::default(), Some(1), &synced("7"), Crd::Upstream, &at(1)).unwrap();
        assert_eq!(record(&status, Some(1)).unwrap().secret_version.as_ref(), "7");
        assert_eq!(record(&status, Some(2)), None);
        let status = next(&status, Some(1), &failed("x"), Crd::Upstream, &at(1)).unwrap();
        assert_eq!(record(&status, Some(1)), None);
    }

    #[test]
    fn a_pause_is_told_and_changes_nothing_else() {
        for verdict in [synced("1"), failed("x")] {
            let before = next(&SealedSecretStatus::default(), Some(1), &verdict, Crd::Ours, &at(1)).unwrap();
            let paused = next(&before, Some(2), &Verdict::Paused, Crd::Ours, &at(2)).unwrap();
            assert!(is_news(&before, &paused) && is_paused(&paused));
            assert_eq!(paused.observed_generation, Some(1));
            assert_eq!(paused.conditions[..before.conditions.len()], before.conditions);
            assert_eq!(paused.conditions.len(), before.conditions.len() + 1);
            assert_eq!(next(&paused, Some(3), &Verdict::Paused, Crd::Ours, &at(3)), None);
            assert_eq!(
                next(&paused, Some(1), &verdict, Crd::Ours, &at(3)).map(|status| types(&status).len()),
                Some(before.conditions.len())
            );
        }
    }

    #[test]
    fn what_a_secret_was_made_of_outlasts_failures_and_changes_of_hands() {
        let (same, other) = (Digest::default(), Digest::of(&sealed_secrets::ObjectMeta::default(), "1"));
        let made =
            next(&SealedSecretStatus::default(), Some(1), &synced("7"), Crd::Upstream, &at(1)).unwrap();
        let failed = next(&made, Some(2), &failed("x"), Crd::Upstream, &at(1)).unwrap();
        let upstreams = |status: &str, record: bool| {
            let mut conditions = made.conditions.clone();
            conditions[0].status = status.into();
            conditions.retain(|condition| record || condition.type_ != APPLIED);
            SealedSecretStatus { conditions, ..made.clone() }
        };
        let lost =
            SealedSecretStatus { observed_generation: Some(NOT_LOOKED_AT), ..SealedSecretStatus::default() };
        let known = || Origin::SameCause { secret_uid: "u".into() };
        for (what, status, generation, digest, expected) in [
            ("as it was made", &made, 1, &same, known()),
            ("a failure that passed", &failed, 3, &same, known()),
            ("a change that failed at first", &failed, 2, &other, Origin::OtherCause),
            ("a change", &made, 2, &other, Origin::OtherCause),
            ("made by upstream's", &upstreams("True", false), 1, &other, Origin::SameGeneration),
            ("made by upstream's after ours", &upstreams("True", true), 1, &other, Origin::SameGeneration),
            ("changed since upstream's made it", &upstreams("True", false), 2, &other, Origin::OtherCause),
            ("upstream's says that it failed", &upstreams("False", false), 1, &other, Origin::Unknown),
            ("no status at all", &lost, 1, &other, Origin::Unknown),
        ] {
            assert_eq!(origin(status, Some(generation), digest), expected, "{what}");
        }
    }

    #[test]
    fn taking_over_from_upstream_is_no_news() {
        let upstreams = SealedSecretStatus {
            observed_generation: Some(1),
            conditions: vec![Condition {
                type_: SYNCED.into(),
                status: "True".into(),
                ..Condition::default()
            }],
            ..SealedSecretStatus::default()
        };
        let ours = next(&upstreams, Some(1), &synced("1"), Crd::Upstream, &at(1)).unwrap();
        assert!(!is_news(&upstreams, &ours));
        // Nor is a way out that upstream does not tell.
        let of = |message: &str| next(&upstreams, Some(1), &failed(message), Crd::Upstream, &at(1)).unwrap();
        assert!(!is_news(&of("in the way"), &of(&format!("in the way{UNMANAGED_WAY_OUT}"))));
        assert!(is_news(&of("in the way"), &of("in the way: x")));
    }
}
