//! The test-only private keys, and an opener of sealed values that shares no code with the client.
//!
//! It also takes keys below 2048 bits, which the client refuses and kubeseal does not.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PublicKeyParts;
use rsa::{Oaep, RsaPrivateKey};
use sha2::Sha256;

/// RSA private keys by name.
pub struct TestKeys(BTreeMap<String, RsaPrivateKey>);

impl TestKeys {
    /// Reads every `<name>.key.pem` of a folder that holds an RSA key.
    ///
    /// # Errors
    /// The folder or a file cannot be read.
    pub fn load(folder: &Path) -> Result<Self> {
        let mut keys = BTreeMap::new();
        for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            let Some(name) = path
                .file_name()
                .and_then(|name| name.to_str())
                .and_then(|name| name.strip_suffix(".key.pem"))
            else {
                continue;
            };
            let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            let key = RsaPrivateKey::from_pkcs1_pem(&text)
                .ok()
                .or_else(|| RsaPrivateKey::from_pkcs8_pem(&text).ok());
            keys.extend(key.map(|key| (name.to_owned(), key)));
        }
        Ok(Self(keys))
    }

    /// The plaintext of a sealed value (base64), if that key opens it with that label.
    pub fn open(&self, sealed: &str, key: &str, label: &[u8]) -> Option<Vec<u8>> {
        let key = self.0.get(key)?;
        let blob = STANDARD.decode(sealed).ok()?;
        let (size, rest) = blob.split_first_chunk::<2>()?;
        let size = usize::from(u16::from_be_bytes(*size));
        if size != key.size() || rest.len() < size {
            return None;
        }
        let (wrapped, body) = rest.split_at(size);
        let session = key.decrypt(Oaep::<Sha256>::new_with_label(label), wrapped).ok()?;
        // The session key is fresh for each value, so the fixed nonce is used once a key.
        Aes256Gcm::new_from_slice(&session).ok()?.decrypt(&Nonce::from([0; 12]), body).ok()
    }

    /// The names of all keys.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_kubeseal_sealed_and_nothing_under_another_label() {
        let keys = TestKeys::load(&super::super::inputs().join("keys")).unwrap();
        let text = fs::read_to_string(super::super::inputs().join("sealed/simple.json")).unwrap();
        let object: serde_json::Value = serde_json::from_str(&text).unwrap();
        let sealed = object["spec"]["encryptedData"]["foo"].as_str().unwrap();
        assert_eq!(keys.open(sealed, "k2048", b"myns/mysecret").as_deref(), Some(&b"bar"[..]));
        assert_eq!(keys.open(sealed, "k2048", b"myns"), None);
        assert_eq!(keys.open(sealed, "k2048b", b"myns/mysecret"), None);
    }

    #[test]
    fn small_keys_are_there() {
        let keys = TestKeys::load(&super::super::inputs().join("keys")).unwrap();
        assert!(keys.names().any(|name| name == "rsa1024"));
    }
}
