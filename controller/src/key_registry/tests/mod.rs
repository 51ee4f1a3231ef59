//! The registry against an API server that answers by script: each call is expected, and none may be left over.

use std::sync::atomic::Ordering;
use std::time::Duration;

use sealed_secrets::key_secret::KEY_LABEL;
use serde_json::{Value, json};

use super::{new_secret, requests, rotation};
use crate::keys::Keys;
use crate::settings::KeySettings;

mod fixtures;
mod script;

pub(super) use fixtures::{bad, key, key_json, list_json, pair_json, rsa, settings};
use script::{Api, refused};

const NAMESPACE: &str = "sealed-secrets";
const DAY: i64 = 24 * 3600;

/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600;
const CREATED: &str = "2026-01-01T00:00:00Z";

/// What the API server lists of a Secret that was created.
fn created(mut body: Value, uid: &str, version: u64) -> Value {
    body["metadata"]["uid"] = uid.into();
    body["metadata"]["resourceVersion"] = version.to_string().into();
    body["metadata"]["creationTimestamp"] = "2026-01-01T00:01:40Z".into();
    body
}

/// The names that the controller gives to a key after `newest`, by attempt.
fn names(newest: Option<&str>) -> [String; 4] {
    [0, 1, 2, 3].map(|attempt| new_secret::name("sealed-secrets-key", NAMESPACE, newest, attempt))
}

