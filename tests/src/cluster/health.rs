//! What tools that deploy objects make of a SealedSecret.

use serde_json::Value;

/// What a tool says of an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Health {
    /// It waits.
    InProgress,
    /// It goes on.
    Current,
    /// It gives up.
    Failed,
}

/// Flux and Helm, by kstatus: `Compute` in `pkg/kstatus/status/status.go` and `generic.go` of sigs.k8s.io/cli-utils, for
/// objects of a kind that it has no rules for, which are not being deleted.
#[must_use]
pub fn kstatus(object: &Value) -> Health {
    let status = &object["status"];
    let observed = &status["observedGeneration"];
    if !observed.is_null() && *observed != object["metadata"]["generation"] {
        return Health::InProgress;
    }
    for condition in status["conditions"].as_array().into_iter().flatten() {
        match (condition["type"].as_str(), condition["status"].as_str()) {
            (Some("Reconciling"), Some("True")) => return Health::InProgress,
            (Some("Stalled"), Some("True")) => return Health::Failed,
            _ => {}
        }
    }
    match condition(status, "Ready") {
        Some("True") | None => Health::Current,
        Some(_) => Health::InProgress,
    }
}

/// Argo CD: `resource_customizations/bitnami.com/SealedSecret/health.lua`, whose words are Progressing, Healthy, Degraded.
#[must_use]
pub fn argo(object: &Value) -> Health {
    match condition(&object["status"], "Synced") {
        Some("False") => Health::Failed,
        Some("True") => Health::Current,
        _ => Health::InProgress,
    }
}

fn condition<'v>(status: &'v Value, type_: &str) -> Option<&'v str> {
    let mut conditions = status["conditions"].as_array()?.iter();
    conditions.find(|condition| condition["type"] == type_)?["status"].as_str()
}
