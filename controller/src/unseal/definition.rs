//! Which CustomResourceDefinition is installed, as the API server's OpenAPI documents tell: ours has the status field
//! `controller`, upstream's has not.
//!
//! Everybody who is logged in may read them (ClusterRole `system:discovery`), there need be no object to try it on, and
//! the index of them is small and names each document with a hash: so it is looked at again and again.

use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::api_error::ApiError;
use crate::cluster::{Cluster, JSON};
use crate::unseal::status::Crd;

/// How often the index is looked at.
pub(super) const PERIOD: Duration = Duration::from_secs(10);

/// What was last read.
#[derive(Debug, Default)]
pub(super) struct Definition {
    /// Path and hash of the document.
    document: String,
    crd: Option<Crd>,
}

impl Definition {
    /// Looks, and returns what is installed; none where there is no such kind.
    ///
    /// # Errors
    /// The API server has no such documents, or does not show them.
    pub(super) async fn look(&mut self, cluster: &Cluster) -> Result<Option<Crd>, ApiError> {
        let index: Index = cluster.get("/openapi/v3", JSON).await?;
        let document = index.paths.of_group.map(|path| path.server_relative_url).unwrap_or_default();
        if document != self.document {
            self.crd = if document.starts_with("/openapi/v3/") {
                let document: Document = cluster.get(&document, JSON).await?;
                document.crd()
            } else {
                None
            };
            self.document = document;
        }
        Ok(self.crd)
    }
}

#[derive(Deserialize)]
struct Index {
    paths: Paths,
}

#[derive(Deserialize)]
struct Paths {
    #[serde(rename = "apis/bitnami.com/v1alpha1")]
    of_group: Option<Path>,
}

#[derive(Deserialize)]
struct Path {
    #[serde(rename = "serverRelativeURL")]
    server_relative_url: String,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    components: Components,
}

/// Right after a definition was made there may be none.
#[derive(Default, Deserialize)]
struct Components {
    #[serde(default)]
    schemas: Schemas,
}

#[derive(Default, Deserialize)]
struct Schemas {
    #[serde(rename = "com.bitnami.v1alpha1.SealedSecret")]
    sealed_secret: Option<Properties<Kind>>,
}

#[derive(Deserialize)]
struct Properties<T> {
    properties: T,
}

#[derive(Deserialize)]
struct Kind {
    status: Option<Properties<Status>>,
}

#[derive(Deserialize)]
struct Status {
    controller: Option<IgnoredAny>,
}

impl Document {
    fn crd(self) -> Option<Crd> {
        let status = self.components.schemas.sealed_secret?.properties.status?.properties;
        Some(if status.controller.is_some() { Crd::Ours } else { Crd::Upstream })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_field_of_the_status_tells() {
        let crd = |status: serde_json::Value| {
            let kind = json!({ "type": "object", "properties": { "spec": {}, "status": status } });
            let schemas = json!({ "com.bitnami.v1alpha1.SealedSecret": kind, "other": 1 });
            serde_json::from_value::<Document>(json!({ "components": { "schemas": schemas } })).unwrap().crd()
        };
        assert_eq!(crd(json!({ "properties": { "controller": { "type": "string" } } })), Some(Crd::Ours));
        assert_eq!(crd(json!({ "properties": { "conditions": {} } })), Some(Crd::Upstream));
        assert_eq!(crd(json!(null)), None);
        assert_eq!(serde_json::from_str::<Document>("{}").unwrap().crd(), None);
    }
}
