use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PrivateDecryptingKey};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use der::Decode as _;
use pkcs8::PrivateKeyInfoRef;
use zeroize::Zeroizing;

use super::Size;
use crate::functions::crypto::der::Der;
use crate::functions::crypto::keys::rng::Source;

/// A new key. The library draws from a source of its own.
pub(in super::super) fn generate(size: Size, _: &mut Source<'_>) -> Result<Der, &'static str> {
    let failed = "the library failed";
    let key = PrivateDecryptingKey::generate(match size {
        Size::Bits2048 => KeySize::Rsa2048,
        Size::Bits4096 => KeySize::Rsa4096,
    })
    .map_err(|_| failed)?;
    let pkcs8 = key.as_der().map_err(|_| failed)?;
    let info = PrivateKeyInfoRef::from_der(pkcs8.as_ref()).map_err(|_| failed)?;
    Ok(Zeroizing::new(info.private_key.as_bytes().to_vec()))
}

/// Whether its numbers belong together.
pub(in super::super) fn is_sound(pkcs1: &[u8]) -> bool {
    KeyPair::from_der(pkcs1).is_ok()
}

/// PKCS#1 v1.5 with SHA-256.
pub(in super::super) fn sign(pkcs1: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let key = KeyPair::from_der(pkcs1).ok()?;
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
    Some(signature)
}
