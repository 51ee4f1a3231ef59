//! What is written, in the text format.

use sealed_secrets::sealing::{KeyRing, KeySize, SealingKey};

use super::*;
use crate::keys::KnownKey;

fn keys() -> (Keys, String) {
    let key = SealingKey::generate(KeySize::Rsa2048).unwrap();
    let certificate = key.self_signed_certificate("", 1_000, 5_000).unwrap();
    let fingerprint = *certificate.fingerprint();
    let known = KnownKey {
        secret: "sealed-secrets-keyabcde".into(),
        uid: "1".into(),
        fingerprint,
        created: 1_234,
        validity: Some((1_000, 6_000)),
        seals: true,
    };
    let keys = Keys {
        ring: Arc::new(KeyRing::new(vec![key])),
        known: vec![known],
        active: Some(certificate),
        refused: Vec::new(),
        was_ready: true,
        bad: vec!["broken".into()],
        version: 1,
    };
    (keys, fingerprint.to_string())
}

/// Names and types, of upstream's controller 0.40.0 first.
const FAMILIES: [(&str, &str); 15] = [
    ("build_info", "gauge"),
    ("unseal_requests_total", "counter"),
    ("unseal_errors_total", "counter"),
    ("condition_info", "gauge"),
    ("http_requests_total", "counter"),
    ("http_request_duration_seconds", "histogram"),
    ("queue_depth", "gauge"),
    ("reconcile_duration_seconds", "histogram"),
    ("key_created_timestamp_seconds", "gauge"),
    ("key_certificate_expiry_timestamp_seconds", "gauge"),
    ("key_active", "gauge"),
    ("key_items", "gauge"),
    ("bad_key_secrets", "gauge"),
    ("objects_without_key", "gauge"),
    ("active_certificate_expiry", "gauge"),
];

fn all_used(metrics: &Metrics) {
    metrics.unseal_requested();
    for reason in [
        UnsealErrorReason::Fetch,
        UnsealErrorReason::Status,
        UnsealErrorReason::Unseal,
        UnsealErrorReason::Unmanaged,
        UnsealErrorReason::Update,
    ] {
        metrics.unseal_failed(reason, "shop");
    }
    metrics.condition("shop", "db", "blue", "Synced", ConditionValue::False);
    metrics.http_request("/v1/verify", "POST", 429, 0.3);
    metrics.http_request("/v1/verify", "BREW", 200, 0.004);
    metrics.queue_depth(7);
    metrics.reconciled(0.02);
    let (keys, fingerprint) = keys();
    metrics.keys(&keys);
    metrics.items_per_key(&[(fingerprint, 12)]);
}

#[test]
fn names_and_types() {
    let metrics = Metrics::default();
    all_used(&metrics);
    let text = metrics.text();
    let mut expected: Vec<String> = FAMILIES
        .iter()
        .map(|(name, kind)| format!("# TYPE sealed_secrets_controller_{name} {kind}"))
        .collect();
    expected.sort();
    let types: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("# TYPE") && !line.starts_with("# TYPE process_"))
        .collect();
    assert_eq!(types, expected, "in order of names, none more");
    for name in ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"] {
        assert!(text.contains(&format!("# TYPE {name} ")), "{name} is missing");
    }
}

#[test]
fn series_are_written_as_upstreams() {
    let metrics = Metrics::default();
    all_used(&metrics);
    let text = metrics.text();
    let version = env!("CARGO_PKG_VERSION");
    for line in [
        &*format!("build_info{{revision=\"{version}\"}} 0"),
        "unseal_requests_total 1",
        r#"unseal_errors_total{namespace="shop",reason="fetch"} 1"#,
        r#"unseal_errors_total{namespace="shop",reason="status"} 1"#,
        r#"unseal_errors_total{namespace="shop",reason="unseal"} 1"#,
        r#"unseal_errors_total{namespace="shop",reason="unmanaged"} 1"#,
        r#"unseal_errors_total{namespace="shop",reason="update"} 1"#,
        r#"condition_info{condition="Synced",name="db",namespace="shop",ss_app_kubernetes_io_instance="blue"} -1"#,
        r#"http_requests_total{code="429",method="post",path="/v1/verify"} 1"#,
        r#"http_requests_total{code="200",method="unknown",path="/v1/verify"} 1"#,
        r#"http_request_duration_seconds_bucket{method="post",path="/v1/verify",le="0.25"} 0"#,
        r#"http_request_duration_seconds_bucket{method="post",path="/v1/verify",le="0.5"} 1"#,
        r#"http_request_duration_seconds_bucket{method="post",path="/v1/verify",le="+Inf"} 1"#,
        r#"http_request_duration_seconds_sum{method="post",path="/v1/verify"} 0.3"#,
        r#"http_request_duration_seconds_count{method="post",path="/v1/verify"} 1"#,
        "queue_depth 7",
        "reconcile_duration_seconds_count 1",
        "bad_key_secrets 1",
    ] {
        let line = format!("sealed_secrets_controller_{line}");
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
    let buckets: Vec<&str> = text
        .lines()
        .filter(|line| line.contains(r#"_bucket{method="post""#))
        .filter_map(|line| line.split("le=\"").nth(1)?.split('"').next())
        .collect();
    let upstreams = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"];
    assert_eq!(buckets, upstreams);
}

#[test]
fn key_series_are_replaced() {
    let metrics = Metrics::default();
    let (first, first_name) = keys();
    metrics.keys(&first);
    metrics.items_per_key(&[(first_name.clone(), 12)]);
    let text = metrics.text();
    for (series, value) in [
        ("key_created_timestamp_seconds", 1_234),
        ("key_certificate_expiry_timestamp_seconds", 6_000),
        ("key_active", 1),
        ("key_items", 12),
    ] {
        let line = format!("sealed_secrets_controller_{series}{{fingerprint=\"{first_name}\"}} {value}");
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
    let (mut second, second_name) = keys();
    second.active = None;
    metrics.keys(&second);
    metrics.items_per_key(&[]);
    let text = metrics.text();
    assert!(!text.contains(&first_name), "{text}");
    let line = format!("sealed_secrets_controller_key_active{{fingerprint=\"{second_name}\"}} 0");
    assert!(text.contains(&line), "{text}");
}

#[test]
fn names_can_be_left_out() {
    let metrics = Metrics::new(true);
    all_used(&metrics);
    metrics.forget("shop", "db");
    let text = metrics.text();
    assert!(!text.contains("condition_info"), "{text}");
    assert!(text.contains("unseal_requests_total 1"));
}

#[test]
fn forgotten_objects_leave_no_series() {
    let metrics = Metrics::default();
    all_used(&metrics);
    metrics.forget("shop", "db");
    assert!(!metrics.text().contains("condition_info"));
}

#[test]
fn methods_have_a_bound() {
    assert_eq!(known_method("GET"), "get");
    assert_eq!(known_method("Patch"), "patch");
    assert_eq!(known_method("MKCOL"), "unknown");
    assert_eq!(known_method(""), "unknown");
}
