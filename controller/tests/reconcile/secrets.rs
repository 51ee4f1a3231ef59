//! What is written, and what stands in it.

use sealed_secrets::Legacy;
use serde_json::{Value, json};

use crate::script::{EVENTS, Reply, SEALED, SECRET, SECRETS, STATUS, Stage, end, failure, untouched};
use crate::support::{CANARY, KEYS, Setup, base64, read, sealed};

/// The Secret that comes of [`sealed`], as the server has it.
pub(crate) fn made() -> Value {
    json!({
        "kind": "Secret", "apiVersion": "v1",
        "metadata": {
            "name": "db", "namespace": "shop", "uid": "s", "resourceVersion": "7",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "ownerReferences": [owner("uid-1")],
            "managedFields": [{ "manager": "controller", "operation": "Update", "fieldsV1": {} }],
        },
        "type": "Opaque",
        "data": { "password": base64(CANARY) },
    })
}

/// What is asked before a Secret that was read is replaced: whether the object is still the one that was looked at.
pub(crate) fn current() -> (&'static str, &'static str, Reply) {
    ("GET", SEALED, Reply::Json(200, sealed()))
}

fn owner(uid: &str) -> Value {
    json!({
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "name": "db", "uid": uid, "controller": true,
    })
}

fn told() -> [(&'static str, &'static str, Reply); 2] {
    [("PUT", STATUS, Reply::Stored("uid-1", "101")), ("POST", EVENTS, Reply::Stored("e", "1"))]
}

#[tokio::test]
async fn a_new_object_is_three_calls() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let [status, event] = told();
    let script = [("POST", SECRETS, Reply::Stored("s", "7")), status, event];
    let (finished, calls) = stage.play(&script, &read(&sealed()), false).await;
    assert_eq!(end(&finished), "applied");
    assert_eq!(finished.uid.as_deref(), Some("uid-1"));
    assert_eq!(
        calls[0].body,
        json!({
            "kind": "Secret", "apiVersion": "v1",
            "metadata": { "name": "db", "namespace": "shop", "ownerReferences": [owner("uid-1")] },
            "data": { "password": base64(CANARY) },
        })
    );
    // The values do not come back, nor the spec.
    assert!(calls.iter().all(|call| call.accept.contains("as=PartialObjectMetadata")), "{calls:?}");
    assert_eq!(calls[1].conditions(), [("Synced", "True"), ("Ready", "True"), ("Applied", "True")]);
    assert_eq!(calls[1].body["metadata"]["resourceVersion"], "100");
    assert_eq!(calls[1].body["metadata"]["uid"], "uid-1");
    assert_eq!(calls[1].body["status"]["observedGeneration"], 1);
    let digest = read(&sealed()).digest.to_string().len();
    let record = calls[1].condition("Applied")["message"].as_str().unwrap();
    let words: Vec<_> = record.split(' ').collect();
    assert_eq!((words[0], words[1].len(), words[2], words[3]), ("v1", digest, "s", "7"));
    assert_eq!(words[4], KEYS.certificate.fingerprint().to_string());
    let event = &calls[2].body;
    assert_eq!(
        (&event["type"], &event["reason"], &event["message"], &event["count"]),
        (&json!("Normal"), &json!("Unsealed"), &json!("SealedSecret unsealed successfully"), &json!(1))
    );
    assert_eq!(event["involvedObject"]["uid"], "uid-1");
    assert_eq!(event["source"]["component"], "sealed-secrets");
}

