//! Every transition by itself, then whole histories against a model of a cluster.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sealed_secrets::{Condition, ObjectMeta, SealedSecretStatus};
use serde_json::json;

use super::*;

mod model;

const RULES: Rules = Rules { recreate: true, collect: false };

fn print(number: u32) -> Fingerprint {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    format!("SHA256:{}", STANDARD_NO_PAD.encode(bytes)).parse().unwrap()
}

fn digest(spec: u32) -> Digest {
    Digest::of(&ObjectMeta::default(), &json!(spec))
}

/// A SealedSecret in namespace `shop`.
fn object(name: &str, uid: &str, spec: u32, generation: i64) -> SealedObject {
    object_in("shop", name, uid, spec, generation)
}

fn object_in(namespace: &str, name: &str, uid: &str, spec: u32, generation: i64) -> SealedObject {
    SealedObject {
        key: ObjectKey::new(namespace, name),
        uid: uid.into(),
        digest: digest(spec),
        items: 3,
        size: 1000,
        sealed: None,
        status: SealedSecretStatus::default(),
        resource_version: "1".into(),
        generation: Some(generation),
        instance: None,
        deleting: false,
    }
}

fn record(spec: u32, uid: &str, version: &str) -> Record {
    Record {
        digest: digest(spec),
        secret_uid: uid.into(),
        secret_version: version.into(),
        keys: vec![print(1)],
    }
}

/// The object with the status of one that was applied.
fn applied(mut object: SealedObject, record: &Record) -> SealedObject {
    let condition = |type_: &str, message: Option<String>| Condition {
        type_: type_.into(),
        status: "True".into(),
        message,
        ..Condition::default()
    };
    object.status = SealedSecretStatus {
        observed_generation: object.generation,
        conditions: vec![
            condition(status::SYNCED, None),
            condition(status::APPLIED, Some(record.to_string())),
        ],
        controller: None,
    };
    object
}

fn facts(uid: &str, version: &str, standing: Standing) -> SecretFacts {
    SecretFacts { uid: uid.into(), version: version.into(), standing }
}

fn ours(uid: &str, version: &str) -> SecretFacts {
    facts(uid, version, Standing::Ours)
}

fn finished(task: &Task, uid: &str, spec: u32, generation: i64, end: End) -> (ObjectKey, Finished) {
    let finished =
        Finished { uid: Some(uid.into()), digest: digest(spec), generation: Some(generation), items: 3, end };
    (task.key.clone(), finished)
}

fn success(spec: u32, uid: &str, version: &str) -> End {
    End::Applied { record: record(spec, uid, version), standing: Standing::Ours }
}

fn api() -> End {
    End::Failed(Cause::Api { retry_after: None })
}

fn in_the_way(uid: &str, version: &str) -> End {
    End::Failed(Cause::SecretInTheWay { uid: uid.into(), version: version.into() })
}

/// An index that knows a key and an empty list of Secrets.
fn ready(rules: Rules) -> Index {
    let mut index = Index::new(rules);
    index.ring_changed(1, [print(1)].into_iter());
    index.secrets_list_begins(None);
    index.secrets_listed(None);
    index
}

impl Index {
    fn unseal(&mut self, now: Millis) -> Option<Task> {
        match self.next(now)? {
            Work::Unseal(task) => Some(task),
            Work::Collect(key) => panic!("{key} is to be collected"),
        }
    }

    fn end(&mut self, (key, finished): (ObjectKey, Finished), now: Millis) {
        self.finished(&key, finished, now);
    }

    /// Nothing waits, runs, is held in memory or comes back by itself.
    fn assert_quiet(&mut self) {
        assert!(self.next(Millis::MAX / 2).is_none());
        assert_eq!((self.in_hand.len(), self.held, self.queue.len(), self.collect.len()), (0, 0, 0, 0));
        assert!(self.objects.values().all(|known| known.held.is_none()));
    }

