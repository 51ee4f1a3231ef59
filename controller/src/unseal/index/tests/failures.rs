//! When a failure is looked at again.

use std::time::Duration;

use super::*;

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
