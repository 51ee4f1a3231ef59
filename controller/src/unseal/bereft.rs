//! Objects whose sealing key has gone: people are told while the Secrets still stand.

use k8s_openapi::api::core::v1::ObjectReference;
use sealed_secrets::{API_VERSION, KIND};

use crate::events::{Events, Kind};
use crate::unseal::index::Bereft;

/// Objects that are told of by an event; of the others the log and the metric `objects_without_key` tell. An event for each of ten
/// thousand would keep the API server from its work.
const MOST_EVENTS: usize = 20;

/// Tells of objects whose key has gone, in the log at once, by events beside the work.
///
/// Their status stays as it is: the Secret is as it should be, and health checks of Argo CD and Flux are right to say so.
pub(super) fn tell(events: &Events, bereft: Vec<Bereft>) {
    let Some(first) = bereft.first() else { return };
    tracing::warn!(
        objects = bereft.len(),
        key = %first.key,
        first = %first.object,
        "A sealing key has gone that SealedSecrets were opened with: their Secrets stand, and do not come back when they are lost"
    );
    let events = events.clone();
    tokio::spawn(async move {
        for Bereft { object, uid, key } in bereft.into_iter().take(MOST_EVENTS) {
            let about = ObjectReference {
                api_version: Some(API_VERSION.into()),
                kind: Some(KIND.into()),
                namespace: Some(object.namespace().into()),
                name: Some(object.name().into()),
                uid: Some(uid.into()),
                ..ObjectReference::default()
            };
            let message = format!(
                "The sealing key {key} that opened it is gone. The Secret stays as it is, and does not come back when it is \
                 deleted or changed: restore the key, or seal anew"
            );
            events.emit(&about, Kind::Warning, "SealingKeyGone", &message).await;
        }
    });
}
