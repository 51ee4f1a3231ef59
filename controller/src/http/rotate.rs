//! `/v1/rotate`: the same SealedSecret, sealed anew under the active key.

use std::sync::Arc;

use axum::response::Response;
use sealed_secrets::{MAX_MISSES, Reseal, ResealError, UnsealError};

use super::Shared;
use super::answer::{self, Refusal};
use super::guard::Admitted;

/// 200 and the object as JSON, 500 for anything wrong, as upstream.
///
/// Every item is sealed under the very scope that opened it, so that none is ever widened, and all else stays as it
/// was sent: templates are neither rendered nor lost, labels and annotations stay where they are.
pub(super) async fn rotate(shared: &Shared, admitted: Admitted) -> Result<Response, Refusal> {
    let keys = shared.keys.snapshot();
    let certificate = keys.active.clone().ok_or(Refusal::unacceptable("there is no key to seal with"))?;
    let (ring, certificate, legacy) = (keys.ring.clone(), Arc::new(certificate), shared.legacy);
    match shared
        .workers
        .run(admitted, |text| Reseal::new(text, ring, certificate, legacy).giving_up_after(MAX_MISSES))
        .await?
    {
        Ok(resealed) => Ok(answer::document("application/json", resealed.into_json())),
        Err(ResealError::Unseal(UnsealError::TooManyItems { .. })) => {
            Err(Refusal::too_large("the object has too many items"))
        }
        Err(ResealError::Unseal(_)) => Err(Refusal::unacceptable("an item does not open")),
        Err(ResealError::Input(_)) => Err(Refusal::unacceptable("the body is not one SealedSecret")),
        Err(_) => Err(Refusal::unacceptable("the object cannot be sealed anew")),
    }
}
