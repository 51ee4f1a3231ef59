//! Sealing keys: found by label, followed, made.

use std::time::Duration;

use anyhow::{Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets::key_secret::KEY_LABEL;
use sealed_secrets::sealing::Certificate;
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, PATIENCE, certificate, sealed};
use sealed_secrets_tests::cluster::stage::{NewKey, QUIET, Stage, launch, new_key, now, own_secret, series};
use sealed_secrets_tests::cluster::{World, stays, wait_until};
use serde_json::{Value, json};

const DAY: i64 = 86_400;

/// Waits until the certificate with this fingerprint is the one that is served.
fn serves(stage: &Stage<'_>, wanted: &Certificate) -> Result<()> {
    wait_until(PATIENCE, "the other certificate", || {
        let served = certificate(&stage.controller)?;
        Ok((served.fingerprint() == wanted.fingerprint()).then_some(()))
    })
}

fn put_under(stage: &Stage<'_>, key: &NewKey, name: &str) -> Result<()> {
    let object = sealed(&key.certificate, stage.namespace.name(), name, &[("word", "canary-k")])?;
    stage.api().create(&stage.namespace.sealed_secrets(), &object)?;
    Ok(())
}

/// A key counts while it bears the label, from the moment that it does; one that goes is a loud event.
pub(crate) fn come_and_go(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "keys", OWN_NAMESPACE)?;
    let api = stage.api();
    let (second, third) =
        (new_key(&stage.namespace, "second", 60)?, new_key(&stage.namespace, "third", 7200)?);
    let mut unlabelled = second.secret.clone();
    unlabelled["metadata"]["labels"] = json!({});
    api.create(&stage.namespace.secrets(), &unlabelled)?;
    put_under(&stage, &second, "under-second")?;
    stage.failed("under-second", "CannotOpen")?;

    let label = |name: &str, value: Value| {
        api.merge(&stage.namespace.secret(name), &json!({"metadata": {"labels": {KEY_LABEL: value}}}))
    };
    label("second", json!("active"))?;
    stage.opened("under-second", "word", "canary-k")?;
    serves(&stage, &second.certificate)?;
    stage.expect_events("second", &[("KeyActive", 1)])?;
    // Older than the one in use: it opens and does not seal.
    api.create(&stage.namespace.secrets(), &third.secret)?;
    put_under(&stage, &third, "under-third")?;
    stage.opened("under-third", "word", "canary-k")?;
    serves(&stage, &second.certificate)?;

    // Two ways to go: relabelled (with the fingerprint in log and event), deleted.
    label("second", json!("compromised"))?;
    serves(&stage, &stage.certificate)?;
    stage.expect_events("second", &[("KeyActive", 1), ("KeyVanished", 1)])?;
    api.delete(&stage.namespace.secret("third"))?;
    stage.expect_events("third", &[("KeyNotActive", 1), ("KeyVanished", 1)])?;
    let fingerprint = second.certificate.fingerprint().to_string();
    let log = stage.controller.process.output()?;
    ensure!(
        log.lines().any(|line| line.contains("level=WARN") && line.contains(&fingerprint)),
        "the log is silent"
    );
    // It is told on what it opened, whose Secret stands and whose status is as it was, also after a restart.
    wait_until(PATIENCE, "the event of a key that is gone", || {
        Ok(stage.events("under-third")?.contains(&("SealingKeyGone".to_owned(), 1)).then_some(()))
    })?;
    stage.controller.process.restart()?;
    stage.controller.wait_ready("/readyz")?;
    stage.synced("under-third")?;
    put_under(&stage, &third, "too-late")?;
    stage.failed("too-late", "CannotOpen")?;
    stage.synced("under-third")?;
    // What was opened stays as it is.
    stage.opened("under-third", "word", "canary-k")?;

    api.create(&stage.namespace.secrets(), &third.secret)?;
    stage.opened("too-late", "word", "canary-k")?;
    // Its content changed: the old key is gone, the new one is there.
    let fourth = new_key(&stage.namespace, "third", 30)?;
    api.merge(&stage.namespace.secret("third"), &json!({"data": fourth.secret["data"]}))?;
    serves(&stage, &fourth.certificate)?;
    put_under(&stage, &third, "under-what-was")?;
    stage.failed("under-what-was", "CannotOpen")?;
    stage.end()
}

