//! What the controller counts and measures, under upstream's names where upstream has them.
//!
//! | series, after `sealed_secrets_controller_` | kind | labels |
//! |---|---|---|
//! | `build_info` | gauge, always 0 as upstream's | `revision` |
//! | `unseal_requests_total` | counter | |
//! | `unseal_errors_total` | counter | `reason`, `namespace` |
//! | `condition_info` | gauge | `namespace`, `name`, `condition`, `ss_app_kubernetes_io_instance` |
//! | `http_requests_total` | counter | `path`, `code`, `method` |
//! | `http_request_duration_seconds` | histogram | `path`, `method` |
//! | `queue_depth` | gauge | |
//! | `reconcile_duration_seconds` | histogram | |
//! | `key_created_timestamp_seconds` | gauge | `fingerprint` |
//! | `key_certificate_expiry_timestamp_seconds` | gauge | `fingerprint` |
//! | `key_active` | gauge, 1 for the key that new values are sealed with | `fingerprint` |
//! | `key_items` | gauge | `fingerprint` |
//! | `bad_key_secrets` | gauge | |
//!
//! The first six are upstream's, the others ours. Besides there are the usual `process_` series. No label takes
//! what a client of the HTTP API sends: paths are routes, methods are known ones or `unknown`.

mod conditions;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

use self::conditions::Conditions;
use crate::keys::Keys;

/// Media type of [`Metrics::text`], the Prometheus text format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Buckets of `http_request_duration_seconds`, in seconds, as upstream's.
const HTTP_BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Buckets of `reconcile_duration_seconds`, in seconds: from one small object to a long queue.
const RECONCILE_BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0];

/// All metrics of the process; cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    unseal_requests: IntCounter,
    unseal_errors: IntCounterVec,
    /// None with `--metrics-omit-secret-labels`.
    conditions: Option<Mutex<Conditions>>,
    http_requests: IntCounterVec,
    http_durations: HistogramVec,
    queue_depth: IntGauge,
    reconcile_durations: Histogram,
    keys: Mutex<KeySeries>,
}

/// Series that are replaced as a whole; the lock keeps a reader from seeing half of them.
struct KeySeries {
    created: IntGaugeVec,
    expiry: IntGaugeVec,
    active: IntGaugeVec,
    items: IntGaugeVec,
    bad: IntGauge,
}

/// Why a SealedSecret did not become a Secret, as the label `reason` of `unseal_errors_total` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsealErrorReason {
    /// The SealedSecret could not be fetched.
    Fetch,
    /// The status could not be written.
    Status,
    /// It does not open.
    Unseal,
    /// A Secret that is not ours is in the way.
    Unmanaged,
    /// The Secret could not be written.
    Update,
}

impl UnsealErrorReason {
    fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Status => "status",
            Self::Unseal => "unseal",
            Self::Unmanaged => "unmanaged",
            Self::Update => "update",
        }
    }
}

/// Value of `condition_info`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionValue {
    /// 1
    True,
    /// -1
    False,
    /// 0
    Unknown,
}

impl Metrics {
    /// Metrics with nothing counted yet. With `omit_secret_labels` (`--metrics-omit-secret-labels`) none carries
    /// the name of a SealedSecret: there is no `condition_info` then.
    #[must_use]
    pub fn new(omit_secret_labels: bool) -> Self {
        let registry = Registry::new();
        let build = opts("build_info", "Which version runs, as a label.")
            .const_label("revision", env!("CARGO_PKG_VERSION"));
        // Upstream never sets it, and dashboards look at the label.
        registered(&registry, made(IntGauge::with_opts(build)));
        let keys = KeySeries {
            created: key_gauge(
                &registry,
                "key_created_timestamp_seconds",
                "When the Secret of each sealing key was created, in Unix seconds.",
            ),
            expiry: key_gauge(
                &registry,
                "key_certificate_expiry_timestamp_seconds",
                "When the certificate of each sealing key ends, in Unix seconds.",
            ),
            active: key_gauge(&registry, "key_active", "1 for the key that new values are sealed with."),
            items: key_gauge(&registry, "key_items", "Values sealed under each key, as far as known."),
            bad: gauge(&registry, "bad_key_secrets", "Labelled key Secrets that hold no usable key."),
        };
        registry
            .register(Box::new(ProcessCollector::for_self()))
            .expect("each name stands in this file once");
        let inner = Inner {
            unseal_requests: registered(
                &registry,
                made(IntCounter::with_opts(opts(
                    "unseal_requests_total",
                    "SealedSecrets taken from the queue.",
                ))),
            ),
            unseal_errors: registered(
                &registry,
                made(IntCounterVec::new(
                    opts("unseal_errors_total", "SealedSecrets that did not become Secrets, by reason."),
                    &["reason", "namespace"],
                )),
            ),
            conditions: (!omit_secret_labels).then(Mutex::default),
            http_requests: registered(
                &registry,
                made(IntCounterVec::new(
                    opts("http_requests_total", "HTTP requests answered."),
                    &["path", "code", "method"],
                )),
            ),
            http_durations: registered(
                &registry,
                made(HistogramVec::new(
                    histogram(
                        "http_request_duration_seconds",
                        "Time to answer HTTP requests.",
                        &HTTP_BUCKETS,
                    ),
                    &["path", "method"],
                )),
            ),
            queue_depth: gauge(&registry, "queue_depth", "SealedSecrets that wait for their turn."),
            reconcile_durations: registered(
                &registry,
                made(Histogram::with_opts(histogram(
                    "reconcile_duration_seconds",
                    "Time of one SealedSecret from the queue to the last write.",
                    &RECONCILE_BUCKETS,
                ))),
            ),
            keys: Mutex::new(keys),
            registry,
        };
        Self(Arc::new(inner))
    }

