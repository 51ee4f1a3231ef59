//! What each path answers, code by code.

use std::sync::Arc;

use controller::keys::Keys;
use sealed_secrets::Legacy;
use sealed_secrets::sealing::Scope;

use crate::support::{CANARY, Server, Setup, TestKeys, posted};

const TEXT: Option<&str> = Some("text/plain; charset=utf-8");

#[tokio::test]
async fn health() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    for path in ["/healthz", "/livez", "/readyz"] {
        let answer = server.get(path).await;
        assert_eq!(
            (answer.status, &*answer.body, answer.header("Content-Type")),
            (200, "ok\n", TEXT),
            "{path}"
        );
    }
    server.watches.send(false).unwrap();
    let answer = server.get("/readyz").await;
    assert_eq!((answer.status, &*answer.body, answer.header("Content-Type")), (503, "not ready\n", TEXT));
    assert_eq!(server.get("/healthz").await.status, 200);
    server.watches.send(true).unwrap();
    assert_eq!(server.get("/readyz").await.status, 200);
    server.keys.send(Arc::new(Keys::default())).unwrap();
    assert_eq!(server.get("/readyz").await.body, "not ready\n");
    assert_eq!(server.get("/livez").await.status, 200);
}

#[tokio::test]
async fn paths_and_methods() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    for path in ["/", "/v1", "/v1/", "/healthz/", "/metrics", "/v1/verify/", "/V1/verify", "/v1/cert.pem/x"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, &*answer.body), (404, "404 page not found\n"), "{path}");
        assert_eq!(answer.header("Content-Type"), TEXT);
    }
    for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"] {
        let head = format!("{method} /v1/cert.pem?x=y HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n");
        assert_eq!(server.send(&head, b"").await.status, 200, "{method}");
    }
    let head = server.send("HEAD /healthz HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n", b"").await;
    assert_eq!((head.status, &*head.body, head.header("Content-Length")), (200, "", Some("3")));
    // The body counts, not the method.
    let body = posted(&[("a", &keys.sealed("x"))]);
    let head = format!(
        "PUT /v1/verify HTTP/1.1\r\nHost: c\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    assert_eq!(server.send(&head, body.as_bytes()).await.status, 200);
}

#[tokio::test]
async fn certificate() {
    let keys = TestKeys::generate();
    let server = Server::start(Setup::default(), Keys::default()).await;
    let answer = server.get("/v1/cert.pem").await;
    assert_eq!((answer.status, &*answer.body), (503, "cannot get certificate\n"));
    assert_eq!((answer.header("Content-Type"), answer.header("Retry-After")), (TEXT, Some("1")));
    // Upstream's chart asks this for readiness.
    assert_eq!((server.get("/healthz").await.status, server.get("/livez").await.status), (503, 200));
    server.keys.send(Arc::new(keys.published())).unwrap();
    assert_eq!(server.get("/healthz").await.status, 200);
    let answer = server.get("/v1/cert.pem").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("Content-Type"), Some("application/x-pem-file"));
    assert_eq!(answer.body, keys.new.to_pem(), "the active certificate and nothing else");
    assert!(answer.header("X-RateLimit-Limit").is_none(), "this path has no limit");
}

#[tokio::test]
async fn verify_says_whether_all_items_open() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    let (good, other) = (keys.sealed("x"), TestKeys::generate().sealed("x"));
    let yaml = format!(
        "# of the shop\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n\
         metadata: {{name: db, namespace: shop}}\nspec:\n  encryptedData:\n    a: {good}\n"
    );
    let moved = posted(&[("a", &good)]).replace("\"name\":\"db\"", "\"name\":\"other\"");
    let wide = keys.sealed_in(Scope::NamespaceWide, "x");
    let annotated = |body: String| {
        body.replacen(
            "\"namespace\":\"shop\"}",
            "\"namespace\":\"shop\",\"annotations\":{\"sealedsecrets.bitnami.com/namespace-wide\":\"true\"}}",
            1,
        )
    };
    for (name, body, status) in [
        ("one", posted(&[("a", &good)]), 200),
        ("several", posted(&[("a", &good), ("b", &keys.sealed(""))]), 200),
        ("none", posted(&[]), 200),
        ("yaml", yaml.clone(), 200),
        ("its scope", annotated(posted(&[("a", &wide)])), 200),
        ("another scope", annotated(posted(&[("a", &good)])), 409),
        ("no other scope is tried", posted(&[("a", &wide)]), 409),
        ("another key", posted(&[("a", &other)]), 409),
        ("one of several", posted(&[("a", &good), ("b", &other)]), 409),
        ("another name", moved, 409),
        ("no base64", posted(&[("a", "§")]), 409),
        ("too short", posted(&[("a", "AgA=")]), 409),
        ("empty", String::new(), 500),
        ("white space", "\n\n".into(), 500),
        ("no object", "hello".into(), 500),
        ("broken", "{\"kind\":".into(), 500),
        ("broken YAML", "foo: [\n".into(), 500),
        ("another kind", posted(&[("a", &good)]).replace("\"SealedSecret\"", "\"Secret\""), 500),
        ("another version", posted(&[("a", &good)]).replace("v1alpha1", "v1"), 500),
        ("no kind", posted(&[("a", &good)]).replace("\"kind\":\"SealedSecret\",", ""), 500),
        ("no version", yaml.replace("apiVersion: bitnami.com/v1alpha1\n", ""), 500),
        ("a list", format!("{{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{}]}}", posted(&[])), 500),
        ("several documents", format!("{yaml}---\n{yaml}"), 500),
        ("two objects", format!("{0}{0}", posted(&[("a", &good)])), 500),
        ("items of another type", posted(&[]).replace("\"encryptedData\":{}", "\"encryptedData\":[1]"), 500),
    ] {
        let answer = server.post("/v1/verify", &body).await;
        assert_eq!((answer.status, &*answer.body), (status, ""), "{name}");
        assert_eq!(answer.header("Content-Type"), None, "{name}");
    }
}

