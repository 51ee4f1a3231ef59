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

/// Flux and Helm, by kstatus: `Compute` in `pkg/kstatus/status/status.go` and `generic.go` of github.com/fluxcd/cli-utils, for
/// objects of a kind that it has no rules for, which are not being deleted. `kstatus.json` has its own answers, which
/// `tools/kstatus-oracle` wrote.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kstatus_is_as_kstatus_says() {
        let cases: Vec<Value> = serde_json::from_str(include_str!("kstatus.json")).unwrap();
        assert!(cases.len() > 10);
        for case in cases {
            let said = match kstatus(&case["object"]) {
                Health::InProgress => "InProgress",
                Health::Current => "Current",
                Health::Failed => "Failed",
            };
            assert_eq!(case["said"], said, "{}", case["object"]);
        }
    }
}
