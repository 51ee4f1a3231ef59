//! Which PEM blocks are RSA private keys, and what the others are.

use crate::rsa_der::{kind_of_pkcs8, pkcs1_from_pkcs8};
use crate::{KeyError, SealingKey, pem};

/// Label of PKCS#1 (RFC 8017), which upstream writes.
pub(crate) const PKCS1: &str = "RSA PRIVATE KEY";
/// Label of PKCS#8 (RFC 5958).
pub(crate) const PKCS8: &str = "PRIVATE KEY";

/// What the blocks for private keys of a PEM file hold.
#[derive(Debug, Default)]
pub struct KeysFound {
    /// Every RSA key, in order.
    pub keys: Vec<SealingKey>,
    /// For every other block that is a private key by its label, in order, why it is none of them: encrypted,
    /// malformed, of another kind or of an unusable size.
    pub passed_over: Vec<KeyError>,
}

impl KeysFound {
    /// Looks at every block of a PEM file. Certificates, other blocks, and text that is no block as Go's
    /// `encoding/pem` sees it are left out.
    #[must_use]
    pub fn in_pem(pem: &[u8]) -> Self {
        let mut found = Self::default();
        for key in keys(pem) {
            match key {
                Ok(key) => found.keys.push(key),
                Err(reason) => found.passed_over.push(reason),
            }
        }
        found
    }
}

/// The first RSA key; when there is none, the first reason why not.
pub(crate) fn first(text: &[u8]) -> Result<SealingKey, KeyError> {
    let mut reason = KeyError::Missing;
    for key in keys(text) {
        match key {
            Ok(key) => return Ok(key),
            Err(error) if reason == KeyError::Missing => reason = error,
            Err(_) => {}
        }
    }
    Err(reason)
}

/// What the blocks for private keys hold, in order; other blocks are left out.
fn keys(text: &[u8]) -> impl Iterator<Item = Result<SealingKey, KeyError>> {
    pem::blocks(text).filter_map(|block| read(&block))
}

fn read(block: &pem::Block<'_>) -> Option<Result<SealingKey, KeyError>> {
    Some(match block.label {
        // The traditional encryption of OpenSSL is told by headers (RFC 1421).
        b"RSA PRIVATE KEY" if block.has_headers => Err(KeyError::Encrypted),
        b"RSA PRIVATE KEY" => SealingKey::from_pkcs1(block.der.clone()),
        b"PRIVATE KEY" => match pkcs1_from_pkcs8(&block.der) {
            Some(pkcs1) => SealingKey::from_pkcs1(pkcs1),
            None => Err(kind_of_pkcs8(&block.der).map_or(KeyError::Malformed, KeyError::NotRsa)),
        },
        b"ENCRYPTED PRIVATE KEY" => Err(KeyError::Encrypted),
        b"OPENSSH PRIVATE KEY" => Err(KeyError::OpenSsh),
        b"EC PRIVATE KEY" => Err(KeyError::NotRsa("an ECDSA key")),
        b"DSA PRIVATE KEY" => Err(KeyError::NotRsa("a DSA key")),
        _ => return None,
    })
}
