//! Watches, index, queue and tasks together. Time is virtual.

use std::sync::Arc;
use std::time::Duration;

use controller::events::Events;
use controller::keys::{KeyReader, Keys};
use controller::metrics::Metrics;
use controller::opener::Opener;
use controller::settings::{Forbidden, UnsealSettings};
use controller::unseal::{Parts, run};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api_server::{ApiServer, Fault};
use crate::support::{CANARY, KEYS, Log, assert_no_canary, base64, key_place, keys, sealed, sealed_with};

struct Controller {
    stop: watch::Sender<bool>,
    keys: watch::Sender<Arc<Keys>>,
    task: JoinHandle<()>,
}

fn settings() -> UnsealSettings {
    UnsealSettings {
        namespaces: None,
        label_selector: String::new(),
        accept_legacy: true,
        templates: true,
        update_status: true,
        skip_recreate: false,
        old_gc: false,
        forbidden: Forbidden::default(),
    }
}

/// Starts a controller and waits until it has seen everything.
async fn start(server: &ApiServer, settings: UnsealSettings) -> Controller {
    let cluster = server.cluster();
    let keys = keys();
    let parts = Parts {
        events: Events::new(cluster.clone()),
        cluster,
        keys: KeyReader::new(keys.subscribe()),
        opener: Opener::new(2),
        metrics: Metrics::default(),
        key_place: key_place(),
    };
    let (stop, stopped) = watch::channel(false);
    let (watching, mut watched) = watch::channel(false);
    let task = tokio::spawn(async move { run(parts, &settings, watching, stopped).await });
    tokio::time::timeout(Duration::from_secs(60), watched.wait_for(|watching| *watching))
        .await
        .unwrap()
        .unwrap();
    Controller { stop, keys, task }
}

impl Controller {
    async fn end(self) {
        self.stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(10), self.task).await.unwrap().unwrap();
    }
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    for _ in 0..6_000 {
        if is() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("in a minute: {what}");
}

/// Time for whatever would be done and should not be.
async fn a_while() {
    tokio::time::sleep(Duration::from_secs(3)).await;
}

fn named(name: &str) -> Value {
    in_namespace("shop", name)
}

/// Sealed for the whole cluster, so that any name does.
fn in_namespace(namespace: &str, name: &str) -> Value {
    let wide = "sealedsecrets.bitnami.com/cluster-wide";
    let mut secret = sealed_secrets::Secret::default();
    secret.metadata.namespace = Some(namespace.into());
    secret.metadata.name = Some(name.into());
    secret.metadata.annotations = Some([(wide.to_owned(), "true".to_owned())].into());
    secret.data.insert("password".into(), CANARY.as_bytes().to_vec().into());
    let sealed = sealed_secrets::seal(&secret, &KEYS.certificate, sealed_secrets::Hint::None).unwrap();
    serde_json::to_value(sealed).unwrap()
}

impl ApiServer {
    fn secret(&self, name: &str) -> Option<Value> {
        self.object("secrets", "shop", name)
    }

    fn synced(&self, name: &str) -> Option<bool> {
        let object = self.object("sealedsecrets", "shop", name)?;
        object["status"]["conditions"][0]["status"].as_str().map(|status| status == "True")
    }
}

