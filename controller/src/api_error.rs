//! What the API server said no to, in words that are safe to show.
//!
//! The text of an answer may quote what was sent: the JSON error of a malformed `.dockerconfigjson` quotes a
//! letter of the value, and an admission webhook may quote all of it. Whoever may create SealedSecrets but not read
//! Secrets would see it in the status. So only reasons, codes, field names and the sentences of a few refusals that
//! cannot hold a value are passed on.

mod words;

use std::fmt;
use std::time::Duration;

use kube_core::Status;

use self::words::{blames_metadata_alone, is_of_namespace_that_goes, safe_text};

/// A request that did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// What kind of failure.
    pub kind: ApiErrorKind,
    /// What the server said, as far as it may be shown.
    text: String,
    /// It names fields of the metadata, and no others.
    metadata_alone: bool,
    /// What a connection failed of.
    cause: Option<String>,
    /// How long the server asks to be left alone; a minute at most, since a wrong number must not stop us.
    pub retry_after: Option<Duration>,
}

/// Nobody is left alone for longer.
const LONGEST_RETRY_AFTER: u64 = 60;

/// What kind of failure a request met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiErrorKind {
    /// 404: there is no such object.
    NotFound,
    /// 409: something of that name is there already.
    AlreadyExists,
    /// 409: it changed meanwhile.
    Conflict,
    /// 401: the token is not (or no longer) accepted.
    Unauthorized,
    /// 403: a role, a quota, an admission rule.
    Forbidden,
    /// 403 or 404: the namespace is being deleted, or is gone. Nothing can be made there any more.
    NamespaceGone,
    /// 400, 413, 422: the object itself is at fault.
    Invalid,
    /// 429, 500, 503, or a 404 of something that does not know Kubernetes: later.
    Busy,
    /// No answer, or 504: a write may have been done all the same.
    Lost,
    /// An answer that makes no sense.
    Unreadable,
}

impl ApiError {
    /// The failure that an answer with this status code and body tells of.
    #[must_use]
    pub fn of_answer(code: u16, retry_after: Option<u64>, body: &[u8]) -> Self {
        let status: Status = serde_json::from_slice(body).unwrap_or_default();
        let kind = match code {
            403 | 404 if is_of_namespace_that_goes(code, &status) => ApiErrorKind::NamespaceGone,
            // A server that is just starting, or a proxy, answers 404 to everything, in words of its own.
            404 if status.reason == "NotFound" => ApiErrorKind::NotFound,
            409 if status.reason == "AlreadyExists" => ApiErrorKind::AlreadyExists,
            409 => ApiErrorKind::Conflict,
            401 => ApiErrorKind::Unauthorized,
            403 => ApiErrorKind::Forbidden,
            400 | 413 | 422 => ApiErrorKind::Invalid,
            504 => ApiErrorKind::Lost,
            _ => ApiErrorKind::Busy,
        };
        let in_body = status.details.as_ref().map(|details| u64::from(details.retry_after_seconds));
        let retry_after = retry_after.or(in_body.filter(|seconds| *seconds > 0));
        let retry_after = retry_after.map(|seconds| Duration::from_secs(seconds.min(LONGEST_RETRY_AFTER)));
        Self {
            kind,
            text: safe_text(code, &status),
            metadata_alone: blames_metadata_alone(&status),
            cause: None,
            retry_after,
        }
    }

    /// It is not there (any more).
    #[must_use]
    pub fn not_found() -> Self {
        Self::own(ApiErrorKind::NotFound, "the API server has no such object".to_owned())
    }

    /// No answer came.
    #[must_use]
    pub fn lost(reason: &str) -> Self {
        Self::own(ApiErrorKind::Lost, format!("the API server gave no answer: {reason}"))
    }

    /// The answer is not what it should be.
    #[must_use]
    pub fn unreadable(what: &str) -> Self {
        Self::own(ApiErrorKind::Unreadable, format!("the API server's answer cannot be read: {what}"))
    }

    fn own(kind: ApiErrorKind, text: String) -> Self {
        Self { kind, text, metadata_alone: false, cause: None, retry_after: None }
    }

    /// With what a connection failed of, for those who run the controller.
    #[must_use]
    pub fn because(self, cause: String) -> Self {
        Self { cause: Some(cause), ..self }
    }

    /// The error with that cause. Not for statuses and events, whose readers have no business with addresses.
    #[must_use]
    pub fn for_log(&self) -> String {
        self.cause.as_ref().map_or_else(|| self.text.clone(), |cause| format!("{}: {cause}", self.text))
    }

