//! What the controller counts and measures, under upstream's names where upstream has them.

use crate::key_registry::Keys;

/// All metrics of the process; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Metrics {}

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
    /// `unseal_requests_total`: an object was taken from the queue.
    pub fn unseal_requested(&self) {}

    /// `unseal_errors_total`.
    pub fn unseal_failed(&self, reason: UnsealErrorReason, namespace: &str) {
        let _ = (reason, namespace);
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
        let _ = (namespace, name, instance, condition, value);
    }

    /// The SealedSecret is gone: its series go.
    pub fn forget(&self, namespace: &str, name: &str) {
        let _ = (namespace, name);
    }

    /// `http_requests_total` and `http_request_duration_seconds`.
    pub fn http_request(&self, path: &'static str, method: &str, code: u16, seconds: f64) {
        let _ = (path, method, code, seconds);
    }

    /// Objects that wait.
    pub fn queue_depth(&self, waiting: usize) {
        let _ = waiting;
    }

    /// How long one object took, from the queue to the last write.
    pub fn reconciled(&self, seconds: f64) {
        let _ = seconds;
    }

    /// Values that are sealed under each key, by fingerprint, as far as known: replaces the series.
    pub fn items_per_key(&self, counts: &[(String, u64)]) {
        let _ = counts;
    }

    /// The keys changed: their ages, expiries and which is active; `bad` key Secrets are not among them.
    pub fn keys(&self, keys: &Keys) {
        let _ = keys;
    }
}