#[tokio::test(start_paused = true)]
async fn create_update_delete_and_again() {
    let log = Log::begin();
    let server = ApiServer::default();
    let controller = start(&server, settings()).await;
    server.put("sealedsecrets", named("db"));
    until("made", || server.synced("db") == Some(true)).await;
    let first = server.secret("db").unwrap();
    assert_eq!(first["data"]["password"], base64(CANARY));
    // A label is no reason to do anything.
    a_while().await;
    server.calls();
    let mut object = named("db");
    object["spec"] = server.object("sealedsecrets", "shop", "db").unwrap()["spec"].clone();
    object["metadata"]["labels"] = json!({ "x": "y" });
    server.put("sealedsecrets", object.clone());
    a_while().await;
    assert_eq!(server.calls(), [""; 0]);
    // A spec is.
    object["spec"]["template"]["metadata"]["labels"] = json!({ "tier": "1" });
    server.put("sealedsecrets", object);
    until("updated", || server.secret("db").unwrap()["metadata"]["labels"]["tier"] == "1").await;
    assert_eq!(server.secret("db").unwrap()["metadata"]["uid"], first["metadata"]["uid"]);
    a_while().await;
    server.delete("secrets", "shop", "db");
    until("back", || server.secret("db").is_some()).await;
    server.delete("sealedsecrets", "shop", "db");
    a_while().await;
    assert!(server.secret("db").is_none());
    server.put("sealedsecrets", named("db"));
    until("made anew", || server.synced("db") == Some(true)).await;
    // A Secret that somebody else deletes and makes is none of ours.
    a_while().await;
    assert!(server.events().iter().all(|event| event["type"] == "Normal"));
    for event in server.events() {
        assert_no_canary("an event", &event.to_string());
    }
    assert_no_canary("a status", &server.object("sealedsecrets", "shop", "db").unwrap().to_string());
    controller.end().await;
    assert_no_canary("the log", &log.text());
}

#[tokio::test(start_paused = true)]
async fn a_restart_costs_nothing() {
    let server = ApiServer::default();
    let controller = start(&server, settings()).await;
    for number in 0..20 {
        server.put("sealedsecrets", named(&format!("db-{number}")));
    }
    server.put("sealedsecrets", {
        let mut closed = sealed_with(&KEYS.stranger);
        closed["metadata"]["name"] = json!("closed");
        closed
    });
    until("all", || (0..20).all(|number| server.synced(&format!("db-{number}")) == Some(true))).await;
    until("told", || server.synced("closed") == Some(false)).await;
    a_while().await;
    controller.end().await;
    server.calls();
    let events = server.events().len();
    let controller = start(&server, settings()).await;
    a_while().await;
    assert_eq!(server.calls(), [""; 0]);
    assert_eq!(server.events().len(), events);
    // What changed while nobody looked is found.
    controller.end().await;
    server.delete("secrets", "shop", "db-3");
    let controller = start(&server, settings()).await;
    until("back", || server.secret("db-3").is_some()).await;
    a_while().await;
    assert_eq!(server.calls().len(), 4, "GET of the SealedSecret, POST, status, event");
    controller.end().await;
}

#[tokio::test(start_paused = true)]
async fn another_definition_is_noticed() {
    let server = ApiServer::default();
    server.define(true);
    let controller = start(&server, settings()).await;
    server.put("sealedsecrets", named("db"));
    let has = |condition: &str| {
        let object = server.object("sealedsecrets", "shop", "db").unwrap();
        object["status"]["conditions"].as_array().unwrap().iter().any(|there| there["type"] == condition)
    };
    until("made", || server.synced("db") == Some(true)).await;
    a_while().await;
    assert!(!has("Ready"));
    server.calls();
    for upstreams in [false, true] {
        server.define(upstreams);
        until("told as the other definition has it", || has("Ready") != upstreams).await;
        a_while().await;
        assert_eq!(server.calls().len(), 2, "GET and PUT of the SealedSecret, and no event");
    }
    controller.end().await;
}

#[tokio::test(start_paused = true)]
async fn three_calls_for_a_new_object() {
    let server = ApiServer::default();
    let controller = start(&server, settings()).await;
    server.put("sealedsecrets", named("first"));
    until("made", || server.synced("first") == Some(true)).await;
    a_while().await;
    server.calls();
    server.put("sealedsecrets", named("db"));
    a_while().await;
    let calls = server.calls();
    assert_eq!(
        calls,
        [
            "POST /api/v1/namespaces/shop/secrets",
            "PUT /apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets/db/status",
            "POST /api/v1/namespaces/shop/events",
        ]
    );
    controller.end().await;
}

