//! Statuses that others damaged, or wrote under another CustomResourceDefinition.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;
use crate::unseal::status::{Crd, Verdict};

const TELLING: Rules = Rules { statuses: true, ..RULES };

/// The object with the status that a verdict writes.
fn told(object: SealedObject, verdict: &Verdict, crd: Crd) -> SealedObject {
    let now = Time(jiff::Timestamp::UNIX_EPOCH);
    let status = status::next(&object.status, object.generation, verdict, crd, &now).unwrap();
    SealedObject { status, ..object }
}

fn well(crd: Crd) -> SealedObject {
    told(object("a", "u1", 1, 1), &Verdict::Synced(record(1, "s1", "10")), crd)
}

fn failing(crd: Crd) -> SealedObject {
    told(object("a", "u1", 1, 1), &no_key(), crd)
}

/// An index that has made the Secret of `a`, or failed to, and was told of its own status.
fn settled(end: End, status: SealedObject) -> Index {
    let mut index = ready(TELLING);
    index.crd_is(Crd::Ours);
    index.object_seen(object("a", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u1", 1, 1, end), 0);
    index.secret_seen(&key("a"), ours("s1", "10"), None);
    index.object_seen(status, None);
    index.assert_quiet();
    index
}

fn damage(object: SealedObject, how: impl Fn(&mut SealedSecretStatus)) -> SealedObject {
    let mut object = object;
    how(&mut object.status);
    object
}

#[test]
fn what_was_damaged_is_told_again_without_opening() {
    let without = |type_: &'static str| {
        move |status: &mut SealedSecretStatus| status.conditions.retain(|condition| condition.type_ != type_)
    };
    let damages: [&dyn Fn(&mut SealedSecretStatus); 6] = [
        &|status| *status = SealedSecretStatus::default(),
        &|status| status.observed_generation = Some(0),
        &|status| status.conditions[0].status = "False".into(),
        &without(status::APPLIED),
        &without(status::READY),
        &|status| status.conditions.reverse(),
    ];
    for how in damages {
        let mut index = settled(success(1, "s1", "10"), well(Crd::Ours));
        index.object_seen(damage(well(Crd::Ours), how), None);
        let task = index.unseal(0).unwrap();
        assert_eq!(task.tell_again, Some(record(1, "s1", "10")));
        index.end(finished(&task, "u1", 1, 1, End::ToldAgain), 0);
        index.object_seen(well(Crd::Ours), None);
        index.assert_quiet();
    }
    let damages: [&dyn Fn(&mut SealedSecretStatus); 3] =
        [&without(status::STALLED), &without(status::SYNCED), &|status| {
            status.conditions.iter_mut().for_each(|condition| condition.message = Some("all is well".into()));
        }];
    for how in damages {
        let mut index = settled(End::Failed(Cause::Closed), failing(Crd::Ours));
        index.object_seen(damage(failing(Crd::Ours), how), None);
        assert_eq!(index.unseal(0).unwrap().tell_again, None, "why it failed is not in memory");
    }
}

#[test]
fn what_says_the_same_in_other_words_is_left() {
    let mut index = settled(success(1, "s1", "10"), well(Crd::Ours));
    // Another instance looked at it later; and somebody has a condition of his own.
    let other = told(object("a", "u1", 1, 1), &Verdict::Synced(record(1, "s1", "11")), Crd::Ours);
    index.object_seen(other, None);
    let audited = Condition { type_: "Audited".into(), status: "True".into(), ..Condition::default() };
    index.object_seen(damage(well(Crd::Ours), |status| status.conditions.push(audited.clone())), None);
    index.assert_quiet();
    let off = Rules { statuses: false, ..TELLING };
    let mut index = Index { rules: off, ..settled(success(1, "s1", "10"), well(Crd::Ours)) };
    index.object_seen(object("a", "u1", 1, 1), None);
    index.assert_quiet();
}

#[test]
fn a_secret_that_is_not_as_recorded_is_looked_at() {
    let mut index = settled(success(1, "s1", "10"), well(Crd::Ours));
    index.secret_seen(&key("a"), ours("s1", "11"), None);
    index.object_seen(object("a", "u1", 1, 1), None);
    assert_eq!(index.unseal(0).unwrap().tell_again, None);
    // So is one that changed while it waited.
    let mut index = settled(success(1, "s1", "10"), well(Crd::Ours));
    index.object_seen(object("a", "u1", 1, 1), None);
    index.object_seen(object("a", "u1", 2, 2), None);
    assert_eq!(index.unseal(0).unwrap().tell_again, None);
}

#[test]
fn another_writer_gets_the_last_word_ever_longer() {
    let mut index = settled(success(1, "s1", "10"), well(Crd::Ours));
    let mut now = 0;
    let mut pauses = Vec::new();
    loop {
        index.object_seen(object("a", "u1", 1, 1), None);
        let begin = now;
        let task = index.unseal(now).or_else(|| {
            now = index.next_timer()?;
            index.unseal(now)
        });
        let Some(task) = task else { break };
        pauses.push((now - begin) / 1_000);
        index.end(finished(&task, "u1", 1, 1, End::ToldAgain), now);
        index.object_seen(well(Crd::Ours), None);
    }
    assert_eq!(pauses, [0, 5, 10, 20, 40, 80, 160, 320, 600, 600]);
    index.assert_quiet();
    now += 3_600_000;
    index.object_seen(object("a", "u1", 1, 1), None);
    assert!(index.unseal(now).is_some(), "long ago is forgotten");
}

#[test]
fn another_definition_has_all_statuses_written_as_it_has_them() {
    for (end, status) in [
        (success(1, "s1", "10"), well as fn(Crd) -> SealedObject),
        (End::Failed(Cause::Closed), failing as fn(Crd) -> SealedObject),
    ] {
        let mut index = settled(end.clone(), status(Crd::Ours));
        for crd in [Crd::Upstream, Crd::Ours] {
            index.crd_is(crd);
            let task = index.unseal(0).unwrap();
            assert_eq!(task.tell_again.is_some(), matches!(end, End::Applied { .. }));
            let end = if task.tell_again.is_some() { End::ToldAgain } else { end.clone() };
            index.end(finished(&task, "u1", 1, 1, end), 0);
            index.object_seen(status(crd), None);
            index.assert_quiet();
        }
    }
}

#[test]
fn so_it_is_with_those_that_are_there_at_the_start() {
    for crd_first in [true, false] {
        let mut index = Index::new(TELLING);
        if crd_first {
            index.crd_is(Crd::Ours);
        }
        index.object_seen(well(Crd::Upstream), Some(None));
        index.secret_seen(&key("a"), ours("s1", "10"), None);
        index.ring_changed(1, [print(1)].into_iter());
        index.secrets_list_begins(None);
        index.secret_seen(&key("a"), ours("s1", "10"), Some(None));
        index.secrets_listed(None);
        index.crd_is(Crd::Ours);
        let task = index.unseal(0).unwrap();
        assert_eq!(task.tell_again, Some(record(1, "s1", "10")));
        index.end(finished(&task, "u1", 1, 1, End::ToldAgain), 0);
        index.object_seen(well(Crd::Ours), None);
        index.assert_quiet();
    }
}
