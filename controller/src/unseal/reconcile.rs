//! One SealedSecret, from its turn to its status: open, apply, tell. Deciding is done elsewhere (plan, status, retry).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sealed_secrets::{
    API_VERSION, KIND, Legacy, Opening, RENDERING_FAILED, SealedSecret, UnsealError, Unsealed,
};

use crate::api_error::ApiErrorKind;
use crate::cluster::{Cluster, JSON};
use crate::events::{Events, Kind, shortened};
use crate::keys::KeyReader;
use crate::metrics::{ConditionValue, Metrics, UnsealErrorReason};
use crate::opener::{JobError, Opener};
use crate::unseal::apply::{self, ApplyError, InPlace};
use crate::unseal::index::{End, Finished, Task};
use crate::unseal::open::{self, Made, OpenError, Renderer};
use crate::unseal::plan::{Refusal, Wanted};
use crate::unseal::record::{Digest, Record};
use crate::unseal::report::Reporter;
use crate::unseal::retry::Cause;
use crate::unseal::seen::{ObjectKey, SealedObject, SealedSeen};
use crate::unseal::status::{self, LONGEST_MESSAGE, Verdict};

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
    /// The process is to end: what was begun is finished, nothing new is written.
    pub ending: Arc<AtomicBool>,
}

/// An attempt that did not make the Secret.
struct Failure {
    cause: Cause,
    reason: &'static str,
    event: &'static str,
    metric: UnsealErrorReason,
    /// For status and event; never with a value in it.
    message: String,
    /// It may well be over in a moment: people are told if it stays.
    passing: bool,
}

/// After so many failed attempts, some seconds, people are told of what might have been over in a moment. A server
/// that says it has too much to do is not helped by a status and an event for each object.
const QUIET_ATTEMPTS: u32 = 5;

/// Does what one SealedSecret needs.
pub async fn reconcile(context: &Context, task: Task) -> Finished {
    context.metrics.unseal_requested();
    let Task { key, object, secret_seen, attempt } = task;
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
    tracing::info!(key = %object.key, "Updating");
    let finished = |end| Finished {
        uid: Some(object.uid.clone()),
        digest: object.digest,
        generation: object.generation,
        items: object.items,
        end,
    };
    let made = make(context, &object, secret_seen).await;
    if context.ending.load(Ordering::Relaxed) {
        // The next process finds the Secret as it is, and tells of it.
        return finished(End::Failed(Cause::Api { retry_after: None }));
    }
    match made {
        Ok((record, place)) => {
            let verdict = Verdict::Synced(record.clone());
            let end = tell(context, &object, &verdict, place.written, None).await;
            finished(end.unwrap_or(End::Applied { record, standing: place.standing }))
        }
        Err(failure) => {
            context.metrics.unseal_failed(failure.metric, object.key.namespace());
            tracing::error!(key = %object.key, error = %failure.message, "{}", what_next(&failure.cause));
            if failure.passing && attempt < QUIET_ATTEMPTS {
                return finished(End::Failed(failure.cause));
            }
            let verdict = Verdict::Failed {
                reason: failure.reason,
                message: match failure.cause {
                    Cause::SecretInTheWay { .. } if failure.metric != UnsealErrorReason::Unseal => {
                        format!("failed update: {}", failure.message)
                    }
                    _ => failure.message.clone(),
                },
                stalled: !matches!(failure.cause, Cause::Api { .. }),
            };
            let end = tell(context, &object, &verdict, false, Some(&failure)).await;
            finished(end.unwrap_or(End::Failed(failure.cause)))
        }
    }
}

