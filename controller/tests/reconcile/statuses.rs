//! How statuses are written: under both CustomResourceDefinitions, beside other writers, or not at all.

use serde_json::{Value, json};

use crate::script::{DRY_RUN, EVENTS, Reply, SEALED, SECRET, SECRETS, STATUS, Stage, end, failure};
use crate::secrets::{counted, made};
use crate::support::{KEYS, Setup, read, sealed, sealed_with};

const POST: (&str, &str, Reply) = ("POST", SECRETS, Reply::Stored("s", "7"));
const EVENT: (&str, &str, Reply) = ("POST", EVENTS, Reply::Stored("e", "1"));

#[tokio::test]
async fn a_dry_run_tells_whose_definition_is_installed() {
    // Ours keeps the field `controller`, upstream's drops it, and nothing is written that would be left behind after a
    // rollback.
    let well: [&[_]; 2] = [
        &[("Synced", "True"), ("Ready", "True"), ("Applied", "True")],
        &[("Synced", "True"), ("Applied", "True")],
    ];
    let failed: [&[_]; 2] =
        [&[("Synced", "False"), ("Ready", "False"), ("Stalled", "True")], &[("Synced", "False")]];
    for (number, dry_run) in
        [Reply::Stored("uid-1", "100"), Reply::Pruned("uid-1", "100")].into_iter().enumerate()
    {
        let stage = Stage::new(Setup::default());
        let told = ("PUT", STATUS, Reply::Stored("uid-1", "101"));
        let script = [POST, ("PUT", DRY_RUN, dry_run), told.clone(), EVENT];
        let (finished, calls) = stage.play(&script, &read(&sealed()), false).await;
        assert_eq!(end(&finished), "applied");
        assert_eq!(calls[1].accept, "application/json");
        assert_eq!(calls[1].body["status"], json!({ "controller": "sealkit.dev" }));
        assert_eq!(calls[2].conditions(), well[number]);
        assert_eq!(calls[2].body["status"]["controller"], "sealkit.dev");
        // Ours may have been installed meanwhile, and half a verdict would call a failure well.
        let again = [("PUT", DRY_RUN, Reply::Pruned("uid-1", "101"))];
        let script = [&again[..number], &[told, EVENT]].concat();
        let (_, calls) = stage.play(&script, &read(&sealed_with(&KEYS.stranger)), false).await;
        assert_eq!(calls[number].conditions(), failed[number]);
        assert!(calls[number].accept.contains("PartialObjectMetadata"), "it is known now");
    }
    // A status that carries the field tells before anything is written.
    let stage = Stage::new(Setup::default());
    let mut object = sealed();
    object["status"] = json!({ "controller": "sealkit.dev" });
    let script = [POST, ("PUT", STATUS, Reply::Stored("uid-1", "101")), EVENT];
    let (_, calls) = stage.play(&script, &read(&object), false).await;
    assert_eq!(calls[1].conditions(), well[0]);
}

fn newer(object: &Value, status: Value) -> Reply {
    let mut object = object.clone();
    object["metadata"]["resourceVersion"] = json!("150");
    object["status"] = status;
    Reply::Json(200, object)
}

#[tokio::test]
async fn a_status_that_others_write_is_read_again() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let sealed = sealed();
    let object = read(&sealed);
    let conflict = || ("PUT", STATUS, failure(409, "Conflict"));
    let theirs = json!({ "conditions": [{ "type": "Audited", "status": "True" }] });
    let script = [
        POST,
        conflict(),
        ("GET", SEALED, newer(&sealed, theirs)),
        ("PUT", STATUS, Reply::Stored("uid-1", "151")),
        EVENT,
    ];
    let (finished, calls) = stage.play(&script, &object, false).await;
    assert_eq!(end(&finished), "applied");
    assert_eq!(calls[3].body["metadata"]["resourceVersion"], "150");
    let conditions = calls[3].conditions();
    assert_eq!(conditions[0], ("Synced", "True"), "the first is what printer columns read");
    assert!(conditions.contains(&("Audited", "True")));
    // The answer to the first try was lost, and it was done.
    let done = calls[3].body["status"].clone();
    let script = [POST, conflict(), ("GET", SEALED, newer(&sealed, done)), counted()];
    let (finished, _) = stage.play(&script, &object, false).await;
    assert_eq!(end(&finished), "applied");
    // Another object by now.
    let mut other = sealed.clone();
    other["metadata"]["uid"] = json!("uid-2");
    let script = [POST, conflict(), ("GET", SEALED, Reply::Json(200, other))];
    let (finished, _) = stage.play(&script, &object, false).await;
    assert_eq!(end(&finished), "gone");
    let script = [POST, conflict(), ("GET", SEALED, failure(404, "NotFound"))];
    let (finished, _) = stage.play(&script, &object, false).await;
    assert_eq!(end(&finished), "gone");
    // Somebody writes it all the time: later again.
    let again = [conflict(), ("GET", SEALED, newer(&sealed, json!({})))];
    let script = [&[POST][..], &again, &again, &again, &again, &[counted()]].concat();
    let (finished, _) = stage.play(&script, &object, false).await;
    assert_eq!(end(&finished), "api");
}

