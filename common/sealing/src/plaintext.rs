use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// A secret in the clear: cannot be printed, and is wiped from memory when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    /// The bytes themselves.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Plaintext {
    /// Takes the vector over, without a copy that nobody would wipe.
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<Zeroizing<Vec<u8>>> for Plaintext {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Plaintext {
    /// Tells neither content nor length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plaintext(redacted)")
    }
}

impl Zeroize for Plaintext {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_nothing() {
        let secret = Plaintext::from(b"hunter2".to_vec());
        assert_eq!(secret.as_bytes(), b"hunter2");
        assert_eq!(format!("{secret:?}"), "Plaintext(redacted)");
        assert_eq!(format!("{secret:#?}"), "Plaintext(redacted)");
    }
}