/// Opens the values and applies the Secret.
async fn make(context: &Context, object: &SealedObject, seen: bool) -> Result<(Record, InPlace), Failure> {
    let sealed = object.sealed.as_ref().ok_or_else(|| {
        closed("its spec is not what the CustomResourceDefinition describes", Cause::Unusable, "Unreadable")
    })?;
    let Made { unsealed, by_templates } = open(context, sealed, object.key.namespace()).await?;
    let Unsealed { secret, opened_with, unsettled } = unsealed;
    if context.ending.load(Ordering::Relaxed) {
        return Err(closed("the controller is ending", Cause::Api { retry_after: None }, "Ending"));
    }
    let mut wanted = Wanted::new(secret, sealed);
    if let Some(before) = status::record(&object.status, object.generation) {
        wanted.leave(unsettled, before, object.digest);
    }
    let applied = apply::apply(&context.cluster, &object.key, &wanted, seen).await;
    let place = applied.map_err(|error| {
        if by_templates && error.is_of_content() {
            rendered_in_vain(error)
        } else {
            not_applied(error, &object.key)
        }
    })?;
    let record = Record {
        digest: object.digest,
        secret_uid: place.uid.clone(),
        secret_version: place.version.clone(),
        keys: opened_with,
    };
    Ok((record, place))
}

async fn open(context: &Context, sealed: &Arc<SealedSecret>, namespace: &str) -> Result<Made, Failure> {
    let ring = Arc::clone(&context.keys.snapshot().ring);
    let opening = Opening::new(Arc::clone(sealed), ring, context.legacy);
    let made = open::open(opening, namespace, &context.opener, context.renderer.as_ref()).await;
    made.map_err(|error| match error {
        OpenError::Unseal(UnsealError::Rendering(_)) => templates_failed(Cause::Unusable),
        OpenError::Unseal(error) => {
            let (cause, reason) = match &error {
                UnsealError::Items(items) if items.is_of_templates() => (Cause::Unusable, "BadTemplate"),
                UnsealError::Items(_) | UnsealError::Legacy(_) => (Cause::Closed, "CannotOpen"),
                UnsealError::TemplatesOff(_) => (Cause::Unusable, "TemplatesOff"),
                UnsealError::NoRandomness => (Cause::Api { retry_after: None }, "NoRandomness"),
                _ => (Cause::Unusable, "Unusable"),
            };
            let message = match &error {
                // Which of the two it is would tell whoever copied an item here whether it opens.
                UnsealError::Legacy(_) => {
                    "spec.data: no key could decrypt secret, or it holds none".to_owned()
                }
                _ => error.to_string(),
            };
            closed(&message, cause, reason)
        }
        OpenError::Job(error @ JobError::Panicked) => closed(&error.to_string(), Cause::Unusable, "Unusable"),
        OpenError::Job(error @ JobError::Ending) => {
            closed(&error.to_string(), Cause::Api { retry_after: None }, "Ending")
        }
    })
}

fn closed(message: &str, cause: Cause, reason: &'static str) -> Failure {
    let passing = matches!(cause, Cause::Api { .. });
    // It may list thousands of items, and goes into the log, too.
    let message = shortened(message, LONGEST_MESSAGE);
    Failure { cause, reason, event: "ErrUnsealFailed", metric: UnsealErrorReason::Unseal, message, passing }
}

/// A template could choose by a value whether it fails or gives what is refused, and which refusal comes. Told apart, these
/// would be more than the one bit that nothing came of it; so is how often it is tried again, which logs and metrics
/// show.
fn rendered_in_vain(error: ApplyError) -> Failure {
    templates_failed(match error {
        // Whoever may delete that Secret sees that it is immutable.
        ApplyError::Refused { uid, version, .. } => Cause::SecretInTheWay { uid, version },
        ApplyError::Api(_) => Cause::Unusable,
    })
}

/// The one failure of templates that depends on the values.
fn templates_failed(cause: Cause) -> Failure {
    closed(RENDERING_FAILED, cause, "TemplateFailed")
}

