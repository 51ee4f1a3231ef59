use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Names an RSA key pair by its public half, as OpenSSH does.
///
/// SHA-256 over the SSH wire form of the public key (RFC 4253 §6.6), written `SHA256:` and unpadded
/// base64. It is public.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of the RSA key with these numbers, big-endian without leading zeros.
    pub(crate) fn of(modulus: &[u8], exponent: &[u8]) -> Self {
        let mut hash = Sha256::new();
        for (needs_sign, bytes) in [(false, b"ssh-rsa".as_slice()), (true, exponent), (true, modulus)] {
            // An mpint is signed (RFC 4251 §5), so a leading set bit takes a zero byte before it.
            let sign: &[u8] =
                if needs_sign && bytes.first().is_some_and(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
            let length = u32::try_from(sign.len() + bytes.len()).expect("an RSA key of 8192 bits at most");
            hash.update(length.to_be_bytes());
            hash.update(sign);
            hash.update(bytes);
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SHA256:{}", STANDARD_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not `SHA256:` and 43 characters of unpadded base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is SHA256: and 43 characters of base64")]
pub struct FingerprintError;

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let digest = text.strip_prefix("SHA256:").ok_or(FingerprintError)?;
        let bytes = STANDARD_NO_PAD.decode(digest).map_err(|_| FingerprintError)?;
        bytes.try_into().map(Self).map_err(|_| FingerprintError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        let fingerprint = Fingerprint([0xfb; 32]);
        assert_eq!(fingerprint.to_string().len(), 50);
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        assert_eq!(format!("{fingerprint:?}"), fingerprint.to_string());
    }

    #[test]
    fn other_texts_are_refused() {
        let padded = format!("{}=", Fingerprint([0; 32]));
        for text in ["", "SHA256:", "SHA256:AAAA", "MD5:00:11", padded.as_str()] {
            assert_eq!(text.parse::<Fingerprint>(), Err(FingerprintError), "{text:?}");
        }
    }
}