#[tokio::test]
async fn what_is_as_it_should_be_is_read_and_left() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let found = || ("GET", SECRET, Reply::Json(200, made()));
    let mut object = sealed();
    object["status"] = json!({
        "observedGeneration": 1, "conditions": [{ "type": "Synced", "status": "True" }],
    });
    // Taken over from upstream: the record is written, and nobody is told of it.
    let script = [found(), ("PUT", STATUS, Reply::Stored("uid-1", "101"))];
    let (finished, calls) = stage.play(&script, &read(&object), true).await;
    assert_eq!(end(&finished), "applied");
    object["status"] = calls[1].body["status"].clone();
    let (finished, _) = stage.play(&[found()], &read(&object), true).await;
    assert_eq!(end(&finished), "applied");
    // Somebody changed it to and fro: another version, the same Secret.
    let mut touched = made();
    touched["metadata"]["resourceVersion"] = json!("8");
    let script = [("GET", SECRET, Reply::Json(200, touched)), ("PUT", STATUS, Reply::Stored("uid-1", "102"))];
    let (_, calls) = stage.play(&script, &read(&object), true).await;
    assert!(calls[1].condition("Applied")["message"].as_str().unwrap().contains(" s 8 "));
}

#[tokio::test]
async fn a_spec_that_is_no_longer_in_memory_is_fetched() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let [status, event] = told();
    let script = [
        ("GET", SEALED, Reply::Json(200, sealed())),
        ("POST", SECRETS, Reply::Stored("s", "7")),
        status,
        event,
    ];
    let (finished, _) = stage.play_fetched(&script, false).await;
    assert_eq!((end(&finished), finished.generation, finished.items), ("applied", Some(1), 1));
}

#[tokio::test]
async fn an_update_keeps_what_is_not_ours_to_change() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let mut there = made();
    there["data"] = json!({ "password": base64("old"), "gone": base64("x") });
    there["metadata"]["labels"] = json!({ "stale": "1" });
    there["metadata"]["annotations"] = json!({ "stale": "1" });
    there["metadata"]["finalizers"] = json!(["keep.me/here"]);
    let [status, event] = told();
    let script = [
        ("GET", SECRET, Reply::Json(200, there)),
        current(),
        ("PUT", SECRET, Reply::Stored("s", "8")),
        status,
        event,
    ];
    let (finished, calls) = stage.play(&script, &read(&sealed()), true).await;
    assert_eq!(end(&finished), "applied");
    let put = &calls[2].body;
    assert_eq!(put["metadata"]["resourceVersion"], "7", "nothing is overwritten unseen");
    assert_eq!(put["metadata"]["uid"], "s");
    assert_eq!(put["metadata"]["finalizers"], json!(["keep.me/here"]));
    assert_eq!(put["data"], json!({ "password": base64(CANARY) }));
    for gone in ["labels", "annotations", "managedFields"] {
        assert!(put["metadata"].get(gone).is_none(), "{put}");
    }
    assert_eq!(put["type"], "Opaque");
}

