//! A watch of a collection: what comes and goes, at the moment when it does, without asking again and again.

use std::io::{BufRead, BufReader, Read};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::api::Api;

/// Objects as metadata alone (`PartialObjectMetadata` of meta.k8s.io/v1).
const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// What happened to an object.
#[derive(Clone, Debug)]
pub struct Change {
    /// `ADDED`, `MODIFIED`, `DELETED`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// Changes as they come, first every object that is there as `ADDED`. Ends when the API server ends it, which it does
/// after half an hour at the earliest.
pub struct Watch(BufReader<Box<dyn Read + Send + Sync>>);

impl Api {
    /// Follows a collection. Only metadata is sent.
    ///
    /// # Errors
    /// No answer, or another than 200.
    pub fn watch(&self, collection: &str) -> Result<Watch> {
        let mut request = ureq::http::Request::builder()
            .uri(format!("{}{collection}?watch=true", self.server))
            .header("Accept", METADATA);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(()).context("the request of a watch")?;
        // The agent's limit of a minute is for requests that end.
        let request = self.agent.configure_request(request).timeout_global(None).build();
        let response = self.agent.run(request).with_context(|| format!("watching {collection}"))?;
        ensure!(response.status() == 200, "watching {collection}: {}", response.status());
        Ok(Watch(BufReader::new(Box::new(response.into_body().into_reader()))))
    }
}

impl Iterator for Watch {
    type Item = Result<Change>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = String::new();
        match self.0.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => Some(change(&line)),
            Err(error) => Some(Err(error).context("the watch broke")),
        }
    }
}

fn change(line: &str) -> Result<Change> {
    let event: Value = serde_json::from_str(line).context("no event of a watch")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kind = text(&event["type"]);
    ensure!(kind != "ERROR", "the watch failed: {}", event["object"]);
    Ok(Change { kind, name: text(&event["object"]["metadata"]["name"]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_and_an_error_is_one() {
        let added = change(r#"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#).unwrap();
        assert_eq!((added.kind.as_str(), added.name.as_str()), ("ADDED", "a"));
        let error = change(r#"{"type":"ERROR","object":{"code":410}}"#).unwrap_err();
        assert!(error.to_string().contains("410"), "{error}");
    }
}
