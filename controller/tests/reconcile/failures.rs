//! What does not become a Secret: who is told what, when it is tried again, and what nobody may read.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use controller::unseal::failure::UNMANAGED_WAY_OUT;
use controller::unseal::index::{End, Task};
use controller::unseal::retry::Cause;
use serde_json::{Value, json};

use crate::script::{
    Call, DRY_RUN, EVENTS, Reply, SEALED, SECRET, SECRETS, STATUS, Stage, attempts, end, failure, status,
};
use crate::secrets::made;
use crate::support::{CANARY, KEYS, Setup, assert_no_canary, base64, read, sealed, sealed_with};

fn told() -> [(&'static str, &'static str, Reply); 2] {
    [("PUT", STATUS, Reply::Stored("uid-1", "101")), ("POST", EVENTS, Reply::Stored("e", "1"))]
}

fn message(call: &Call) -> &str {
    call.condition("Synced")["message"].as_str().unwrap()
}

/// Plays a failing object twice: people are told once.
async fn once(object: &mut Value, script: &[(&str, &str, Reply)], seen: bool) -> (&'static str, Vec<Call>) {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let (first, calls) = stage.play(&[script, &told()].concat(), &read(object), seen).await;
    object["status"] = calls[script.len()].body["status"].clone();
    let (second, _) = stage.play(script, &read(object), seen).await;
    assert_eq!(end(&first), end(&second));
    assert_eq!(calls[script.len() + 1].body["type"], "Warning");
    (end(&first), calls)
}

#[tokio::test]
async fn what_does_not_open() {
    let (end, calls) = once(&mut sealed_with(&KEYS.stranger), &[], false).await;
    assert_eq!(end, "closed");
    assert_eq!(calls[0].conditions(), [("Synced", "False"), ("Ready", "False"), ("Stalled", "True")]);
    assert_eq!(message(&calls[0]), "no key could decrypt secret (password)");
    assert_eq!(calls[0].condition("Synced")["reason"], "CannotOpen");
    assert_eq!(calls[1].body["reason"], "ErrUnsealFailed");
    assert_eq!(calls[1].body["message"], "Failed to unseal: no key could decrypt secret (password)");
}

#[tokio::test]
async fn what_cannot_be_used() {
    let many: serde_json::Map<_, _> = (0..2_049).map(|n| (format!("k{n}"), json!("AA=="))).collect();
    let with = |field: &str, value: Value| {
        let mut object = sealed();
        object["spec"][field] = value;
        object
    };
    let deep = (0..500).fold(json!(1), |inner, _| json!([inner]));
    for (mut object, expected) in [
        (
            with("template", json!({ "data": { "conf": "a\n {{ nope }}", "good": "" } })),
            "template: conf:2: function \"nope\" not defined (conf), column 5",
        ),
        (with("encryptedData", json!(many)), "2049 items"),
        (with("encryptedData", json!(5)), "its spec is not what"),
        (with("encryptedData", json!({ "password": [CANARY] })), "its spec is not what"),
        (with("encryptedData", json!({ "password": deep })), "its spec is not what"),
        (with("data", json!("AgA=")), "'data' and 'encryptedData' at the same time"),
    ] {
        let (end, calls) = once(&mut object, &[], false).await;
        assert_eq!(end, "unusable", "{expected}");
        assert!(message(&calls[0]).contains(expected), "{} has no {expected}", message(&calls[0]));
        assert_eq!(calls[0].condition("Stalled")["status"], "True");
    }
}

#[tokio::test]
async fn names_of_items_draw_nothing_on_terminals() {
    let mut object = sealed();
    object["spec"]["encryptedData"] = json!({ "a\u{1b}[2J\u{202e}b\u{2066}\nFake: True": "!" });
    let (_, calls) = once(&mut object, &[], false).await;
    assert!(message(&calls[0]).contains("a\u{fffd}[2J\u{fffd}b\u{fffd}"), "{}", message(&calls[0]));
    let event = calls[1].body.to_string();
    assert!(!event.contains("\\u001b") && !event.contains(['\u{202e}', '\u{2066}']), "{event}");
}