#[tokio::test]
async fn metadata_are_those_of_the_template_and_names_are_forced() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let mut object = sealed();
    object["metadata"]["labels"] = json!({ "not": "copied" });
    object["metadata"]["annotations"] = json!({ "not": "copied" });
    object["spec"]["template"] = json!({
        "metadata": {
            "name": "other", "namespace": "elsewhere", "uid": "forged", "resourceVersion": "9",
            "labels": { "l": "1" }, "annotations": { "a": "2" }, "finalizers": ["f.io/x"],
            "ownerReferences": [{ "apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "controller": true }],
        },
        "type": "kubernetes.io/basic-auth",
        "immutable": true,
    });
    let [status, event] = told();
    let script = [("POST", SECRETS, Reply::Stored("s", "7")), status, event];
    let (_, calls) = stage.play(&script, &read(&object), false).await;
    assert_eq!(
        calls[0].body,
        json!({
            "kind": "Secret", "apiVersion": "v1",
            "metadata": {
                "name": "db", "namespace": "shop", "labels": { "l": "1" }, "annotations": { "a": "2" },
                "finalizers": ["f.io/x"], "ownerReferences": [owner("uid-1")],
            },
            "type": "kubernetes.io/basic-auth",
            "immutable": true,
            "data": { "password": base64(CANARY) },
        })
    );
}

#[tokio::test]
async fn without_owner_on_request() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let mut object = sealed();
    let skip = "sealedsecrets.bitnami.com/skip-set-owner-references";
    object["spec"]["template"]["metadata"]["annotations"] = json!({ skip: "true" });
    let [status, event] = told();
    let script = [("POST", SECRETS, Reply::Stored("s", "7")), status.clone(), event.clone()];
    let (_, calls) = stage.play(&script, &read(&object), false).await;
    assert!(calls[0].body["metadata"].get("ownerReferences").is_none());
    // Nobody's Secret could not be told from ours at the next change: it carries a mark.
    let marked = json!({ skip: "true", "sealkit.dev/unsealed": "true" });
    assert_eq!(calls[0].body["metadata"]["annotations"], marked);
    let mut there = calls[0].body.clone();
    there["metadata"]["resourceVersion"] = json!("7");
    there["data"]["password"] = json!(base64("old"));
    let update = [
        ("GET", SECRET, Reply::Json(200, there)),
        current(),
        ("PUT", SECRET, Reply::Stored("s", "8")),
        status.clone(),
    ];
    let (finished, _) = stage.play(&[&update[..], &[counted()]].concat(), &read(&object), true).await;
    assert_eq!(end(&finished), "applied");
    // Asked for later, it strips the reference.
    let script = [
        ("GET", SECRET, Reply::Json(200, made())),
        current(),
        ("PUT", SECRET, Reply::Stored("s", "9")),
        status,
    ];
    let (_, calls) = stage.play(&[&script[..], &[counted()]].concat(), &read(&object), true).await;
    assert!(calls[2].body["metadata"].get("ownerReferences").is_none());
    assert_eq!(calls[2].body["metadata"]["annotations"], marked);
}

/// The Event that said the same before is counted up.
pub(crate) fn counted() -> (&'static str, &'static str, Reply) {
    ("PATCH", "/api/v1/namespaces/shop/events/*", Reply::Json(200, json!({})))
}

#[tokio::test]
async fn somebody_made_it_first() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let exists = || ("POST", SECRETS, failure(409, "AlreadyExists"));
    // We did, and the answer was lost.
    let script = [
        exists(),
        ("GET", SECRET, Reply::Json(200, made())),
        ("PUT", STATUS, Reply::Stored("uid-1", "101")),
        ("POST", EVENTS, Reply::Stored("e", "1")),
    ];
    let (finished, calls) = stage.play(&script, &read(&sealed()), false).await;
    assert_eq!(end(&finished), "applied");
    assert!(calls[2].condition("Applied")["message"].as_str().unwrap().contains(" s 7 "));
    // Made, and deleted again before it could be read.
    let script = [
        exists(),
        ("GET", SECRET, failure(404, "NotFound")),
        ("POST", SECRETS, Reply::Stored("s2", "9")),
        ("PUT", STATUS, Reply::Stored("uid-1", "101")),
        counted(),
    ];
    let (finished, _) = stage.play(&script, &read(&sealed()), false).await;
    assert_eq!(end(&finished), "applied");
}

#[tokio::test]
async fn a_conflict_is_read_again() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let old = |version: &str| {
        let mut there = made();
        there["metadata"]["resourceVersion"] = json!(version);
        there["data"]["password"] = json!(base64("old"));
        Reply::Json(200, there)
    };
    let [status, event] = told();
    let script = [
        ("GET", SECRET, old("7")),
        current(),
        ("PUT", SECRET, failure(409, "Conflict")),
        ("GET", SECRET, old("8")),
        current(),
        ("PUT", SECRET, Reply::Stored("s", "9")),
        status,
        event,
    ];
    let (finished, calls) = stage.play(&script, &read(&sealed()), true).await;
    assert_eq!(end(&finished), "applied");
    assert_eq!(calls[5].body["metadata"]["resourceVersion"], "8");
    // Who changes it all the time is left alone for a while; nobody is told at once.
    let again = [("GET", SECRET, old("7")), current(), ("PUT", SECRET, failure(409, "Conflict"))];
    let script = [&again[..], &again, &again, &again].concat();
    let (finished, _) = stage.play(&script, &read(&sealed()), true).await;
    assert_eq!(end(&finished), "api");
}

