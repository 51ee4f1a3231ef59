//! What is read of the API server's own words, and which of them may be shown.

use kube_core::Status;
use kube_core::response::StatusDetails;

/// What may be shown of a Status.
pub(super) fn safe_text(code: u16, status: &Status) -> String {
    let details = own_details(status);
    let of = details.map_or_else(String::new, |details| format!(" ({} {:?})", details.kind, details.name));
    let reason = if is_word(&status.reason) { &status.reason } else { "for reasons of its own" };
    let words = match code {
        // A webhook may deny with any code.
        _ if is_webhooks(status) => match denying_webhook(&status.message) {
            Some(name) => format!(": admission webhook \"{name}\" denied the request"),
            None => ": an admission webhook denied the request".to_owned(),
        },
        500 => match failing_webhook(&status.message) {
            Some(name) => format!(": admission webhook \"{name}\" could not be asked"),
            None => String::new(),
        },
        422 | 400 => {
            let fields: Vec<String> = details
                .map(|details| details.causes.as_slice())
                .unwrap_or_default()
                .iter()
                .filter(|cause| is_word(&cause.reason))
                .map(|cause| format!("{} ({})", cause.field, cause.reason))
                .collect();
            if fields.is_empty() { String::new() } else { format!(": {}", fields.join(", ")) }
        }
        403 => match forbidden(&status.message) {
            "" => String::new(),
            sentence => format!(": {sentence}"),
        },
        _ => String::new(),
    };
    format!("the API server answered {code} {reason}{of}{words}")
}

/// Details in the API server's words: reason and details of a webhook's refusal are its author's.
fn own_details(status: &Status) -> Option<&StatusDetails> {
    status.details.as_ref().filter(|_| !is_webhooks(status))
}

/// What the API server puts before the text of a webhook that says no, whatever the code.
const WEBHOOK_DENIED: &str = "admission webhook \"";

fn is_webhooks(status: &Status) -> bool {
    status.message.starts_with(WEBHOOK_DENIED)
}

/// The name of the webhook that said no. All after it is its author's.
fn denying_webhook(message: &str) -> Option<&str> {
    let (name, rest) = message.strip_prefix(WEBHOOK_DENIED)?.split_once('"')?;
    (is_webhook_name(name) && rest.starts_with(" denied the request")).then_some(name)
}

/// The name of the webhook that the API server could not ask, or not understand (`failurePolicy: Fail`). What it says of
/// the connection may quote what came back.
fn failing_webhook(message: &str) -> Option<&str> {
    let rest = message.strip_prefix("Internal error occurred: ").unwrap_or(message);
    let rest = rest.strip_prefix("failed calling webhook \"")?;
    rest.split_once('"').map(|(name, _)| name).filter(|name| is_webhook_name(name))
}

/// Names of webhooks are DNS names, which the API server checks.
fn is_webhook_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (1..=253).contains(&name.len()) && name.bytes().all(plain)
}

/// The API server refuses what is to be made in a namespace that is being deleted (it says so by a cause, of old by
/// words alone), and finds no namespace that was.
pub(super) fn is_of_namespace_that_goes(code: u16, status: &Status) -> bool {
    if is_webhooks(status) {
        return false;
    }
    let details = status.details.as_ref();
    match code {
        404 => status.reason == "NotFound" && details.is_some_and(|details| details.kind == "namespaces"),
        _ => {
            let causes = details.map(|details| details.causes.as_slice()).unwrap_or_default();
            causes.iter().any(|cause| cause.reason == "NamespaceTerminating")
                || status.message.split_once("is forbidden: ").is_some_and(|(_, why)| {
                    why.starts_with(TERMINATING) && why.ends_with("because it is being terminated")
                })
        }
    }
}

/// How the sentence about a missing role begins.
pub(super) const NO_ROLE: &str = "is forbidden: User \"";

/// How the sentence about a namespace in deletion begins.
const TERMINATING: &str = "unable to create new content in namespace";

pub(super) fn blames_metadata_alone(status: &Status) -> bool {
    let causes = own_details(status).map(|details| details.causes.as_slice()).unwrap_or_default();
    let of_metadata = |field: &str| field == "metadata" || field.starts_with("metadata.");
    !causes.is_empty() && causes.iter().all(|cause| of_metadata(&cause.field))
}

/// A reason as Kubernetes has them: one word in CamelCase, such as FieldValueInvalid.
fn is_word(reason: &str) -> bool {
    (1..=40).contains(&reason.len())
        && reason.starts_with(|letter: char| letter.is_ascii_uppercase())
        && reason.bytes().all(|letter| letter.is_ascii_alphabetic())
}

/// The refusals of 403 whose sentences cannot hold a value: missing roles, quotas, a namespace that goes. Of an
/// admission policy only the name: the rest is its author's, and may quote the Secret.
fn forbidden(message: &str) -> &str {
    let until = |words: &str| message.find(words).map_or("", |at| &message[..at + words.len()]);
    let Some((_, why)) = message.split_once("is forbidden: ") else { return "" };
    if why.starts_with("ValidatingAdmissionPolicy '") {
        return until("denied request");
    }
    let known = ["User \"", "exceeded quota", TERMINATING];
    if known.iter().any(|words| why.starts_with(words)) { message } else { "" }
}
