//! Objects as deep and as odd as the API server takes them.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::ours::PATIENCE;
use sealed_secrets_tests::cluster::{World, wait_until};
use serde_json::json;

use super::mallory::Attack;

/// Deeper than JSON readers like. Such objects are never in the way of others, not even of those whose events come in
/// the same watch: neither while they are made nor at a restart.
pub(crate) fn nesting(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "nesting", false, &[])?;
    let depths = [100, 130, 500, 3000];
    let mut names = Vec::new();
    for index in 0..40 {
        let depth = depths[index % depths.len()];
        let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let name = format!("d{index}");
        let text = attack.object(&name, &json!({"a": "AgA="})).to_string();
        let text = text.replacen(
            "\"spec\":{",
            &format!("\"spec\":{{\"template\":{{\"metadata\":{{\"x\":{deep}}}}},"),
            1,
        );
        let path = attack.his.sealed_secrets();
        let answer = attack.mallory.send("POST", &path, "application/json", text.as_bytes())?;
        ensure!(answer.status == 201, "{depth} deep: {}", answer.status);
        names.push(name);
    }
    // In the same watch, and in another.
    let beside = |name: &str| -> Result<Duration> {
        let begun = Instant::now();
        attack.create(&attack.sealed(name, &[("a", "b")])?)?;
        attack.synced(name)?;
        Ok(begun.elapsed())
    };
    let waited = beside("first")?.max(attack.served(3)?);
    ensure!(waited < Duration::from_secs(5), "a neighbour waited {waited:?}");
    attack.stage.controller.process.restart()?;
    attack.stage.controller.wait_ready("/readyz")?;
    let again = beside("second")?.max(attack.served(3)?);
    println!("40 deep objects: a neighbour waits {waited:?} at most, {again:?} after a restart");
    ensure!(again < Duration::from_secs(5), "a neighbour waited {again:?} after a restart");
    // This program reads no deep JSON either.
    for name in names {
        attack.mallory.delete(&attack.his.sealed_secret(&name))?;
    }
    attack.end("deep nesting")
}

/// 1.5 MB of small maps where the definition lets anything stand: as values they would be 100 MiB, at each list.
pub(crate) fn small_maps(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "maps", false, &[])?;
    let usage = || attack.stage.controller.process.usage();
    let before = usage()?.peak;
    for number in 0..3 {
        let maps: Vec<_> = (0..130_000).map(|_| json!({"a": {}})).collect();
        let mut object = attack.sealed(&format!("maps-{number}"), &[("word", "v")])?;
        object["spec"]["template"] = json!({"metadata": {"odd": maps}});
        attack.create(&object)?;
        attack.synced(&format!("maps-{number}"))?;
    }
    let created = usage()?.peak;
    attack.stage.controller.process.restart()?;
    attack.stage.controller.wait_ready("/readyz")?;
    let waited = attack.served(3)?;
    let listed = usage()?.peak;
    println!(
        "three objects of small maps: peak {} MiB before, {} with them, {} after a restart; a neighbour waits {waited:?}",
        before >> 20,
        created >> 20,
        listed >> 20
    );
    ensure!(created.max(listed) < 80 << 20, "{} MiB", created.max(listed) >> 20);
    attack.end("small maps")
}

/// Names at their limits, empty names, values of no kind.
pub(crate) fn odd_shapes(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "odd", true, &[])?;
    let longest = format!("{}.{}", "a".repeat(63), "b".repeat(189));
    let mut objects = vec![
        attack.sealed(&longest, &[("word", "v")])?,
        attack.object("long-key", &json!({"k".repeat(254): "AgA="})),
        attack.object("no-key", &json!({"": "AgA="})),
        attack.object("dots", &json!({"..": "AgA=", ".": "AgA="})),
        attack.object("nothing", &json!({})),
    ];
    for (name, template) in [
        ("null", json!(null)),
        ("labels-null", json!({"metadata": {"labels": null, "annotations": null, "finalizers": null}})),
        (
            "owners-odd",
            json!({"metadata": {"ownerReferences": "text", "managedFields": 7, "deletionTimestamp": {}}}),
        ),
        ("times-odd", json!({"metadata": {"creationTimestamp": "yesterday", "generation": "x", "uid": []}})),
        ("type-odd", json!({"type": "", "immutable": true, "metadata": null})),
        ("data-odd", json!({"data": {}})),
        ("unknown", json!({"unknown": {"a": [1, 2.5, -1, 1e300, null]}})),
    ] {
        let mut object = attack.sealed(name, &[("word", "v")])?;
        object["spec"]["template"] = template;
        objects.push(object);
    }
    let mut taken = Vec::new();
    for object in &objects {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        match attack.create(object) {
            Ok(_) => taken.push(name),
            Err(error) => println!("{name}: {}", error.message.chars().take(160).collect::<String>()),
        }
    }
    ensure!(taken.len() > 6, "only {taken:?}");
    for name in &taken {
        let status = wait_until(PATIENCE, &format!("what became of {name}"), || {
            let object = attack.mallory.get(&attack.his.sealed_secret(name))?;
            Ok(object["status"]["conditions"][0]
                .is_object()
                .then(|| object["status"]["conditions"][0].clone()))
        })?;
        println!("{}: {} {}", name.chars().take(20).collect::<String>(), status["status"], status["message"]);
    }
    // The events of the longest name fit, too.
    wait_until(PATIENCE, "its event", || {
        let events = attack.mallory.list(&attack.his.events())?;
        Ok(events.iter().any(|event| event["involvedObject"]["name"] == longest.as_str()).then_some(()))
    })?;
    for forged in [
        json!({"status": {"conditions": [{"type": "Synced", "status": "", "lastTransitionTime": "2026-01-01T00:00:00+14:00"}]}}),
        json!({"status": {"observedGeneration": -1, "conditions": []}}),
        json!({"status": null}),
    ] {
        let _ = attack.mallory.merge(&attack.his.sealed_secret("nothing/status"), &forged);
    }
    attack
        .mallory
        .merge(&attack.his.sealed_secret("nothing"), &json!({"spec": {"encryptedData": {"a": "AgA="}}}))?;
    attack.failed("nothing")?;
    attack.end("odd shapes")
}
