//! Writes the status of a SealedSecret, as the CRD that is installed has it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sealed_secrets::{API_VERSION, KIND, SealedSecretStatus};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::json;
use tokio::sync::{Mutex, watch};

use crate::api_error::{ApiError, ApiErrorKind};
use crate::cluster::{Cluster, JSON, METADATA};
use crate::unseal::seen::{SealedObject, SealedSeen};
use crate::unseal::status::{self, Crd, NOT_LOOKED_AT, Verdict, is_news};

/// How often a status that changes under our hands is read again.
const ATTEMPTS: usize = 4;

/// Writes statuses.
pub struct Reporter {
    /// `--update-status`.
    enabled: bool,
    /// None: not known yet.
    crd: watch::Sender<Option<Crd>>,
    /// At the start one dry run tells all.
    first_dry_run: Mutex<()>,
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
    #[serde(default)]
    status: AnswerStatus,
}

#[derive(Default, Deserialize)]
struct AnswerStatus {
    controller: Option<String>,
}

impl Reporter {
    /// One that writes, or (`--update-status=false`) does not.
    #[must_use]
    pub fn new(enabled: bool) -> Self {
        Self { enabled, crd: watch::Sender::new(None), first_dry_run: Mutex::default() }
    }

    /// Whether statuses are written.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Which CRD is installed, as it becomes known and as it changes.
    #[must_use]
    pub fn crd(&self) -> watch::Receiver<Option<Crd>> {
        self.crd.subscribe()
    }

    /// This CRD is installed.
    pub fn learnt(&self, crd: Crd) {
        self.crd.send_if_modified(|known| known.replace(crd) != Some(crd));
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
            let written = async {
                let crd = self.known_crd(cluster, object, &old, &version, verdict).await?;
                let Some(next) = status::next(&old, object.generation, verdict, crd, &now) else {
                    return Ok::<_, ApiError>(());
                };
                news |= is_news(&old, &next);
                let IgnoredAny = put(cluster, object, &version, &next, "").await?;
                Ok(())
            };
            match written.await {
                Ok(()) => return Ok(Told::of(news)),
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

    /// The CRD, which a dry run tells where nothing else has: the first verdict on an object is not to be half of it.
    async fn known_crd(
        &self,
        cluster: &Cluster,
        object: &SealedObject,
        old: &SealedSecretStatus,
        version: &str,
        verdict: &Verdict,
    ) -> Result<Crd, ApiError> {
        // Ours may just have been installed. Half of the first verdict on an object that fails would call it well, and the
        // observed generation of one that nobody looked at is by our default, or by anybody.
        let is_in_doubt = old.observed_generation == Some(NOT_LOOKED_AT)
            || (old.conditions.is_empty() && matches!(verdict, Verdict::Failed { .. }));
        let known = || *self.crd.borrow();
        let _first = match known() {
            Some(Crd::Upstream) if is_in_doubt => None,
            Some(known) => return Ok(known),
            None => Some(self.first_dry_run.lock().await),
        };
        match known() {
            Some(known) if known == Crd::Ours || !is_in_doubt => Ok(known),
            _ => self.dry_run(cluster, object, old, version).await,
        }
    }

    /// Whether the field that upstream's CRD prunes would survive.
    async fn dry_run(
        &self,
        cluster: &Cluster,
        object: &SealedObject,
        old: &SealedSecretStatus,
        version: &str,
    ) -> Result<Crd, ApiError> {
        let mut survives = old.controller.is_some();
        if !survives {
            let marked =
                SealedSecretStatus { controller: Some(status::CONTROLLER.to_owned()), ..old.clone() };
            let answer: Answer = put(cluster, object, version, &marked, "?dryRun=All").await?;
            survives = answer.status.controller.is_some();
        }
        let crd = if survives { Crd::Ours } else { Crd::Upstream };
        self.learnt(crd);
        Ok(crd)
    }
}

/// Replaces a status. Of a dry run the whole answer comes, else its metadata.
async fn put<T: DeserializeOwned>(
    cluster: &Cluster,
    object: &SealedObject,
    version: &str,
    next: &SealedSecretStatus,
    query: &str,
) -> Result<T, ApiError> {
    let key = &object.key;
    let body = json!({
        "apiVersion": API_VERSION,
        "kind": KIND,
        // The uid is a precondition: a namesake that was made meanwhile is another object.
        "metadata":
            { "name": key.name(), "namespace": key.namespace(), "uid": object.uid, "resourceVersion": version },
        "status": next,
    });
    let path = format!("{}/status{query}", key.sealed_secret_path());
    let accept = if query.is_empty() { METADATA } else { JSON };
    cluster.put(&path, accept, body.to_string().into_bytes()).await
}