#[tokio::test(start_paused = true)]
async fn three_calls_for_an_update_where_nobody_touched_the_secret() {
    let server = ApiServer::default();
    let controller = start(&server, settings()).await;
    server.put("sealedsecrets", named("db"));
    until("made", || server.synced("db") == Some(true)).await;
    a_while().await;
    server.calls();
    let before = server.secret("db").unwrap();
    server.put("sealedsecrets", named("db"));
    until("updated", || {
        server.object("sealedsecrets", "shop", "db").unwrap()["status"]["observedGeneration"] == 2
    })
    .await;
    a_while().await;
    let calls = server.calls();
    assert_eq!(calls[0], "PUT /api/v1/namespaces/shop/secrets/db");
    assert_eq!(calls.len(), 3, "Secret, status, event: {calls:?}");
    assert_eq!(server.secret("db").unwrap()["metadata"]["uid"], before["metadata"]["uid"]);
    controller.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_happened_while_a_watch_was_broken_is_found() {
    for server in [ApiServer::default(), ApiServer::default().without_streaming()] {
        let controller = start(&server, settings()).await;
        for name in ["kept", "lost", "dropped", "made-anew"] {
            server.put("sealedsecrets", named(name));
        }
        until("made", || server.synced("made-anew") == Some(true) && server.synced("kept") == Some(true))
            .await;
        let mut foreign = json!({ "kind": "Secret", "apiVersion": "v1", "metadata": { "namespace": "shop", "name": "taken" } });
        foreign["data"] = json!({});
        server.put("secrets", foreign);
        server.put("sealedsecrets", named("taken"));
        until("refused", || server.synced("taken") == Some(false)).await;
        a_while().await;
        let kept = server.secret("kept").unwrap();
        // All at once, with no watch to tell.
        server.cut_and_compact();
        server.delete("secrets", "shop", "lost");
        server.delete("secrets", "shop", "taken");
        server.delete("sealedsecrets", "shop", "dropped");
        server.delete("sealedsecrets", "shop", "made-anew");
        server.put("sealedsecrets", named("made-anew"));
        server.put("sealedsecrets", named("new"));
        server.cut_and_compact();
        until("all is right", || {
            ["lost", "taken", "made-anew", "new"]
                .iter()
                .all(|name| server.secret(name).is_some() && server.synced(name) == Some(true))
        })
        .await;
        a_while().await;
        assert!(server.secret("dropped").is_none());
        assert_eq!(server.secret("kept").unwrap(), kept);
        controller.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_odd_object_blinds_nobody() {
    for server in [ApiServer::default(), ApiServer::default().without_streaming()] {
        let mut odd = named("odd");
        odd["spec"] = json!(5);
        server.put("sealedsecrets", odd);
        let mut deep = named("deep");
        deep["spec"]["template"]["metadata"]["x"] = (0..1_000).fold(json!(1), |inner, _| json!([inner]));
        deep["status"] = json!({ "conditions": "nonsense" });
        server.put("sealedsecrets", deep);
        let controller = start(&server, settings()).await;
        server.put("sealedsecrets", named("good"));
        until("made", || server.synced("good") == Some(true) && server.synced("deep") == Some(true)).await;
        until("told", || server.synced("odd") == Some(false)).await;
        controller.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_stops_nobody_and_is_not_repeated() {
    let server = ApiServer::default();
    let controller = start(&server, settings()).await;
    server.put("sealedsecrets", named("first"));
    until("made", || server.synced("first") == Some(true)).await;
    a_while().await;
    server.calls();
    server.fail("POST /api/v1/namespaces/shop/secrets", 1, Fault::Panic);
    server.put("sealedsecrets", named("bomb"));
    a_while().await;
    assert_eq!(server.calls(), ["POST /api/v1/namespaces/shop/secrets"]);
    server.put("sealedsecrets", named("db"));
    until("made", || server.synced("db") == Some(true)).await;
    assert!(server.secret("bomb").is_none());
    // Until it changes.
    server.put("sealedsecrets", named("bomb"));
    until("made", || server.synced("bomb") == Some(true)).await;
    controller.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_watch_ends_no_watch() {
    let server = ApiServer::default();
    server.fail("GET /apis/bitnami.com", 1, Fault::Panic);
    server.fail("GET /api/v1/secrets", 1, Fault::Panic);
    let controller = start(&server, settings()).await;
    server.put("sealedsecrets", named("db"));
    until("made", || server.synced("db") == Some(true)).await;
    controller.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_others_made_of_our_secret_is_mended_at_the_next_look() {
    let server = ApiServer::default();
    let controller = start(&server, settings()).await;
    server.put("sealedsecrets", named("db"));
    until("made", || server.synced("db") == Some(true)).await;
    let mut secret = server.secret("db").unwrap();
    secret["data"]["password"] = json!(base64("changed"));
    server.put("secrets", secret);
    a_while().await;
    assert_eq!(server.secret("db").unwrap()["data"]["password"], base64("changed"), "as upstream");
    controller.end().await;
    let controller = start(&server, settings()).await;
    until("mended", || server.secret("db").unwrap()["data"]["password"] == base64(CANARY)).await;
    a_while().await;
    controller.end().await;
    server.calls();
    // And the record speaks of what is there now.
    let controller = start(&server, settings()).await;
    a_while().await;
    assert_eq!(server.calls(), [""; 0]);
    controller.end().await;
}

#[tokio::test(start_paused = true)]
async fn failures_of_the_server_pass() {
    let server = ApiServer::default();
    let controller = start(&server, settings()).await;
    server.fail("POST /api/v1/namespaces/shop/secrets", 1, Fault::LostAnswer);
    server.fail("POST /api/v1/namespaces/shop/secrets", 1, Fault::Code(504, "Timeout"));
    server.fail("PUT /apis", 2, Fault::Code(429, "TooManyRequests"));
    server.put("sealedsecrets", named("db"));
    until("made", || server.synced("db") == Some(true)).await;
    a_while().await;
    let calls = server.calls();
    let stored = server.secret("db").unwrap();
    assert_eq!(stored["data"]["password"], base64(CANARY));
    assert!(!calls.iter().any(|call| call.starts_with("PUT /api/v1/")), "{calls:?}");
    assert!(server.events().iter().all(|event| event["type"] == "Normal"), "nobody is told of what passes");
    controller.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_is_asked_ever_less() {
    for server in [ApiServer::default(), ApiServer::default().without_streaming()] {
        let controller = start(&server, settings()).await;
        let away = 1_000_000;
        server.fail("GET", away, Fault::Code(503, "ServiceUnavailable"));
        server.cut_and_compact();
        server.all_calls();
        tokio::time::sleep(Duration::from_secs(60)).await;
        let calls = server.all_calls().len();
        assert!((20..=90).contains(&calls), "{calls} calls of two watches in a minute");
        controller.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_ends_wakes_all_that_waited_for_it() {
    const OBJECTS: usize = 30;
    // Seen by a write that succeeds where each waits for another moment, by a watch, or, where all wait for the same moment
    // and no watch has broken, by asking whether it is ready.
    for (apart, watches_break) in [(1, false), (1, true), (0, true), (0, false)] {
        let server = ApiServer::default();
        let controller = start(&server, settings()).await;
        server.fail("POST /api/v1/namespaces/shop/secrets", usize::MAX, Fault::Code(500, "InternalError"));
        for number in 0..OBJECTS {
            server.put("sealedsecrets", named(&format!("db-{number}")));
            tokio::time::sleep(Duration::from_secs(apart)).await;
        }
        if apart == 0 {
            server.fail("GET /readyz", usize::MAX, Fault::Code(500, "InternalError"));
        }
        if watches_break {
            server.fail("GET", usize::MAX, Fault::Code(503, "ServiceUnavailable"));
            server.cut_and_compact();
        }
        tokio::time::sleep(Duration::from_secs(120)).await;
        server.mend();
        let begun = tokio::time::Instant::now();
        until("all", || (0..OBJECTS).all(|number| server.synced(&format!("db-{number}")) == Some(true)))
            .await;
        // Pauses had grown to half a minute.
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(8), "{took:?} after the outage: {apart} {watches_break}");
        controller.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn so_is_one_that_is_not_there_at_the_start() {
    for server in [ApiServer::default(), ApiServer::default().without_streaming()] {
        server.fail("GET", 14, Fault::Code(503, "ServiceUnavailable"));
        let begun = tokio::time::Instant::now();
        let controller = start(&server, settings()).await;
        let took = begun.elapsed().as_secs();
        assert!((5..=15).contains(&took), "{took} s for seven failures of each watch");
        controller.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_key_opens_what_was_closed() {
    let server = ApiServer::default();
    let controller = start(&server, settings()).await;
    let all = controller.keys.borrow().clone();
    let none = Keys { ring: Arc::default(), version: 2, ..Keys::default() };
    controller.keys.send_replace(Arc::new(none));
    server.put("sealedsecrets", named("waiting"));
    a_while().await;
    assert_eq!(server.synced("waiting"), None, "without any key nothing is judged");
    let back = Keys { ring: Arc::clone(&all.ring), version: 3, ..Keys::default() };
    controller.keys.send_replace(Arc::new(back));
    until("made", || server.synced("waiting") == Some(true)).await;
    controller.end().await;
}

#[tokio::test(start_paused = true)]
async fn only_the_namespaces_that_are_asked_for() {
    let server = ApiServer::default();
    let namespaces = Some(vec!["shop".to_owned(), "kube-system".to_owned()]);
    let controller = start(&server, UnsealSettings { namespaces, ..settings() }).await;
    server.put("sealedsecrets", in_namespace("other", "db"));
    server.put("sealedsecrets", in_namespace("kube-system", "db"));
    server.put("sealedsecrets", named("db"));
    until("made", || {
        server.secret("db").is_some() && server.object("secrets", "kube-system", "db").is_some()
    })
    .await;
    server.delete("secrets", "shop", "db");
    until("back", || server.secret("db").is_some()).await;
    assert!(server.object("secrets", "other", "db").is_none());
    assert!(server.all_calls().iter().all(|call| call.contains("/namespaces/")));
    controller.end().await;
}

#[tokio::test(start_paused = true)]
async fn without_recreation_secrets_are_not_watched() {
    let server = ApiServer::default();
    let controller = start(&server, UnsealSettings { skip_recreate: true, ..settings() }).await;
    server.put("sealedsecrets", named("db"));
    until("made", || server.synced("db") == Some(true)).await;
    server.delete("secrets", "shop", "db");
    a_while().await;
    assert!(server.secret("db").is_none());
    assert!(!server.all_calls().iter().any(|call| call.contains("/secrets?")));
    controller.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_old_way_of_collecting() {
    let server = ApiServer::default();
    let controller = start(&server, UnsealSettings { old_gc: true, ..settings() }).await;
    let mut ownerless = named("db");
    ownerless["spec"]["template"]["metadata"]["annotations"] =
        json!({ "sealedsecrets.bitnami.com/skip-set-owner-references": "true" });
    server.put("sealedsecrets", ownerless);
    until("made", || server.synced("db") == Some(true)).await;
    let mut foreign =
        json!({ "kind": "Secret", "apiVersion": "v1", "metadata": { "namespace": "shop", "name": "taken" } });
    foreign["data"] = json!({});
    server.put("secrets", foreign);
    server.put("sealedsecrets", named("taken"));
    until("refused", || server.synced("taken") == Some(false)).await;
    server.fail("DELETE", 2, Fault::Code(503, "ServiceUnavailable"));
    server.delete("sealedsecrets", "shop", "db");
    server.delete("sealedsecrets", "shop", "taken");
    until("deleted", || server.secret("db").is_none()).await;
    a_while().await;
    assert!(server.secret("taken").is_some());
    controller.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_strict_scope_is_held_in_the_loop_too() {
    let server = ApiServer::default();
    let controller = start(&server, settings()).await;
    let mut renamed = sealed();
    renamed["metadata"]["name"] = json!("stolen");
    server.put("sealedsecrets", renamed);
    until("told", || server.synced("stolen") == Some(false)).await;
    assert!(server.secret("stolen").is_none());
    controller.end().await;
}