/// Nothing tells which item does not open, why, or how many do.
#[tokio::test]
async fn refusals_look_the_same() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    let (good, other) = (keys.sealed("x"), TestKeys::generate().sealed("a much longer value"));
    let mut answers = Vec::new();
    for items in [
        vec![("a", &*other)],
        vec![("a", &good), ("b", &other)],
        vec![("a", &other), ("b", &good)],
        vec![("a", "AgA=")],
        vec![("a", "§§")],
        vec![("a", &good), ("b", "")],
    ] {
        answers.push(server.post("/v1/verify", &posted(&items)).await.comparable());
        let rotated = server.post("/v1/rotate", &posted(&items)).await;
        assert_eq!((rotated.status, &*rotated.body), (500, ""));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(answers[0].starts_with("HTTP/1.1 409"));
}

/// A template that fails for some values would tell them.
#[tokio::test]
async fn templates_are_not_rendered() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    let template =
        r#""data":{"x":"{{ if eq .a \"x\" }}{{ fail .a }}{{ end }}","broken":"{{"},"type":"Opaque""#;
    let body = posted(&[("a", &keys.sealed("x"))]).replace("\"type\":\"Opaque\"", template);
    assert_eq!(server.post("/v1/verify", &body).await.status, 200);
    let answer = server.post("/v1/rotate", &body).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains(template), "it stays as it was sent: {}", answer.body);
}

#[tokio::test]
async fn rotate_changes_the_ciphertexts_alone() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    let old = keys.sealed(CANARY);
    let body = posted(&[("a", &old)]).replacen(
        "\"namespace\":\"shop\"}",
        "\"namespace\":\"shop\",\"labels\":{\"app\":\"web\"},\"uid\":\"u\"},\"unknown\":[1, 2]",
        1,
    );
    let answer = server.post("/v1/rotate", &body).await;
    assert_eq!((answer.status, answer.header("Content-Type")), (200, Some("application/json")));
    let new = json_item(&answer.body, "a");
    assert_eq!(answer.body.replace(&new, &old), body, "every other byte is the same");
    assert_eq!(keys.opened(&new, Scope::Strict).as_deref(), Some(CANARY));
    assert_eq!(keys.opened(&old, Scope::Strict), None, "the old one was for another key");

    let yaml = format!(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: db, namespace: shop}}\n\
         spec:\n  encryptedData:\n    a: {old}\n"
    );
    let answer = server.post("/v1/rotate", &yaml).await;
    assert_eq!((answer.status, answer.header("Content-Type")), (200, Some("application/json")));
    assert_eq!(keys.opened(&json_item(&answer.body, "a"), Scope::Strict).as_deref(), Some(CANARY));
}

#[tokio::test]
async fn rotate_says_500_to_all_else() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    let good = keys.sealed("x");
    for (name, body) in [
        ("empty", String::new()),
        ("another kind", posted(&[("a", &good)]).replace("\"SealedSecret\"", "\"Secret\"")),
        ("broken", "{".into()),
        ("two objects", format!("{0}{0}", posted(&[("a", &good)]))),
        ("another key", posted(&[("a", &TestKeys::generate().sealed("x"))])),
        ("another name", posted(&[("a", &good)]).replace("\"name\":\"db\"", "\"name\":\"other\"")),
    ] {
        let answer = server.post("/v1/rotate", &body).await;
        assert_eq!((answer.status, &*answer.body), (500, ""), "{name}");
    }
}