#[tokio::test]
async fn a_foreign_secret_in_the_way() {
    let mut foreign = made();
    foreign["metadata"].as_object_mut().unwrap().remove("ownerReferences");
    let found = ("GET", SECRET, Reply::Json(200, foreign.clone()));
    let script = [("POST", SECRETS, failure(409, "AlreadyExists")), found.clone()];
    let (end, calls) = once(&mut sealed(), &script, false).await;
    assert_eq!(end, "in the way");
    let text = "Resource \"db\" already exists and is not managed by SealedSecret";
    assert_eq!(message(&calls[2]), format!("failed update: {text}{UNMANAGED_WAY_OUT}"));
    assert_eq!(calls[2].condition("Synced")["reason"], "Unmanaged");
    assert_eq!(
        (&calls[3].body["reason"], &calls[3].body["message"]),
        (&json!("ErrUpdateFailed"), &json!(text))
    );
    // A Secret of ours that cannot become what it should.
    let mut immutable = made();
    immutable["immutable"] = json!(true);
    immutable["data"]["password"] = json!(base64("old"));
    let (end, calls) = once(&mut sealed(), &[("GET", SECRET, Reply::Json(200, immutable))], true).await;
    assert_eq!(end, "in the way");
    assert!(message(&calls[1]).contains("immutable"));
    let mut typed = sealed();
    typed["spec"]["template"]["type"] = json!("kubernetes.io/tls");
    let (end, calls) = once(&mut typed, &[("GET", SECRET, Reply::Json(200, made()))], true).await;
    assert_eq!(end, "in the way");
    assert_eq!(calls[1].condition("Synced")["reason"], "TypeChange");
    // What is waited for is that very Secret.
    let stage = Stage::under_our_crd(Setup::default()).await;
    let (finished, _) = stage.play(&[&[found][..], &told()].concat(), &read(&sealed()), true).await;
    let End::Failed(Cause::SecretInTheWay { uid, version }) = finished.end else { panic!("{finished:?}") };
    assert_eq!((&*uid, &*version), ("s", "7"));
}

#[tokio::test]
async fn a_failure_after_success_keeps_the_record_but_not_the_claim() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let script = [&[("POST", SECRETS, Reply::Stored("s", "7"))][..], &told()].concat();
    let (_, calls) = stage.play(&script, &read(&sealed()), false).await;
    let mut object = sealed_with(&KEYS.stranger);
    object["status"] = calls[1].body["status"].clone();
    object["metadata"]["generation"] = json!(2);
    let (_, failed) = stage.play(&told(), &read(&object), true).await;
    assert_eq!(
        failed[0].conditions(),
        [("Synced", "False"), ("Ready", "False"), ("Stalled", "True"), ("Applied", "True")]
    );
    assert_eq!(failed[0].condition("Applied"), calls[1].condition("Applied"));
    assert_eq!(failed[0].body["status"]["observedGeneration"], 2);
}

