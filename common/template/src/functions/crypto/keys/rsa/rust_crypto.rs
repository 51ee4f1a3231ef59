use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest as _, Sha256};

use super::Size;
use crate::functions::crypto::der::Der;
use crate::functions::crypto::keys::rng::Source;

/// A new key.
pub(in super::super) fn generate(size: Size, source: &mut Source<'_>) -> Result<Der, &'static str> {
    let failed = "the library failed";
    let bits = match size {
        Size::Bits2048 => 2048,
        Size::Bits4096 => 4096,
    };
    let key = RsaPrivateKey::new(source, bits).map_err(|_| failed)?;
    Ok(key.to_pkcs1_der().map_err(|_| failed)?.to_bytes())
}

/// Whether its numbers belong together, and are as many as the other library takes.
pub(in super::super) fn is_sound(pkcs1: &[u8]) -> bool {
    let key = RsaPrivateKey::from_pkcs1_der(pkcs1);
    key.is_ok_and(|key| key.validate().is_ok() && (2048..=8192).contains(&(key.size() * 8)))
}

/// PKCS#1 v1.5 with SHA-256.
pub(in super::super) fn sign(pkcs1: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let key = RsaPrivateKey::from_pkcs1_der(pkcs1).ok()?;
    key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)).ok()
}
