//! Forged statuses, forged lines.

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::World;
use sealed_secrets_tests::cluster::ours::PATIENCE;
use sealed_secrets_tests::cluster::stage::{QUIET, own_secret};
use sealed_secrets_tests::cluster::{stays, wait_until};
use serde_json::{Value, json};

use super::mallory::Attack;

/// A record says what was applied. One that he copies, or makes up so that it names a foreign Secret, gives him nothing,
/// whether the controller is restarted or not.
pub(crate) fn records(world: &World) -> Result<()> {
    let attack = Attack::begin(world, "records", true, &[])?;
    let api = attack.stage.api();
    let theirs = api.create(
        &attack.his.secrets(),
        &own_secret("theirs", &[("word", "canary-theirs")], &json!({"labels": {"made-by": "the-test"}})),
    )?;
    attack.create(&attack.sealed("theirs", &[("word", "value-of-his")])?)?;
    attack.failed("theirs")?;
    attack.create(&attack.sealed("his", &[("word", "value-of-his")])?)?;
    attack.synced("his")?;
    let status = |name: &str| -> Result<Value> {
        Ok(attack.mallory.get(&attack.his.sealed_secret(name))?["status"].clone())
    };
    let mut record = String::new();
    wait_until(PATIENCE, "his own record", || {
        let conditions = status("his")?["conditions"].as_array().cloned().unwrap_or_default();
        let applied = conditions.iter().find(|condition| condition["type"] == "Applied");
        record = applied.and_then(|applied| applied["message"].as_str()).unwrap_or_default().to_owned();
        Ok((!record.is_empty()).then_some(()))
    })?;
    let mut words: Vec<&str> = record.split(' ').collect();
    let (uid, version) = (theirs["metadata"]["uid"].as_str(), theirs["metadata"]["resourceVersion"].as_str());
    words[2] = uid.unwrap_or_default();
    words[3] = version.unwrap_or_default();
    let about_theirs = words.join(" ");
    let forge = |name: &str, message: &str| -> Result<()> {
        let condition = |type_: &str, message: &str| json!({"type": type_, "status": "True", "message": message, "reason": "Unsealed"});
        let forged = json!({"status": {
            "controller": "sealkit.dev", "observedGeneration": attack.mallory.get(&attack.his.sealed_secret(name))?["metadata"]["generation"],
            "conditions": [condition("Synced", ""), condition("Ready", ""), condition("Applied", message)],
        }});
        attack.mallory.merge(&attack.his.sealed_secret(&format!("{name}/status")), &forged)?;
        Ok(())
    };
    for message in
        [about_theirs.as_str(), &record, "v1", "v1 00 u 1 ", &"v1 ".repeat(10_000), "v2 \n\u{1b}[2J"]
    {
        forge("theirs", message)?;
        attack.stage.controller.process.signal(rustix::process::Signal::TERM)?;
        attack.stage.controller.process.wait(PATIENCE)?;
        attack.stage.controller.process.restart()?;
        attack.stage.controller.wait_ready("/readyz")?;
        attack.mallory.merge(
            &attack.his.sealed_secret("theirs"),
            &json!({"spec": {"template": {"metadata": {"labels": {"round": message.len().to_string()}}}}}),
        )?;
        attack.failed("theirs")?;
        let now = api.get(&attack.his.secret("theirs"))?;
        ensure!(now == theirs, "a foreign Secret was touched: {}", now["metadata"]);
    }
    // A failure that he paints over is at most his own illusion; the Secret of another SealedSecret does not move.
    forge("his", &about_theirs)?;
    stays(QUIET, || {
        ensure!(api.get(&attack.his.secret("theirs"))? == theirs, "a foreign Secret was touched");
        Ok(())
    })?;
    // With what is forged there he does not keep his own object from being served either.
    attack.mallory.merge(
        &attack.his.sealed_secret("his"),
        &json!({"spec": {"template": {"metadata": {"labels": {"a": "b"}}}}}),
    )?;
    wait_until(PATIENCE, "his label", || {
        Ok((api.get(&attack.his.secret("his"))?["metadata"]["labels"]["a"] == "b").then_some(()))
    })?;
    attack.end("forged records")
}

/// Every line of the log is one that the controller wrote, whatever his keys and types are called.
pub(crate) fn log_lines(world: &World) -> Result<()> {
    for format in ["text", "json"] {
        let attack =
            Attack::begin(world, &format!("lines-{format}"), true, &[&format!("--log-format={format}")])?;
        let forged = "x\ntime=2026-01-01T00:00:00.000Z level=ERROR msg=forged\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\r\n\u{1b}[2J\u{2028}\u{202e}\"";
        attack.create(&attack.object("keys", &json!({forged: "AgA=", "\u{0}": "?"})))?;
        attack.failed("keys")?;
        let mut object = attack.sealed("templates", &[("word", "v")])?;
        object["spec"]["template"]["data"] = json!({forged: "{{"});
        attack.create(&object)?;
        attack.failed("templates")?;
        let mut object = attack.sealed("type", &[("word", "v")])?;
        object["spec"]["template"]["type"] = json!(forged);
        object["spec"]["template"]["metadata"]["finalizers"] = json!([forged]);
        attack.create(&object)?;
        wait_until(PATIENCE, "its end", || {
            let status = attack.mallory.get(&attack.his.sealed_secret("type"))?["status"].clone();
            Ok(status["conditions"][0]["type"].is_string().then_some(()))
        })?;
        let log = attack.stage.controller.process.output()?;
        for line in log.lines() {
            let plain = !line
                .chars()
                .any(|letter| letter.is_control() || letter == '\u{202e}' || letter == '\u{2028}');
            let shape = match format {
                "json" => serde_json::from_str::<Value>(line)
                    .is_ok_and(|line| line["time"].is_string() && line["msg"] != "forged"),
                _ => line.starts_with("time=") && !line.contains(" msg=forged") || line.contains("\\n"),
            };
            ensure!(plain && shape, "forged: {line}");
        }
        ensure!(log.contains("forged"), "the test does not reach the log");
        let metrics = attack.stage.controller.metrics()?;
        ensure!(!metrics.contains("forged"), "{metrics}");
        attack.end(&format!("lines in the log, {format}"))?;
    }
    Ok(())
}
