//! The Kubernetes API as straight lines: paths and JSON values, no types.
//!
//! ```ignore
//! let namespace = api.namespace("example")?;
//! api.create(&namespace.secrets(), &json!({"metadata": {"name": "a"}, "stringData": {"k": "v"}}))?;
//! let secret = api.get(&namespace.secret("a"))?;
//! assert_eq!(secret["type"], "Opaque");
//! let refused = api.create(&namespace.secrets(), &secret).unwrap_err();
//! assert_eq!(refused.status, Some(409));
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use rand::RngExt;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider};

use super::http::{Answer, exchange};
use super::namespace::Namespace;
use super::pki::Pair;

/// Objects in one answer of a list; more come with the next.
const PAGE: usize = 500;

/// A client of one API server. Cheap to clone; every request is sent once, never again by itself.
#[derive(Clone)]
pub struct Api {
    pub(super) agent: Agent,
    pub(super) server: String,
    pub(super) headers: Vec<(String, String)>,
}

/// A request that did not do what it was sent for.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// The API server's status code; `None` where no answer came.
    pub status: Option<u16>,
    /// Method, path and what was answered.
    pub message: String,
}

impl Api {
    /// A client for the API server at `server` (`https://address:port`) whose certificate is signed by `authority`,
    /// with the rights of the certificate `identity`, or with none.
    ///
    /// # Errors
    /// A certificate or key cannot be read.
    pub fn new(server: &str, authority: &str, identity: Option<&Pair>) -> Result<Self> {
        let authority = Certificate::from_pem(authority.as_bytes()).context("reading the authority")?;
        let identity = match identity {
            Some(pair) => Some(ClientCert::new_with_certs(
                &[Certificate::from_pem(pair.certificate.as_bytes()).context("reading the certificate")?],
                PrivateKey::from_pem(pair.key.as_bytes()).context("reading the key")?,
            )),
            None => None,
        };
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .root_certs(RootCerts::new_with_certs(&[authority]))
            .client_cert(identity)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .max_idle_connections(32)
            .max_idle_connections_per_host(32)
            .timeout_global(Some(Duration::from_secs(60)))
            .user_agent("cluster-tests")
            .build()
            .new_agent();
        Ok(Self { agent, server: server.to_owned(), headers: Vec::new() })
    }

    /// The same client under other names, each with its rights and no more: `user` (of a service account:
    /// `system:serviceaccount:NAMESPACE:NAME`) in `groups` (`system:authenticated` comes by itself).
    #[must_use]
    pub fn acting_as(&self, user: &str, groups: &[&str]) -> Self {
        let mut other = self.clone();
        other.headers.push(("Impersonate-User".to_owned(), user.to_owned()));
        for group in groups {
            other.headers.push(("Impersonate-Group".to_owned(), (*group).to_owned()));
        }
        other
    }

    /// The same client that shows a bearer token. The administrator's certificate would win over it: make this from
    /// a client without identity.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        let mut other = self.clone();
        other.headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
        other
    }

    /// Reads an object.
    ///
    /// # Errors
    /// No answer, or another than 2xx.
    pub fn get(&self, path: &str) -> Result<Value, ApiError> {
        self.json("GET", path, "", b"")
    }

    /// Reads an object that may not be there.
    ///
    /// # Errors
    /// No answer, or another than 2xx and 404.
    pub fn find(&self, path: &str) -> Result<Option<Value>, ApiError> {
        match self.get(path) {
            Err(error) if error.status == Some(404) => Ok(None),
            other => other.map(Some),
        }
    }

    /// All objects of a collection, page by page. `path` may have a query, for example `?labelSelector=…`.
    ///
    /// # Errors
    /// No answer, or another than 2xx.
    pub fn list(&self, path: &str) -> Result<Vec<Value>, ApiError> {
        let mut items = Vec::new();
        let mut next = String::new();
        let joint = if path.contains('?') { '&' } else { '?' };
        loop {
            let mut page = self.get(&format!("{path}{joint}limit={PAGE}{next}"))?;
            if let Value::Array(more) = page["items"].take() {
                items.extend(more);
            }
            match page["metadata"]["continue"].as_str() {
                Some(token) if !token.is_empty() => next = format!("&continue={token}"),
                _ => return Ok(items),
            }
        }
    }

    /// Adds an object to the collection at `path`.
    ///
    /// # Errors
    /// No answer, or another than 2xx (409: there is one of that name).
    pub fn create(&self, path: &str, object: &Value) -> Result<Value, ApiError> {
        self.json("POST", path, "application/json", object.to_string().as_bytes())
    }

    /// Writes the object at `path` anew; with a resourceVersion only over that version.
    ///
    /// # Errors
    /// No answer, or another than 2xx (409: it has changed since).
    pub fn replace(&self, path: &str, object: &Value) -> Result<Value, ApiError> {
        self.json("PUT", path, "application/json", object.to_string().as_bytes())
    }

    /// Changes some fields (JSON merge patch, RFC 7386: null removes a field).
    ///
    /// # Errors
    /// No answer, or another than 2xx.
    pub fn merge(&self, path: &str, change: &Value) -> Result<Value, ApiError> {
        self.json("PATCH", path, "application/merge-patch+json", change.to_string().as_bytes())
    }

    /// Deletes an object, or all of a collection.
    ///
    /// # Errors
    /// No answer, or another than 2xx.
    pub fn delete(&self, path: &str) -> Result<Value, ApiError> {
        self.delete_with(path, &json!({}))
    }

    /// Deletes an object as these `DeleteOptions` say.
    ///
    /// # Errors
    /// No answer, or another than 2xx.
    pub fn delete_with(&self, path: &str, options: &Value) -> Result<Value, ApiError> {
        self.json("DELETE", path, "application/json", options.to_string().as_bytes())
    }

    /// Creates a namespace `PREFIX-random`.
    ///
    /// # Errors
    /// No answer, or another than 2xx.
    pub fn namespace(&self, prefix: &str) -> Result<Namespace, ApiError> {
        let name = format!("{prefix}-{:08x}", rand::rng().random::<u32>());
        self.create("/api/v1/namespaces", &json!({"metadata": {"name": name}}))?;
        Ok(Namespace::new(&name))
    }

    /// A token of a service account that the API server signs, for `lasts` (at least ten minutes).
    ///
    /// # Errors
    /// No answer, or another than 2xx (404: no such service account).
    pub fn token(
        &self,
        namespace: &Namespace,
        service_account: &str,
        lasts: Duration,
    ) -> Result<String, ApiError> {
        let path = format!("{}/token", namespace.service_account(service_account));
        let answer = self.create(&path, &json!({"spec": {"expirationSeconds": lasts.as_secs()}}))?;
        Ok(answer["status"]["token"].as_str().unwrap_or_default().to_owned())
    }

    /// One request, whatever is answered: through the Service proxy, or where a status is what a test is about.
    ///
    /// # Errors
    /// No answer came.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> Result<Answer, ApiError> {
        let mut headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if !content_type.is_empty() {
            headers.push(("Content-Type", content_type));
        }
        exchange(&self.agent, method, &format!("{}{path}", self.server), &headers, body)
            .map_err(|error| ApiError { status: None, message: format!("{error:#}") })
    }

    fn json(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> Result<Value, ApiError> {
        let answer = self.send(method, path, content_type, body)?;
        let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if (200..300).contains(&answer.status) {
            return Ok(value);
        }
        let said = value["message"].as_str().map_or_else(|| answer.text(), str::to_owned);
        Err(ApiError {
            status: Some(answer.status),
            message: format!("{method} {path} answered {}: {said}", answer.status),
        })
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}
