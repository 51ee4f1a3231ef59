//! Many objects, and objects that cost much: the neighbour is served all the same.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use sealed_secrets::sealing::{KeySize, Label, Scope, SealingKey};
use sealed_secrets_tests::cluster::World;
use sealed_secrets_tests::cluster::ours::PATIENCE;
use sealed_secrets_tests::cluster::stage::new_key;
use sealed_secrets_tests::cluster::wait_until;
use serde_json::json;

use super::mallory::Attack;

/// How long the neighbour may wait, on a machine that others use, too.
const AT_MOST: Duration = Duration::from_secs(3);

/// Broken in five ways, created as fast as they are taken, changed, and changed again.
pub(crate) fn broken(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "broken", false, &[])?;
    let idle = attack.served(5)?;
    let items = [
        json!({"a": "?"}),
        json!({"a": "AAAA"}),
        json!({"a": ""}),
        json!({"a\nb": "AgA="}),
        json!({"a": "AgA=".repeat(50)}),
    ];
    let objects: Vec<_> =
        (0..500).map(|index| attack.object(&format!("b{index}"), &items[index % 5])).collect();
    let done = AtomicBool::new(false);
    let waited = std::thread::scope(|scope| {
        let (mallory, his, done) = (&attack.mallory, &attack.his, &done);
        let flood = scope.spawn(move || -> Result<()> {
            for object in &objects {
                mallory.create(&his.sealed_secrets(), object)?;
            }
            for index in 0..objects.len() {
                let path = his.sealed_secret(&format!("b{index}"));
                mallory.merge(&path, &json!({"spec": {"encryptedData": {"more": "AgA="}}}))?;
            }
            done.store(true, Ordering::Relaxed);
            Ok(())
        });
        let mut waited = Duration::ZERO;
        while !done.load(Ordering::Relaxed) && !flood.is_finished() {
            waited = waited.max(attack.served(1)?);
        }
        flood.join().map_err(|_| anyhow::anyhow!("the flood panicked"))??;
        Ok::<_, anyhow::Error>(waited)
    })?;
    println!("500 broken objects: the neighbour waits {waited:?} at most, {idle:?} when idle");
    ensure!(waited < AT_MOST, "the neighbour waited {waited:?}, {idle:?} when idle");
    attack.failed("b499")?;
    attack.end("500 broken objects")
}

/// 40 objects of 600 items each that no key of 36 opens: 864,000 private operations, if all were tried.
pub(crate) fn unknown_keys(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "unknown", false, &[])?;
    for index in 1..36 {
        let key = new_key(&attack.stage.namespace, &format!("key-{index}"), 7200 + index)?;
        attack.stage.api().create(&attack.stage.namespace.secrets(), &key.secret)?;
    }
    wait_until(PATIENCE, "36 keys", || {
        let metrics = attack.stage.controller.metrics()?;
        let keys =
            metrics.lines().filter(|line| line.starts_with("sealed_secrets_controller_key_active{")).count();
        Ok((keys == 36).then_some(()))
    })?;
    let idle = attack.served(5)?;
    let stranger =
        SealingKey::generate(KeySize::Rsa2048)?.self_signed_certificate("", 0, i64::from(u32::MAX))?;
    let item = stranger.seal(b"x", &Label::new(Scope::Strict, "a", "b"))?.to_base64();
    let items: serde_json::Map<_, _> = (0..600).map(|index| (format!("i{index}"), json!(item))).collect();
    // Created while it cannot run, so that all of them wait at once.
    attack.stage.controller.process.freeze()?;
    for index in 0..40 {
        attack.create(&attack.object(&format!("garbage-{index}"), &json!(items)))?;
    }
    attack.stage.controller.process.thaw()?;
    let waited = attack.served(10)?;
    println!("40 objects of garbage, 36 keys: the neighbour waits {waited:?} at most, {idle:?} when idle");
    ensure!(waited < AT_MOST, "the neighbour waited {waited:?}, {idle:?} when idle");
    for index in 0..40 {
        let said = attack.failed(&format!("garbage-{index}"))?["message"].to_string();
        ensure!(said.contains("not tried"), "all were tried: {said}");
    }
    attack.end("items under unknown keys")
}
