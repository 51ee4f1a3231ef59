//! The roles of `deploy/controller`, compared with what the controller asked for.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::audit::Request;
use serde_json::Value;

/// A verb on a resource.
type Right = (String, String);

/// Rights that a day without trouble does not need.
const IN_RESERVE: &[(&str, &str, &str, &str)] = &[
    (
        "ClusterRole",
        "list",
        "sealedsecrets",
        "lists come through the watch; API servers before 1.34 and those that switched that off need it",
    ),
    ("ClusterRole", "list", "secrets", "as for sealedsecrets"),
    (
        "ClusterRole",
        "get",
        "namespaces",
        "tells of a namespace of --additional-namespaces that does not exist; here all are served",
    ),
    (
        "Role",
        "patch",
        "events",
        "counts up news of a key that repeat, for example of one that stays unusable",
    ),
];

/// Fails where a rule grants what was never used and has no reason above, or where a reason is out of date.
/// `role` is the object as the API server has it.
pub(crate) fn are_all_used(role: &Value, requests: &[&Request]) -> Result<()> {
    let kind = role["kind"].as_str().unwrap_or_default();
    let granted: BTreeSet<Right> = rights(role);
    let used: BTreeSet<Right> =
        requests.iter().map(|request| (request.verb.clone(), request.resource.clone())).collect();
    let reserve: BTreeSet<Right> = IN_RESERVE
        .iter()
        .filter(|(of, ..)| *of == kind)
        .map(|(_, verb, resource, _)| ((*verb).to_owned(), (*resource).to_owned()))
        .collect();
    let needless: Vec<_> = granted.difference(&used).filter(|right| !reserve.contains(*right)).collect();
    ensure!(
        needless.is_empty(),
        "{kind}: granted, never used, and no reason given: {needless:?}; used: {used:?}"
    );
    let stale: Vec<_> =
        reserve.iter().filter(|right| used.contains(*right) || !granted.contains(*right)).collect();
    ensure!(stale.is_empty(), "{kind}: a reason is given for what is used, or not granted: {stale:?}");
    Ok(())
}

fn rights(role: &Value) -> BTreeSet<Right> {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut rights = BTreeSet::new();
    for rule in role["rules"].as_array().into_iter().flatten() {
        for resource in texts(&rule["resources"]) {
            rights.extend(texts(&rule["verbs"]).into_iter().map(|verb| (verb, resource.clone())));
        }
    }
    rights
}
