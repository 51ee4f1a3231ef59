//! What a start, and a watch that broke, find in lists.

use super::*;

#[test]
fn records_are_checked_once_secrets_and_keys_are_known() {
    let known = |order: [u8; 3]| {
        let mut index = Index::new(RULES);
        for step in order {
            match step {
                0 => drop(index.ring_changed(1, [print(1)].into_iter())),
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
fn a_record_of_another_spec_does_not_hold_and_one_whose_key_is_gone_does() {
    for (spec, ring, holds) in [(2, 1, false), (1, 2, true), (1, 1, true)] {
        let mut index = Index::new(RULES);
        index.ring_changed(1, [print(ring)].into_iter());
        index.secrets_list_begins(None);
        index.secret_seen(&key("a"), ours("s1", "10"), Some(None));
        index.secrets_listed(None);
        index.object_seen(applied(object("a", "u1", spec, 1), &record(1, "s1", "10")), Some(None));
        assert_eq!(index.next(0).is_none(), holds);
        assert_eq!(index.without_key(), usize::from(ring == 2), "told of, while the Secret stands");
    }
}

#[test]
fn a_key_that_goes_is_told_and_wakes_nobody() {
    let mut index = ready(RULES);
    index.object_seen(object("a", "u1", 1, 1), None);
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u1", 1, 1, success(1, "s1", "10")), 0);
    index.object_seen(object("closed", "u2", 1, 1), None);
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u2", 1, 1, End::Failed(Cause::Closed)), 0);
    assert_eq!(index.ring_changed(2, [print(1), print(2)].into_iter()), []);
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u2", 1, 1, End::Failed(Cause::Closed)), 0);
    let bereft = index.ring_changed(3, [print(2)].into_iter());
    assert_eq!(bereft, [Bereft { object: key("a"), uid: "u1".into(), key: print(1) }]);
    assert_eq!(index.without_key(), 1);
    assert!(index.next(0).is_none(), "less keys open no more");
    assert_eq!(index.ring_changed(4, [print(1), print(2)].into_iter()), []);
    assert_eq!((index.without_key(), index.unseal(0).unwrap().key), (0, key("closed")));
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
    assert!(index.listing_secrets.0[&None].is_empty());
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
    let lost =
        Finished { uid: None, digest: Digest::default(), generation: None, items: 0, why: 0, end: api() };
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
fn what_may_not_be_listed_any_more_is_forgotten_and_not_taken_for_deleted() {
    let mut index = ready(Rules { collect: true, ..RULES });
    let all = ["shop", "cart"];
    for namespace in all {
        index.object_seen(object_in(namespace, "idle", "u1", 1, 1), None);
        let task = index.unseal(0).unwrap();
        index.end(finished(&task, "u1", 1, 1, success(1, "s1", "10")), 0);
        index.object_seen(object_in(namespace, "waits", "u1", 1, 1), None);
        index.object_seen(object_in(namespace, "worked-on", "u1", 1, 1), None);
        let task = index.unseal(0).unwrap();
        index.end(finished(&task, "u1", 1, 1, api()), 0);
    }
    let task = index.unseal(0).unwrap();
    index.objects_list_begins(Some("shop"));
    index.objects_refused(Some("shop"));
    assert!(index.objects.keys().all(|key| key.namespace() == "cart") && index.objects.len() == 3);
    index.end(finished(&task, "u1", 1, 1, success(1, "s1", "1")), 0);
    index.objects_refused(None);
    while let Some(task) = index.unseal(100_000) {
        index.end(finished(&task, "u1", 1, 1, success(1, "s1", "1")), 100_000);
    }
    index.assert_quiet();
    // Granted again: they come with a list, as at a start.
    index.object_seen(
        applied(object_in("shop", "idle", "u1", 1, 1), &record(1, "s1", "10")),
        Some(Some("shop")),
    );
    assert_eq!(index.objects.len(), 1);
}

#[test]
fn without_a_list_of_secrets_records_are_not_trusted() {
    let mut index = Index::new(RULES);
    index.ring_changed(1, [print(1)].into_iter());
    index.object_seen(applied(object("a", "u1", 1, 1), &record(1, "s1", "10")), Some(None));
    assert!(index.next(0).is_none(), "the list may come");
    index.secrets_not_listed(None);
    let task = index.unseal(0).unwrap();
    index.end(finished(&task, "u1", 1, 1, success(1, "s1", "10")), 0);
    index.assert_quiet();
}
