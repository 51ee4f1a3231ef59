//! One SealedSecret, from its turn to its status: open, apply, tell. Deciding is done elsewhere (plan, status, retry).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sealed_secrets::{API_VERSION, KIND, Legacy, MAX_MISSES, Opening, SealedSecret, Unsealed};

use crate::api_error::ApiErrorKind;
use crate::cluster::{Cluster, JSON};
use crate::events::{Events, Kind};
use crate::key_guard::KeyPlace;
use crate::keys::KeyReader;
use crate::metrics::{ConditionValue, Metrics, UnsealErrorReason};
use crate::opener::Opener;
use crate::settings::Forbidden;
use crate::unseal::apply::{self, InPlace};
use crate::unseal::failure::{Failure, cause_of};
use crate::unseal::index::{End, Finished, Task, Untouched};
use crate::unseal::objection::objection;
use crate::unseal::open::{self, Made};
use crate::unseal::plan::Wanted;
use crate::unseal::record::{Digest, Record};
use crate::unseal::renderer::Renderer;
use crate::unseal::report::{Reporter, Told};
use crate::unseal::retry::Cause;
use crate::unseal::seen::{ObjectKey, SealedObject, SealedSeen};
use crate::unseal::status::{self, Verdict};

/// What every task needs.
pub struct Context {
    /// The API server.
    pub cluster: Cluster,
    /// The keys.
    pub keys: KeyReader,
    /// The processors.
    pub opener: Opener,
    /// Where templates are rendered; none: they are refused.
    pub renderer: Option<Renderer>,
    /// Events.
    pub events: Events,
    /// Metrics.
    pub metrics: Metrics,
    /// Statuses.
    pub reporter: Reporter,
    /// Whether `spec.data` is opened.
    pub legacy: Legacy,
    /// Where no SealedSecret makes a sealing key.
    pub key_place: KeyPlace,
    /// What no Secret may have.
    pub forbidden: Arc<Forbidden>,
    /// The process is to end: what was begun is finished, nothing new is written.
    pub ending: Arc<AtomicBool>,
}

/// Does what one SealedSecret needs.
pub async fn reconcile(context: &Context, task: Task) -> Finished {
    context.metrics.unseal_requested();
    let Task { key, object, secret_seen, untouched, tell_again, attempts } = task;
    let object = match object {
        Some(object) => object,
        None => match fetch(context, &key).await {
            Ok(object) => Arc::new(object),
            Err(end) => return nothing(end),
        },
    };
    if object.deleting {
        return nothing(End::Gone);
    }
    let finished = |end| Finished {
        uid: Some(object.uid.clone()),
        digest: object.digest,
        generation: object.generation,
        items: object.items,
        why: 0,
        end,
    };
    if object.control.paused {
        tracing::info!(key = %object.key, "Paused by its annotation, the Secret is left as it is");
        let end = tell(context, &object, &Verdict::Paused, false, None).await;
        return finished(end.unwrap_or(End::Paused));
    }
    if let Some(record) = tell_again.filter(|record| record.digest == object.digest) {
        let end = put_right(context, &object, record).await;
        return finished(end.unwrap_or(End::ToldAgain));
    }
    tracing::info!(key = %object.key, "Updating");
    let made = make(context, &object, secret_seen, untouched.as_ref()).await;
    if context.ending.load(Ordering::Relaxed) {
        // The next process finds the Secret as it is, and tells of it.
        return finished(End::Failed(Cause::Api { retry_after: None }));
    }
    match made {
        Ok(None) => finished(outdated(&object.key)),
        Ok(Some((record, place))) => {
            let verdict = Verdict::Synced(record.clone());
            let end = tell(context, &object, &verdict, place.written, None).await;
            finished(end.unwrap_or(End::Applied { record, standing: place.standing }))
        }
        Err(failure) if *failure.cause() == Cause::NamespaceGone => {
            if attempts.of(failure.cause()) == 0 {
                tracing::info!(key = %object.key, "The namespace is being deleted or gone, nothing is made there");
            }
            finished(End::Failed(Cause::NamespaceGone))
        }
        Err(failure) => {
            context.metrics.unseal_failed(failure.metric(), object.key.namespace());
            // Of what passes the log has cause and count: it is told of this object if it stays.
            if !failure.is_passing() {
                tracing::error!(key = %object.key, error = %failure.sentence(), "{}", failure.what_next());
            }
            let failed = End::Failed(failure.cause().clone());
            if !failure.is_told(attempts) {
                return finished(failed);
            }
            let verdict = failure.verdict();
            let end = tell(context, &object, &verdict, false, Some(&failure)).await;
            Finished { why: verdict.hash(), ..finished(end.unwrap_or(failed)) }
        }
    }
}

