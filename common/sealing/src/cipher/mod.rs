//! The seam to the cryptographic library: RSA-OAEP, RSA signatures, AES-GCM and randomness, twice.
//!
//! Nothing outside this folder names either library. Hidden from the documentation: features choose a
//! [`Backend`]; tests and benches choose one by hand.

#[cfg(feature = "aws-lc")]
mod aws_lc;
#[cfg(feature = "rust-crypto")]
mod rust_crypto;

use zeroize::Zeroizing;

use crate::KeySize;
use crate::rsa_der::RsaPublic;
use crate::sealed_value::{Parts, TAG_LENGTH};

/// Length of the session keys that are made; 16 and 24 open too.
pub(crate) const SESSION_KEY_LENGTH: usize = 32;

/// A key that is used once may have a constant nonce.
const NONCE: [u8; 12] = [0; 12];

/// A cryptographic library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// AWS-LC through `aws-lc-rs`.
    #[cfg(feature = "aws-lc")]
    AwsLc,
    /// `rsa` and `aes-gcm` of RustCrypto.
    #[cfg(feature = "rust-crypto")]
    RustCrypto,
}

impl Backend {
    /// Every library compiled in; the first is the default.
    pub const ALL: &[Self] = &[
        #[cfg(feature = "aws-lc")]
        Self::AwsLc,
        #[cfg(feature = "rust-crypto")]
        Self::RustCrypto,
    ];

    /// Fills `bytes` from the generator of the library; for benches.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn randomize(self, bytes: &mut [u8]) -> Result<(), Failed> {
        self.library().random(bytes)
    }

    pub(crate) fn library(self) -> &'static dyn Library {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => &aws_lc::AwsLc,
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto => &rust_crypto::RustCrypto,
        }
    }

    /// Opens one blob into `out`, which is as long as the ciphertext; on failure its content is void.
    ///
    /// Both steps are always done, with a stand-in for a session key that did not come out, so that
    /// neither the answer nor the work done tells which of them failed.
    pub(crate) fn open(
        self,
        key: &dyn PrivateKey,
        value: Parts<'_>,
        label: &[u8],
        out: &mut [u8],
    ) -> Result<(), Failed> {
        let stand_in = [0; SESSION_KEY_LENGTH];
        let session_key = key.unwrap(value.session_key, label);
        let (usable, session_key) = match &session_key {
            Ok(session_key) if matches!(session_key.len(), 16 | 24 | 32) => (true, session_key.as_slice()),
            _ => (false, stand_in.as_slice()),
        };
        let decrypted = self.library().decrypt(session_key, value.ciphertext, value.tag, out).is_ok();
        if usable & decrypted { Ok(()) } else { Err(Failed) }
    }
}

impl Default for Backend {
    fn default() -> Self {
        Self::ALL[0]
    }
}

/// An operation failed; deliberately without a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

/// What each library must be able to do. Private keys come and go as the DER of PKCS#1 (RFC 8017 A.1).
pub(crate) trait Library {
    fn random(&self, bytes: &mut [u8]) -> Result<(), Failed>;

    /// A new RSA key with exponent 65537.
    fn generate(&self, size: KeySize) -> Result<Zeroizing<Vec<u8>>, Failed>;

    fn import_public(&self, key: &RsaPublic) -> Result<Box<dyn PublicKey>, Failed>;

    /// Checks too whether the numbers of the key fit together.
    fn import_private(&self, pkcs1: &[u8]) -> Result<Box<dyn PrivateKey>, Failed>;

    /// RSASSA-PKCS1-v1_5 with SHA-256.
    fn sign(&self, pkcs1: &[u8], message: &[u8]) -> Result<Vec<u8>, Failed>;

    /// AES-256-GCM in place.
    fn encrypt(&self, key: &[u8; SESSION_KEY_LENGTH], data: &mut [u8]) -> Result<[u8; TAG_LENGTH], Failed>;

