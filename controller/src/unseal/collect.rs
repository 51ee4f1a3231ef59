//! Secrets of SealedSecrets that are gone, for `--old-gc-behavior`.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::apply;
use super::reconcile::Context;
use super::retry::{Cause, delay};
use super::seen::{ObjectKey, SealedSeen};
use crate::api_error::ApiErrorKind;
use crate::cluster::METADATA;

/// How often the API server is asked to delete a Secret: for some minutes.
const ATTEMPTS: u32 = 12;

/// Deletes the Secret of a SealedSecret that is gone. The API server is asked again some times: nobody else will.
pub(super) async fn collect(context: &Context, key: &ObjectKey) {
    for attempt in 1..=ATTEMPTS {
        let gone = match context.cluster.get::<SealedSeen>(&key.sealed_secret_path(), METADATA).await {
            // It left the watch because its labels no longer fit the selector.
            Ok(_) => return,
            Err(error) if error.kind == ApiErrorKind::NotFound => {
                tracing::info!("sealed-secret" = %key, "SealedSecret has gone, deleting Secret");
                apply::delete(&context.cluster, key).await
            }
            Err(error) => Err(error),
        };
        let Err(error) = gone else { return };
        if error.kind == ApiErrorKind::NamespaceGone {
            return;
        }
        if !error.is_of_the_server() {
            tracing::error!(key = %key, error = %error, "Error deleting the Secret of a SealedSecret that is gone");
        }
        let pause = delay(&Cause::Api { retry_after: error.retry_after }, attempt);
        tokio::time::sleep(Duration::from_millis(pause.unwrap_or_default())).await;
        if context.ending.load(Ordering::Relaxed) {
            return;
        }
    }
}
