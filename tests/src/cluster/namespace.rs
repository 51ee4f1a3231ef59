//! The name of a namespace, and the paths of what is in it.

use std::fmt;

/// A namespace; it prints as its name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Namespace(String);

impl Namespace {
    /// Names a namespace, whether it exists or not.
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The namespace itself.
    pub fn path(&self) -> String {
        format!("/api/v1/namespaces/{self}")
    }

    /// A collection of the core API, for example `pods`.
    pub fn core(&self, resource: &str) -> String {
        format!("/api/v1/namespaces/{self}/{resource}")
    }

    /// A collection of another API, for example `apps/v1`, `deployments`.
    pub fn other(&self, group: &str, resource: &str) -> String {
        format!("/apis/{group}/namespaces/{self}/{resource}")
    }

    /// Its Secrets.
    pub fn secrets(&self) -> String {
        self.core("secrets")
    }

    /// One of its Secrets.
    pub fn secret(&self, name: &str) -> String {
        self.core(&format!("secrets/{name}"))
    }

    /// Its SealedSecrets.
    pub fn sealed_secrets(&self) -> String {
        self.other("bitnami.com/v1alpha1", "sealedsecrets")
    }

    /// One of its SealedSecrets; `/status` may be appended.
    pub fn sealed_secret(&self, name: &str) -> String {
        self.other("bitnami.com/v1alpha1", &format!("sealedsecrets/{name}"))
    }

    /// Its core/v1 Events.
    pub fn events(&self) -> String {
        self.core("events")
    }

    /// One of its service accounts.
    pub fn service_account(&self, name: &str) -> String {
        self.core(&format!("serviceaccounts/{name}"))
    }

    /// A path of a program behind one of its Services, through the API server: `port` is the port's name (empty where
    /// it has none) or number, `path` begins with a slash.
    pub fn proxy(&self, service: &str, port: &str, path: &str) -> String {
        self.core(&format!("services/http:{service}:{port}/proxy{path}"))
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
