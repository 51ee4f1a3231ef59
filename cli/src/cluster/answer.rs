//! What a server answered, and what client-go makes of an answer that refuses.

use serde_json::Value as Json;

/// An answer, whatever its status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The header Retry-After.
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// How much of a text that a server sends with a refusal is shown.
const SHOWN: usize = 2048;

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Option<Json> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Why it refuses, in client-go's words. `request` is what was asked, for example `post services http:c:http`.
    pub(crate) fn refusal(&self, request: &str) -> String {
        let status = self.json().filter(|json| json["kind"] == "Status");
        let message = status.as_ref().and_then(|status| status["message"].as_str());
        if let Some(message) = message.filter(|message| !message.is_empty()) {
            return message.to_owned();
        }
        let said: String = String::from_utf8_lossy(&self.body).trim().chars().take(SHOWN).collect();
        let sentence = match self.status {
            400 => "the server rejected our request for an unknown reason".to_owned(),
            401 => "the server has asked for the client to provide credentials".to_owned(),
            403 if said.is_empty() => "forbidden".to_owned(),
            403 => said,
            404 => "the server could not find the requested resource".to_owned(),
            405 => "the server does not allow this method on the requested resource".to_owned(),
            409 => "the server reported a conflict".to_owned(),
            422 => "the server rejected our request due to an error in our request".to_owned(),
            429 => "the server has received too many requests and has asked us to try again later".to_owned(),
            503 if said.is_empty() => "the server is currently unable to handle the request".to_owned(),
            504 => "the server was unable to return a response in the time allotted, but may still be processing the request".to_owned(),
            500.. => format!("an error on the server ({said:?}) has prevented the request from succeeding"),
            other => format!("the server responded with the status code {other} but did not return more information"),
        };
        format!("{sentence} ({request})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: None, body: body.into() }
    }

    #[test]
    fn a_status_speaks_for_itself() {
        let status = r#"{"kind": "Status", "message": "services \"x\" not found", "code": 404}"#;
        assert_eq!(answer(404, status).refusal("get services x"), "services \"x\" not found");
    }

    #[test]
    fn other_answers_are_told_in_client_gos_words() {
        let refusal = |status, body| answer(status, body).refusal("post services http:c:http");
        assert_eq!(
            refusal(500, "cannot get certificate\n"),
            "an error on the server (\"cannot get certificate\") has prevented the request from succeeding (post services http:c:http)"
        );
        assert_eq!(
            refusal(404, ""),
            "the server could not find the requested resource (post services http:c:http)"
        );
        // A Status without a message says nothing either.
        assert!(refusal(503, "{\"kind\": \"Status\"}").starts_with("an error on the server"));
    }
}