fn not_applied(error: ApplyError, key: &ObjectKey) -> Failure {
    match error {
        ApplyError::Refused { refusal, uid, version } => Failure {
            cause: Cause::SecretInTheWay { uid, version },
            reason: match refusal {
                Refusal::Unmanaged => "Unmanaged",
                Refusal::Immutable => "Immutable",
                Refusal::Type => "TypeChange",
            },
            event: "ErrUpdateFailed",
            metric: match refusal {
                Refusal::Unmanaged => UnsealErrorReason::Unmanaged,
                Refusal::Immutable | Refusal::Type => UnsealErrorReason::Update,
            },
            message: refusal.sentence(key.namespace(), key.name()),
            passing: false,
        },
        ApplyError::Api(error) => Failure {
            // A role, a quota, the Secret itself: not worth opening all of it again several times a minute.
            cause: if error.is_invalid() || error.kind == ApiErrorKind::Forbidden {
                Cause::Refused
            } else {
                Cause::Api { retry_after: error.retry_after }
            },
            reason: "ApiError",
            event: "ErrUpdateFailed",
            metric: UnsealErrorReason::Update,
            message: error.to_string(),
            passing: !matches!(
                error.kind,
                ApiErrorKind::Forbidden | ApiErrorKind::Invalid | ApiErrorKind::Unreadable
            ),
        },
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
    let synced = matches!(verdict, Verdict::Synced(_));
    let value = if synced { ConditionValue::True } else { ConditionValue::False };
    let (namespace, name) = (object.key.namespace(), object.key.name());
    let instance = object.instance.as_deref().unwrap_or_default();
    let now = Time(jiff::Timestamp::now());
    let told = context.reporter.report(&context.cluster, object, verdict, now).await;
    context.metrics.condition(namespace, name, instance, status::SYNCED, value);
    let news = match &told {
        Ok(told) => told.news,
        Err(error) if error.kind == ApiErrorKind::NotFound => return Some(End::Gone),
        Err(error) => {
            context.metrics.unseal_failed(UnsealErrorReason::Status, namespace);
            tracing::error!(key = %object.key, error = %error, "Error updating SealedSecret status");
            false
        }
    };
    if written || news {
        let about = reference(object);
        match failure {
            None => {
                let message = "SealedSecret unsealed successfully";
                context.events.emit(&about, Kind::Normal, "Unsealed", message).await;
            }
            Some(failure) => {
                let message = match failure.metric {
                    UnsealErrorReason::Unseal => format!("Failed to unseal: {}", failure.message),
                    _ => failure.message.clone(),
                };
                context.events.emit(&about, Kind::Warning, failure.event, &message).await;
            }
        }
    }
    let error = told.err()?;
    let cause = match error.kind {
        // A role or a schema is missing, for every object: not worth opening all of them twice a minute.
        ApiErrorKind::Forbidden | ApiErrorKind::Invalid => Cause::Refused,
        _ => Cause::Api { retry_after: error.retry_after },
    };
    Some(End::Failed(cause))
}

/// Reads the object anew; one that is gone is an end.
async fn fetch(context: &Context, key: &ObjectKey) -> Result<SealedObject, End> {
    match context.cluster.get::<SealedSeen>(&key.sealed_secret_path(), JSON).await {
        Ok(seen) => Ok(seen.into()),
        Err(error) if error.kind == ApiErrorKind::NotFound => Err(End::Gone),
        Err(error) => {
            context.metrics.unseal_failed(UnsealErrorReason::Fetch, "");
            tracing::error!(key = %key, error = %error, "Error updating, will retry");
            Err(End::Failed(Cause::Api { retry_after: error.retry_after }))
        }
    }
}

fn nothing(end: End) -> Finished {
    Finished { uid: None, digest: Digest::default(), generation: None, items: 0, end }
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

/// The words of upstream's log, which dashboards look for.
fn what_next(cause: &Cause) -> &'static str {
    match cause {
        Cause::Api { .. } | Cause::Refused => "Error updating, will retry",
        _ => "Error updating, giving up",
    }
}