    /// `unseal_requests_total`: an object was taken from the queue.
    pub fn unseal_requested(&self) {
        self.0.unseal_requests.inc();
    }

    /// `unseal_errors_total`.
    pub fn unseal_failed(&self, reason: UnsealErrorReason, namespace: &str) {
        self.0.unseal_errors.with_label_values(&[reason.as_str(), namespace]).inc();
    }

    /// `condition_info` of the condition `condition`; `instance` is the label app.kubernetes.io/instance of the
    /// SealedSecret (empty if none). A series of another instance of the same object goes.
    pub fn condition(
        &self,
        namespace: &str,
        name: &str,
        instance: &str,
        condition: &str,
        value: ConditionValue,
    ) {
        if let Some(conditions) = &self.0.conditions {
            lock(conditions).set(namespace, name, instance, condition, value);
        }
    }

    /// The SealedSecret is gone: its series go.
    pub fn forget(&self, namespace: &str, name: &str) {
        if let Some(conditions) = &self.0.conditions {
            lock(conditions).forget(namespace, name);
        }
    }

    /// `http_requests_total` and `http_request_duration_seconds`. The method is counted in lower case if HTTP
    /// knows it, otherwise as `unknown`, as upstream does.
    pub fn http_request(&self, path: &'static str, method: &str, code: u16, seconds: f64) {
        let method = known_method(method);
        self.0.http_requests.with_label_values(&[path, &code.to_string(), method]).inc();
        self.0.http_durations.with_label_values(&[path, method]).observe(seconds);
    }

    /// Objects that wait.
    pub fn queue_depth(&self, waiting: usize) {
        self.0.queue_depth.set(to_gauge(waiting));
    }

    /// How long one object took, from the queue to the last write.
    pub fn reconciled(&self, seconds: f64) {
        self.0.reconcile_durations.observe(seconds);
    }

    /// Values that are sealed under each key, by fingerprint, as far as known: replaces the series.
    pub fn items_per_key(&self, counts: &[(String, u64)]) {
        let series = lock(&self.0.keys);
        series.items.reset();
        for (fingerprint, count) in counts {
            series.items.with_label_values(&[fingerprint]).set(to_gauge(*count));
        }
    }

    /// The keys changed: their ages, expiries and which is active; `bad` key Secrets are not among them.
    pub fn keys(&self, keys: &Keys) {
        let series = lock(&self.0.keys);
        series.created.reset();
        series.expiry.reset();
        series.active.reset();
        let active = keys.active.as_ref().map(|certificate| *certificate.fingerprint());
        for key in &keys.known {
            let fingerprint = key.fingerprint.to_string();
            series.created.with_label_values(&[&fingerprint]).set(key.created);
            if let Some((_, end)) = key.validity {
                series.expiry.with_label_values(&[&fingerprint]).set(end);
            }
            let is_active = active == Some(key.fingerprint);
            series.active.with_label_values(&[&fingerprint]).set(i64::from(is_active));
        }
        series.bad.set(to_gauge(keys.bad.len()));
    }

    /// Everything in the Prometheus text format 0.0.4, families in order of their names.
    #[must_use]
    pub fn text(&self) -> String {
        let families = {
            let _whole = lock(&self.0.keys);
            self.0.registry.gather()
        };
        let after = families.partition_point(|family| family.name() < conditions::NAME);
        let mut out = String::new();
        let encoder = TextEncoder::new();
        let known = "families come from the registry, which leaves none empty or without name";
        encoder.encode_utf8(&families[..after], &mut out).expect(known);
        if let Some(conditions) = &self.0.conditions {
            lock(conditions).write(&mut out);
        }
        encoder.encode_utf8(&families[after..], &mut out).expect(known);
        out
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(false)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace("sealed_secrets_controller")
}

fn histogram(name: &str, help: &str, buckets: &[f64]) -> HistogramOpts {
    HistogramOpts::new(name, help).namespace("sealed_secrets_controller").buckets(buckets.to_vec())
}

fn gauge(registry: &Registry, name: &str, help: &str) -> IntGauge {
    registered(registry, made(IntGauge::with_opts(opts(name, help))))
}

fn key_gauge(registry: &Registry, name: &str, help: &str) -> IntGaugeVec {
    registered(registry, made(IntGaugeVec::new(opts(name, help), &["fingerprint"])))
}

fn made<T>(metric: prometheus::Result<T>) -> T {
    metric.expect("names and labels are constants of this file, which the tests make once")
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> C {
    registry.register(Box::new(collector.clone())).expect("each name stands in this file once");
    collector
}

/// A poisoned lock holds numbers that are as good as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn to_gauge(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// Methods that upstream's instrumentation knows; a client can send any other, so those share one series.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 10] =
        ["get", "put", "head", "post", "delete", "connect", "options", "notify", "trace", "patch"];
    KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(method)).unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
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
            bad: vec!["broken".into()],
            version: 1,
        };
        (keys, fingerprint.to_string())
    }

    /// Names and types, of upstream's controller 0.40.0 first.
    const FAMILIES: [(&str, &str); 13] = [
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
        let upstreams =
            ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"];
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
}
