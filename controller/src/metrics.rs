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
//! | `active_certificate_expiry` | gauge, 0 far, 1 soon, 2 over | |
//! | `objects_without_key` | gauge, SealedSecrets that were opened by a key which has gone | |
//!
//! The first six are upstream's, the others ours. Besides there are the usual `process_` series. No label takes
//! what a client of the HTTP API sends: paths are routes, methods are known ones or `unknown`.

mod conditions;
mod error_series;
mod key_series;
mod registration;

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus::process_collector::ProcessCollector;
use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, Registry, TextEncoder};

use self::conditions::Conditions;
use self::error_series::ErrorSeries;
use self::key_series::KeySeries;
use self::registration::{gauge, histogram, made, opts, registered};
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
    unseal_errors: Mutex<ErrorSeries>,
    /// None with `--metrics-omit-secret-labels`.
    conditions: Option<Mutex<Conditions>>,
    http_requests: IntCounterVec,
    http_durations: HistogramVec,
    queue_depth: IntGauge,
    without_key: IntGauge,
    active_certificate: IntGauge,
    reconcile_durations: Histogram,
    keys: Mutex<KeySeries>,
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
    const ALL: [Self; 5] = [Self::Fetch, Self::Status, Self::Unseal, Self::Unmanaged, Self::Update];

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
            unseal_errors: Mutex::new(ErrorSeries::new(&registry)),
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
            active_certificate: gauge(
                &registry,
                "active_certificate_expiry",
                "Whether the certificate that is sealed with ends: 0 not soon, 1 soon, 2 it has ended.",
            ),
            without_key: gauge(
                &registry,
                "objects_without_key",
                "SealedSecrets that were opened by a sealing key which has gone.",
            ),
            reconcile_durations: registered(
                &registry,
                made(Histogram::with_opts(histogram(
                    "reconcile_duration_seconds",
                    "Time of one SealedSecret from the queue to the last write.",
                    &RECONCILE_BUCKETS,
                ))),
            ),
            keys: Mutex::new(KeySeries::new(&registry)),
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
        lock(&self.0.unseal_errors).count(reason, namespace);
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

    /// Whether the SealedSecrets of this namespace, or any, are there nobody knows any more: their series go.
    pub fn forget_all(&self, namespace: Option<&str>) {
        if let Some(conditions) = &self.0.conditions {
            lock(conditions).forget_all(namespace);
        }
    }

    /// These namespaces have SealedSecrets; errors of one that has had none for minutes are counted no longer.
    pub fn served(&self, namespaces: &HashSet<&str>, now: tokio::time::Instant) {
        lock(&self.0.unseal_errors).served(namespaces, now);
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

    /// 0, 1, 2: the certificate that is sealed with does not end soon, does, has ended.
    pub fn active_certificate(&self, expiry: i64) {
        self.0.active_certificate.set(expiry);
    }

    /// SealedSecrets whose sealing key has gone.
    pub fn without_key(&self, objects: usize) {
        self.0.without_key.set(to_gauge(objects));
    }

    /// How long one object took, from the queue to the last write.
    pub fn reconciled(&self, seconds: f64) {
        self.0.reconcile_durations.observe(seconds);
    }

    /// Values that are sealed under each key, by fingerprint, as far as known: replaces the series.
    pub fn items_per_key(&self, counts: &[(String, u64)]) {
        lock(&self.0.keys).items_per_key(counts);
    }

    /// The keys changed: their ages, expiries and which is active; `bad` key Secrets are not among them.
    pub fn keys(&self, keys: &Keys) {
        lock(&self.0.keys).keys(keys);
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
mod tests;
