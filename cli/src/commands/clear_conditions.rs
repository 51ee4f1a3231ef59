//! `seal conditions clear`: takes off SealedSecrets what only this toolkit's controller writes to their status, so
//! that upstream's, which never takes a condition off, leaves none of them marked for ever.

use http::Method;
use serde_json::Value as Json;

use crate::cluster::whereabouts::escaped;
use crate::cluster::{Ask, Cluster};
use crate::command::ClearConditions;
use crate::failure::{Exit, Failure, printable};

/// Conditions that upstream's controller does not know.
const OURS: [&str; 3] = ["Ready", "Stalled", "Paused"];

const API: &str = "/apis/bitnami.com/v1alpha1";

const JSON: &str = "application/json";

/// What was done about one object.
enum Done {
    Cleared(Vec<String>),
    /// None of them was there, or the object is gone.
    Nothing,
}

pub(crate) fn run(command: &ClearConditions) -> Result<Exit, Failure> {
    let cluster = Cluster::connect(&command.kube)?;
    eprintln!(
        "note: stop the controller before (kubectl scale deployment --replicas=0): one that runs writes the conditions again"
    );
    let (mut cleared, mut looked_at, mut failed) = (0_usize, 0_usize, 0_usize);
    let mut next = String::new();
    loop {
        let page = page(&cluster, command.namespace.as_deref(), &next)?;
        for object in page["items"].as_array().map(Vec::as_slice).unwrap_or_default() {
            looked_at += 1;
            let (namespace, name) = (text(object, "namespace"), text(object, "name"));
            match clear(&cluster, object.clone()) {
                Ok(Done::Cleared(conditions)) => {
                    cleared += 1;
                    println!("cleared {namespace}/{name}: {}", conditions.join(", "));
                }
                Ok(Done::Nothing) => {}
                Err(failure) => {
                    failed += 1;
                    eprintln!("error: {}", failure.at(format!("SealedSecret {namespace}/{name}")));
                }
            }
        }
        match page["metadata"]["continue"].as_str().filter(|token| !token.is_empty()) {
            Some(token) => next = format!("&continue={}", escaped(token)),
            None => break,
        }
    }
    let failures = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    eprintln!("cleared {cleared} of {looked_at} SealedSecrets{failures}");
    Ok(if failed > 0 { Exit::Failed } else { Exit::Well })
}

fn page(cluster: &Cluster, namespace: Option<&str>, next: &str) -> Result<Json, Failure> {
    let place = namespace.map_or_else(String::new, |namespace| format!("/namespaces/{}", escaped(namespace)));
    let path = format!("{API}{place}/sealedsecrets?limit=500{next}");
    let failed = |reason: String| Failure::new(format!("cannot list SealedSecrets: {}", printable(&reason)));
    let answer = cluster.ask(&Ask::get(path, JSON)).map_err(|unanswered| failed(unanswered.to_string()))?;
    if !answer.is_success() {
        return Err(failed(answer.refusal("get sealedsecrets.bitnami.com")));
    }
    answer
        .json()
        .filter(|json| json["items"].is_array())
        .ok_or_else(|| failed("the answer is no list".into()))
}

/// Takes the conditions off one object. Where it has changed since it was read, it is read again, once.
fn clear(cluster: &Cluster, mut object: Json) -> Result<Done, Failure> {
    let path = format!(
        "{API}/namespaces/{}/sealedsecrets/{}",
        escaped(&text(&object, "namespace")),
        escaped(&text(&object, "name"))
    );
    let mut again = true;
    loop {
        let taken = take_off(&mut object);
        if taken.is_empty() {
            return Ok(Done::Nothing);
        }
        object["apiVersion"] = sealed_secrets::API_VERSION.into();
        object["kind"] = sealed_secrets::KIND.into();
        let put = Ask {
            method: Method::PUT,
            path: format!("{path}/status"),
            accept: JSON,
            content_type: Some(JSON),
            body: object.to_string().into_bytes(),
        };
        let answer = cluster.ask(&put).map_err(Failure::new)?;
        match answer.status {
            404 => return Ok(Done::Nothing),
            409 if again => {
                again = false;
                let read = cluster.ask(&Ask::get(path.clone(), JSON)).map_err(Failure::new)?;
                object = match read.json().filter(|_| read.is_success()) {
                    Some(object) => object,
                    None if read.status == 404 => return Ok(Done::Nothing),
                    None => return Err(Failure::new(read.refusal("get sealedsecrets.bitnami.com"))),
                };
            }
            _ if answer.is_success() => return Ok(Done::Cleared(taken)),
            409 => {
                return Err(Failure::new(answer.refusal("put sealedsecrets.bitnami.com"))
                    .hint("somebody writes it all the time: is the controller stopped?"));
            }
            _ => return Err(Failure::new(answer.refusal("put sealedsecrets.bitnami.com"))),
        }
    }
}

/// Takes our conditions out of a status; which they were.
fn take_off(object: &mut Json) -> Vec<String> {
    let Some(conditions) = object.pointer_mut("/status/conditions").and_then(Json::as_array_mut) else {
        return Vec::new();
    };
    let ours = |condition: &Json| OURS.iter().find(|ours| condition["type"] == **ours);
    let taken = conditions.iter().filter_map(ours).map(|name| (*name).to_owned()).collect();
    conditions.retain(|condition| ours(condition).is_none());
    taken
}

fn text(object: &Json, field: &str) -> String {
    object["metadata"][field].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_our_conditions_are_taken_off() {
        let mut object = json!({"status": {"observedGeneration": 2, "conditions": [
            {"type": "Synced", "status": "True"}, {"type": "Ready", "status": "False"}, {"type": "Stalled"},
            {"type": "Paused", "status": "True"}]}});
        assert_eq!(take_off(&mut object), ["Ready", "Stalled", "Paused"]);
        let left = json!({"status": {"observedGeneration": 2, "conditions": [{"type": "Synced", "status": "True"}]}});
        assert_eq!(object, left);
        assert!(take_off(&mut object).is_empty());
        assert!(take_off(&mut json!({})).is_empty());
    }
}
