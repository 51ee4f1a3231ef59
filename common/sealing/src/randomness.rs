use crate::cipher::Backend;

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct NoRandomness;

/// Fills the buffer with bytes that nobody can guess, from the generator that session keys come from.
///
/// # Errors
/// When the operating system gives none; what the buffer holds then is void.
pub fn random(buffer: &mut [u8]) -> Result<(), NoRandomness> {
    Backend::default().randomize(buffer).map_err(|_| NoRandomness)
}