/// A task that failed so many times before, for each cause that may pass.
fn later(count: u32) -> Task {
    let object = read(&sealed());
    let attempts = attempts(count);
    Task {
        key: object.key.clone(),
        object: Some(Arc::new(object)),
        secret_seen: false,
        untouched: None,
        tell_again: None,
        attempts,
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_told_at_once_and_what_may_pass_later() {
    let role = "secrets is forbidden: User \"system:serviceaccount:kube-system:sealed-secrets-controller\" cannot create resource \"secrets\"";
    for (reply, expected, at_once) in [
        (Reply::Json(403, status(403, "Forbidden", role)), "refused", true),
        (failure(422, "Invalid"), "refused", true),
        (failure(413, "RequestEntityTooLarge"), "refused", true),
        (Reply::Text(200, "<html>"), "api", true),
        (failure(401, "Unauthorized"), "api", false),
        (failure(404, "NotFound"), "api", false),
        (failure(429, "TooManyRequests"), "api", false),
        (failure(500, "InternalError"), "api", false),
        (failure(503, "ServiceUnavailable"), "api", false),
        (failure(504, "Timeout"), "no answer", false),
        (Reply::Text(502, "<html>bad gateway</html>"), "api", false),
        (Reply::Lost, "no answer", false),
    ] {
        let stage = Stage::under_our_crd(Setup::default()).await;
        let post = [("POST", SECRETS, reply)];
        let all = [&post[..], &told()].concat();
        let (finished, _) = stage.run(if at_once { &all } else { &post }, later(0)).await;
        assert_eq!(end(&finished), expected);
        let stage = Stage::under_our_crd(Setup::default()).await;
        let (finished, calls) = stage.run(&all, later(5)).await;
        assert_eq!(end(&finished), expected);
        let stalled = calls[1].conditions().contains(&("Stalled", "True"));
        assert_eq!(stalled, expected == "refused");
        if message(&calls[1]).contains("403") {
            assert!(message(&calls[1]).ends_with(role), "{}", message(&calls[1]));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_has_just_started_knows_no_roles_yet() {
    let role = "secrets is forbidden: User \"system:serviceaccount:a:b\" cannot create resource \"secrets\"";
    let refused = [("POST", SECRETS, Reply::Json(403, status(403, "Forbidden", role)))];
    let stage = Stage::under_our_crd(Setup::default()).await;
    let (finished, _) = stage.run(&[("POST", SECRETS, Reply::Lost)], later(0)).await;
    assert_eq!(end(&finished), "no answer");
    for _ in 0..2 {
        // Neither status nor event.
        let (finished, _) = stage.run(&refused, later(0)).await;
        assert_eq!(end(&finished), "api");
    }
    tokio::time::advance(Duration::from_secs(10)).await;
    let (finished, _) = stage.run(&[&refused[..], &told()].concat(), later(0)).await;
    assert_eq!(end(&finished), "refused");
}

#[tokio::test]
async fn a_namespace_that_goes_is_no_failure() {
    let terminating = "secrets \"db\" is forbidden: unable to create new content in namespace shop because it is being terminated";
    let mut missing = status(404, "NotFound", "namespaces \"shop\" not found");
    missing["details"] = json!({ "kind": "namespaces", "name": "shop" });
    for answer in [Reply::Json(403, status(403, "Forbidden", terminating)), Reply::Json(404, missing)] {
        let stage = Stage::under_our_crd(Setup::default()).await;
        for (attempt, lines) in [(0, 1), (1, 1)] {
            // Neither status nor event.
            let (finished, _) = stage.run(&[("POST", SECRETS, answer.clone())], later(attempt)).await;
            assert_eq!(end(&finished), "namespace gone");
            let log = stage.log();
            assert_eq!(log.matches("being deleted or gone").count(), lines, "{log}");
            assert!(!log.contains("ERROR"), "{log}");
        }
        assert!(!stage.context.metrics.text().contains("unseal_errors_total{"));
    }
}

#[tokio::test]
async fn what_fails_of_no_answer_when_it_is_fetched_is_counted_by_namespace() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let (finished, _) = stage.play_fetched(&[("GET", SEALED, failure(500, "InternalError"))], false).await;
    assert_eq!(end(&finished), "api");
    let metrics = stage.context.metrics.text();
    assert!(metrics.contains("unseal_errors_total{namespace=\"shop\",reason=\"fetch\"} 1"), "{metrics}");
}

#[tokio::test]
async fn the_server_says_how_long_to_wait() {
    let asked = |finished: controller::unseal::index::Finished| match finished.end {
        End::Failed(Cause::Api { retry_after }) => retry_after,
        other => panic!("{other:?}"),
    };
    let stage = Stage::new(Setup::default());
    let busy = || status(429, "TooManyRequests", "");
    let header = [("POST", SECRETS, Reply::RetryAfter(429, busy(), 3))];
    let (finished, _) = stage.run(&header, later(0)).await;
    assert_eq!(asked(finished), Some(Duration::from_secs(3)));
    let mut body = busy();
    body["details"] = json!({ "retryAfterSeconds": 2 });
    let (finished, _) = stage.run(&[("POST", SECRETS, Reply::Json(429, body))], later(0)).await;
    assert_eq!(asked(finished), Some(Duration::from_secs(2)));
    let fetched = [("GET", SEALED, Reply::RetryAfter(503, busy(), 4))];
    let (finished, _) = stage.play_fetched(&fetched, false).await;
    assert_eq!(asked(finished), Some(Duration::from_secs(4)));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_not_written_twice() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let (finished, calls) = stage.run(&[("POST", SECRETS, failure(504, "Timeout"))], later(0)).await;
    assert_eq!(end(&finished), "no answer");
    // It was done all the same.
    let mut there = calls[0].body.clone();
    there["metadata"]["uid"] = json!("s");
    there["metadata"]["resourceVersion"] = json!("7");
    for exists in [false, true] {
        let stage = Stage::under_our_crd(Setup::default()).await;
        let get = ("GET", SECRET, Reply::Json(200, there.clone()));
        let post = ("POST", SECRETS, failure(409, "AlreadyExists"));
        let script = if exists { vec![get] } else { vec![post, get] };
        let task = Task { secret_seen: exists, ..later(1) };
        let (finished, _) = stage.run(&[&script[..], &told()].concat(), task).await;
        assert_eq!(end(&finished), "applied");
    }
}

#[tokio::test]
async fn what_the_server_quotes_goes_nowhere() {
    let quoted = format!("Invalid value: \"{CANARY}\" {}", base64(CANARY));
    let mut invalid = status(422, "Invalid", &quoted);
    invalid["details"] = json!({
        "name": "db", "kind": "Secret",
        "causes": [{ "reason": "FieldValueInvalid", "message": quoted, "field": "data[password]" }],
    });
    let webhook = format!("admission webhook \"w\" denied the request: {quoted}");
    let policy = format!(
        "secrets \"db\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: a Secret cannot be {quoted}"
    );
    let mut unreadable = made();
    unreadable["data"]["password"] = json!(format!("!{CANARY}"));
    for script in [
        vec![("POST", SECRETS, Reply::Json(422, invalid))],
        vec![("POST", SECRETS, Reply::Json(400, status(400, "BadRequest", &quoted)))],
        vec![("POST", SECRETS, Reply::Json(403, status(403, "Forbidden", &webhook)))],
        vec![("POST", SECRETS, Reply::Json(403, status(403, "Forbidden", &policy)))],
        vec![("POST", SECRETS, Reply::Json(500, status(500, "InternalError", &quoted)))],
        vec![("POST", SECRETS, Reply::Json(200, json!([quoted])))],
        vec![("POST", SECRETS, failure(409, "AlreadyExists")), ("GET", SECRET, Reply::Json(200, unreadable))],
    ] {
        // Statuses, events, log and end are looked through by the stage.
        let stage = Stage::under_our_crd(Setup::default()).await;
        let (_, calls) = stage.run(&[&script[..], &told()].concat(), later(5)).await;
        assert_eq!(calls[script.len()].condition("Synced")["status"], "False");
        assert_no_canary("the object", &format!("{:?}", read(&sealed())));
    }
}

#[tokio::test]
async fn an_object_that_is_gone_is_told_nothing() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let script = [("POST", SECRETS, Reply::Stored("s", "7")), ("PUT", STATUS, failure(404, "NotFound"))];
    let (finished, _) = stage.play(&script, &read(&sealed()), false).await;
    assert_eq!(end(&finished), "gone");
    let (finished, _) = stage.play_fetched(&[("GET", SEALED, failure(404, "NotFound"))], false).await;
    assert_eq!(end(&finished), "gone");
    let mut deleting = sealed();
    deleting["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let (finished, _) = stage.play_fetched(&[("GET", SEALED, Reply::Json(200, deleting))], false).await;
    assert_eq!(end(&finished), "gone");
    // A server that just starts knows no custom resources yet, and says so in other words.
    let starting = [("GET", SEALED, Reply::Text(404, "404 page not found\n"))];
    let (finished, _) = stage.play_fetched(&starting, false).await;
    assert_eq!(end(&finished), "api");
}

#[tokio::test]
async fn at_the_end_of_the_process_nothing_new_is_written() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    stage.context.ending.store(true, Ordering::Relaxed);
    let (finished, _) = stage.play(&[], &read(&sealed()), false).await;
    assert_eq!(end(&finished), "api");
}

#[tokio::test]
async fn metadata_nested_without_end_are_no_matter() {
    let mut object = sealed();
    let deep = (0..300).fold(json!(1), |inner, _| json!({ "x": inner }));
    object["spec"]["template"]["metadata"]["odd"] = deep;
    let text = object.to_string();
    assert!(serde_json::from_str::<Value>(&text).is_err(), "deep enough to matter");
    let seen: controller::unseal::seen::SealedSeen = serde_json::from_str(&text).unwrap();
    let stage = Stage::under_our_crd(Setup::default()).await;
    let script = [&[("POST", SECRETS, Reply::Stored("s", "7"))][..], &told()].concat();
    let (finished, _) = stage.play(&script, &seen.into(), false).await;
    assert_eq!(end(&finished), "applied");
    // Nor where they come back with an answer.
    let deep = format!(
        r#"{{"metadata":{{"resourceVersion":"101","managedFields":{}1{}}},"spec":{}1{},"status":{{"controller":"sealkit.dev"}}}}"#,
        "[".repeat(2_000),
        "]".repeat(2_000),
        "[".repeat(2_000),
        "]".repeat(2_000)
    );
    let deep: &'static str = deep.leak();
    let [_, event] = told();
    let script = [("POST", SECRETS, Reply::Stored("s", "7")), ("PUT", STATUS, Reply::Text(200, deep)), event];
    let (finished, _) =
        stage.play(&[&script[..2], &[crate::secrets::counted()]].concat(), &read(&sealed()), false).await;
    assert_eq!(end(&finished), "applied");
    let stage = Stage::new(Setup::default());
    let script = [
        script[0].clone(),
        ("PUT", DRY_RUN, Reply::Text(200, deep)),
        ("PUT", STATUS, Reply::Stored("uid-1", "102")),
        script[2].clone(),
    ];
    let (finished, _) = stage.play(&script, &read(&sealed()), false).await;
    assert_eq!(end(&finished), "applied");
}
