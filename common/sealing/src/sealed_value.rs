use std::fmt;

use base64::display::Base64Display;

use crate::Base64Error;
use crate::base64_text::{STANDARD, decode};

/// Length of the AES-GCM tag.
pub(crate) const TAG_LENGTH: usize = 16;
/// Length of the field that tells how long the RSA part is.
pub(crate) const PREFIX_LENGTH: usize = 2;

/// One sealed value, as laid out on the front page of this crate. It is public.
///
/// Any bytes make one; whether they open is found out by a [`KeyRing`](crate::KeyRing) alone.
/// `Display` writes the base64 in pieces, so that a large value needs no second copy.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SealedValue(Vec<u8>);

impl SealedValue {
    /// Takes the blob over as it is.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Reads the base64 of a manifest by the rules of [`decode_base64`](crate::decode_base64).
    ///
    /// # Errors
    /// When the text is not base64.
    pub fn from_base64(text: &str) -> Result<Self, Base64Error> {
        decode(text.as_bytes()).map(Self)
    }

    /// Standard base64 with padding, on one line.
    #[must_use]
    pub fn to_base64(&self) -> String {
        use base64::Engine as _;
        STANDARD.encode(&self.0)
    }

    /// The blob.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// How long the modulus of the key must be, in bytes; nothing when the blob is too short to be
    /// opened by any key.
    #[must_use]
    pub fn modulus_length(&self) -> Option<usize> {
        self.parts().map(|parts| parts.session_key.len())
    }

    /// The fields of the blob; nothing when it is too short for them.
    pub(crate) fn parts(&self) -> Option<Parts<'_>> {
        let (length, rest) = self.0.split_first_chunk::<PREFIX_LENGTH>()?;
        let (session_key, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_LENGTH>()?;
        Some(Parts { session_key, ciphertext, tag })
    }
}

/// A blob taken apart.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    /// The session key under RSA-OAEP.
    pub(crate) session_key: &'a [u8],
    /// The plaintext under AES-GCM.
    pub(crate) ciphertext: &'a [u8],
    pub(crate) tag: &'a [u8; TAG_LENGTH],
}

impl fmt::Display for SealedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Base64Display::new(&self.0, &STANDARD), f)
    }
}

impl fmt::Debug for SealedValue {
    /// The length only: a blob may be megabytes long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedValue({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(length: [u8; 2], rest: usize) -> SealedValue {
        SealedValue::from_bytes([length.as_slice(), &vec![7; rest]].concat())
    }

    #[test]
    fn the_modulus_length_is_told_when_all_fields_fit() {
        assert_eq!(blob([1, 0], 256 + 16).modulus_length(), Some(256));
        assert_eq!(blob([0, 0], 16).modulus_length(), Some(0));
        assert_eq!(blob([1, 0], 256 + 15).modulus_length(), None);
        assert_eq!(blob([0xff, 0xff], 300).modulus_length(), None);
        assert_eq!(SealedValue::from_bytes(vec![1]).modulus_length(), None);
        assert_eq!(SealedValue::from_bytes(vec![]).modulus_length(), None);
    }

    #[test]
    fn display_is_the_base64() {
        let value = SealedValue::from_bytes((0..=255).cycle().take(5000).collect());
        assert_eq!(value.to_string(), value.to_base64());
        assert_eq!(SealedValue::from_base64(&value.to_base64()), Ok(value.clone()));
        assert_eq!(format!("{value:?}"), "SealedValue(5000 bytes)");
    }
}