    /// It says nothing of what was asked, but that the API server cannot do it now: [`Outage`](crate::outage::Outage) tells
    /// of these in the log.
    #[must_use]
    pub fn is_of_the_server(&self) -> bool {
        matches!(self.kind, ApiErrorKind::Lost | ApiErrorKind::Busy | ApiErrorKind::Unauthorized)
    }

    /// No answer came for want of a connection.
    #[must_use]
    pub fn is_lost_connection(&self) -> bool {
        self.kind == ApiErrorKind::Lost && self.cause.is_some()
    }

    /// 403 for want of a role, as the API server words it; not a quota, nor an admission rule.
    #[must_use]
    pub fn is_missing_role(&self) -> bool {
        self.kind == ApiErrorKind::Forbidden && self.text.contains(words::NO_ROLE)
    }

    /// The same as something that passes.
    #[must_use]
    pub fn for_now(self) -> Self {
        Self { kind: ApiErrorKind::Busy, ..self }
    }

    /// The object itself is at fault: asking again with the same object helps only if the rules change.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.kind == ApiErrorKind::Invalid
    }

    /// Whether the object is refused for what is in it: another value may be taken. Of a Secret the API server looks at
    /// metadata and data, and names all that is wrong: where it names metadata alone the data are not to blame.
    #[must_use]
    pub fn is_of_content(&self) -> bool {
        self.is_invalid() && !self.metadata_alone
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: u16, body: &serde_json::Value) -> ApiError {
        ApiError::of_answer(code, None, body.to_string().as_bytes())
    }

    #[test]
    fn a_value_that_the_server_quotes_is_not_passed_on() {
        let error = answer(
            422,
            &serde_json::json!({
                "reason": "Invalid",
                "message": "Secret \"x\" is invalid: data[.dockerconfigjson]: Invalid value: \"<redacted>\": invalid character 'h'",
                "details": { "name": "x", "kind": "Secret", "causes": [
                    { "reason": "FieldValueInvalid", "message": "invalid character 'h'", "field": "data[.dockerconfigjson]" }
                ] }
            }),
        );
        assert_eq!(
            error.to_string(),
            "the API server answered 422 Invalid (Secret \"x\"): data[.dockerconfigjson] (FieldValueInvalid)"
        );
        assert!(error.is_invalid() && error.is_of_content());
        let webhook = answer(
            403,
            &serde_json::json!({ "reason": "Forbidden", "message": "admission webhook \"w\" denied the request: hunter2" }),
        );
        assert!(webhook.to_string().ends_with("admission webhook \"w\" denied the request"), "{webhook}");
    }

    #[test]
    fn metadata_alone_are_no_content() {
        let said = |code, message: &str, fields: &[&str]| {
            let causes: Vec<_> = fields
                .iter()
                .map(|field| serde_json::json!({ "reason": "FieldValueInvalid", "field": field }))
                .collect();
            let details = serde_json::json!({ "causes": causes });
            let body = serde_json::json!({ "reason": "Invalid", "message": message, "details": details });
            answer(code, &body).is_of_content()
        };
        let of_content = |code, fields: &[&str]| said(code, "", fields);
        assert!(!of_content(422, &["metadata.labels", "metadata.annotations"]));
        for fields in [&["metadata.labels", "data[x]"][..], &["metadatax"], &["data"], &[""], &[]] {
            assert!(of_content(422, fields), "{fields:?}");
        }
        assert!(of_content(413, &[]) && of_content(400, &[]));
        // What a webhook blames it may choose by a value.
        assert!(said(422, "admission webhook \"w\" denied the request", &["metadata.labels"]));
        for code in [401, 403, 404, 409, 429, 500, 504] {
            assert!(!of_content(code, &["data"]), "{code}");
        }
    }

    #[test]
    fn a_namespace_that_goes_is_told_from_a_missing_role() {
        let message = "secrets \"x\" is forbidden: unable to create new content in namespace n because it is being terminated";
        let forbidden = |message: &str, causes: serde_json::Value| {
            let details = serde_json::json!({ "kind": "secrets", "name": "x", "causes": causes });
            let body = serde_json::json!({ "code": 403, "reason": "Forbidden", "message": message, "details": details });
            answer(403, &body).kind
        };
        let terminating =
            serde_json::json!([{ "reason": "NamespaceTerminating", "field": "metadata.namespace" }]);
        assert_eq!(forbidden(message, terminating.clone()), ApiErrorKind::NamespaceGone);
        assert_eq!(forbidden(message, serde_json::json!([])), ApiErrorKind::NamespaceGone);
        assert_eq!(
            forbidden("secrets is forbidden: User \"u\" cannot", serde_json::json!([])),
            ApiErrorKind::Forbidden
        );
        // A webhook does not decide that.
        let denied = "admission webhook \"w\" denied the request";
        assert_eq!(forbidden(denied, terminating), ApiErrorKind::Forbidden);
        let missing = |kind: &str| {
            let details = serde_json::json!({ "kind": kind, "name": "n" });
            answer(404, &serde_json::json!({ "code": 404, "reason": "NotFound", "details": details })).kind
        };
        assert_eq!(missing("namespaces"), ApiErrorKind::NamespaceGone);
        assert_eq!(missing("secrets"), ApiErrorKind::NotFound);
    }

    #[test]
    fn a_webhook_is_named_and_nothing_that_it_says() {
        let said = |code: u16, message: &str| {
            answer(code, &serde_json::json!({ "code": code, "reason": "Invalid", "message": message }))
                .to_string()
        };
        let denied = "admission webhook \"w.example.com\" denied the request";
        for code in [400, 403, 409, 422, 429, 500] {
            let text = said(code, &format!("{denied}: hunter2"));
            assert!(text.ends_with(denied), "{text}");
        }
        let failed = "failed calling webhook \"w.example.com\": failed to call webhook: hunter2";
        for message in [failed.to_owned(), format!("Internal error occurred: {failed}")] {
            let text = said(500, &message);
            assert!(text.ends_with("admission webhook \"w.example.com\" could not be asked"), "{text}");
        }
        for odd in ["admission webhook \"hunter 2\" denied the request", "admission webhook \"hunter2"] {
            assert!(said(403, odd).ends_with(": an admission webhook denied the request"), "{odd}");
        }
        assert!(!said(500, "failed calling webhook \"hunter 2\": x").contains("hunter"));
    }

    #[test]
    fn the_reason_of_a_webhook_is_not_passed_on() {
        for code in [403, 422] {
            let said = answer(
                code,
                &serde_json::json!({
                    "reason": "bad value hunter2",
                    "message": "admission webhook \"w\" denied the request: hunter2",
                    "details": { "kind": "hunter2", "causes": [{ "reason": "hunter2", "field": "hunter2" }] },
                }),
            );
            assert!(!said.to_string().contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn a_missing_role_is_named() {
        let message =
            "secrets is forbidden: User \"system:serviceaccount:a:b\" cannot create resource \"secrets\"";
        let error = answer(403, &serde_json::json!({ "reason": "Forbidden", "message": message }));
        assert!(error.to_string().ends_with(message), "{error}");
    }

    #[test]
    fn of_a_policy_only_the_name_is_shown() {
        let shown = |message: &str| {
            answer(403, &serde_json::json!({ "reason": "Forbidden", "message": message })).to_string()
        };
        let policy =
            "secrets \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request";
        assert!(shown(&format!("{policy}: you cannot use hunter2")).ends_with(policy));
        assert!(!shown("secrets \"x\" is forbidden: you cannot use hunter2").contains("hunter2"));
        let quota = "secrets \"x\" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=5";
        assert!(shown(quota).ends_with(quota));
        let going = "secrets \"x\" is forbidden: unable to create new content in namespace n because it is being terminated";
        assert!(shown(going).ends_with(going));
    }

    #[test]
    fn a_404_of_something_else_is_no_object_that_is_gone() {
        let gone = answer(404, &serde_json::json!({ "kind": "Status", "reason": "NotFound" }));
        assert_eq!(gone.kind, ApiErrorKind::NotFound);
        assert_eq!(ApiError::of_answer(404, None, b"404 page not found\n").kind, ApiErrorKind::Busy);
    }

    #[test]
    fn kinds_tell_what_may_have_happened() {
        let exists = answer(409, &serde_json::json!({ "reason": "AlreadyExists" }));
        assert_eq!(exists.kind, ApiErrorKind::AlreadyExists);
        assert_eq!(answer(409, &serde_json::json!({ "reason": "Conflict" })).kind, ApiErrorKind::Conflict);
        assert_eq!(ApiError::of_answer(504, None, b"<html>").kind, ApiErrorKind::Lost);
        let busy = answer(429, &serde_json::json!({ "details": { "retryAfterSeconds": 3 } }));
        assert_eq!((busy.kind, busy.retry_after), (ApiErrorKind::Busy, Some(Duration::from_secs(3))));
    }
}