    /// AES-GCM with a key of 16, 24 or 32 bytes into `out`, which is as long as `data`.
    fn decrypt(&self, key: &[u8], data: &[u8], tag: &[u8; TAG_LENGTH], out: &mut [u8]) -> Result<(), Failed>;
}

/// An RSA public key made ready.
pub(crate) trait PublicKey: Send + Sync {
    /// RSA-OAEP with SHA-256; `out` is as long as the modulus.
    fn wrap(&self, secret: &[u8], label: &[u8], out: &mut [u8]) -> Result<(), Failed>;
}

/// An RSA private key made ready.
pub(crate) trait PrivateKey: Send + Sync {
    /// Undoes [`PublicKey::wrap`].
    fn unwrap(&self, wrapped: &[u8], label: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failed>;
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(Result<Vec<u8>, Failed>);

    impl PrivateKey for Fixed {
        fn unwrap(&self, _: &[u8], _: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failed> {
            self.0.clone().map(Zeroizing::new)
        }
    }

    /// Sealed under the stand-in itself: only a key that did come out may open.
    #[test]
    fn the_stand_in_never_opens_anything() {
        for &backend in Backend::ALL {
            let mut ciphertext = *b"secret";
            let tag = backend.library().encrypt(&[0; 32], &mut ciphertext).unwrap();
            let value = Parts { session_key: &[], ciphertext: &ciphertext, tag: &tag };
            let open = |key: Result<Vec<u8>, Failed>| {
                let mut out = [0; 6];
                backend.open(&Fixed(key), value, b"", &mut out).map(|()| out)
            };
            assert_eq!(open(Ok(vec![0; 32])), Ok(*b"secret"));
            assert_eq!(open(Err(Failed)), Err(Failed));
            for length in [0, 15, 17, 31, 33, 64] {
                assert_eq!(open(Ok(vec![0; length])), Err(Failed), "{length}");
            }
            assert_eq!(open(Ok(vec![1; 32])), Err(Failed));
        }
    }

    /// Test cases 2, 8 and 14 of the submission of GCM to NIST: sixteen zero bytes under zero keys.
    #[test]
    fn known_answers_for_every_length_of_session_key() {
        let answers: [(usize, u128, u128); 3] = [
            (16, 0x0388_dace_60b6_a392_f328_c2b9_71b2_fe78, 0xab6e_47d4_2cec_13bd_f53a_67b2_1257_bddf),
            (24, 0x98e7_247c_07f0_fe41_1c26_7e43_84b0_f600, 0x2ff5_8d80_0339_27ab_8ef4_d458_7514_f0fb),
            (32, 0xcea7_403d_4d60_6b6e_074e_c5d3_baf3_9d18, 0xd0d1_c8a7_9999_6bf0_265b_98b5_d48a_b919),
        ];
        for (length, ciphertext, tag) in answers {
            let (ciphertext, tag) = (ciphertext.to_be_bytes(), tag.to_be_bytes());
            let value = Parts { session_key: &[], ciphertext: &ciphertext, tag: &tag };
            for &backend in Backend::ALL {
                let mut out = [1; 16];
                let opened = backend.open(&Fixed(Ok(vec![0; length])), value, b"", &mut out);
                assert_eq!((opened, out), (Ok(()), [0; 16]), "{length} {backend:?}");
            }
        }
    }

    #[test]
    fn random_bytes_differ() {
        for &backend in Backend::ALL {
            let (mut one, mut two) = ([0; 32], [0; 32]);
            backend.randomize(&mut one).unwrap();
            backend.randomize(&mut two).unwrap();
            assert_ne!(one, two);
        }
    }

    /// Built with the switch of `.cargo/config.toml`: without it the first random byte of every process
    /// costs more than the rest of a short run.
    #[cfg(feature = "aws-lc")]
    #[test]
    fn no_jitter_entropy_is_collected() {
        assert!(aws_lc_rs::try_fips_cpu_jitter_entropy().is_err());
    }
}
