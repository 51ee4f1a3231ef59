//! How the tools of a GitOps repository read a SealedSecret.

use serde_json::Value;

/// Argo CD's built-in check: Degraded with the message where Synced is False, Healthy where there are conditions, else
/// Progressing.
pub(crate) fn argo_cd(object: &Value) -> (&'static str, &str) {
    let conditions = object["status"]["conditions"].as_array();
    let Some(conditions) = conditions else { return ("Progressing", "") };
    let failed =
        conditions.iter().find(|condition| condition["type"] == "Synced" && condition["status"] == "False");
    failed.map_or(("Healthy", ""), |failed| ("Degraded", failed["message"].as_str().unwrap_or_default()))
}

/// kstatus, which Flux and Helm read: InProgress until the status speaks of this generation, Failed where it is Stalled,
/// InProgress where it is not Ready, else Current.
pub(crate) fn kstatus(object: &Value) -> &'static str {
    let status = &object["status"];
    let is = |type_: &str, value: &str| {
        let conditions = status["conditions"].as_array().into_iter().flatten();
        conditions.into_iter().any(|condition| condition["type"] == type_ && condition["status"] == value)
    };
    if status["observedGeneration"] != object["metadata"]["generation"] || is("Reconciling", "True") {
        "InProgress"
    } else if is("Stalled", "True") {
        "Failed"
    } else if is("Ready", "False") || is("Ready", "Unknown") {
        "InProgress"
    } else {
        "Current"
    }
}
