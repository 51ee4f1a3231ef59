//! The process: how it starts, answers and ends.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sealed_secrets_tests::cluster::ours::{OWN_NAMESPACE, PATIENCE, sealed};
use sealed_secrets_tests::cluster::stage::{Stage, series};
use sealed_secrets_tests::cluster::{World, wait_until};
use sealed_secrets_tests::{controller, process};

const MANY: usize = 300;

/// SIGTERM in the middle of 300 objects: the end comes within ten seconds, what is there is whole, and the next process
/// does the rest without doing anything twice.
pub(crate) fn end_amid_many(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "end", OWN_NAMESPACE)?;
    let namespace = stage.namespace.clone();
    let mark = stage.cluster.mark();
    let name = |index: usize| format!("db-{index}");
    let objects: Vec<_> = (0..MANY)
        .map(|index| {
            let value = format!("canary-{index}");
            sealed(
                &stage.certificate,
                namespace.name(),
                &name(index),
                &[("word", &value), ("b", &value), ("c", &value)],
            )
        })
        .collect::<Result<_>>()?;
    let secrets = || -> Result<Vec<_>> {
        let all = stage.api().list(&namespace.secrets())?;
        Ok(all.into_iter().filter(|secret| secret["metadata"]["name"] != "first-key").collect())
    };
    // Created while it cannot run, so that all of them wait at once.
    stage.controller.process.freeze()?;
    for object in &objects {
        stage.api().create(&namespace.sealed_secrets(), object)?;
    }
    stage.controller.process.thaw()?;
    wait_until(PATIENCE, "the first Secrets", || Ok((secrets()?.len() >= 5).then_some(())))?;
    let begun = Instant::now();
    stage.controller.process.signal(rustix::process::Signal::TERM)?;
    let status = stage.controller.process.wait(Duration::from_secs(20))?.context("it did not end")?;
    let took = begun.elapsed();
    ensure!(status.success(), "{status}");
    ensure!(took < Duration::from_secs(10), "it took {took:?}");
    let there = secrets()?;
    println!("ended after {took:?} with {} of {MANY} Secrets", there.len());
    ensure!(there.len() < MANY, "all was done before it was asked to end");
    for secret in &there {
        let values = secret["data"].as_object().map_or(0, serde_json::Map::len);
        ensure!(
            values == 3 && secret["metadata"]["ownerReferences"][0]["kind"] == "SealedSecret",
            "half done"
        );
    }

    stage.controller.process.restart()?;
    for index in 0..MANY {
        stage.opened(&name(index), "word", &format!("canary-{index}"))?;
        stage.synced(&name(index))?;
    }
    let asked = stage.requests_since(mark)?;
    let creates = asked.iter().filter(|request| request.resource == "secrets" && request.verb == "create");
    let made = creates.clone().filter(|request| request.status == 201).count();
    ensure!(made == MANY, "{made} creations");
    let updates: Vec<_> = asked.iter().filter(|r| r.resource == "secrets" && r.verb == "update").collect();
    ensure!(updates.is_empty(), "{updates:#?}");
    stage.end()
}

/// 2: used wrongly. 1: could not start. 0: did what was asked.
pub(crate) fn exit_codes(_: &World) -> Result<()> {
    let program = controller::controller()?;
    for (arguments, code, says) in [
        (vec!["--version"], 0, "controller version: "),
        (vec!["--help"], 0, "--key-renew-period"),
        (vec!["--no-such-flag"], 2, "--no-such-flag"),
        (vec!["--key-size=1000"], 2, "2048, 3072 or 4096"),
        (vec!["--key-renew-period=month"], 2, "--key-renew-period"),
        (vec!["--key-cutoff-time=yesterday"], 2, "--key-cutoff-time"),
        // No Pod.
        (
            vec!["--listen-addr=127.0.0.1:0", "--listen-metrics-addr=127.0.0.1:0"],
            1,
            "KUBERNETES_SERVICE_HOST",
        ),
        (vec!["--listen-addr=192.0.2.1:80"], 1, "192.0.2.1:80"),
    ] {
        let mut command = Command::new(&program);
        command.args(&arguments).env_remove("KUBERNETES_SERVICE_HOST");
        let ended = process::run(&mut command, Vec::new(), Duration::from_secs(20))?;
        let said =
            format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        ensure!(ended.status.code() == Some(code), "{arguments:?}: {} {said}", ended.status);
        ensure!(said.contains(says), "{arguments:?}: {said}");
    }
    Ok(())
}

