//! How SealedSecrets come, change and go.

use super::super::ends::GONE_AGAIN;
use super::super::ends::OUTDATED_AGAIN;
use super::*;

#[test]
fn a_new_object_is_worked_on_once() {
    let mut index = ready(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    assert!(task.object.is_some() && !task.secret_seen && task.attempts == Attempts::default());
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
    let gone =
        Finished { uid: None, digest: Digest::default(), generation: None, items: 0, why: 0, end: End::Gone };
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
fn what_was_outdated_is_looked_at_again_soon() {
    let mut index = ready(RULES);
    for watched in [true, false] {
        index.object_seen(object("a", "u1", 1, 1), None);
        let task = index.unseal(0).unwrap();
        if watched {
            index.object_seen(object("a", "u1", 2, 2), None);
        }
        index.end(finished(&task, "u1", 1, 1, End::Outdated), 0);
        assert_eq!(index.unseal(0).is_some(), watched);
        if !watched {
            assert!(index.unseal(OUTDATED_AGAIN).unwrap().object.is_none(), "it is fetched");
        }
        index.object_gone(&key("a"));
        index.end(finished(&task, "u1", 2, 2, End::Gone), 0);
    }
}
