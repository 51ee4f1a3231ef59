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
        assert_eq!(task.attempts.of(&Cause::Api { retry_after: None }) as usize, attempt);
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
    assert_eq!(task.attempts, Attempts::default());
    let asked = Cause::Api { retry_after: Some(Duration::from_secs(7)) };
    index.end(finished(&task, "u1", 2, 2, End::Failed(asked)), now);
    assert!(index.next(now + 6_999).is_none());
    let task = index.unseal(now + 7_000).unwrap();
    index.end(finished(&task, "u1", 2, 2, success(2, "s1", "1")), now + 7_000);
    index.assert_quiet();
}

/// An index in which objects have failed often of what the server lacks, and wait for 30 seconds.
fn waiting_for_the_server(names: &[&str], cause: &Cause) -> Index {
    let mut index = ready(RULES);
    let mut now = 0;
    for name in names {
        index.object_seen(object(name, "u1", 1, 1), None);
    }
    for _ in 0..12 {
        while let Some(task) = index.unseal(now) {
            index.end(finished(&task, "u1", 1, 1, End::Failed(cause.clone())), now);
        }
        now = index.next_timer().unwrap();
    }
    assert!(now > 60_000, "{now}");
    index
}

#[test]
fn a_server_that_is_back_wakes_all_that_wait_for_it() {
    let names: Vec<_> = (0..100).map(|number| format!("n{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    for (cause, woken) in [
        (Cause::NoAnswer, true),
        (Cause::Api { retry_after: None }, true),
        // It asked to be left alone.
        (Cause::Api { retry_after: Some(Duration::from_secs(30)) }, false),
    ] {
        for by_a_watch in [true, false] {
            let mut index = waiting_for_the_server(&names, &cause);
            let now = index.next_timer().unwrap() - 20_000;
            if by_a_watch {
                index.api_answers(now);
            } else {
                // Any other object for which it does what is asked shows it as well.
                index.object_seen(object("other", "u1", 1, 1), None);
                let task = index.unseal(now).unwrap();
                index.end(finished(&task, "u1", 1, 1, success(1, "s1", "1")), now);
            }
            assert!(index.next(now - 1).is_none(), "none before");
            let mut soon = 0;
            while let Some(task) = index.unseal(now + 1_000) {
                soon += 1;
                index.end(finished(&task, "u1", 1, 1, success(1, "s1", "1")), now + 1_000);
            }
            assert_eq!(soon, if woken { names.len() } else { 0 }, "{cause:?} {by_a_watch}");
        }
    }
}

#[test]
fn an_attempt_of_before_the_server_was_back_is_made_again_at_once() {
    let mut index = waiting_for_the_server(&["a", "b"], &Cause::NoAnswer);
    let now = index.next_timer().unwrap() + 1_000;
    let (first, second) = (index.unseal(now).unwrap(), index.unseal(now).unwrap());
    index.end(finished(&first, "u1", 1, 1, success(1, "s1", "1")), now);
    index.end(finished(&second, "u1", 1, 1, End::Failed(Cause::NoAnswer)), now);
    assert_eq!(index.next_timer(), Some(now + 100));
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
