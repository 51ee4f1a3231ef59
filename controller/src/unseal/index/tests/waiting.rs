//! Whose turn it is, and what waiting costs.

use super::super::key_sets::KEY_SETS;
use super::super::waiting::{BYTES, GIANT, GIANTS, IN_ALL, PER_NAMESPACE};
use super::*;

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
    let mut tasks = Vec::new();
    while let Some(task) = index.unseal(0) {
        index.end(finished(&task, "u", 2, 2, success(2, "s", "1")), 0);
        tasks.push(task);
    }
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
    // Who has nothing in hand gets in whatever others hold.
    for name in ["one", "two"] {
        index.object_seen(object_in("late", name, "u", 1, 1), None);
    }
    assert_eq!(index.unseal(0).unwrap().key.namespace(), "late");
    assert!(index.next(0).is_none(), "with one, as long as there are so many");
}

/// A megabyte each, or a kilobyte of templates that may make a megabyte.
#[test]
fn the_bytes_in_hand_have_a_limit_and_room_for_the_next() {
    let template = sealed_secrets::SecretTemplate {
        data: Some([("x".to_owned(), Some("{{ repeat 1000000 \"x\" }}".to_owned()))].into()),
        ..sealed_secrets::SecretTemplate::default()
    };
    let spec = sealed_secrets::SealedSecretSpec { template: Some(template), ..Default::default() };
    let templates = Some(Arc::new(sealed_secrets::SealedSecret::new("o", spec)));
    for (what, size, sealed) in [("megabytes", 400 << 10, None), ("templates", 1 << 10, templates)] {
        let mut index = ready(RULES);
        for number in 0..160 {
            let namespace = format!("greedy{}", number % 5);
            let greedy = object_in(&namespace, &format!("o{number}"), "u", 1, 1);
            index.object_seen(SealedObject { size, sealed: sealed.clone(), ..greedy }, None);
        }
        let cost = index.objects.values().next().unwrap().cost;
        let taken = std::iter::from_fn(|| index.unseal(0)).count();
        assert!((5..=BYTES / cost).contains(&taken), "{what}: {taken} of {cost} bytes");
        index.object_seen(object_in("small", "o", "u", 1, 1), None);
        assert_eq!(index.unseal(0).unwrap().key.namespace(), "small", "{what}");
    }
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
        why: 0,
        end: End::Failed(Cause::Unusable),
    };
    index.finished(&giants[0], gone, 0);
    assert!(matches!(index.next(0), Some(Work::Unseal(task)) if task.key.name().starts_with('g')));
    assert!(index.next(0).is_none());
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
    assert!(index.key_sets.0.len() <= KEY_SETS);
}
