//! The series of sealing keys.

use prometheus::{IntGauge, IntGaugeVec, Registry};

use super::registration::{gauge, made, opts, registered};
use super::to_gauge;
use crate::keys::Keys;

/// Series that are replaced as a whole; the lock keeps a reader from seeing half of them.
pub(super) struct KeySeries {
    created: IntGaugeVec,
    expiry: IntGaugeVec,
    active: IntGaugeVec,
    items: IntGaugeVec,
    bad: IntGauge,
}

impl KeySeries {
    /// Without any key.
    pub(super) fn new(registry: &Registry) -> Self {
        Self {
            created: key_gauge(
                registry,
                "key_created_timestamp_seconds",
                "When the Secret of each sealing key was created, in Unix seconds.",
            ),
            expiry: key_gauge(
                registry,
                "key_certificate_expiry_timestamp_seconds",
                "When the certificate of each sealing key ends, in Unix seconds.",
            ),
            active: key_gauge(registry, "key_active", "1 for the key that new values are sealed with."),
            items: key_gauge(registry, "key_items", "Values sealed under each key, as far as known."),
            bad: gauge(
                registry,
                "bad_key_secrets",
                "Key Secrets that hold no usable key, or were made from SealedSecrets.",
            ),
        }
    }

    /// Values that are sealed under each key, by fingerprint.
    pub(super) fn items_per_key(&self, counts: &[(String, u64)]) {
        self.items.reset();
        for (fingerprint, count) in counts {
            self.items.with_label_values(&[fingerprint]).set(to_gauge(*count));
        }
    }

    /// Ages, expiries, which is active, and how many Secrets hold none.
    pub(super) fn keys(&self, keys: &Keys) {
        self.created.reset();
        self.expiry.reset();
        self.active.reset();
        let active = keys.active.as_ref().map(|certificate| *certificate.fingerprint());
        for key in &keys.known {
            let fingerprint = key.fingerprint.to_string();
            self.created.with_label_values(&[&fingerprint]).set(key.created);
            if let Some((_, end)) = key.validity {
                self.expiry.with_label_values(&[&fingerprint]).set(end);
            }
            let is_active = active == Some(key.fingerprint);
            self.active.with_label_values(&[&fingerprint]).set(i64::from(is_active));
        }
        self.bad.set(to_gauge(keys.bad.len() + keys.refused.len()));
    }
}

fn key_gauge(registry: &Registry, name: &str, help: &str) -> IntGaugeVec {
    registered(registry, made(IntGaugeVec::new(opts(name, help), &["fingerprint"])))
}
