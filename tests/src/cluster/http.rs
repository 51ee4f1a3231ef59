//! One HTTP exchange, seen as a test wants to see it: no status is an error.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use ureq::Agent;

/// An answer to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code, for example 200.
    pub status: u16,
    /// The header `Content-Type`, empty where there is none.
    pub content_type: String,
    /// The header `Retry-After`, in seconds, where there is one.
    pub retry_after: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text; bytes that are no UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is none.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("no JSON: {}", self.text()))
    }

    /// The answer itself if its status is the wanted one.
    ///
    /// # Errors
    /// Another status; the error holds the body.
    pub fn expect(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "answered {}, not {status}: {}", self.status, self.text());
        Ok(self)
    }
}

/// Sends one request over plain HTTP, on a connection of its own, with ten seconds to answer.
///
/// # Errors
/// No answer came.
pub fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer> {
    let agent = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(10)))
        .allow_non_standard_methods(true)
        .build()
        .new_agent();
    exchange(&agent, method, url, headers, body)
}

/// Sends one request by an agent that takes every status for an answer.
pub(crate) fn exchange(
    agent: &Agent,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer> {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let told = || format!("{method} {url}");
    let sent = if body.is_empty() && matches!(method, "GET" | "HEAD") {
        agent.run(request.body(()).with_context(told)?)
    } else {
        agent.run(request.body(body).with_context(told)?)
    };
    let mut response = sent.with_context(told)?;
    let header = |name: &str| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    Ok(Answer {
        status: response.status().as_u16(),
        content_type: header("content-type"),
        retry_after: header("retry-after").parse().ok(),
        body: response.body_mut().with_config().limit(u64::MAX).read_to_vec().with_context(told)?,
    })
}
