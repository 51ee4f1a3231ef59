//! `/v1/verify`: whether a SealedSecret opens here.

use axum::response::Response;
use http::StatusCode;
use sealed_secrets::{LegacyError, MAX_MISSES, UnsealError, Verification, VerifyError};

use super::Shared;
use super::answer::{self, Refusal};
use super::guard::Admitted;

/// 200 when every item opens under the scope that the object declares, 409 when one does not; templates are not
/// looked at.
///
/// Nothing that was opened has a say in the answer: also a legacy `spec.data` counts as soon as it opens, whatever
/// it holds, for otherwise an item put there would tell whether its value is the JSON of a Secret.
pub(super) async fn verify(shared: &Shared, admitted: Admitted) -> Result<Response, Refusal> {
    let ring = shared.keys.snapshot().ring.clone();
    if ring.is_empty() {
        return Err(Refusal::unacceptable("there is no key yet"));
    }
    let legacy = shared.legacy;
    match shared
        .workers
        .run(admitted, |text| Verification::new(text, ring, legacy).giving_up_after(MAX_MISSES))
        .await?
    {
        Ok(()) | Err(VerifyError::Unseal(UnsealError::Legacy(LegacyError::NoSecret))) => {
            Ok(answer::empty(StatusCode::OK))
        }
        Err(VerifyError::Unseal(UnsealError::TooManyItems { .. })) => {
            Err(Refusal::too_large("the object has too many items"))
        }
        Err(VerifyError::Unseal(_)) => Err(Refusal::does_not_open("an item does not open")),
        Err(_) => Err(Refusal::unacceptable("the body is not one SealedSecret")),
    }
}
