//! What annotations ask: a look at once, and a pause.

use super::*;

fn asking(spec: u32, asked: &str) -> SealedObject {
    SealedObject { control: control(false, Some(asked)), ..object("a", "u1", spec, 1) }
}

fn paused(spec: u32) -> SealedObject {
    SealedObject { control: control(true, None), ..object("a", "u1", spec, 1) }
}

#[test]
fn each_new_value_is_one_look_whatever_it_waits_for() {
    let ends = [
        success(1, "s1", "10"),
        api(),
        End::Failed(Cause::Closed),
        End::Failed(Cause::Unusable),
        End::Failed(Cause::Refused),
        in_the_way("f", "1"),
    ];
    for end in ends {
        let mut index = ready(RULES);
        // The value that was there at the start asks for nothing more than the object does.
        index.object_seen(asking(1, "one"), None);
        let task = index.unseal(0).unwrap();
        index.end(finished(&task, "u1", 1, 1, end.clone()), 0);
        index.object_seen(asking(1, "one"), None);
        assert!(index.next(0).is_none(), "{end:?}");
        index.object_seen(asking(1, "two"), None);
        let task = index.unseal(0).unwrap();
        assert_eq!(task.attempts, Attempts::default(), "it begins anew");
        // It comes while the object is worked on: once more, with the object as it is then.
        index.object_seen(asking(1, "two"), None);
        index.object_seen(asking(1, "three"), None);
        index.end(finished(&task, "u1", 1, 1, end.clone()), 0);
        let task = index.unseal(0).unwrap();
        assert!(task.object.is_some());
        index.object_seen(object("a", "u1", 1, 1), None);
        index.end(finished(&task, "u1", 1, 1, success(1, "s1", "10")), 0);
        index.assert_quiet();
    }
}

#[test]
fn a_value_that_is_there_at_the_start_asks_for_nothing() {
    let mut index = ready(RULES);
    index.secret_seen(&key("a"), ours("s1", "10"), None);
    index.object_seen(applied(asking(1, "one"), &record(1, "s1", "10")), Some(None));
    index.assert_quiet();
}

#[test]
fn a_pause_is_told_once_and_its_end_is_a_look() {
    let mut index = ready(RULES);
    index.make("a");
    index.object_seen(applied(paused(1), &record(1, "s1", "10")), None);
    let task = index.unseal(0).unwrap();
    assert!(task.object.as_ref().unwrap().control.paused);
    let told = || told_paused(applied(paused(1), &record(1, "s1", "10")));
    index.object_seen(told(), None);
    index.end(finished(&task, "u1", 1, 1, End::Paused), 0);
    index.object_seen(told(), None);
    index.object_seen(told_paused(paused(2)), None);
    index.assert_quiet();
    assert_eq!(index.items_per_key()[&print(1)], 3, "what was applied is known still");
    index.object_seen(told_paused(object("a", "u1", 2, 1)), None);
    let task = index.unseal(0).unwrap();
    index.object_seen(object("a", "u1", 2, 1), None);
    index.end(finished(&task, "u1", 2, 1, success(2, "s1", "11")), 0);
    index.assert_quiet();
}

#[test]
fn what_was_paused_at_the_end_of_the_process_is_known_at_the_start_of_the_next() {
    let as_recorded = |object| applied(object, &record(1, "s1", "10"));
    for (seen, looks) in [
        (told_paused(as_recorded(paused(1))), false),
        (told_paused(paused(2)), false),
        // It began, or ended, while nobody looked.
        (as_recorded(paused(1)), true),
        (told_paused(as_recorded(object("a", "u1", 1, 1))), true),
    ] {
        let mut index = ready(RULES);
        index.secret_seen(&key("a"), ours("s1", "10"), None);
        index.object_seen(seen, Some(None));
        assert_eq!(index.next(0).is_some(), looks);
    }
}