    /// Takes the object through its first attempt.
    fn make(&mut self, name: &str) {
        self.object_seen(object(name, "u1", 1, 1), None);
        let task = self.unseal(0).unwrap();
        self.end(finished(&task, "u1", 1, 1, success(1, "s1", "10")), 0);
        self.secret_seen(&task.key, ours("s1", "10"), None);
    }
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::new("shop", name)
}

#[test]
fn a_new_object_is_worked_on_once() {
    let mut index = ready(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    assert!(task.object.is_some() && !task.secret_seen && task.attempt == 0);
    assert!(index.next(0).is_none());
    // Events of its own writes, before the answer and after it.
    index.secret_seen(&task.key, ours("s1", "10"), None);
    index.object_seen(applied(object("a", "u1", 1, 1), &record(1, "s1", "10")), None);
    index.end(finished(&task, "u1", 1, 1, success(1, "s1", "10")), 0);
    index.object_seen(applied(object("a", "u1", 1, 1), &record(1, "s1", "10")), None);
    index.assert_quiet();
    assert_eq!(index.items_per_key(), HashMap::from([(print(1), 3)]));
}

#[test]
fn without_keys_nothing_is_taken_and_nothing_is_lost() {
    let mut index = Index::new(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    assert!(index.next(0).is_none());
    index.ring_changed(1, std::iter::empty());
    assert!(index.next(0).is_none());
    index.ring_changed(2, [print(1)].into_iter());
    assert!(index.next(0).is_some());
}

#[test]
fn a_new_spec_or_scope_is_worked_on_and_a_new_label_is_not() {
    let mut index = ready(RULES);
    index.make("a");
    index.object_seen(object("a", "u1", 1, 1), None);
    index.assert_quiet();
    // A scope annotation changes the digest, not the generation.
    index.object_seen(object("a", "u1", 2, 1), None);
    let task = index.unseal(0).unwrap();
    assert!(task.secret_seen);
    index.end(finished(&task, "u1", 2, 1, success(2, "s1", "11")), 0);
    index.object_seen(object("a", "u1", 2, 2), None);
    assert!(index.next(0).is_some());
}

#[test]
fn what_fails_and_is_then_what_was_applied_before_is_looked_at_again() {
    let mut index = ready(RULES);
    index.make("a");
    index.object_seen(object("a", "u1", 2, 1), None);
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u1", 2, 1, End::Failed(Cause::Closed)), 0);
    index.object_seen(object("a", "u1", 1, 1), None);
    assert!(index.next(0).is_some(), "the status still speaks of the failure");
}

#[test]
fn a_change_during_a_run_is_worked_on_after_it() {
    let mut index = ready(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    index.object_seen(object("a", "u1", 2, 2), None);
    assert!(index.next(0).is_none(), "never two at once");
    index.end(finished(&task, "u1", 1, 1, success(1, "s1", "10")), 0);
    let task = index.unseal(0).unwrap();
    assert_eq!(task.object.as_ref().unwrap().generation, Some(2));
    index.end(finished(&task, "u1", 2, 2, success(2, "s1", "11")), 0);
    index.assert_quiet();
}

#[test]
fn a_change_that_the_run_fetched_itself_is_not_worked_on_again() {
    let mut index = ready(RULES);
    index.make("a");
    index.secret_gone(&key("a"), Some(&ours("s1", "10")));
    let task = index.unseal(0).unwrap();
    assert!(task.object.is_none());
    index.object_seen(object("a", "u1", 2, 2), None);
    index.end(finished(&task, "u1", 2, 2, success(2, "s2", "12")), 0);
    index.assert_quiet();
    // And the same if the event is later than the end.
    index.secret_gone(&key("a"), Some(&ours("s2", "12")));
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u1", 3, 3, success(3, "s3", "13")), 0);
    index.object_seen(object("a", "u1", 3, 3), None);
    index.assert_quiet();
}

#[test]
fn to_and_fro_during_a_run_leaves_nothing_in_memory() {
    let mut index = ready(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    index.object_seen(object("a", "u1", 2, 1), None);
    index.object_seen(object("a", "u1", 1, 1), None);
    index.end(finished(&task, "u1", 1, 1, success(1, "s1", "10")), 0);
    index.assert_quiet();
}

#[test]
fn records_are_checked_once_secrets_and_keys_are_known() {
    let known = |order: [u8; 3]| {
        let mut index = Index::new(RULES);
        for step in order {
            match step {
                0 => index.ring_changed(1, [print(1)].into_iter()),
                1 => {
                    index.secrets_list_begins(None);
                    index.secret_seen(&key("kept"), ours("s1", "10"), Some(None));
                    index.secret_seen(&key("changed"), ours("s1", "11"), Some(None));
                    index.secret_seen(&key("other"), ours("s2", "10"), Some(None));
                    index.secrets_listed(None);
                }
                _ => {
                    index.objects_list_begins(None);
                    for name in ["kept", "changed", "other", "missing"] {
                        let object = applied(object(name, "u1", 1, 1), &record(1, "s1", "10"));
                        index.object_seen(object, Some(None));
                    }
                    index.objects_listed(None);
                }
            }
        }
        let mut looked_at: Vec<_> = std::iter::from_fn(|| index.unseal(0)).collect();
        looked_at.sort_by(|a, b| a.key.cmp(&b.key));
        assert!(looked_at.iter().all(|task| task.object.is_none()), "specs are not kept for a check");
        looked_at.iter().map(|task| task.key.name().to_owned()).collect::<Vec<_>>()
    };
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(known(order), ["changed", "missing", "other"], "{order:?}");
    }
}

#[test]
fn a_record_of_another_spec_generation_or_key_does_not_hold() {
    for (object, keys) in [
        (applied(object("a", "u1", 2, 1), &record(1, "s1", "10")), 1),
        (applied(object("a", "u1", 1, 1), &record(1, "s1", "10")), 2),
    ] {
        let mut index = Index::new(RULES);
        index.ring_changed(1, [print(keys)].into_iter());
        index.secrets_list_begins(None);
        index.secret_seen(&key("a"), ours("s1", "10"), Some(None));
        index.secrets_listed(None);
        index.object_seen(object, Some(None));
        assert!(index.next(0).is_some());
    }
}

#[test]
fn records_of_namespaces_wait_for_the_list_of_their_own() {
    let mut index = Index::new(RULES);
    index.ring_changed(1, [print(1)].into_iter());
    for namespace in ["a", "b"] {
        let object = applied(object_in(namespace, "x", "u", 1, 1), &record(1, "s1", "10"));
        index.object_seen(object, Some(Some(namespace)));
    }
    index.secrets_list_begins(Some("a"));
    index.secrets_listed(Some("a"));
    assert_eq!(index.unseal(0).unwrap().key, ObjectKey::new("a", "x"));
    assert!(index.next(0).is_none());
    index.secrets_list_begins(Some("b"));
    index.secret_seen(&ObjectKey::new("b", "x"), ours("s1", "10"), Some(Some("b")));
    index.secrets_listed(Some("b"));
    assert!(index.next(0).is_none());
    // A list of one namespace says nothing of another.
    index.objects_list_begins(Some("a"));
    assert_eq!(index.objects_listed(Some("a")), [ObjectKey::new("a", "x")]);
    assert_eq!(index.objects.len(), 1);
}

#[test]
fn foreign_secrets_leave_no_trace() {
    let mut index = ready(RULES);
    index.secrets_list_begins(None);
    for number in 0..100 {
        let facts = facts("f", "1", Standing::Foreign);
        index.secret_seen(&key(&format!("foreign-{number}")), facts, Some(None));
    }
    assert!(index.listing_secrets[&None].is_empty());
    index.secrets_listed(None);
    assert!(index.secrets.is_empty());
    index.assert_quiet();
}

#[test]
fn listing_again_puts_nothing_into_the_queue() {
    let mut index = ready(RULES);
    index.make("applied");
    index.object_seen(object("closed", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u1", 1, 1, End::Failed(Cause::Closed)), 0);
    index.object_seen(object("busy", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u1", 1, 1, api()), 0);
    // One that could not even be fetched.
    index.object_seen(SealedObject { size: HELD + 1, ..object("unfetched", "u1", 1, 1) }, None);
    let task = index.unseal(0).unwrap();
    assert!(task.object.is_none());
    let lost = Finished { uid: None, digest: Digest::default(), generation: None, items: 0, end: api() };
    index.end((task.key, lost), 0);
    for _ in 0..2 {
        index.objects_list_begins(None);
        for name in ["applied", "closed", "busy", "unfetched"] {
            index.object_seen(object(name, "u1", 1, 1), Some(None));
        }
        assert!(index.objects_listed(None).is_empty());
        index.secrets_list_begins(None);
        index.secret_seen(&key("applied"), ours("s1", "10"), Some(None));
        index.secrets_listed(None);
        assert!(index.next(0).is_none());
    }
    assert_eq!(index.next_timer(), Some(100));
    assert!(index.next(100).is_some() && index.next(100).is_some() && index.next(100).is_none());
}

#[test]
fn what_a_list_does_not_bring_is_gone() {
    let mut index = ready(RULES);
    index.make("a");
    index.make("b");
    index.objects_list_begins(None);
    index.object_seen(object("b", "u1", 1, 1), Some(None));
    assert_eq!(index.objects_listed(None), [key("a")]);
    index.secrets_list_begins(None);
    index.secrets_listed(None);
    assert_eq!(index.unseal(0).unwrap().key, key("b"));
    assert!(index.next(0).is_none(), "a has no SealedSecret any more");
}

#[test]
fn a_deleted_secret_of_ours_comes_back_once() {
    let mut index = ready(RULES);
    index.make("a");
    index.secret_gone(&key("a"), Some(&ours("s1", "10")));
    let task = index.unseal(0).unwrap();
    assert!(!task.secret_seen);
    index.end(finished(&task, "u1", 1, 1, success(1, "s2", "20")), 0);
    index.secret_seen(&key("a"), ours("s2", "20"), None);
    index.assert_quiet();
}

#[test]
fn news_of_a_former_secret_is_no_news() {
    let mut index = ready(RULES);
    index.make("a");
    index.object_seen(object("a", "u1", 2, 2), None);
    let task = index.unseal(0).unwrap();
    // It was deleted by hand a moment before, and the answer is faster than the watch.
    index.end(finished(&task, "u1", 2, 2, success(2, "s2", "20")), 0);
    index.secret_gone(&key("a"), Some(&ours("s1", "10")));
    index.secret_seen(&key("a"), ours("s2", "20"), None);
    index.assert_quiet();
    // The same during a run.
    index.object_seen(object("a", "u1", 3, 3), None);
    let task = index.unseal(0).unwrap();
    index.secret_gone(&key("a"), Some(&ours("s2", "20")));
    index.end(finished(&task, "u1", 3, 3, success(3, "s3", "30")), 0);
    index.assert_quiet();
}

#[test]
fn a_secret_deleted_during_the_run_that_made_it_comes_back() {
    let mut index = ready(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    index.secret_seen(&task.key, ours("s1", "10"), None);
    index.secret_gone(&task.key, Some(&ours("s1", "10")));
    index.end(finished(&task, "u1", 1, 1, success(1, "s1", "10")), 0);
    assert!(index.next(0).is_some());
}

#[test]
fn a_secret_deleted_while_the_watch_was_broken_comes_back() {
    // Made and deleted between two lists: no event ever tells.
    let mut index = ready(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u1", 1, 1, success(1, "s1", "10")), 0);
    index.secrets_list_begins(None);
    index.secrets_listed(None);
    let task = index.unseal(0).unwrap();
    // And the same where the list comes before the end of the run.
    index.secrets_list_begins(None);
    index.secrets_listed(None);
    index.end(finished(&task, "u1", 1, 1, success(1, "s2", "20")), 0);
    assert!(index.next(0).is_some());
}

#[test]
fn other_secrets_do_not_come_back() {
    let mut index = ready(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    index.secret_seen(&key("a"), facts("s1", "10", Standing::Patched), None);
    let end = End::Applied { record: record(1, "s1", "11"), standing: Standing::Patched };
    index.end(finished(&task, "u1", 1, 1, end), 0);
    index.secret_gone(&key("a"), Some(&facts("s1", "11", Standing::Patched)));
    index.assert_quiet();
    // One that was ours and was taken from us.
    index.make("b");
    index.secret_seen(&key("b"), facts("s1", "11", Standing::Foreign), None);
    index.secret_gone(&key("b"), Some(&facts("s1", "11", Standing::Foreign)));
    index.assert_quiet();
}

#[test]
fn who_wants_no_secret_back_gets_none_and_no_check() {
    let rules = Rules { recreate: false, collect: false };
    let mut index = Index::new(rules);
    index.object_seen(applied(object("a", "u1", 1, 1), &record(1, "s1", "10")), Some(None));
    index.ring_changed(1, [print(1)].into_iter());
    index.assert_quiet();
    index.object_seen(object("b", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    // Nobody tells when it is out of the way: it is looked at again and again.
    index.end(finished(&task, "u1", 1, 1, in_the_way("f", "5")), 0);
    assert_eq!(index.next_timer(), Some(5_000));
    assert!(index.next(5_000).is_some());
}

#[test]
fn a_secret_in_the_way_is_waited_for() {
    let stuck = || {
        let mut index = ready(RULES);
        index.object_seen(object("a", "u1", 1, 1), None);
        let task = index.unseal(0).unwrap();
        index.end(finished(&task, "u1", 1, 1, in_the_way("f", "5")), 0);
        index.secret_seen(&key("a"), facts("f", "5", Standing::Foreign), None);
        assert!(index.next(Millis::MAX / 2).is_none());
        index
    };
    let mut index = stuck();
    index.secret_seen(&key("a"), facts("f", "6", Standing::Foreign), None);
    assert!(index.next(0).is_some(), "it changed");
    let mut index = stuck();
    index.secret_gone(&key("a"), Some(&facts("f", "5", Standing::Foreign)));
    assert!(index.next(0).is_some(), "it is gone");
    let mut index = stuck();
    index.secrets_list_begins(None);
    index.secret_seen(&key("a"), facts("f", "5", Standing::Foreign), Some(None));
    index.secrets_listed(None);
    assert!(index.next(0).is_none(), "it is still there");
    index.secrets_list_begins(None);
    index.secrets_listed(None);
    assert!(index.next(0).is_some(), "it went while the watch was broken");
}

#[test]
fn a_secret_that_goes_out_of_the_way_during_the_run_is_noticed() {
    for event in 0..4 {
        let mut index = ready(RULES);
        index.object_seen(object("a", "u1", 1, 1), None);
        let task = index.unseal(0).unwrap();
        let foreign = |version| facts("f", version, Standing::Foreign);
        match event {
            0 => index.secret_gone(&key("a"), Some(&foreign("5"))),
            1 => index.secret_seen(&key("a"), foreign("6"), None),
            2 => {
                index.secrets_list_begins(None);
                index.secrets_listed(None);
            }
            _ => index.secret_seen(&key("a"), foreign("5"), None),
        }
        index.end(finished(&task, "u1", 1, 1, in_the_way("f", "5")), 0);
        assert_eq!(index.next(0).is_some(), event < 3, "{event}");
    }
}

#[test]
fn a_new_key_wakes_only_what_is_closed() {
    let mut index = ready(RULES);
    index.make("applied");
    for (name, cause) in [
        ("closed", Cause::Closed),
        ("unusable", Cause::Unusable),
        ("stuck", Cause::SecretInTheWay { uid: "f".into(), version: "1".into() }),
    ] {
        index.object_seen(object(name, "u1", 1, 1), None);
        let task = index.unseal(0).unwrap();
        index.end(finished(&task, "u1", 1, 1, End::Failed(cause)), 0);
    }
    index.ring_changed(2, [print(1), print(2)].into_iter());
    let task = index.unseal(0).unwrap();
    assert_eq!(task.key, key("closed"));
    assert!(index.next(0).is_none());
    // A key that came during the run may be the one.
    index.ring_changed(3, [print(1), print(2), print(3)].into_iter());
    index.end(finished(&task, "u1", 1, 1, End::Failed(Cause::Closed)), 0);
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u1", 1, 1, End::Failed(Cause::Closed)), 0);
    index.assert_quiet();
}

#[test]
fn what_was_made_anew_is_another_object() {
    let mut index = ready(RULES);
    index.make("a");
    index.object_seen(object("a", "u2", 1, 1), None);
    let task = index.unseal(0).unwrap();
    // During the run it is deleted and made anew once more, in one event and in two.
    index.object_seen(object("a", "u3", 1, 1), None);
    assert!(index.next(0).is_none(), "never two at once");
    index.end(finished(&task, "u2", 1, 1, success(1, "s1", "11")), 0);
    let task = index.unseal(0).unwrap();
    assert_eq!(&*task.object.as_ref().unwrap().uid, "u3");
    index.object_gone(&key("a"));
    index.object_seen(object("a", "u4", 1, 1), None);
    assert!(index.next(0).is_none(), "never two at once");
    index.end(finished(&task, "u3", 1, 1, End::Gone), 0);
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u4", 1, 1, success(1, "s1", "12")), 0);
    index.assert_quiet();
}

#[test]
fn a_run_that_finds_nothing_does_not_swallow_what_came_meanwhile() {
    let mut index = ready(RULES);
    index.object_seen(SealedObject { size: HELD + 1, ..object("a", "u1", 1, 1) }, None);
    let task = index.unseal(0).unwrap();
    let gone = Finished { uid: None, digest: Digest::default(), generation: None, items: 0, end: End::Gone };
    // Fetched between a deletion and a creation, both of which come with the watch before the run ends.
    index.object_seen(object("a", "u2", 1, 1), None);
    index.end((task.key, gone), 0);
    assert!(index.next(0).is_some());
}

#[test]
fn what_is_gone_for_the_server_alone_is_looked_for_again() {
    let mut index = ready(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u1", 1, 1, End::Gone), 0);
    assert!(index.next(GONE_AGAIN - 1).is_none());
    assert!(index.next(GONE_AGAIN).is_some());
}

#[test]
fn deleted_objects_are_forgotten_wherever_they_are() {
    for phase in 0..4 {
        let mut index = ready(RULES);
        index.object_seen(object("a", "u1", 1, 1), None);
        let task = if phase > 0 { index.unseal(0) } else { None };
        let end = |end| finished(task.as_ref().unwrap(), "u1", 1, 1, end);
        match phase {
            2 => index.end(end(api()), 0),
            3 => index.end(end(success(1, "s1", "10")), 0),
            _ => {}
        }
        index.object_gone(&key("a"));
        if phase == 1 {
            index.end(end(api()), 0);
        }
        index.assert_quiet();
        assert!(index.objects.is_empty());
        assert_eq!(index.waiting(), 0);
    }
}

#[test]
fn what_is_being_deleted_gets_no_secret() {
    let deleting = || SealedObject { deleting: true, ..object("a", "u1", 1, 1) };
    let mut index = ready(RULES);
    index.object_seen(deleting(), Some(None));
    index.assert_quiet();
    let mut index = ready(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    index.object_seen(deleting(), None);
    index.assert_quiet();
    let mut index = ready(RULES);
    index.make("a");
    index.object_seen(deleting(), None);
    // The collector begins with the Secret where deletion is in the foreground.
    index.secret_gone(&key("a"), Some(&ours("s1", "10")));
    index.assert_quiet();
}

#[test]
fn failures_are_tried_again_ever_later() {
    let mut index = ready(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    let mut now = 0;
    for (attempt, pause) in [100, 200, 400, 800].into_iter().enumerate() {
        let task = index.unseal(now).unwrap();
        assert_eq!(task.attempt as usize, attempt);
        index.end(finished(&task, "u1", 1, 1, api()), now);
        assert_eq!(index.next_timer(), Some(now + pause));
        assert!(index.next(now + pause - 1).is_none());
        now += pause;
    }
    // A change does not wait, and begins anew.
    let task = index.unseal(now).unwrap();
    index.end(finished(&task, "u1", 1, 1, api()), now);
    index.object_seen(object("a", "u1", 2, 2), None);
    let task = index.unseal(now).unwrap();
    assert_eq!(task.attempt, 0);
    let asked = Cause::Api { retry_after: Some(Duration::from_secs(7)) };
    index.end(finished(&task, "u1", 2, 2, End::Failed(asked)), now);
    assert!(index.next(now + 6_999).is_none());
    let task = index.unseal(now + 7_000).unwrap();
    index.end(finished(&task, "u1", 2, 2, success(2, "s1", "1")), now + 7_000);
    index.assert_quiet();
}

#[test]
fn a_panic_is_not_repeated_until_the_object_changes() {
    let mut index = ready(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    index.panicked(&task.key);
    index.object_seen(object("a", "u1", 1, 1), None);
    index.secret_gone(&key("a"), Some(&ours("s1", "10")));
    index.assert_quiet();
    index.object_seen(object("a", "u1", 2, 2), None);
    let task = index.unseal(0).unwrap();
    index.object_seen(object("a", "u1", 3, 3), None);
    index.panicked(&task.key);
    assert!(index.next(0).is_some());
}

#[test]
fn waiting_objects_stay_in_memory_within_the_budget() {
    let mut index = ready(RULES);
    let size = GIANT - 1;
    let fit = HELD / size;
    for number in 0..fit + 2 {
        index.object_seen(SealedObject { size, ..object(&format!("o{number}"), "u", 1, 1) }, None);
    }
    // Newer versions take the place of older ones, whether there is room or not.
    for number in 0..fit + 2 {
        index.object_seen(SealedObject { size, ..object(&format!("o{number}"), "u", 2, 2) }, None);
    }
    assert_eq!(index.held, fit * size);
    let tasks: Vec<_> = std::iter::from_fn(|| index.unseal(0)).collect();
    let held: Vec<_> = tasks.iter().map(|task| task.object.is_some()).collect();
    assert_eq!(held, [vec![true; fit], vec![false; 2]].concat());
    assert!(tasks.iter().flat_map(|task| &task.object).all(|object| object.generation == Some(2)));
    assert_eq!(index.held, 0);
}

#[test]
fn namespaces_take_turns_and_none_takes_all() {
    let mut index = ready(RULES);
    for number in 0..500 {
        index.object_seen(object_in("greedy", &format!("o{number}"), "u", 1, 1), None);
    }
    index.object_seen(object_in("small", "o", "u", 1, 1), None);
    let order: Vec<_> = std::iter::from_fn(|| index.unseal(0)).collect();
    assert_eq!(order.len(), PER_NAMESPACE + 1);
    assert_eq!(order[1].key.namespace(), "small");
    for namespace in 0..10 {
        for number in 0..40 {
            index.object_seen(object_in(&format!("n{namespace}"), &format!("o{number}"), "u", 1, 1), None);
        }
    }
    assert_eq!(std::iter::from_fn(|| index.unseal(0)).count(), IN_ALL - order.len());
    index.end(finished(&order[0], "u", 1, 1, success(1, "s", "1")), 0);
    assert!(index.next(0).is_some() && index.next(0).is_none());
}

#[test]
fn what_somebody_waits_for_comes_before_what_is_only_checked() {
    let mut index = Index::new(RULES);
    index.ring_changed(1, [print(1)].into_iter());
    for number in 0..5 {
        let old = applied(object(&format!("old{number}"), "u", 1, 1), &record(1, "s", "1"));
        index.object_seen(old, Some(None));
    }
    index.secrets_list_begins(None);
    index.secrets_listed(None);
    index.object_seen(object("new", "u", 1, 1), None);
    assert_eq!(index.unseal(0).unwrap().key, key("new"));
}

#[test]
fn the_old_way_of_collecting_deletes_what_is_gone_and_stays_so() {
    let rules = Rules { recreate: true, collect: true };
    let collect = |index: &mut Index| match index.next(0) {
        Some(Work::Collect(key)) => Some(key),
        Some(Work::Unseal(task)) => panic!("{task:?}"),
        None => None,
    };
    let mut index = ready(rules);
    index.make("a");
    index.object_gone(&key("a"));
    assert_eq!(collect(&mut index), Some(key("a")));
    // Made anew meanwhile: not before the old Secret is deleted.
    index.object_seen(object("a", "u2", 1, 1), None);
    assert!(index.next(0).is_none());
    index.secret_gone(&key("a"), Some(&ours("s1", "10")));
    index.collected(&key("a"));
    let task = index.unseal(0).unwrap();
    assert!(task.object.is_some());
    // Gone during a run: deleted after it, or the run would make the Secret once more.
    index.object_gone(&key("a"));
    assert!(index.next(0).is_none());
    index.end(finished(&task, "u2", 1, 1, success(1, "s2", "20")), 0);
    assert_eq!(collect(&mut index), Some(key("a")));
    index.collected(&key("a"));
    // Gone and made anew before anything was done: its Secret stays.
    index.make("b");
    index.object_gone(&key("b"));
    index.object_seen(object("b", "u2", 1, 1), None);
    assert!(matches!(index.next(0), Some(Work::Unseal(_))));
    // A folder of thousands does not fill the process.
    for number in 0..100 {
        index.object_seen(object_in("n", &format!("o{number}"), "u", 1, 1), None);
        index.object_gone(&ObjectKey::new("n", &format!("o{number}")));
    }
    assert_eq!(std::iter::from_fn(|| collect(&mut index)).count(), COLLECTED_AT_ONCE);
}

#[test]
fn key_sets_are_shared_and_do_not_pile_up() {
    let mut index = ready(RULES);
    for number in 0..2_000 {
        let record = Record { keys: vec![print(number)], ..record(1, "s1", "1") };
        let name = format!("o{number}");
        index.object_seen(applied(object(&name, "u", 1, 1), &record), None);
        index.object_gone(&key(&name));
    }
    assert!(index.key_sets.len() <= KEY_SETS);
}

#[test]
fn giants_wait_apart() {
    let mut index = ready(RULES);
    for namespace in ["a", "b", "c", "d", "e", "f"] {
        for name in ["g1", "g2"] {
            let giant = SealedObject { size: GIANT, ..object_in(namespace, name, "u", 1, 1) };
            index.object_seen(giant, None);
        }
        index.object_seen(object_in(namespace, "small", "u", 1, 1), None);
    }
    let mut taken = Vec::new();
    while let Some(Work::Unseal(task)) = index.next(0) {
        taken.push(task.key);
    }
    let giants: Vec<_> = taken.iter().filter(|key| key.name() != "small").cloned().collect();
    assert_eq!(taken.len() - giants.len(), 6, "{taken:?}");
    assert_eq!(giants.len(), GIANTS, "one of a namespace, four in all: {giants:?}");
    let gone = Finished {
        uid: None,
        digest: Digest::default(),
        generation: None,
        items: 0,
        end: End::Failed(Cause::Unusable),
    };
    index.finished(&giants[0], gone, 0);
    assert!(matches!(index.next(0), Some(Work::Unseal(task)) if task.key.name().starts_with('g')));
    assert!(index.next(0).is_none());
}
