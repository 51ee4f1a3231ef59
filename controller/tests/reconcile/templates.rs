//! Templates: what they make, what is said when they fail, and when they are rendered anew.

use std::sync::Arc;

use controller::unseal::index::{End, Task};
use controller::unseal::retry::delay;
use sealed_secrets::RENDERING_FAILED;
use serde_json::{Value, json};

use crate::script::{EVENTS, Reply, SEALED, SECRET, SECRETS, STATUS, Stage, attempts, end, failure, status};
use crate::secrets::{current, made};
use crate::support::{CANARY, Setup, base64, read, sealed};

fn with(templates: Value) -> Value {
    let mut object = sealed();
    object["spec"]["template"]["data"] = templates;
    object
}

fn told() -> [(&'static str, &'static str, Reply); 2] {
    [("PUT", STATUS, Reply::Stored("uid-1", "101")), ("POST", EVENTS, Reply::Stored("e", "1"))]
}

#[tokio::test]
async fn rendered_over_the_values() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let object = with(json!({
        "conf": "p={{ .password | b64enc }}",
        "password": "{{ fail \"no\" }}",
        "raw": "{{ .conf }}",
    }));
    // A template that a value of the same key wins over runs nevertheless.
    let [status, event] = told();
    let (finished, _) = stage.play(&[status.clone(), event.clone()], &read(&object), false).await;
    assert_eq!(end(&finished), "unusable");

    let object =
        with(json!({ "conf": "p={{ .password | b64enc }}", "raw": "{{ .conf }}", "password": "lost" }));
    let script = [("POST", SECRETS, Reply::Stored("s", "7")), status, event];
    let (finished, calls) = stage.play(&script, &read(&object), false).await;
    assert_eq!(end(&finished), "applied");
    let wanted = json!({
        "password": base64(CANARY),
        "conf": base64(&format!("p={}", base64(CANARY))),
        "raw": base64("p={{ .password | b64enc }}"),
    });
    assert_eq!(calls[0].body["data"], wanted);
}

/// All that is told of an object that does not become a Secret: status, event, log, metrics.
async fn all_that_is_told(object: &Value, script: &[(&str, &str, Reply)], seen: bool) -> Vec<String> {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let log_before = stage.log().len();
    let (finished, calls) = stage.play(&[script, &told()].concat(), &read(object), seen).await;
    let End::Failed(cause) = finished.end else { panic!("{finished:?}") };
    // Attempts can be counted.
    assert_eq!(delay(&cause, 1), None);
    let [status, event] = &calls[script.len()..] else { panic!("{calls:?}") };
    let mut conditions = status.body["status"]["conditions"].clone();
    for condition in conditions.as_array_mut().unwrap() {
        condition.as_object_mut().unwrap().retain(|field, _| !field.starts_with("last"));
    }
    let log = stage.log()[log_before..].to_owned();
    let metrics = stage.context.metrics.text();
    let metrics: Vec<_> =
        metrics.lines().filter(|line| line.contains("unseal_") || line.contains("condition_")).collect();
    let mut all = vec![conditions.to_string(), metrics.join("\n")];
    all.extend(["type", "reason", "message"].map(|field| event.body[field].to_string()));
    // The controller's own lines, without the time.
    let own = log.lines().filter(|line| line.contains(" controller::"));
    all.extend(own.filter_map(|line| line.split_once('Z')).map(|(_, line)| line.to_owned()));
    all
}

/// Whichever template fails, wherever, why ever, and whatever the API server has against what they give: all that is told
/// is the same, byte for byte.
#[tokio::test]
async fn every_failure_is_told_in_one_sentence() {
    let failing = [
        json!({ "a": "{{ fail .password }}" }),
        json!({ "a": "{{ range $i := until 2000000000 }}{{ end }}" }),
        json!({ "b": "fine", "c": "line\n{{ index .password 4000 }}", "d": "{{ fail \"x\" }}" }),
        json!({ "e": "{{ define \"t\" }}{{ template \"t\" }}{{ end }}{{ template \"t\" }}" }),
    ];
    let mut seen = Vec::new();
    for templates in failing {
        seen.push(all_that_is_told(&with(templates), &[], false).await);
    }
    let expected = format!("\"Failed to unseal: {RENDERING_FAILED}\"");
    assert_eq!(seen[0][2..5], ["\"Warning\"", "\"ErrUnsealFailed\"", &expected]);

    let accepted = with(json!({ "a": "{{ .password }}" }));
    for reply in refusals_of_content() {
        seen.push(all_that_is_told(&accepted, &[("POST", SECRETS, reply.clone())], false).await);
        let script = [("GET", SECRET, Reply::Json(200, made())), current(), ("PUT", SECRET, reply)];
        seen.push(all_that_is_told(&accepted, &script, true).await);
    }
    let mut immutable = made();
    immutable["immutable"] = json!(true);
    seen.push(all_that_is_told(&accepted, &[("GET", SECRET, Reply::Json(200, immutable))], true).await);
    for told in &seen {
        assert_eq!(*told, seen[0]);
    }
}