/// Opens the values and applies the Secret. None: something newer is to be applied.
async fn make(
    context: &Context,
    object: &SealedObject,
    seen: bool,
    untouched: Option<&Untouched>,
) -> Result<Option<(Record, InPlace)>, Failure> {
    let sealed = object.sealed.as_ref().ok_or_else(Failure::unreadable)?;
    let Made { unsealed, by_templates } = open(context, sealed, object.key.namespace()).await?;
    let Unsealed { secret, opened_with, unsettled } = unsealed;
    if context.ending.load(Ordering::Relaxed) {
        return Err(Failure::ending());
    }
    let origin = status::origin(&object.status, object.generation, &object.digest);
    let wanted = Wanted::new(secret, sealed).leaving(unsettled, origin);
    let wanted = wanted.forbidding(Arc::clone(&context.forbidden));
    if let Some(objection) = context.key_place.objection(&wanted.secret.metadata) {
        return Err(Failure::sealing_key(&objection));
    }
    if let Some(objection) = objection(&wanted.secret, &context.forbidden, sealed.spec.data.is_some()) {
        return Err(Failure::of_objection(&objection));
    }
    let applied = apply::apply(&context.cluster, object, &wanted, seen, untouched).await;
    let applied = applied.map_err(|error| Failure::of_applying(error, by_templates, &object.key))?;
    let Some(place) = applied else { return Ok(None) };
    let record = Record {
        digest: object.digest,
        secret_uid: place.uid.clone(),
        secret_version: place.version.clone(),
        keys: opened_with,
    };
    Ok(Some((record, place)))
}

async fn open(context: &Context, sealed: &Arc<SealedSecret>, namespace: &str) -> Result<Made, Failure> {
    let ring = Arc::clone(&context.keys.snapshot().ring);
    let opening = Opening::new(Arc::clone(sealed), ring, context.legacy).giving_up_after(MAX_MISSES);
    let made = open::open(opening, namespace, &context.opener, context.renderer.as_ref()).await;
    made.map_err(|error| Failure::of_opening(&error))
}

/// Writes the status that was damaged, or is to be as another CustomResourceDefinition has it. It tells nobody anything new.
async fn put_right(context: &Context, object: &SealedObject, record: Record) -> Option<End> {
    tracing::info!(key = %object.key, "The status is not what was told, it is written again");
    let now = Time(jiff::Timestamp::now());
    match context.reporter.report(&context.cluster, object, &Verdict::Synced(record), now).await {
        Ok(Told::Outdated) => Some(outdated(&object.key)),
        Ok(Told::News | Told::Same) => None,
        Err(error) => {
            context.metrics.unseal_failed(UnsealErrorReason::Status, object.key.namespace());
            tracing::error!(key = %object.key, error = %error, "Error updating SealedSecret status");
            Some(match error.kind {
                ApiErrorKind::NotFound | ApiErrorKind::NamespaceGone => End::Gone,
                _ => End::Failed(cause_of(&error)),
            })
        }
    }
}

