//! Objects as large, as deep and as odd as the API server takes them.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::ours::PATIENCE;
use sealed_secrets_tests::cluster::{World, wait_until};
use serde_json::{Value, json};

use super::mallory::Attack;

const OBJECTS: usize = 40;

/// As large as the API server takes them within seconds, made so that they are much larger in memory than as text; all of them
/// wait for their turn at once, and once more after a restart.
pub(crate) fn objects(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "giants", false, &[])?;
    let tiny: serde_json::Map<_, _> = (0..20_000).map(|index| (format!("{index:x}"), json!(""))).collect();
    let mut many_items = attack.object("x", &json!(tiny));
    let mut many_annotations = attack.object("x", &json!({"a": "AgA="}));
    many_annotations["spec"]["template"] = json!({"metadata": {"annotations": tiny}});
    let mut many_numbers = attack.object("x", &json!({"a": "AgA="}));
    many_numbers["spec"]["template"] = json!({"metadata": {"x": vec![json!([]); 60_000]}});
    let mut many_templates = attack.object("x", &json!({"a": "AgA="}));
    many_templates["spec"]["template"] = json!({"data": tiny});
    let mut own_annotations = attack.object("x", &json!({"a": "AgA="}));
    own_annotations["metadata"]["annotations"] = json!({"sealkit.dev/x": "x".repeat(200_000)});
    attack.stage.controller.process.freeze()?;
    let kinds = [
        &mut many_items,
        &mut many_annotations,
        &mut many_numbers,
        &mut many_templates,
        &mut own_annotations,
    ];
    let mut taken = 0;
    for (kind, object) in kinds.into_iter().enumerate() {
        for index in 0..OBJECTS / 5 {
            object["metadata"]["name"] = json!(format!("g{kind}-{index}"));
            match attack.create(object) {
                Ok(_) => taken += 1,
                Err(error) => {
                    println!("kind {kind}: {}", error.message.chars().take(200).collect::<String>())
                }
            }
        }
    }
    attack.stage.controller.process.thaw()?;
    let waited = attack.served(5)?;
    let all_told = || -> Result<()> {
        wait_until(Duration::from_secs(120), "a status of every giant", || {
            let told = attack
                .stage
                .api()
                .list(&attack.his.sealed_secrets())?
                .iter()
                .filter(|object| object["status"]["conditions"][0]["status"] == "False")
                .count();
            ensure!(told == taken, "{told} of {taken}");
            Ok(Some(()))
        })
    };
    all_told()?;
    let first = attack.stage.controller.process.usage()?;
    println!("{taken} giants: the neighbour waits {waited:?} at most; peak {} MiB", first.peak >> 20);
    attack.stage.controller.process.restart()?;
    attack.stage.controller.wait_ready("/readyz")?;
    let waited = attack.served(3)?;
    println!("{taken} giants, restarted: the neighbour waits {waited:?} at most");
    attack.end("giant objects")
}

/// Statuses that he fills up: the controller adds to them, and others are served.
pub(crate) fn statuses(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "statuses", true, &[])?;
    let condition = |index: usize, size: usize| json!({"type": format!("X{index}"), "status": "True", "message": "m".repeat(size)});
    let large: Vec<Value> = (0..4).map(|index| condition(index, 300_000)).collect();
    let many: Vec<Value> = (0..5_000).map(|index| condition(index, 0)).collect();
    for (kind, conditions) in [large, many].into_iter().enumerate() {
        for index in 0..15 {
            let name = format!("s{kind}-{index}");
            attack.create(&attack.object(&name, &json!({"a": "AgA="})))?;
            attack.failed(&name)?;
            let forged = json!({"status": {"controller": "x", "conditions": conditions}});
            attack.mallory.merge(&attack.his.sealed_secret(&format!("{name}/status")), &forged)?;
        }
    }
    attack.stage.controller.process.freeze()?;
    for kind in 0..2 {
        for index in 0..15 {
            let path = attack.his.sealed_secret(&format!("s{kind}-{index}"));
            attack.mallory.merge(&path, &json!({"spec": {"encryptedData": {"b": "AgA="}}}))?;
        }
    }
    let mark = attack.stage.cluster.mark();
    attack.stage.controller.process.thaw()?;
    let waited = attack.served(5)?;
    println!("30 giant statuses: the neighbour waits {waited:?} at most");
    for kind in 0..2 {
        for index in 0..15 {
            attack.failed(&format!("s{kind}-{index}"))?;
        }
    }
    let written = attack.stage.requests_since(mark)?;
    let statuses = written
        .iter()
        .filter(|request| request.resource == "sealedsecrets/status" && request.name.starts_with('s'));
    let failed = statuses.clone().filter(|request| request.status >= 400 && request.status != 409).count();
    ensure!(failed == 0, "{failed} statuses could not be written");
    attack.end("giant statuses")
}

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
