//! Templates: what they make, what is said when they fail, and when they are rendered anew.

use sealed_secrets::RENDERING_FAILED;
use serde_json::{Value, json};

use crate::script::{EVENTS, Reply, SECRET, SECRETS, STATUS, Stage, end};
use crate::secrets::made;
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

/// Whichever template fails, wherever, why ever: status, event and log are the same, byte for byte.
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
        let stage = Stage::under_our_crd(Setup::default()).await;
        let (finished, calls) = stage.play(&told(), &read(&with(templates)), false).await;
        assert_eq!(end(&finished), "unusable");
        let synced = calls[0].condition("Synced");
        assert_eq!(synced["reason"], "TemplateFailed");
        seen.push((synced["message"].clone(), calls[1].body["message"].clone()));
    }
    assert_eq!(seen[0], (json!(RENDERING_FAILED), json!(format!("Failed to unseal: {RENDERING_FAILED}"))));
    assert!(seen.iter().all(|told| *told == seen[0]), "{seen:?}");
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
        ("PUT", SECRET, Reply::Stored("s", "9")),
        status.clone(),
        event.clone(),
    ];
    let (_, calls) = stage.play(&script, &read(&object), true).await;
    assert_eq!(calls[1].body["data"], first);

    // Another spec is another cause.
    let stage = Stage::under_our_crd(Setup::default()).await;
    object["spec"]["template"]["data"]["conf"] = json!("q={{ .password }}");
    object["metadata"]["generation"] = json!(2);
    there["data"] = first.clone();
    let script =
        [("GET", SECRET, Reply::Json(200, there)), ("PUT", SECRET, Reply::Stored("s", "10")), status, event];
    let (_, calls) = stage.play(&script, &read(&object), true).await;
    assert_ne!(calls[1].body["data"]["id"], first["id"]);
}