#[tokio::test]
async fn an_update_of_what_nobody_touched_is_three_calls() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let mut object = sealed();
    object["spec"]["template"] = json!({ "immutable": false, "metadata": { "finalizers": ["f.io/x"] } });
    let object = read(&object);
    let [status, event] = told();
    let script = [("PUT", SECRET, Reply::Stored("s", "8")), status, event];
    let (finished, calls) = stage.run(&script, untouched(&object)).await;
    assert_eq!(end(&finished), "applied");
    assert_eq!(
        calls[0].body,
        json!({
            "kind": "Secret", "apiVersion": "v1",
            "metadata": {
                "name": "db", "namespace": "shop", "uid": "s", "resourceVersion": "7", "ownerReferences": [owner("uid-1")],
            },
            "data": { "password": base64(CANARY) },
        })
    );
    // Where another one wrote it first, or it has something that only reading it tells.
    let object = read(&sealed());
    for (code, reason) in [(409, "Conflict"), (404, "NotFound"), (422, "Invalid")] {
        let script = [
            ("PUT", SECRET, failure(code, reason)),
            ("GET", SECRET, Reply::Json(200, made())),
            ("PUT", STATUS, Reply::Stored("uid-1", "101")),
        ];
        let (finished, _) = stage.run(&[&script[..], &[counted()]].concat(), untouched(&object)).await;
        assert_eq!(end(&finished), "applied", "{reason}");
    }
}

#[tokio::test]
async fn an_older_generation_gives_way() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let mut there = made();
    there["data"]["password"] = json!(base64("of a newer generation"));
    let conditions = json!({ "conditions": [{ "type": "Synced", "status": "True" }] });
    for (field, value) in [
        ("generation", json!(2)),
        ("uid", json!("uid-2")),
        ("annotations", json!({ "sealedsecrets.bitnami.com/cluster-wide": "true" })),
    ] {
        let mut newer = sealed();
        newer["metadata"][field] = value;
        newer["metadata"]["resourceVersion"] = json!("150");
        newer["status"] = conditions.clone();
        let newer = ("GET", SEALED, Reply::Json(200, newer));
        // Before the Secret is written.
        let script = [("GET", SECRET, Reply::Json(200, there.clone())), newer.clone()];
        let (finished, _) = stage.play(&script, &read(&sealed()), true).await;
        assert_eq!(end(&finished), "outdated", "{field}");
        // Before the status is.
        let script =
            [("GET", SECRET, Reply::Json(200, made())), ("PUT", STATUS, failure(409, "Conflict")), newer];
        let (finished, _) = stage.play(&script, &read(&sealed()), true).await;
        assert_eq!(end(&finished), if field == "uid" { "gone" } else { "outdated" }, "{field}");
    }
}