/// A Secret that bears the label and holds no usable key is named in log, event and metric, and stops nobody, neither
/// at the start nor later.
pub(crate) fn bad_keys(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let api = cluster.api();
    let namespace = api.namespace("bad-keys")?;
    let labelled = json!({"labels": {KEY_LABEL: "active"}});
    let elliptic = rcgen_key()?;
    let good = new_key(&namespace, "good", 60)?;
    let decoded = |name: &str| -> Result<String> {
        let value = good.secret["data"][name].as_str().unwrap_or_default();
        Ok(String::from_utf8(STANDARD.decode(value)?)?)
    };
    let (pem, other) = (decoded("tls.key")?, new_key(&namespace, "x", 90)?.certificate.to_pem());
    let bad: [(&str, Vec<(&str, &str)>); 5] = [
        ("garbage", vec![("tls.key", "canary-garbage"), ("tls.crt", "canary-garbage")]),
        ("nothing", vec![]),
        ("elliptic", vec![("tls.key", &elliptic), ("tls.crt", &other)]),
        ("half", vec![("tls.key", &pem[..pem.len() / 2]), ("tls.crt", &other)]),
        ("no-certificate", vec![("tls.crt", &other)]),
    ];
    for (name, values) in &bad[..3] {
        api.create(&namespace.secrets(), &own_secret(name, values, &labelled))?;
    }
    let stage = Stage::begin_in(cluster, world, namespace, OWN_NAMESPACE)?;
    for (name, values) in &bad[3..] {
        api.create(&stage.namespace.secrets(), &own_secret(name, values, &labelled))?;
    }
    for (name, _) in &bad {
        stage.expect_events(name, &[("KeyUnusable", 1)])?;
        let log = stage.controller.process.output()?;
        let line = log
            .lines()
            .find(|line| line.contains("Error reading key") && line.contains(&format!("secret={name} ")));
        ensure!(line.is_some_and(|line| line.contains("level=ERROR")), "{name} is not in the log");
    }
    ensure!(
        series(&stage.controller.metrics()?, "bad_key_secrets") == Some(5.0),
        "{}",
        stage.controller.metrics()?
    );
    stage.put("db", &[("word", "canary-a")])?;
    stage.opened("db", "word", "canary-a")?;

    // A key with another's certificate opens, and is never served.
    let mixed = own_secret("mixed", &[("tls.key", &pem), ("tls.crt", &other)], &labelled);
    api.create(&stage.namespace.secrets(), &mixed)?;
    put_under(&stage, &good, "under-mixed")?;
    stage.opened("under-mixed", "word", "canary-k")?;
    stage.expect_events("mixed", &[("KeyOnlyOpens", 1)])?;
    serves(&stage, &stage.certificate)?;
    for (name, _) in &bad {
        api.delete(&stage.namespace.secret(name))?;
    }
    wait_until(PATIENCE, "the metric", || {
        Ok((series(&stage.controller.metrics()?, "bad_key_secrets") == Some(0.0)).then_some(()))
    })?;
    let log = stage.controller.process.output()?;
    for line in pem.lines().skip(1).take(5) {
        ensure!(!log.contains(line), "the log holds a private key");
    }
    stage.end()
}

fn rcgen_key() -> Result<String> {
    Ok(rcgen::KeyPair::generate()?.serialize_pem())
}

/// SIGUSR1 makes a key as the flags say; the old one still opens, and each signal makes exactly one.
pub(crate) fn by_signal(world: &World) -> Result<()> {
    let arguments = [
        OWN_NAMESPACE[0],
        "--key-size=3072",
        "--key-ttl=48h",
        "--my-cn=keys.example.com",
        "--privatekey-labels=team=shop",
        "--privatekey-annotations=note=by-hand",
        "--key-prefix=sealing",
    ];
    let stage = Stage::begin(world.upstream()?, world, "by-signal", &arguments)?;
    for round in 1..=2 {
        let before = certificate(&stage.controller)?;
        stage.put(&format!("db-{round}"), &[("word", "canary-a")])?;
        stage.controller.process.signal(rustix::process::Signal::USR1)?;
        let made = wait_until(PATIENCE, "a new certificate", || {
            let served = certificate(&stage.controller)?;
            Ok((served.fingerprint() != before.fingerprint()).then_some(served))
        })?;
        ensure!(made.key_bits() == 3072, "{} bits", made.key_bits());
        ensure!(
            made.not_after() - made.not_before() == 2 * DAY,
            "{} s",
            made.not_after() - made.not_before()
        );
        ensure!((made.not_before() - now()).abs() < 60, "begins at {}", made.not_before());
        let name = b"keys.example.com";
        ensure!(made.as_der().windows(name.len()).any(|window| window == name), "another common name");
        let keys =
            stage.api().list(&format!("{}?labelSelector={KEY_LABEL}=active", stage.namespace.secrets()))?;
        ensure!(keys.len() == round + 1, "{} keys", keys.len());
        for key in keys.iter().filter(|key| key["metadata"]["name"] != "first-key") {
            let metadata = &key["metadata"];
            ensure!(metadata["name"].as_str().is_some_and(|name| name.starts_with("sealing")), "{metadata}");
            ensure!(metadata["labels"] == json!({KEY_LABEL: "active", "team": "shop"}), "{metadata}");
            ensure!(metadata["annotations"] == json!({"note": "by-hand"}), "{metadata}");
            ensure!(key["type"] == "kubernetes.io/tls", "{}", key["type"]);
        }
        let object = sealed(&made, stage.namespace.name(), &format!("new-{round}"), &[("word", "canary-n")])?;
        stage.api().create(&stage.namespace.sealed_secrets(), &object)?;
        stage.opened(&format!("new-{round}"), "word", "canary-n")?;
    }
    stage.put("under-the-first", &[("word", "canary-o")])?;
    stage.opened("under-the-first", "word", "canary-o")?;
    let log = stage.controller.process.output()?;
    ensure!(log.matches("New key written").count() == 2 && !log.contains("PRIVATE"), "{log}");
    stage.end()
}