/// CVE-2026-22728 of upstream: an annotation, in the template or above, must not make a value open elsewhere.
#[tokio::test]
async fn rotate_widens_no_scope() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    let body = posted(&[("a", &keys.sealed(CANARY))]);
    for scope in ["cluster-wide", "namespace-wide"] {
        let annotation = format!("\"annotations\":{{\"sealedsecrets.bitnami.com/{scope}\":\"true\"}}");
        let in_template = body
            .replace("\"template\":{\"metadata\":{", &format!("\"template\":{{\"metadata\":{{{annotation},"));
        let answer = server.post("/v1/rotate", &in_template).await;
        assert_eq!(answer.status, 200);
        let item = json_item(&answer.body, "a");
        assert_eq!(keys.opened(&item, Scope::Strict).as_deref(), Some(CANARY));
        for wider in [Scope::NamespaceWide, Scope::ClusterWide] {
            assert_eq!(keys.opened(&item, wider), None);
        }
        let above = body.replacen("\"metadata\":{", &format!("\"metadata\":{{{annotation},"), 1);
        let answer = server.post("/v1/rotate", &above).await;
        assert_eq!((answer.status, &*answer.body), (500, ""));
    }
}

#[tokio::test]
async fn the_legacy_format() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    let legacy = |value: &str| {
        posted(&[]).replace("\"encryptedData\":{}", &format!("\"data\":\"{}\"", keys.sealed(value)))
    };
    let secret = r#"{"kind":"Secret","apiVersion":"v1","data":{"a":"eA=="}}"#;
    assert_eq!(server.post("/v1/verify", &legacy(secret)).await.status, 200);
    assert_eq!(server.post("/v1/rotate", &legacy(secret)).await.status, 200);
    // Whether a value is the JSON of a Secret is nobody's business who holds the ciphertext alone.
    assert_eq!(server.post("/v1/verify", &legacy(CANARY)).await.status, 200);
    let both = legacy(secret)
        .replace("\"data\":", &format!("\"encryptedData\":{{\"a\":\"{}\"}},\"data\":", keys.sealed("x")));
    assert_eq!(server.post("/v1/verify", &both).await.status, 409);

    let server = Server::start(Setup { legacy: Legacy::Refuse, ..Setup::default() }, keys.published()).await;
    assert_eq!(server.post("/v1/verify", &legacy(secret)).await.status, 409);
    assert_eq!(server.post("/v1/rotate", &legacy(secret)).await.status, 500);
}

#[tokio::test]
async fn without_keys() {
    let keys = TestKeys::generate();
    let server = Server::start(Setup::default(), Keys::default()).await;
    let body = posted(&[("a", &keys.sealed("x"))]);
    for path in ["/v1/verify", "/v1/rotate"] {
        let answer = server.post(path, &body).await;
        assert_eq!((answer.status, &*answer.body), (500, ""), "{path}");
    }
    // Keys that open, none that seals.
    server.keys.send(Arc::new(Keys { active: None, ..keys.published() })).unwrap();
    assert_eq!(server.post("/v1/verify", &body).await.status, 200);
    assert_eq!(server.post("/v1/rotate", &body).await.status, 500);
}

#[tokio::test]
async fn endpoints_can_be_switched_off() {
    let keys = TestKeys::generate();
    let body = posted(&[("a", &keys.sealed("x"))]);
    for (verify, rotate) in [(false, true), (true, false)] {
        let mut setup = Setup::default();
        (setup.http.verify, setup.http.rotate) = (verify, rotate);
        let server = Server::start(setup, keys.published()).await;
        for (path, on) in [("/v1/verify", verify), ("/v1/rotate", rotate)] {
            let answer = server.post(path, &body).await;
            if on {
                assert_eq!(answer.status, 200, "{path}");
            } else {
                assert_eq!((answer.status, &*answer.body), (404, "404 page not found\n"), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn metrics_have_their_own_port() {
    let keys = TestKeys::generate();
    let server = Server::with_keys(&keys).await;
    server.metrics.keys(&keys.published());
    let body = posted(&[("a", &keys.sealed("x"))]);
    server.post("/v1/verify", &body).await;
    server.post("/v1/rotate", "{").await;
    server.get("/v1/cert.pem").await;
    server.get("/healthz").await;
    server.get("/nowhere").await;
    let head = "BREW /v1/cert.pem HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n";
    server.send(head, b"").await;
    let answer = server.metrics_text().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let counted: Vec<&str> = answer
        .body
        .lines()
        .filter_map(|line| line.strip_prefix("sealed_secrets_controller_http_requests_total"))
        .collect();
    assert_eq!(
        counted,
        [
            r#"{code="200",method="get",path="/v1/cert.pem"} 1"#,
            r#"{code="200",method="post",path="/v1/verify"} 1"#,
            r#"{code="200",method="unknown",path="/v1/cert.pem"} 1"#,
            r#"{code="500",method="post",path="/v1/rotate"} 1"#,
        ]
    );
}

/// The value of an item in JSON.
fn json_item(json: &str, key: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    value["spec"]["encryptedData"][key].as_str().unwrap().into()
}