#[tokio::test]
async fn a_status_that_cannot_be_written_is_tried_again() {
    for (reply, expected) in [
        (failure(403, "Forbidden"), "refused"),
        (failure(500, "InternalError"), "api"),
        (Reply::Lost, "no answer"),
    ] {
        let stage = Stage::under_our_crd(Setup::default()).await;
        let script = [POST, ("PUT", STATUS, reply), EVENT];
        let (finished, _) = stage.play(&script, &read(&sealed()), false).await;
        assert_eq!(end(&finished), expected);
        let script = [
            ("GET", SECRET, Reply::Json(200, made())),
            ("PUT", STATUS, Reply::Stored("uid-1", "101")),
            counted(),
        ];
        let (finished, _) = stage.play(&script, &read(&sealed()), true).await;
        assert_eq!(end(&finished), "applied");
    }
}

#[tokio::test]
async fn without_statuses_events_tell() {
    let stage = Stage::new(Setup { update_status: false, ..Setup::default() });
    let (finished, _) = stage.play(&[POST, EVENT], &read(&sealed()), false).await;
    assert_eq!(end(&finished), "applied");
    let found = [("GET", SECRET, Reply::Json(200, made()))];
    let (finished, _) = stage.play(&found, &read(&sealed()), true).await;
    assert_eq!(end(&finished), "applied");
    let (finished, calls) = stage.play(&[EVENT], &read(&sealed_with(&KEYS.stranger)), true).await;
    assert_eq!(end(&finished), "closed");
    assert_eq!(calls[0].body["reason"], "ErrUnsealFailed");
}

#[tokio::test]
async fn an_event_that_cannot_be_written_is_no_matter() {
    for reply in [failure(403, "Forbidden"), failure(500, "InternalError"), Reply::Lost] {
        let stage = Stage::under_our_crd(Setup::default()).await;
        let mut object = sealed();
        // Another object than the one by which the stage learned of the definition.
        object["metadata"]["uid"] = json!("uid-1");
        let script = [POST, ("PUT", STATUS, Reply::Stored("uid-1", "101")), ("POST", EVENTS, reply)];
        let (finished, _) = stage.play(&script, &read(&object), false).await;
        assert_eq!(end(&finished), "applied");
        let log = stage.log();
        let told = ["Requests to the API server fail", "Events cannot be written"];
        assert!(told.iter().any(|words| log.contains(words)), "{log}");
    }
}

#[tokio::test]
async fn a_forged_record_decides_nothing_about_writing() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let mut foreign = made();
    foreign["metadata"].as_object_mut().unwrap().remove("ownerReferences");
    let mut object = sealed();
    let record = format!("v1 {} s 7 {}", read(&sealed()).digest, KEYS.certificate.fingerprint());
    object["status"] = json!({
        "observedGeneration": 1,
        "controller": "sealkit.dev",
        "conditions": [
            { "type": "Synced", "status": "True" },
            { "type": "Applied", "status": "True", "message": record },
        ],
    });
    let script =
        [("GET", SECRET, Reply::Json(200, foreign)), ("PUT", STATUS, Reply::Stored("uid-1", "101")), EVENT];
    let (finished, _) = stage.play(&script, &read(&object), true).await;
    assert_eq!(end(&finished), "in the way");
}
