//! Randomness as an argument.

/// Where a template's random values come from (`randAlphaNum`, `uuidv4`, `bcrypt`'s salt, keys of `genPrivateKey` …).
///
/// RSA keys are the exception: the crypto library that makes them draws from its own source.
pub trait Entropy {
    /// Fills the buffer with bytes that nobody can guess.
    fn fill(&mut self, buffer: &mut [u8]);
}
