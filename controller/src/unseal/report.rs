//! Writes the status of a SealedSecret, and learns on the way under which CRD it runs.

use std::sync::atomic::{AtomicU8, Ordering};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sealed_secrets::{API_VERSION, KIND, SealedSecretStatus};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::api_error::{ApiError, ApiErrorKind};
use crate::cluster::{Cluster, JSON, METADATA};
use crate::unseal::seen::{ObjectKey, SealedObject, SealedSeen};
use crate::unseal::status::{self, Crd, Verdict, is_news};

/// How often a status that changes under our hands is read again.
const ATTEMPTS: usize = 4;

const UNKNOWN: u8 = 0;
const UPSTREAMS: u8 = 1;
const OURS: u8 = 2;

/// Writes statuses.
pub struct Reporter {
    /// `--update-status`.
    enabled: bool,
    crd: AtomicU8,
}

/// What came of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The status tells people something that it did not tell before.
    News,
    /// It tells people what it told before.
    Same,
    /// The object has changed since it was looked at: the status of what it is now is not for this verdict to overwrite.
    Outdated,
}

impl Told {
    fn of(news: bool) -> Self {
        if news { Told::News } else { Told::Same }
    }
}

#[derive(Deserialize)]
struct Answer {
    metadata: AnswerMetadata,
    #[serde(default)]
    status: AnswerStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerMetadata {
    resource_version: String,
}

#[derive(Default, Deserialize)]
struct AnswerStatus {
    controller: Option<String>,
}

impl Reporter {
    /// One that writes, or (`--update-status=false`) does not.
    #[must_use]
    pub fn new(enabled: bool) -> Self {
        Self { enabled, crd: AtomicU8::new(UNKNOWN) }
    }

    /// Writes the status where it says something new.
    ///
    /// # Errors
    /// The API server's; an object that is gone is NotFound.
    pub async fn report(
        &self,
        cluster: &Cluster,
        object: &SealedObject,
        verdict: &Verdict,
        now: Time,
    ) -> Result<Told, ApiError> {
        if !self.enabled {
            // There is no memory of what was told, but the Secret itself.
            return Ok(Told::of(matches!(verdict, Verdict::Failed { .. })));
        }
        let mut old = object.status.clone();
        let mut version = object.resource_version.to_string();
        let mut news = false;
        for _ in 0..ATTEMPTS {
            let Some(next) = status::next(&old, object.generation, verdict, self.crd(&old), &now) else {
                return Ok(Told::of(news));
            };
            news |= is_news(&old, &next);
            match self.put(cluster, &object.key, &object.uid, &version, &next).await {
                Ok(None) => return Ok(Told::of(news)),
                // The first write under our own CRD: now that it is known, the rest is written, too.
                Ok(Some((written, at))) => (old, version) = (written, at),
                Err(error) if error.kind == ApiErrorKind::Conflict => {
                    let seen: SealedObject =
                        cluster.get::<SealedSeen>(&object.key.sealed_secret_path(), JSON).await?.into();
                    if seen.uid != object.uid {
                        return Err(ApiError::not_found());
                    }
                    if seen.generation != object.generation || seen.digest != object.digest {
                        return Ok(Told::Outdated);
                    }
                    (old, version) = (seen.status, seen.resource_version.to_string());
                }
                Err(error) => return Err(error),
            }
        }
        Err(ApiError::of_answer(409, None, b"{}"))
    }

    /// What this process knows of the CRD; a status that carries the field which upstream's CRD prunes tells, too.
    fn crd(&self, status: &SealedSecretStatus) -> Crd {
        if status.controller.is_some() {
            self.crd.store(OURS, Ordering::Relaxed);
        }
        if self.crd.load(Ordering::Relaxed) == OURS { Crd::Ours } else { Crd::Upstream }
    }

    /// Writes a status. Where it is not known yet which CRD is installed, the whole answer is asked for, and what was
    /// written is returned if it turns out to be ours.
    async fn put(
        &self,
        cluster: &Cluster,
        key: &ObjectKey,
        uid: &str,
        version: &str,
        next: &SealedSecretStatus,
    ) -> Result<Option<(SealedSecretStatus, String)>, ApiError> {
        let body = json!({
            "apiVersion": API_VERSION,
            "kind": KIND,
            // The uid is a precondition: a namesake that was made meanwhile is another object.
            "metadata": { "name": key.name(), "namespace": key.namespace(), "uid": uid, "resourceVersion": version },
            "status": next,
        });
        let path = format!("{}/status", key.sealed_secret_path());
        let body = body.to_string().into_bytes();
        if self.crd.load(Ordering::Relaxed) != UNKNOWN {
            let IgnoredAny = cluster.put(&path, METADATA, body).await?;
            return Ok(None);
        }
        let whole: Answer = cluster.put(&path, JSON, body).await?;
        if whole.status.controller.is_none() {
            self.crd.store(UPSTREAMS, Ordering::Relaxed);
            return Ok(None);
        }
        self.crd.store(OURS, Ordering::Relaxed);
        Ok(Some((next.clone(), whole.metadata.resource_version)))
    }
}
