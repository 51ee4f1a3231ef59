//! Secrets that come back, and Secrets that are in the way.

use super::super::work::COLLECTED_AT_ONCE;
use super::*;

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
fn what_an_older_generation_left_untouched_needs_no_reading() {
    let untouched = |uid: &str, version: &str| Some(Untouched { uid: uid.into(), version: version.into() });
    let next = |secret: SecretFacts, spec: u32, generation: i64| {
        let mut index = ready(RULES);
        index.make("a");
        index.secret_seen(&key("a"), secret, None);
        index.object_seen(object("a", "u1", spec, generation), None);
        index.unseal(0).unwrap().untouched
    };
    let as_made = || ours("s1", "10");
    assert_eq!(next(as_made(), 2, 2), untouched("s1", "10"));
    // Touched since, perhaps by an instance that knows a newer generation.
    assert_eq!(next(ours("s1", "11"), 2, 2), None);
    assert_eq!(next(ours("s2", "10"), 2, 2), None);
    // Scope annotations raise no generation; and a watch may be behind what was fetched.
    assert_eq!(next(as_made(), 2, 1), None);
    assert_eq!(next(as_made(), 2, 0), None);
    assert_eq!(next(SecretFacts { replaceable: false, ..as_made() }, 2, 2), None);
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
    let rules = Rules { recreate: false, ..RULES };
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
fn the_old_way_of_collecting_deletes_what_is_gone_and_stays_so() {
    let rules = Rules { collect: true, ..RULES };
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