/// Writes the status, and an event if there is news. An end is returned where the status could not be written: the
/// attempt is then repeated, since a status that stays behind would never be mended.
async fn tell(
    context: &Context,
    object: &SealedObject,
    verdict: &Verdict,
    written: bool,
    failure: Option<&Failure>,
) -> Option<End> {
    let value = match verdict {
        Verdict::Synced(_) => Some(ConditionValue::True),
        Verdict::Failed { .. } => Some(ConditionValue::False),
        Verdict::Paused => None,
    };
    let (namespace, name) = (object.key.namespace(), object.key.name());
    let instance = object.instance.as_deref().unwrap_or_default();
    let now = Time(jiff::Timestamp::now());
    let told = context.reporter.report(&context.cluster, object, verdict, now).await;
    if matches!(told, Ok(Told::Outdated)) {
        return Some(outdated(&object.key));
    }
    if let Some(value) = value {
        context.metrics.condition(namespace, name, instance, status::SYNCED, value);
    }
    let news = match &told {
        Ok(told) => *told == Told::News,
        Err(error) if matches!(error.kind, ApiErrorKind::NotFound | ApiErrorKind::NamespaceGone) => {
            return Some(End::Gone);
        }
        Err(error) => {
            context.metrics.unseal_failed(UnsealErrorReason::Status, namespace);
            if error.is_of_the_server() {
                tracing::debug!(key = %object.key, error = %error, "Error updating SealedSecret status");
            } else {
                tracing::error!(key = %object.key, error = %error, "Error updating SealedSecret status");
            }
            false
        }
    };
    if let Some(failure) = failure.filter(|failure| news && failure.is_passing()) {
        tracing::error!(key = %object.key, error = %failure.sentence(), "{}", failure.what_next());
    }
    if written || news {
        let about = reference(object);
        match failure {
            None if *verdict == Verdict::Paused => {
                let message = "Paused by the annotation sealkit.dev/paused: the Secret is left as it is";
                context.events.emit(&about, Kind::Normal, "Paused", message).await;
            }
            None => {
                let message = "SealedSecret unsealed successfully";
                context.events.emit(&about, Kind::Normal, "Unsealed", message).await;
            }
            Some(failure) => {
                let (reason, message) = failure.event();
                context.events.emit(&about, Kind::Warning, reason, &message).await;
            }
        }
    }
    told.err().map(|error| End::Failed(cause_of(&error)))
}

/// Reads the object anew; one that is gone is an end.
async fn fetch(context: &Context, key: &ObjectKey) -> Result<SealedObject, End> {
    match context.cluster.get::<SealedSeen>(&key.sealed_secret_path(), JSON).await {
        Ok(seen) => Ok(seen.into()),
        Err(error) if matches!(error.kind, ApiErrorKind::NotFound | ApiErrorKind::NamespaceGone) => {
            Err(End::Gone)
        }
        Err(error) => {
            context.metrics.unseal_failed(UnsealErrorReason::Fetch, key.namespace());
            if error.is_of_the_server() {
                tracing::debug!(key = %key, error = %error, "Error updating, will retry");
            } else {
                tracing::error!(key = %key, error = %error, "Error updating, will retry");
            }
            Err(End::Failed(cause_of(&error)))
        }
    }
}

/// Another instance, or this one, has something newer to apply.
fn outdated(key: &ObjectKey) -> End {
    tracing::info!(key = %key, "Changed since it was looked at: what came of it is dropped");
    End::Outdated
}

fn nothing(end: End) -> Finished {
    Finished { uid: None, digest: Digest::default(), generation: None, items: 0, why: 0, end }
}

fn reference(object: &SealedObject) -> ObjectReference {
    ObjectReference {
        api_version: Some(API_VERSION.into()),
        kind: Some(KIND.into()),
        namespace: Some(object.key.namespace().into()),
        name: Some(object.key.name().into()),
        uid: Some(object.uid.to_string()),
        resource_version: Some(object.resource_version.to_string()),
        field_path: None,
    }
}
