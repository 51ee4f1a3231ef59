//! Metrics under the prefix of all of ours, registered as they are made. Names and labels are constants, so that what could
//! fail fails in the first test.

use prometheus::core::Collector;
use prometheus::{HistogramOpts, IntGauge, Opts, Registry};

pub(super) fn opts(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace("sealed_secrets_controller")
}

pub(super) fn histogram(name: &str, help: &str, buckets: &[f64]) -> HistogramOpts {
    HistogramOpts::new(name, help).namespace("sealed_secrets_controller").buckets(buckets.to_vec())
}

pub(super) fn gauge(registry: &Registry, name: &str, help: &str) -> IntGauge {
    registered(registry, made(IntGauge::with_opts(opts(name, help))))
}

pub(super) fn made<T>(metric: prometheus::Result<T>) -> T {
    metric.expect("names and labels are constants of these files, which the tests make once")
}

pub(super) fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> C {
    registry.register(Box::new(collector.clone())).expect("each name stands in these files once");
    collector
}
