//! Where the controller is, if it is not where it was looked for: what was asked, what each said, what to type.

use std::fmt::Write;

use crate::cluster::{Ask, Cluster};
use crate::command::ControllerAt;
use crate::failure::Failure;

/// Names and namespaces that installations use, for those who may read a Service but not list them: the plain
/// manifests', the Helm chart's, and those of KAM and Flux.
const USUAL: [(&str, &str); 6] = [
    ("sealed-secrets", "sealed-secrets-controller"),
    ("kube-system", "sealed-secrets-controller"),
    ("kube-system", "sealed-secrets"),
    ("sealed-secrets", "sealed-secrets"),
    ("flux-system", "sealed-secrets-controller"),
    ("flux-system", "sealed-secrets"),
];

/// Names and namespaces are enough.
const LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// No cluster needs more pages than this for its Services to be looked through.
const MOST_PAGES: usize = 20;

/// Adds to a failure what was asked, and where the controller is.
pub(crate) fn explain(
    mut failure: Failure,
    cluster: &Cluster,
    at: &ControllerAt,
    status: u16,
    reason: &str,
) -> Failure {
    let path = format!("/api/v1/namespaces/{}/services/{}", at.namespace, at.name);
    let mut asked = format!("\nasked: GET {}: {status}, {reason}", cluster.url_of(&path));
    if status == 401 {
        failure.what.push_str(&asked);
        return failure
            .hint("the credentials are not accepted: log in again, or choose another --context or --user");
    }
    let mut found = Vec::new();
    if !list(cluster, &mut asked, &mut found) {
        probe(cluster, at, &mut asked, &mut found);
    }
    found.retain(|(namespace, name)| *namespace != at.namespace || *name != at.name);
    failure.what.push_str(&asked);
    let flags = |(namespace, name): &(String, String)| {
        format!("--controller-namespace {namespace} --controller-name {name}")
    };
    match found.as_slice() {
        [] if status == 403 => {
            failure.hint("the permission `get` on this Service is wanted; the role sealed-secrets-service-proxier gives it")
        }
        [] => failure.hint("no Service there looks like the controller's: is it installed, and is this the right --context?"),
        [one] => failure.hint(format!("type {}", flags(one))),
        several => {
            let lines: Vec<_> = several.iter().map(|one| format!("  {}", flags(one))).collect();
            failure.hint(format!("several Services look like the controller's; type one of\n{}", lines.join("\n")))
        }
    }
}

/// Looks through all Services; `false` if that may not be done.
fn list(cluster: &Cluster, asked: &mut String, found: &mut Vec<(String, String)>) -> bool {
    let mut next = String::new();
    for _ in 0..MOST_PAGES {
        let path = format!("/api/v1/services?limit=500{next}");
        let Ok(answer) = cluster.ask(&Ask::get(path.clone(), LIST)) else { return false };
        let json = answer.json().filter(|_| answer.is_success());
        let Some(json) = json else {
            let reason = answer.refusal("get services");
            let _ = write!(asked, "\nasked: GET {}: {}, {reason}", cluster.url_of(&path), answer.status);
            return false;
        };
        let items = json["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        for item in items {
            let text = |field: &str| item["metadata"][field].as_str().unwrap_or_default().to_owned();
            let (namespace, name) = (text("namespace"), text("name"));
            if name.contains("sealed-secrets") && !name.ends_with("-metrics") {
                found.push((namespace, name));
            }
        }
        match json["metadata"]["continue"].as_str().filter(|token| !token.is_empty()) {
            Some(token) => next = format!("&continue={}", escaped(token)),
            None => {
                let count = found.len();
                let _ = write!(
                    asked,
                    "\nasked: GET {}: {}, {count} with sealed-secrets in the name",
                    cluster.url_of("/api/v1/services"),
                    answer.status
                );
                return true;
            }
        }
    }
    true
}

/// Asks for the usual ones by name.
fn probe(cluster: &Cluster, at: &ControllerAt, asked: &mut String, found: &mut Vec<(String, String)>) {
    for (namespace, name) in USUAL {
        if namespace == at.namespace && name == at.name {
            continue;
        }
        let path = format!("/api/v1/namespaces/{namespace}/services/{name}");
        let said = match cluster.ask(&Ask::get(path.clone(), "application/json")) {
            Ok(answer) if answer.is_success() => {
                found.push((namespace.to_owned(), name.to_owned()));
                "200".to_owned()
            }
            Ok(answer) => format!("{}, {}", answer.status, answer.refusal(&format!("get services {name}"))),
            Err(unanswered) => unanswered.reason,
        };
        let _ = write!(asked, "\nasked: GET {}: {said}", cluster.url_of(&path));
    }
}

/// A token of the server's as the value of a query.
pub(crate) fn escaped(token: &str) -> String {
    token.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}