/// A key that is older than the period, or from before the cutoff, is followed by one new key at the start; a period
/// that ends while the controller runs makes one then.
pub(crate) fn renewal(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let cutoff = rfc1123(now() - 1800);
    let cutoff = format!("--key-cutoff-time={cutoff}");
    // The first key is an hour old.
    for (renews, arguments) in [
        (true, vec!["--key-renew-period=30m"]),
        (true, vec!["--rotate-period=59m59s"]),
        (true, vec!["--key-renew-period=0", &cutoff]),
        (true, vec!["--key-renew-period=1h0m5s"]),
        (false, vec!["--key-renew-period=0"]),
        (false, vec!["--key-renew-period=2h"]),
    ] {
        let all: Vec<_> =
            [OWN_NAMESPACE[0], "--key-size=2048"].into_iter().chain(arguments.iter().copied()).collect();
        let stage = Stage::begin(cluster, world, "renewal", &all)?;
        let path = format!("{}?labelSelector={KEY_LABEL}=active", stage.namespace.secrets());
        let count = || -> Result<usize> { Ok(stage.api().list(&path)?.len()) };
        let expected = if renews { 2 } else { 1 };
        wait_until(PATIENCE, &format!("{expected} keys by {arguments:?}"), || {
            Ok((count()? == expected).then_some(()))
        })?;
        stays(QUIET, || {
            ensure!(count()? == expected, "{} keys by {arguments:?}", count()?);
            Ok(())
        })?;
        stage.end()?;
    }
    Ok(())
}

/// `--generate-keys=false`: alive, not ready, nothing made; a key that is brought makes it ready.
pub(crate) fn none_made(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let namespace = cluster.api().namespace("none-made")?;
    let arguments = [OWN_NAMESPACE[0], "--generate-keys=false"];
    let (controller, _) = launch(cluster, world, &namespace, &arguments)?;
    controller.process.signal(rustix::process::Signal::USR1)?;
    stays(Duration::from_secs(1), || {
        controller.get("/readyz")?.expect(503)?;
        controller.get("/v1/cert.pem")?.expect(503)?;
        controller.get("/livez")?.expect(200)?;
        let secrets = cluster.api().list(&namespace.secrets())?;
        ensure!(secrets.is_empty(), "{} Secrets", secrets.len());
        Ok(())
    })?;
    let key = new_key(&namespace, "brought", 60)?;
    let object = sealed(&key.certificate, namespace.name(), "db", &[("word", "canary-a")])?;
    cluster.api().create(&namespace.sealed_secrets(), &object)?;
    cluster.api().create(&namespace.secrets(), &key.secret)?;
    controller.wait_ready("/readyz")?;
    sealed_secrets_tests::cluster::ours::secret_with(cluster, &namespace, "db", "word", "canary-a")?;
    ensure!(
        controller.process.output()?.contains("told never to generate keys"),
        "the signal is not answered"
    );
    Ok(())
}

/// `--key-order-priority`: which of two keys seals.
pub(crate) fn order(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    for (priority, later_made_wins) in [("CertNotBefore", false), ("SecretCreationTimestamp", true)] {
        let argument = format!("--key-order-priority={priority}");
        let stage = Stage::begin(
            cluster,
            world,
            "key-order",
            &[OWN_NAMESPACE[0], &argument, "--key-renew-period=0"],
        )?;
        // Times of creation have whole seconds.
        let first =
            stage.api().get(&stage.namespace.secret("first-key"))?["metadata"]["creationTimestamp"].clone();
        let older = new_key(&stage.namespace, "older", 7200)?;
        wait_until(PATIENCE, "the next second", || {
            let probe = stage
                .api()
                .create(&stage.namespace.core("configmaps"), &json!({"metadata": {"generateName": "t-"}}))?;
            Ok((probe["metadata"]["creationTimestamp"] != first).then_some(()))
        })?;
        stage.api().create(&stage.namespace.secrets(), &older.secret)?;
        put_under(&stage, &older, "under-older")?;
        stage.opened("under-older", "word", "canary-k")?;
        serves(&stage, if later_made_wins { &older.certificate } else { &stage.certificate })?;
        stage.end()?;
    }
    Ok(())
}

/// As `date -R` writes it.
fn rfc1123(at: i64) -> String {
    let output = std::process::Command::new("date").args(["-R", "-u", "-d", &format!("@{at}")]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
