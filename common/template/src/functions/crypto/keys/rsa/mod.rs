//! RSA, by the library that the crate was built with. Private keys are PKCS#1 (RFC 8017 A.1.2).

#[cfg(feature = "aws-lc")]
mod aws_lc;
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc")))]
mod rust_crypto;

#[cfg(feature = "aws-lc")]
use aws_lc as backend;
#[cfg(not(any(feature = "aws-lc", feature = "rust-crypto")))]
use none as backend;
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc")))]
use rust_crypto as backend;

pub(super) use backend::{generate, is_sound, sign};

use der::Decode;
use pkcs1::RsaPrivateKeyRef;

use crate::functions::crypto::der::{Der, encode};

/// The sizes that templates can make.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Bits2048,
    Bits4096,
}

/// `RSAPublicKey` of a private key.
pub(super) fn public(pkcs1: &[u8]) -> Option<Der> {
    encode(&RsaPrivateKeyRef::from_der(pkcs1).ok()?.public_key()).ok()
}

/// How long its modulus is.
pub(super) fn modulus_bytes(pkcs1: &[u8]) -> u64 {
    RsaPrivateKeyRef::from_der(pkcs1).map_or(0, |key| key.modulus.as_bytes().len() as u64)
}

/// Whether it is an `RSAPrivateKey` at all.
pub(super) fn is_readable(pkcs1: &[u8]) -> bool {
    RsaPrivateKeyRef::from_der(pkcs1).is_ok()
}

/// Built with neither library.
#[cfg(not(any(feature = "aws-lc", feature = "rust-crypto")))]
mod none {
    use crate::functions::crypto::der::Der;
    use crate::functions::crypto::keys::rng::Source;

    pub(in super::super) fn generate(_: super::Size, _: &mut Source<'_>) -> Result<Der, &'static str> {
        Err("this build has no library for RSA")
    }

    pub(in super::super) fn is_sound(_: &[u8]) -> bool {
        true
    }

    pub(in super::super) fn sign(_: &[u8], _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}