/// Health, and the names under which dashboards find the metrics.
pub(crate) fn health_and_metrics(world: &World) -> Result<()> {
    let stage = Stage::begin(world.upstream()?, world, "metrics", OWN_NAMESPACE)?;
    for path in ["/healthz", "/livez", "/readyz"] {
        let answer = stage.controller.get(path)?.expect(200)?;
        ensure!(
            answer.text() == "ok\n" && answer.content_type.starts_with("text/plain"),
            "{path}: {}",
            answer.text()
        );
    }
    let answer = stage.controller.get("/v1/cert.pem")?.expect(200)?;
    ensure!(answer.content_type == "application/x-pem-file", "{}", answer.content_type);
    stage.controller.get("/metrics")?.expect(404)?;
    stage.put("well", &[("word", "canary-a"), ("b", "canary-b")])?;
    stage.put_changed("closed", &[("word", "canary-a")], |object| {
        object["spec"]["encryptedData"]["word"] = "AAAA".into();
        object["metadata"]["labels"] = serde_json::json!({"app.kubernetes.io/instance": "shop"});
    })?;
    stage.synced("well")?;
    stage.failed("closed", "CannotOpen")?;
    let namespace = &stage.namespace;
    let metrics = wait_until(PATIENCE, "the metrics", || {
        let metrics = stage.controller.metrics()?;
        let of = |name: &str, instance: &str| {
            series(
                &metrics,
                &format!(
                    "condition_info{{condition=\"Synced\",name=\"{name}\",namespace=\"{namespace}\",\
                     ss_app_kubernetes_io_instance=\"{instance}\"}}"
                ),
            )
        };
        ensure!(of("well", "") == Some(1.0) && of("closed", "shop") == Some(-1.0), "{metrics}");
        let errors = format!("unseal_errors_total{{namespace=\"{namespace}\",reason=\"unseal\"}}");
        ensure!(series(&metrics, &errors) == Some(1.0), "{metrics}");
        Ok(Some(metrics))
    })?;
    ensure!(series(&metrics, "unseal_requests_total") == Some(2.0), "{metrics}");
    for name in ["queue_depth", "bad_key_secrets", "reconcile_duration_seconds_count"] {
        ensure!(series(&metrics, name).is_some(), "{name} is missing: {metrics}");
    }
    let fingerprint = stage.certificate.fingerprint();
    for name in ["key_active", "key_created_timestamp_seconds", "key_certificate_expiry_timestamp_seconds"] {
        let series = series(&metrics, &format!("{name}{{fingerprint=\"{fingerprint}\"}}"));
        ensure!(series.is_some_and(|value| value > 0.0), "{name} is missing: {metrics}");
    }
    let requests = "http_requests_total{code=\"200\",method=\"get\",path=\"/v1/cert.pem\"}";
    ensure!(series(&metrics, requests).is_some_and(|count| count >= 2.0), "{metrics}");
    ensure!(metrics.contains("sealed_secrets_controller_build_info"), "{metrics}");
    // Once every quarter of a minute.
    let items = format!("key_items{{fingerprint=\"{fingerprint}\"}}");
    wait_until(PATIENCE, "items per key", || {
        Ok((series(&stage.controller.metrics()?, &items) == Some(2.0)).then_some(()))
    })?;
    stage.api().delete(&namespace.sealed_secret("closed"))?;
    wait_until(PATIENCE, "its metrics to go", || {
        Ok((!stage.controller.metrics()?.contains("name=\"closed\"")).then_some(()))
    })?;
    stage.end()
}