/// What an API server may say of a Secret, depending on what is in it.
fn refusals_of_content() -> Vec<Reply> {
    let invalid = |causes: Value| {
        let mut invalid = status(422, "Invalid", "");
        invalid["details"] = json!({ "name": "db", "kind": "Secret", "causes": causes });
        Reply::Json(422, invalid)
    };
    let label = json!({ "reason": "FieldValueInvalid", "message": "", "field": "metadata.labels" });
    let login = json!({ "reason": "FieldValueInvalid", "message": "", "field": "data[.dockerconfigjson]" });
    let empty = json!({ "reason": "FieldValueRequired", "message": "", "field": "data[ssh-privatekey]" });
    vec![
        invalid(json!([login])),
        invalid(json!([empty])),
        invalid(json!([label, login])),
        invalid(json!([{ "reason": "FieldValueTooLong", "message": "", "field": "data" }])),
        invalid(json!([])),
        failure(422, "Invalid"),
        failure(413, "RequestEntityTooLarge"),
        failure(400, "BadRequest"),
        Reply::Text(413, "<html>"),
    ]
}

/// What has nothing to do with the values is told as ever: who is to mend it must know.
#[tokio::test]
async fn other_refusals_are_told_as_of_any_object() {
    let accepted = with(json!({ "a": "{{ .password }}" }));
    let mut label = status(422, "Invalid", "");
    label["details"] = json!({
        "name": "db", "kind": "Secret",
        "causes": [{ "reason": "FieldValueInvalid", "message": "", "field": "metadata.labels" }],
    });
    for (reply, text, expected) in [
        (Reply::Json(422, label), "metadata.labels (FieldValueInvalid)", "refused"),
        (failure(403, "Forbidden"), "the API server answered 403 Forbidden", "refused"),
        (failure(429, "TooManyRequests"), "the API server answered 429 TooManyRequests", "api"),
        (failure(500, "InternalError"), "the API server answered 500 InternalError", "api"),
        (failure(404, "NotFound"), "the API server answered 404 NotFound", "api"),
    ] {
        let stage = Stage::under_our_crd(Setup::default()).await;
        let object = read(&accepted);
        let task = Task {
            key: object.key.clone(),
            object: Some(Arc::new(object)),
            secret_seen: false,
            untouched: None,
            tell_again: None,
            attempts: attempts(5),
        };
        let script = [&[("POST", SECRETS, reply)][..], &told()].concat();
        let (finished, calls) = stage.run(&script, task).await;
        assert_eq!(end(&finished), expected, "{text}");
        let synced = calls[1].condition("Synced");
        assert_eq!(synced["reason"], "ApiError");
        assert!(synced["message"].as_str().unwrap().contains(text), "{synced} has no {text}");
    }
    let mut foreign = made();
    foreign["metadata"].as_object_mut().unwrap().remove("ownerReferences");
    let stage = Stage::under_our_crd(Setup::default()).await;
    let script = [&[("GET", SECRET, Reply::Json(200, foreign))][..], &told()].concat();
    let (_, calls) = stage.play(&script, &read(&accepted), true).await;
    assert_eq!(calls[1].condition("Synced")["reason"], "Unmanaged");
}

#[tokio::test]
async fn turned_off() {
    let stage = Stage::under_our_crd(Setup { templates: false, ..Setup::default() }).await;
    let object = with(json!({ "conf": "{{ .password }}", "empty": null }));
    let (finished, calls) = stage.play(&told(), &read(&object), false).await;
    assert_eq!(end(&finished), "unusable");
    let synced = calls[0].condition("Synced");
    assert_eq!(synced["reason"], "TemplatesOff");
    assert_eq!(
        synced["message"],
        "spec.template.data (conf) holds templates, and templates are turned off here"
    );
}

/// A controller that starts again looks at what somebody else has touched. What a template would make anew each time
/// stays as it is; what does not change by itself is mended.
#[tokio::test]
async fn what_never_settles_is_made_once_for_each_cause() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let mut object = with(json!({ "id": "{{ uuidv4 }}", "conf": "p={{ .password }}" }));
    let [status, event] = told();
    let script = [("POST", SECRETS, Reply::Stored("s", "7")), status.clone(), event.clone()];
    let (_, calls) = stage.play(&script, &read(&object), false).await;
    let first = calls[0].body["data"].clone();
    object["status"] = calls[1].body["status"].clone();

    let mut there = made();
    there["data"] = first.clone();
    there["metadata"]["resourceVersion"] = json!("8");
    let script = [("GET", SECRET, Reply::Json(200, there.clone())), status.clone()];
    let (finished, _) = stage.play(&script, &read(&object), true).await;
    assert_eq!(end(&finished), "applied");

    let stage = Stage::under_our_crd(Setup::default()).await;
    there["data"]["conf"] = json!(base64("changed by hand"));
    let script = [
        ("GET", SECRET, Reply::Json(200, there.clone())),
        current(),
        ("PUT", SECRET, Reply::Stored("s", "9")),
        status.clone(),
        event.clone(),
    ];
    let (_, calls) = stage.play(&script, &read(&object), true).await;
    assert_eq!(calls[2].body["data"], first);

    // Another spec is another cause.
    let stage = Stage::under_our_crd(Setup::default()).await;
    object["spec"]["template"]["data"]["conf"] = json!("q={{ .password }}");
    object["metadata"]["generation"] = json!(2);
    there["data"] = first.clone();
    let script = [
        ("GET", SECRET, Reply::Json(200, there)),
        ("GET", SEALED, Reply::Json(200, object.clone())),
        ("PUT", SECRET, Reply::Stored("s", "10")),
        status,
        event,
    ];
    let (_, calls) = stage.play(&script, &read(&object), true).await;
    assert_ne!(calls[2].body["data"]["id"], first["id"]);
}
