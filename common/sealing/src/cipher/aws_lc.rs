use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::rsa::{
    KeyPair, KeySize as RsaSize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey, PublicKeyComponents,
};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use zeroize::Zeroizing;

use super::{Failed, Library, NONCE, PrivateKey, PublicKey, SESSION_KEY_LENGTH};
use crate::KeySize;
use crate::rsa_der::{RsaPublic, pkcs1_from_pkcs8, pkcs8_from_pkcs1};
use crate::sealed_value::TAG_LENGTH;

pub(super) struct AwsLc;

impl Library for AwsLc {
    fn random(&self, bytes: &mut [u8]) -> Result<(), Failed> {
        Ok(fill(bytes)?)
    }

    fn generate(&self, size: KeySize) -> Result<Zeroizing<Vec<u8>>, Failed> {
        let key = PrivateDecryptingKey::generate(match size {
            KeySize::Rsa2048 => RsaSize::Rsa2048,
            KeySize::Rsa3072 => RsaSize::Rsa3072,
            KeySize::Rsa4096 => RsaSize::Rsa4096,
        })?;
        pkcs1_from_pkcs8(key.as_der()?.as_ref()).ok_or(Failed)
    }

    fn import_public(&self, key: &RsaPublic) -> Result<Box<dyn PublicKey>, Failed> {
        let key: PublicEncryptingKey =
            PublicKeyComponents { n: key.modulus(), e: key.exponent() }.try_into()?;
        Ok(Box::new(OaepPublicEncryptingKey::new(key)?))
    }

    fn import_private(&self, pkcs1: &[u8]) -> Result<Box<dyn PrivateKey>, Failed> {
        // For decryption the library reads PKCS#8 alone.
        let pkcs8 = pkcs8_from_pkcs1(pkcs1).ok_or(Failed)?;
        let key = PrivateDecryptingKey::from_pkcs8(&pkcs8)?;
        Ok(Box::new(OaepPrivateDecryptingKey::new(key)?))
    }

    fn sign(&self, pkcs1: &[u8], message: &[u8]) -> Result<Vec<u8>, Failed> {
        let key = KeyPair::from_der(pkcs1)?;
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)?;
        Ok(signature)
    }

    fn encrypt(&self, key: &[u8; SESSION_KEY_LENGTH], data: &mut [u8]) -> Result<[u8; TAG_LENGTH], Failed> {
        let tag = aes_gcm(key)?.seal_in_place_separate_tag(nonce(), Aad::empty(), data)?;
        tag.as_ref().try_into().map_err(|_| Failed)
    }

    fn decrypt(&self, key: &[u8], data: &[u8], tag: &[u8; TAG_LENGTH], out: &mut [u8]) -> Result<(), Failed> {
        Ok(aes_gcm(key)?.open_separate_gather(nonce(), Aad::empty(), data, tag, out)?)
    }
}

impl PublicKey for OaepPublicEncryptingKey {
    fn wrap(&self, secret: &[u8], label: &[u8], out: &mut [u8]) -> Result<(), Failed> {
        let length = self.encrypt(&OAEP_SHA256_MGF1SHA256, secret, out, Some(label))?.len();
        if length == out.len() { Ok(()) } else { Err(Failed) }
    }
}

impl PrivateKey for OaepPrivateDecryptingKey {
    fn unwrap(&self, wrapped: &[u8], label: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failed> {
        let mut secret = Zeroizing::new(vec![0; self.min_output_size()]);
        let length = self.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut secret, Some(label))?.len();
        secret.truncate(length);
        Ok(secret)
    }
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key(NONCE)
}

fn aes_gcm(key: &[u8]) -> Result<LessSafeKey, Failed> {
    let algorithm = match key.len() {
        16 => &AES_128_GCM,
        24 => &AES_192_GCM,
        _ => &AES_256_GCM,
    };
    Ok(LessSafeKey::new(UnboundKey::new(algorithm, key)?))
}

impl From<Unspecified> for Failed {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

impl From<KeyRejected> for Failed {
    fn from(_: KeyRejected) -> Self {
        Self
    }
}
