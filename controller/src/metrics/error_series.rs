//! The series of `unseal_errors_total`, without those of namespaces that are gone.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use prometheus::{IntCounterVec, Registry};
use tokio::time::Instant;

use super::UnsealErrorReason;
use super::registration::{made, opts, registered};

/// A namespace in which no SealedSecret is left for so long is gone: until then whoever collects metrics has seen the last
/// count.
const KEPT: Duration = Duration::from_secs(300);

/// See the module.
#[derive(Debug)]
pub(super) struct ErrorSeries {
    counters: IntCounterVec,
    /// The namespaces that have a series, and since when they have had no SealedSecret.
    namespaces: BTreeMap<Box<str>, Option<Instant>>,
}

impl ErrorSeries {
    pub(super) fn new(registry: &Registry) -> Self {
        let opts = opts("unseal_errors_total", "SealedSecrets that did not become Secrets, by reason.");
        let counters = registered(registry, made(IntCounterVec::new(opts, &["reason", "namespace"])));
        Self { counters, namespaces: BTreeMap::new() }
    }

    /// One more.
    pub(super) fn count(&mut self, reason: UnsealErrorReason, namespace: &str) {
        self.counters.with_label_values(&[reason.as_str(), namespace]).inc();
        if !self.namespaces.contains_key(namespace) {
            self.namespaces.insert(namespace.into(), None);
        }
    }

    /// These namespaces have SealedSecrets now.
    pub(super) fn served(&mut self, served: &HashSet<&str>, now: Instant) {
        let counters = &self.counters;
        self.namespaces.retain(|namespace, empty_since| {
            if served.contains(&**namespace) {
                *empty_since = None;
                return true;
            }
            if now - *empty_since.get_or_insert(now) < KEPT {
                return true;
            }
            for reason in UnsealErrorReason::ALL {
                // Most of them were never there.
                let _ = counters.remove_label_values(&[reason.as_str(), namespace]);
            }
            false
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_of_namespaces_that_are_gone_go() {
        let registry = Registry::new();
        let mut series = ErrorSeries::new(&registry);
        for namespace in ["shop", "cart"] {
            series.count(UnsealErrorReason::Unseal, namespace);
            series.count(UnsealErrorReason::Update, namespace);
        }
        let count = || registry.gather().iter().map(|family| family.get_metric().len()).sum::<usize>();
        let begin = Instant::now();
        let both = HashSet::from(["shop", "cart"]);
        let one = HashSet::from(["shop"]);
        for (seconds, served, left) in
            [(0, &one, 4), (299, &one, 4), (300, &both, 4), (301, &one, 4), (600, &one, 4), (601, &one, 2)]
        {
            series.served(served, begin + Duration::from_secs(seconds));
            assert_eq!(count(), left, "{seconds}");
        }
        series.count(UnsealErrorReason::Unseal, "cart");
        assert_eq!(count(), 3, "a namespace of that name that is made anew");
    }
}
