//! Writes Secrets into users' namespaces; nothing else does.
//!
//! Always a create, whose 409 tells that something is there, an update with the resourceVersion of what was seen, or a
//! delete of the uid that was read: nothing is overwritten unseen, and nothing is done twice when an answer was lost.
//!
//! Nor does an older generation overwrite what another instance made of a newer one, however long this process stood still
//! in between. A create finds the name taken. An update over a version that came of an older generation conflicts. Any
//! other update first reads the Secret, then asks for the generation: an instance that knows a newer one after that
//! changes the Secret after it was read, so that the update conflicts.

use sealed_secrets::ObjectMeta;
use sealed_secrets::metadata::scope;
use serde::Deserialize;
use serde_json::json;

use crate::api_error::{ApiError, ApiErrorKind};
use crate::api_secret::ApiSecret;
use crate::cluster::{Cluster, JSON, METADATA};
use crate::unseal::index::Untouched;
use crate::unseal::plan::{Plan, Refusal, Wanted, is_key_of_others, plan};
use crate::unseal::seen::{ObjectKey, SealedObject, Standing};

/// How often a Secret that changes under our hands is read again before it is left for later.
const ATTEMPTS: usize = 4;

/// The Secret as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InPlace {
    /// uid.
    pub uid: Box<str>,
    /// resourceVersion.
    pub version: Box<str>,
    /// Whose it is.
    pub standing: Standing,
    /// Whether it was written just now.
    pub written: bool,
}

/// Why the Secret is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub enum ApplyError {
    /// What is there must not, or cannot, be changed.
    Refused {
        /// Why.
        refusal: Refusal,
        /// uid of what is there.
        uid: Box<str>,
        /// Its resourceVersion.
        version: Box<str>,
    },
    /// The API server did not do it.
    Api(ApiError),
}

impl ApplyError {
    /// Whether other values in the Secret might have been taken.
    #[must_use]
    pub fn is_of_content(&self) -> bool {
        match self {
            ApplyError::Refused { refusal, .. } => *refusal == Refusal::Immutable,
            ApplyError::Api(error) => error.is_of_content(),
        }
    }
}

impl From<ApiError> for ApplyError {
    fn from(error: ApiError) -> Self {
        ApplyError::Api(error)
    }
}

#[derive(Deserialize)]
struct Written {
    metadata: ObjectMeta,
}

/// Makes the Secret as it should be. `seen`: one of its name is known to be there, so it is read first, unless it is
/// `untouched`. None: there is a newer generation of the object, or another object of its name, and nothing was written.
///
/// # Errors
/// A Secret that is not ours or cannot be changed, and whatever the API server says.
pub async fn apply(
    cluster: &Cluster,
    object: &SealedObject,
    wanted: &Wanted,
    seen: bool,
    untouched: Option<&Untouched>,
) -> Result<Option<InPlace>, ApplyError> {
    let key = &object.key;
    if let Some(untouched) = untouched
        && let Some(next) = wanted.in_place_of(untouched)
    {
        match cluster.put::<Written>(&path(key), METADATA, next.to_json()).await {
            Ok(updated) => {
                let changed = updated.metadata.resource_version.as_deref() != Some(&untouched.version);
                return Ok(Some(in_place(&updated.metadata, changed)));
            }
            // Changed since, or something is in the way that only reading it tells.
            Err(error)
                if matches!(
                    error.kind,
                    ApiErrorKind::Conflict | ApiErrorKind::NotFound | ApiErrorKind::Invalid
                ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut seen = seen;
    let mut last = None;
    for _ in 0..ATTEMPTS {
        let existing = if seen { existing(cluster, key).await? } else { None };
        let Some(existing) = existing else {
            match cluster.post::<Written>(&collection(key), METADATA, wanted.secret.to_json()).await {
                Ok(created) => return Ok(Some(in_place(&created.metadata, true))),
                Err(error) if error.kind == ApiErrorKind::AlreadyExists => {
                    seen = true;
                    last = Some(error);
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
        };
        match plan(wanted, &existing) {
            Plan::Keep => return Ok(Some(in_place(&existing.metadata, false))),
            Plan::Refuse(refusal) => {
                let InPlace { uid, version, .. } = in_place(&existing.metadata, false);
                return Err(ApplyError::Refused { refusal, uid, version });
            }
            Plan::Update(next) => {
                if is_outdated(cluster, object).await? {
                    return Ok(None);
                }
                match cluster.put::<Written>(&path(key), METADATA, next.to_json()).await {
                    Ok(updated) => return Ok(Some(in_place(&updated.metadata, true))),
                    // Changed, or deleted, since it was read: once more from the beginning.
                    Err(error) if matches!(error.kind, ApiErrorKind::Conflict | ApiErrorKind::NotFound) => {
                        last = Some(error);
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
    Err(last.unwrap_or_else(|| ApiError::unreadable("the Secret is there and is not")).into())
}

/// Deletes the Secret of a SealedSecret that is gone, if it was ours; whatever else has its name stays.
///
/// # Errors
/// Whatever the API server says but that it is gone already.
pub async fn delete(cluster: &Cluster, key: &ObjectKey) -> Result<(), ApiError> {
    let there = match cluster.get::<Written>(&path(key), METADATA).await {
        Ok(there) => there,
        Err(error) if error.kind == ApiErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if Standing::of(&there.metadata) != Standing::Ours || is_key_of_others(&there.metadata, key.name()) {
        return Ok(());
    }
    // The uid: not another one that took the name meanwhile.
    let preconditions = json!({
        "kind": "DeleteOptions",
        "apiVersion": "v1",
        "preconditions": { "uid": there.metadata.uid },
    });
    match cluster.delete(&path(key), preconditions.to_string().into_bytes()).await {
        Err(error) if matches!(error.kind, ApiErrorKind::NotFound | ApiErrorKind::Conflict) => Ok(()),
        other => other,
    }
}

/// Whether the API server has something else to make the Secret of by now. It answers from the store, not from a cache.
async fn is_outdated(cluster: &Cluster, object: &SealedObject) -> Result<bool, ApiError> {
    match cluster.get::<Written>(&object.key.sealed_secret_path(), METADATA).await {
        Ok(Written { metadata: now }) => {
            let same = now.uid.as_deref() == Some(&object.uid)
                && now.generation == object.generation
                && object.sealed.as_ref().is_none_or(|sealed| scope(&sealed.metadata) == scope(&now));
            Ok(!same)
        }
        Err(error) if error.kind == ApiErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

async fn existing(cluster: &Cluster, key: &ObjectKey) -> Result<Option<ApiSecret>, ApiError> {
    match cluster.get(&path(key), JSON).await {
        Ok(secret) => Ok(Some(secret)),
        Err(error) if error.kind == ApiErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn in_place(metadata: &ObjectMeta, written: bool) -> InPlace {
    InPlace {
        uid: metadata.uid.as_deref().unwrap_or_default().into(),
        version: metadata.resource_version.as_deref().unwrap_or_default().into(),
        standing: Standing::of(metadata),
        written,
    }
}

fn collection(key: &ObjectKey) -> String {
    format!("/api/v1/namespaces/{}/secrets", key.namespace())
}

fn path(key: &ObjectKey) -> String {
    format!("{}/{}", collection(key), key.name())
}
