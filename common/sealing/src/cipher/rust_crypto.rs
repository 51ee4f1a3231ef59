use aes_gcm::aead::{self, AeadInOut};
use aes_gcm::aes::Aes192;
use aes_gcm::aes::cipher::consts::U12;
use aes_gcm::{Aes128Gcm, Aes256Gcm, AesGcm, KeyInit};
use rand::TryRng as _;
use rand::rngs::SysRng;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _};
use rsa::rand_core::UnwrapErr;
use rsa::{BoxedUint, Oaep, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Failed, Library, NONCE, PrivateKey, PublicKey, SESSION_KEY_LENGTH};
use crate::KeySize;
use crate::rsa_der::RsaPublic;
use crate::sealed_value::TAG_LENGTH;

pub(super) struct RustCrypto;

impl Library for RustCrypto {
    fn random(&self, bytes: &mut [u8]) -> Result<(), Failed> {
        SysRng.try_fill_bytes(bytes).map_err(|_| Failed)
    }

    fn generate(&self, size: KeySize) -> Result<Zeroizing<Vec<u8>>, Failed> {
        let key = RsaPrivateKey::new(&mut generator()?, size.bits())?;
        Ok(key.to_pkcs1_der().map_err(|_| Failed)?.to_bytes())
    }

    fn import_public(&self, key: &RsaPublic) -> Result<Box<dyn PublicKey>, Failed> {
        Ok(Box::new(RsaPublicKey::new(number(key.modulus())?, number(key.exponent())?)?))
    }

    fn import_private(&self, pkcs1: &[u8]) -> Result<Box<dyn PrivateKey>, Failed> {
        Ok(Box::new(private_key(pkcs1)?))
    }

    fn sign(&self, pkcs1: &[u8], message: &[u8]) -> Result<Vec<u8>, Failed> {
        Ok(private_key(pkcs1)?.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message))?)
    }

    fn encrypt(&self, key: &[u8; SESSION_KEY_LENGTH], data: &mut [u8]) -> Result<[u8; TAG_LENGTH], Failed> {
        let tag = Aes256Gcm::new(key.into()).encrypt_inout_detached(&NONCE.into(), &[], data.into())?;
        Ok(tag.into())
    }

    fn decrypt(&self, key: &[u8], data: &[u8], tag: &[u8; TAG_LENGTH], out: &mut [u8]) -> Result<(), Failed> {
        match key.len() {
            16 => decrypt_with::<Aes128Gcm>(key, data, tag, out),
            24 => decrypt_with::<AesGcm<Aes192, U12>>(key, data, tag, out),
            _ => decrypt_with::<Aes256Gcm>(key, data, tag, out),
        }
    }
}

impl PublicKey for RsaPublicKey {
    fn wrap(&self, secret: &[u8], label: &[u8], out: &mut [u8]) -> Result<(), Failed> {
        let wrapped = self.encrypt(&mut generator()?, Oaep::<Sha256>::new_with_label(label), secret)?;
        if wrapped.len() != out.len() {
            return Err(Failed);
        }
        out.copy_from_slice(&wrapped);
        Ok(())
    }
}

impl PrivateKey for RsaPrivateKey {
    fn unwrap(&self, wrapped: &[u8], label: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failed> {
        // Blinded from the operating system's generator: the library's feature `getrandom`, on by default.
        Ok(Zeroizing::new(self.decrypt(Oaep::<Sha256>::new_with_label(label), wrapped)?))
    }
}

fn private_key(pkcs1: &[u8]) -> Result<RsaPrivateKey, Failed> {
    RsaPrivateKey::from_pkcs1_der(pkcs1).map_err(|_| Failed)
}

fn decrypt_with<C: KeyInit + AeadInOut>(
    key: &[u8],
    data: &[u8],
    tag: &[u8; TAG_LENGTH],
    out: &mut [u8],
) -> Result<(), Failed> {
    let cipher = C::new_from_slice(key).map_err(|_| Failed)?;
    let nonce = NONCE.as_slice().try_into().map_err(|_| Failed)?;
    let tag = tag.as_slice().try_into().map_err(|_| Failed)?;
    out.copy_from_slice(data);
    Ok(cipher.decrypt_inout_detached(nonce, &[], out.into(), tag)?)
}

/// The operating system's generator for calls that cannot report its failure but panic; one byte is
/// drawn first, since where there is no generator that fails too.
fn generator() -> Result<UnwrapErr<SysRng>, Failed> {
    RustCrypto.random(&mut [0])?;
    Ok(UnwrapErr(SysRng))
}

fn number(bytes: &[u8]) -> Result<BoxedUint, Failed> {
    let bits = u32::try_from(bytes.len() * 8).map_err(|_| Failed)?;
    BoxedUint::from_be_slice(bytes, bits).map_err(|_| Failed)
}

impl From<rsa::Error> for Failed {
    fn from(_: rsa::Error) -> Self {
        Self
    }
}

impl From<aead::Error> for Failed {
    fn from(_: aead::Error) -> Self {
        Self
    }
}