#[tokio::test]
async fn managed_is_taken_over_and_patch_is_added_to() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let foreign = |annotations: Value| {
        let mut there = made();
        there["metadata"].as_object_mut().unwrap().remove("ownerReferences");
        there["metadata"]["annotations"] = annotations;
        there["metadata"]["labels"] = json!({ "theirs": "1" });
        there["data"] = json!({ "password": base64("old"), "other": base64("x") });
        there
    };
    let (managed, patch) = ("sealedsecrets.bitnami.com/managed", "sealedsecrets.bitnami.com/patch");
    let mut object = sealed();
    object["spec"]["template"]["metadata"]["labels"] = json!({ "ours": "1" });
    let mut first = true;
    for (annotations, keys, labels, owned) in [
        (json!({ managed: "true" }), 1, json!({ "ours": "1" }), true),
        (json!({ patch: "true" }), 2, json!({ "ours": "1", "theirs": "1" }), false),
        (json!({ patch: "true", managed: "true" }), 2, json!({ "ours": "1", "theirs": "1" }), true),
    ] {
        let script = [
            ("GET", SECRET, Reply::Json(200, foreign(annotations.clone()))),
            current(),
            ("PUT", SECRET, Reply::Stored("s", "8")),
            ("PUT", STATUS, Reply::Stored("uid-1", "101")),
            if first { ("POST", EVENTS, Reply::Stored("e", "1")) } else { counted() },
        ];
        first = false;
        let (finished, calls) = stage.play(&script, &read(&object), true).await;
        assert_eq!(end(&finished), "applied");
        let put = &calls[2].body;
        assert_eq!(put["data"].as_object().unwrap().len(), keys, "{annotations}");
        assert_eq!(put["data"]["password"], base64(CANARY));
        assert_eq!(put["metadata"]["labels"], labels, "{annotations}");
        assert_eq!(put["metadata"].get("ownerReferences").is_some(), owned, "{annotations}");
        // With `managed` alone the annotations are the template's.
        let kept = put["metadata"].get("annotations").is_some();
        assert_eq!(kept, annotations.get(patch).is_some(), "{put}");
    }
    // The annotation on the SealedSecret or its template opens no foreign Secret.
    for value in ["True", "yes", ""] {
        let script = [
            ("GET", SECRET, Reply::Json(200, foreign(json!({ managed: value })))),
            ("PUT", STATUS, Reply::Stored("uid-1", "101")),
            if value == "True" { ("POST", EVENTS, Reply::Stored("e", "1")) } else { counted() },
        ];
        object["spec"]["template"]["metadata"]["annotations"] = json!({ managed: "true" });
        object["metadata"]["annotations"] = json!({ managed: "true" });
        let (finished, _) = stage.play(&script, &read(&object), true).await;
        assert_eq!(end(&finished), "in the way");
    }
}

#[tokio::test]
async fn a_secret_of_a_former_namesake_is_adopted() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let mut there = made();
    there["metadata"]["ownerReferences"] = json!([owner("uid of a cluster that was lost")]);
    let [status, event] = told();
    let script = [
        ("GET", SECRET, Reply::Json(200, there)),
        current(),
        ("PUT", SECRET, Reply::Stored("s", "8")),
        status,
        event,
    ];
    let (finished, calls) = stage.play(&script, &read(&sealed()), true).await;
    assert_eq!(end(&finished), "applied");
    assert_eq!(calls[2].body["metadata"]["ownerReferences"], json!([owner("uid-1")]));
}

#[tokio::test]
async fn the_old_format_is_opened_where_it_is_wanted() {
    use sealed_secrets::sealing::{Label, Scope};
    let whole = json!({
        "kind": "Secret", "apiVersion": "v1", "metadata": { "name": "db", "namespace": "shop" },
        "data": { "password": base64(CANARY) },
    });
    let label = Label::new(Scope::Strict, "shop", "db");
    let value = KEYS.certificate.seal(whole.to_string().as_bytes(), &label).unwrap();
    let mut object = sealed();
    object["spec"] = json!({ "data": value.to_base64(), "encryptedData": {} });
    let stage = Stage::under_our_crd(Setup::default()).await;
    let [status, event] = told();
    let script = [("POST", SECRETS, Reply::Stored("s", "7")), status, event];
    let (finished, calls) = stage.play(&script, &read(&object), false).await;
    assert_eq!(end(&finished), "applied");
    assert_eq!(calls[0].body["data"], json!({ "password": base64(CANARY) }));
    let stage = Stage::under_our_crd(Setup { legacy: Legacy::Refuse, ..Setup::default() }).await;
    let (finished, calls) = stage.play(&told(), &read(&object), false).await;
    assert_eq!(end(&finished), "unusable");
    let message = calls[0].condition("Synced")["message"].as_str().unwrap();
    assert!(message.contains("deprecated 'data'"), "{message}");
}
