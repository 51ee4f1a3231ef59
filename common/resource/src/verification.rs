//! Verify: whether every value of a SealedSecret opens, and nothing else.

use std::sync::Arc;

use sealing::KeyRing;

use crate::items::{Bounds, Items, Legacy, Place};
use crate::one_object::{self, InputError};
use crate::opening::MAX_ITEMS;
use crate::unseal::legacy_secret;
use crate::unseal_error::UnsealError;

/// Why a text is not a SealedSecret that opens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The text holds something else. Upstream's controller answers 500.
    #[error(transparent)]
    Input(#[from] InputError),
    /// It does not open. Upstream's controller answers 409.
    #[error(transparent)]
    Unseal(#[from] UnsealError),
}

/// The text of a SealedSecret that is being verified, some private operations at a time: its one object is read, and
/// every value of it opened and wiped at once.
///
/// Templates are not looked at, as upstream's controller has it since 0.40.0: rendering what the caller wrote over
/// values that the caller may not see would tell them. More than [`MAX_ITEMS`] items are refused.
pub struct Verification {
    text: String,
    ring: Arc<KeyRing>,
    legacy: Legacy,
    misses: Option<usize>,
    begun: Option<Begun>,
}

struct Begun {
    items: Items,
    /// Set where a legacy value opens, but holds no Secret.
    no_secret: Option<UnsealError>,
}

impl Verification {
    /// Begins with a text in YAML or JSON; no work is done yet.
    #[must_use]
    pub fn new(text: String, ring: Arc<KeyRing>, legacy: Legacy) -> Self {
        Verification { text, ring, legacy, misses: None, begun: None }
    }

    /// Tries no more values after so many that no key opens, see [`MAX_MISSES`](crate::MAX_MISSES).
    #[must_use]
    pub fn giving_up_after(mut self, misses: usize) -> Self {
        self.misses = Some(misses);
        self
    }

    /// Goes on with at most so many RSA private operations (0 counts as 1); `None` when there is more to do. After
    /// its end it begins anew.
    ///
    /// # Errors
    /// A text that is not one SealedSecret, and one that does not open; all items that do not are named.
    pub fn step(&mut self, operations: usize) -> Option<Result<(), VerifyError>> {
        let begun = match &mut self.begun {
            Some(begun) => begun,
            none => match begin(&self.text, self.legacy, self.misses) {
                Ok(begun) => {
                    *none = Some(begun);
                    return None;
                }
                Err(error) => return Some(Err(error)),
            },
        };
        let Begun { items, no_secret } = begun;
        let result = items.step(&self.ring, operations, |place, (plaintext, _)| {
            if place == Place::Legacy {
                *no_secret = legacy_secret(&plaintext).err();
            }
        })?;
        let no_secret = no_secret.take();
        self.begun = None;
        Some(result.and_then(|()| no_secret.map_or(Ok(()), Err)).map_err(VerifyError::Unseal))
    }
}

fn begin(text: &str, legacy: Legacy, misses: Option<usize>) -> Result<Begun, VerifyError> {
    let (_, sealed) = one_object::read(text)?;
    let bounds = Bounds { items: Some(MAX_ITEMS), misses };
    Ok(Begun { items: Items::read(&sealed, legacy, bounds)?, no_secret: None })
}