fn in_list(keys: &Keys) -> Vec<&str> {
    keys.known.iter().map(|key| key.secret.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_first_key_is_written_once_and_comes_back_by_the_list() {
    let mut api = Api::start(KeySettings {
        common_name: "keys".into(),
        labels: vec![("team".into(), "a".into())],
        ..settings()
    });
    api.list(1, &[]).await;
    let _watches = api.watches(1).await;
    let [first, ..] = names(None);
    let body = api.answer(&format!("create {first}"), 201, &json!({"metadata": {}})).await;
    assert_eq!(body["type"], "kubernetes.io/tls");
    assert_eq!(body["metadata"]["labels"], json!({KEY_LABEL: "active", "team": "a"}));
    assert!(!api.reader.snapshot().is_ready(), "the rotator never touches the ring");
    api.list(2, &[created(body, "uid-first", 2)]).await;
    let _watches = api.watches(2).await;
    let keys = api.until(Keys::is_ready).await;
    assert_eq!(keys.known[0].validity, Some((START + 100, START + 100 + 3650 * DAY)));
    assert_eq!(api.active(), Some(first));
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn no_key_is_made_while_the_list_fails() {
    let mut api = Api::start(KeySettings { renew_period: Some(Duration::from_secs(1)), ..settings() });
    api.requests.request();
    for code in [500, 403, 429] {
        let (code, body) = refused(code, "no");
        api.answer("list keys", code, &body).await;
        api.answer("list legacy", 200, &list_json(1, &[])).await;
    }
    api.answer("list keys", 200, &list_json(1, &[])).await;
    let (code, body) = refused(503, "storage is (re)initializing");
    api.answer("list legacy", code, &body).await;
    api.answer("list keys", 200, &json!({"kind": "SecretList"})).await;
    api.answer("list legacy", 200, &list_json(1, &[])).await;
    assert_eq!(api.reader.snapshot().version, 0);
    let waits = api.call("list keys").await;
    assert_eq!(api.call("list legacy").await.what, "list legacy");
    assert!(api.waiting.is_empty(), "nothing but lists");
    drop(waits);
}

#[tokio::test(start_paused = true)]
async fn existing_keys_cost_two_lists_and_two_watches() {
    let mut api = Api::start(settings());
    api.list(7, &[bad("bad", 1), key("a", 2, 0), key("b", 3, 1)]).await;
    let _watches = api.watches(7).await;
    let keys = api.until(Keys::is_ready).await;
    assert_eq!(in_list(&keys), ["b", "a"]);
    assert_eq!(keys.bad, ["bad"]);
    assert_eq!((keys.ring.len(), keys.version), (2, 1));
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn bad_key_secrets_alone_make_no_key() {
    let mut api = Api::start(KeySettings { renew_period: Some(Duration::from_secs(30)), ..settings() });
    api.list(1, &[bad("bad", 1)]).await;
    let _watches = api.watches(1).await;
    let keys = api.until(|keys| keys.version == 1).await;
    assert!(!keys.is_ready());
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_taken_name_that_holds_the_new_key_settles_it() {
    let mut api = Api::start(settings());
    api.list(1, &[]).await;
    let _watches = api.watches(1).await;
    let [first, ..] = names(None);
    let (code, body) = refused(409, "already exists");
    api.answer(&format!("create {first}"), code, &body).await;
    api.answer("list keys", 200, &list_json(2, &[key(&first, 2, 1)])).await;
    // The ring had not seen it: it looks at once.
    api.list(2, &[key(&first, 2, 1)]).await;
    let _watches = api.watches(2).await;
    api.until(Keys::is_ready).await;
    assert_eq!(api.active(), Some(first));
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_taken_name_that_holds_no_newer_key_is_passed_over() {
    let [first, second, third, fourth] = names(Some("uid-a"));
    // The first name is a Secret without the label (a retired key), the second holds a key that does not fit, the
    // third one that is older.
    let mixed = pair_json(&second, 3, &rsa(2).key, &rsa(0).certificate_from(START + 50, 3600), CREATED);
    let mut secrets = vec![key("a", 1, 1), mixed, key(&third, 3, 0)];
    let mut api = Api::start(settings());
    api.list(1, &secrets[..1]).await;
    let _watches = api.watches(1).await;
    api.until(Keys::is_ready).await;
    api.requests.request();
    let taken = refused(409, "already exists");
    for name in [&first, &second, &third] {
        api.answer(&format!("create {name}"), taken.0, &taken.1).await;
        api.answer("list keys", 200, &list_json(3, &secrets)).await;
    }
    let body = api.answer(&format!("create {fourth}"), 201, &json!({})).await;
    secrets.push(created(body, "uid-fourth", 4));
    api.list(4, &secrets).await;
    let _watches = api.watches(4).await;
    api.until(|keys| keys.known.len() == 4).await;
    assert_eq!(api.active(), Some(fourth));
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_makes_no_second_key() {
    for requested in [false, true] {
        let mut api = Api::start(settings());
        if requested {
            api.requests.request();
        }
        api.list(1, &[]).await;
        let _watches = api.watches(1).await;
        let [first, ..] = names(None);
        let (code, body) = refused(504, "timeout");
        let sent = api.answer(&format!("create {first}"), code, &body).await;
        let (code, body) = refused(409, "already exists");
        let again = api.answer(&format!("create {first}"), code, &body).await;
        assert_eq!(sent["data"]["tls.key"], again["data"]["tls.key"], "one key is generated for all tries");
        let written = created(sent, "uid-first", 2);
        api.answer("list keys", 200, &list_json(2, std::slice::from_ref(&written))).await;
        api.list(2, &[written]).await;
        let _watches = api.watches(2).await;
        api.until(Keys::is_ready).await;
        api.quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_made_good_by_the_watch() {
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let (watch, _legacy) = api.watches(1).await;
    api.until(Keys::is_ready).await;
    api.requests.request();
    let [next, ..] = names(Some("uid-a"));
    // The watch tells of the key before the answer fails.
    let call = api.call(&format!("create {next}")).await;
    let written = created(call.body.clone(), "uid-next", 2);
    watch.touch();
    api.list(2, &[key("a", 1, 0), written]).await;
    let _watches = api.watches(2).await;
    api.until(|keys| keys.known.len() == 2).await;
    call.answer.send_error(std::io::Error::other("connection reset"));
    api.quiet().await;
    assert_eq!(api.active(), Some(next));
}

#[tokio::test(start_paused = true)]
async fn a_failed_creation_is_tried_again_soon() {
    let mut api = Api::start(settings());
    api.list(1, &[]).await;
    let _watches = api.watches(1).await;
    let [first, ..] = names(None);
    let begun = tokio::time::Instant::now();
    for code in [500, 503, 403] {
        let (code, body) = refused(code, "no");
        api.answer(&format!("create {first}"), code, &body).await;
    }
    let body = api.answer(&format!("create {first}"), 201, &json!({})).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    api.list(2, &[created(body, "uid-first", 2)]).await;
    let _watches = api.watches(2).await;
    api.until(Keys::is_ready).await;
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn requests_at_rest_make_a_key_each_and_many_at_once_make_one() {
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let mut watches = api.watches(1).await;
    api.until(Keys::is_ready).await;
    let mut secrets = vec![key("a", 1, 0)];
    let mut newest = "uid-a".to_owned();
    for version in [2, 3] {
        api.requests.request();
        api.requests.request();
        let [next, ..] = names(Some(&newest));
        let body = api.answer(&format!("create {next}"), 201, &json!({})).await;
        newest = format!("uid-{version}");
        secrets.push(created(body, &newest, version));
        api.list(version, &secrets).await;
        watches = api.watches(version).await;
        api.until(|keys| keys.known.len() == secrets.len()).await;
        assert_eq!(api.active(), Some(next), "made within the same second, and newest all the same");
    }
    api.quiet().await;
    drop(watches);
}

#[tokio::test(start_paused = true)]
async fn a_request_while_a_key_is_made_for_its_age_is_served_by_it() {
    let renew_period = Some(Duration::from_secs(60));
    let mut api = Api::start(KeySettings { renew_period, ..settings() });
    api.list(1, &[key("a", 1, 0)]).await;
    let _watches = api.watches(1).await;
    let [by_age, ..] = names(Some("uid-a"));
    let call = api.call(&format!("create {by_age}")).await;
    api.requests.request();
    let written = created(call.body.clone(), "uid-b", 2);
    call.answer.send_response(Api::response(201, &json!({})));
    api.list(2, &[key("a", 1, 0), written]).await;
    let _watches = api.watches(2).await;
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn the_search_for_a_free_name_ends() {
    let mut api = Api::start(settings());
    api.list(1, &[]).await;
    let _watches = api.watches(1).await;
    let taken = refused(409, "already exists");
    let begun = tokio::time::Instant::now();
    for round in 0..8 {
        for attempt in 0..16 {
            let name = new_secret::name("sealed-secrets-key", NAMESPACE, None, attempt);
            api.answer(&format!("create {name}"), taken.0, &taken.1).await;
            api.answer("list keys", 200, &list_json(1, &[])).await;
        }
        assert!(round < 7 || begun.elapsed() > Duration::from_secs(5), "it slows down");
    }
}

#[tokio::test(start_paused = true)]
async fn a_controller_that_never_makes_keys_makes_none() {
    let mut api = Api::start(KeySettings { generate: false, ..settings() });
    api.requests.request();
    api.list(1, &[]).await;
    let _watches = api.watches(1).await;
    api.until(|keys| keys.version == 1).await;
    api.quiet().await;
}

/// Whoever refuses a key Secret may quote it: an admission webhook, a policy, the API server's own checks.
#[tokio::test]
async fn what_the_server_says_of_a_key_secret_is_not_passed_on() {
    let key = "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ";
    for (code, begin) in [
        (422, "Secret \"x\" is invalid: data[tls.key]: Invalid value: "),
        (422, "admission webhook \"w\" denied the request: "),
        (403, "admission webhook \"w\" denied the request: "),
        (403, "secrets \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: "),
        (403, ""),
        (400, ""),
        (500, "failed calling webhook \"w\": "),
    ] {
        let answer = refused(code, &format!("{begin}{key}"));
        let cluster = script::answering(answer);
        let error = requests::create(&cluster, br#"{"kind":"Secret"}"#.to_vec().into()).await.unwrap_err();
        assert!(error.to_string().contains(&code.to_string()), "{error}");
        for told in [error.to_string(), error.for_log(), format!("{error:?}")] {
            assert!(!told.contains(key), "{told}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_is_renewed_when_its_time_comes() {
    let period = 30 * DAY;
    let renew_period = Some(Duration::from_secs(30 * 24 * 3600));
    let mut api = Api::start_at(KeySettings { renew_period, ..settings() }, START + period - 90);
    api.list(1, &[key("a", 1, 0)]).await;
    let _watches = api.watches(1).await;
    api.until(Keys::is_ready).await;
    api.quiet().await;
    api.clock.store(START + period - 1, Ordering::SeqCst);
    api.quiet().await;
    api.clock.store(START + period, Ordering::SeqCst);
    let [next, ..] = names(Some("uid-a"));
    let body = api.answer(&format!("create {next}"), 201, &json!({})).await;
    api.list(2, &[key("a", 1, 0), created(body, "uid-next", 2)]).await;
    let _watches = api.watches(2).await;
    api.until(|keys| keys.known.len() == 2).await;
    assert_eq!(api.active(), Some(next));
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn additions_relabelling_and_deletions_are_followed() {
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let (watch, _legacy) = api.watches(1).await;
    api.until(Keys::is_ready).await;
    watch.touch();
    api.list(2, &[key("a", 1, 0), key("b", 2, 1)]).await;
    let (watch, _legacy) = api.watches(2).await;
    let both = api.until(|keys| keys.known.len() == 2).await;
    assert_eq!(api.active(), Some("b".into()));
    // Relabelled or deleted: gone from the list either way.
    watch.say("DELETED", &json!({"metadata": {"name": "b"}}));
    api.list(3, &[key("a", 1, 0)]).await;
    let (watch, _legacy) = api.watches(3).await;
    let one = api.until(|keys| keys.known.len() == 1).await;
    assert_eq!(api.active(), Some("a".into()));
    assert_eq!((both.version, one.version), (2, 3));
    // Touched without a change of keys: readers are not woken.
    watch.touch();
    api.list(4, &[key("a", 4, 0)]).await;
    let _watches = api.watches(4).await;
    api.quiet().await;
    assert_eq!(api.reader.snapshot().version, 3);
}

#[tokio::test(start_paused = true)]
async fn the_last_key_may_come_back_before_another_is_made() {
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let (watch, _legacy) = api.watches(1).await;
    api.until(Keys::is_ready).await;
    watch.touch();
    api.list(2, &[]).await;
    let (watch, _legacy) = api.watches(2).await;
    api.until(|keys| keys.known.is_empty()).await;
    api.quiet().await;
    watch.touch();
    api.list(3, &[key("a", 3, 0)]).await;
    let (watch, _legacy) = api.watches(3).await;
    api.until(Keys::is_ready).await;
    watch.touch();
    api.list(4, &[]).await;
    let _watches = api.watches(4).await;
    api.until(|keys| keys.known.is_empty()).await;
    api.quiet().await;
    api.clock.fetch_add(rotation::EMPTIED_GRACE, Ordering::SeqCst);
    let [first, ..] = names(None);
    api.call(&format!("create {first}")).await;
}

#[tokio::test(start_paused = true)]
async fn the_legacy_secret_is_found_by_its_name() {
    let legacy = |version, label: Option<&str>| {
        let mut legacy = key("sealed-secrets-key", version, 1);
        legacy["metadata"]["labels"] = label.map_or(Value::Null, |label| json!({KEY_LABEL: label}));
        legacy
    };
    let mut api = Api::start(settings());
    api.list_with_legacy(1, &[key("a", 1, 0)], &[legacy(1, None)]).await;
    let (_keys, watch) = api.watches(1).await;
    let keys = api.until(Keys::is_ready).await;
    assert_eq!(in_list(&keys), ["sealed-secrets-key", "a"]);
    // In both lists it is one.
    watch.touch();
    api.list_with_legacy(2, &[key("a", 1, 0), legacy(2, Some("active"))], &[legacy(2, Some("active"))]).await;
    let (_keys, watch) = api.watches(2).await;
    watch.touch();
    api.list_with_legacy(3, &[key("a", 1, 0)], &[legacy(3, Some("compromised"))]).await;
    let _watches = api.watches(3).await;
    let keys = api.until(|keys| keys.known.len() == 1).await;
    assert_eq!((in_list(&keys), keys.version), (vec!["a"], 2));
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_watch_keys_are_listed_every_minute() {
    let mut api = Api::start(settings());
    let (forbidden, body) = refused(403, "secrets is forbidden");
    api.list(1, &[key("a", 1, 0)]).await;
    for round in 1..4 {
        api.answer(&format!("watch keys {round}"), forbidden, &body).await;
        api.answer(&format!("watch legacy {round}"), forbidden, &body).await;
        api.until(|keys| keys.version == round).await;
        api.quiet().await;
        let keys: Vec<_> =
            (0..=usize::try_from(round).unwrap().min(2)).map(|i| key(["a", "b", "c"][i], 1, i)).collect();
        api.list(round + 1, &keys).await;
    }
    // Granted meanwhile.
    let _watches = api.watches(4).await;
    assert_eq!(in_list(&api.reader.snapshot()), ["c", "b", "a"]);
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_empties_nothing_and_ends_soon() {
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let (watch, legacy) = api.watches(1).await;
    api.until(Keys::is_ready).await;
    drop((watch, legacy));
    for _ in 0..20 {
        api.call("list keys").await.answer.send_error(std::io::Error::other("connection refused"));
        api.call("list legacy").await.answer.send_error(std::io::Error::other("connection refused"));
        assert!(api.reader.snapshot().is_ready());
    }
    let back = tokio::time::Instant::now();
    // As long as the list has not ended, the keys of before stay.
    let waits = api.call("list keys").await;
    assert!(back.elapsed() <= Duration::from_secs(3), "{:?}", back.elapsed());
    assert!(api.reader.snapshot().is_ready());
    waits.answer.send_error(std::io::Error::other("connection reset"));
    api.call("list legacy").await.answer.send_error(std::io::Error::other("connection reset"));
    api.list(2, &[key("a", 1, 0)]).await;
    let _watches = api.watches(2).await;
    api.quiet().await;
    assert_eq!(api.reader.snapshot().version, 1);
}

#[tokio::test(start_paused = true)]
async fn a_watch_goes_on_from_its_bookmark_and_lists_after_410() {
    let mut api = Api::start(settings());
    api.list(1, &[key("a", 1, 0)]).await;
    let (watch, _legacy) = api.watches(1).await;
    watch.bookmark("5");
    api.quiet().await;
    drop(watch);
    let watch = api.open("watch keys 5").await;
    api.quiet().await;
    let gone = tokio::time::Instant::now();
    watch.say("ERROR", &refused(410, "too old resource version").1);
    api.list(6, &[key("a", 1, 0)]).await;
    assert_eq!(gone.elapsed(), Duration::ZERO, "no pause after 410");
    let _watches = api.watches(6).await;
    api.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_always_too_old_is_slowed_down() {
    let mut api = Api::start(settings());
    let begun = tokio::time::Instant::now();
    for _ in 0..10 {
        api.list(1, &[key("a", 1, 0)]).await;
        let (code, body) = refused(410, "Expired");
        api.answer("watch keys 1", code, &body).await;
        api.open("watch legacy 1").await;
    }
    assert!(begun.elapsed() > Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_certificate_of_the_future_becomes_active_by_the_clock_alone() {
    let future = pair_json("future", 1, &rsa(1).key, &rsa(1).certificate_from(START + 1000, 3600), CREATED);
    let mut api = Api::start(settings());
    api.list(1, &[future, key("a", 1, 0)]).await;
    let _watches = api.watches(1).await;
    api.until(Keys::is_ready).await;
    assert_eq!(api.active(), Some("a".into()));
    api.clock.store(START + 700, Ordering::SeqCst);
    api.until(|keys| keys.version == 2).await;
    assert_eq!(api.active(), Some("future".into()));
    api.quiet().await;
}
