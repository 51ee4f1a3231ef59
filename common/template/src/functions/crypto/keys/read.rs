//! Private keys in PEM, read as Go reads them.

use der::asn1::OctetStringRef;
use der::oid::ObjectIdentifier;
use der::oid::db::{rfc5912, rfc8410};
use der::{Decode, SliceReader, Tag, Tagged};
use zeroize::Zeroizing;

use super::{PrivateKey, dsa, elliptic, rsa, steps};
use crate::failure::Failure;
use crate::functions::crypto::der::{UNFIT, elements, elements_of, unfit};
use crate::functions::crypto::pem;
use crate::machine::Machine;

impl PrivateKey {
    /// Reads PEM, paid for.
    ///
    /// # Errors
    /// sprig's, before which it says what it wanted to do with the key; and the budget.
    pub(in super::super) fn from_pem(
        m: &mut Machine<'_>,
        text: &[u8],
        before: &str,
    ) -> Result<Self, Failure> {
        m.budget.make(2 * text.len())?;
        m.budget.spend(steps::USE + 2 * text.len() as u64)?;
        // An element of two bytes becomes one of 32 while it is read, in a list that grows.
        let memory = text.len().saturating_mul(32);
        m.budget.borrow(memory)?;
        let read = Self::read_pem(text);
        m.budget.give_back(memory);
        read.map_err(|why| Failure::said(format!("{before}: {why}")))
    }

    fn read_pem(text: &[u8]) -> Result<Self, String> {
        let block = pem::decode(text).ok_or("no PEM data in input")?;
        if block.label == b"PRIVATE KEY" {
            return Self::from_pkcs8(&block.der).map_err(|why| format!("decoding PEM as PKCS#8: {why}"));
        }
        // A label is a part of the value that the text came from.
        let withheld = crate::WITHHELD;
        let parsing = |kind: &str, why: &str| format!("parsing {kind} private key from PEM: {why}");
        match block.label.strip_suffix(b" PRIVATE KEY") {
            None => Err(format!("no private key data in PEM block of type {withheld}")),
            Some(b"RSA") => Self::from_pkcs1(&block.der).map_err(|why| parsing("RSA", why)),
            Some(b"EC") => match Form::of(&block.der) {
                Some(other) if other != Form::Sec1 => Err(parsing("EC", other.refusal())),
                _ => elliptic::Key::from_sec1(&block.der, None)
                    .map(PrivateKey::Elliptic)
                    .map_err(|why| parsing("EC", why)),
            },
            Some(b"DSA") => match dsa::read(&block.der) {
                Some(key) => Ok(PrivateKey::Dsa(key)),
                None => Err(parsing("DSA", "asn1: structure error")),
            },
            Some(_) => Err(format!("invalid private key type {withheld}")),
        }
    }

    fn from_pkcs1(der: &[u8]) -> Result<Self, &'static str> {
        match Form::of(der) {
            Some(other) if other != Form::Pkcs1 => Err(other.refusal()),
            _ if !rsa::is_readable(der) => Err("asn1: structure error"),
            _ if !rsa::is_sound(der) => Err("crypto/rsa: invalid private key"),
            _ => Ok(PrivateKey::Rsa(Zeroizing::new(der.to_vec()))),
        }
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, String> {
        match Form::of(der) {
            Some(Form::Pkcs8) => {}
            Some(other) => return Err(other.refusal().into()),
            None => return Err("asn1: structure error".into()),
        }
        let parts = elements(der).ok_or(UNFIT)?;
        let [_, algorithm, key, ..] = parts.as_slice() else { return Err(UNFIT.into()) };
        let algorithm = elements_of(*algorithm).ok_or(UNFIT)?;
        let (oid, parameters) = algorithm.split_first().ok_or(UNFIT)?;
        let embedded = |kind: &str, why: &str| {
            format!("x509: failed to parse {kind} private key embedded in PKCS#8: {why}")
        };
        match oid.decode_as::<ObjectIdentifier>().map_err(unfit)? {
            rfc5912::RSA_ENCRYPTION => Self::from_pkcs1(key.value()).map_err(|why| embedded("RSA", why)),
            rfc5912::ID_EC_PUBLIC_KEY => elliptic::Key::from_sec1(key.value(), parameters.first().copied())
                .map(PrivateKey::Elliptic)
                .map_err(|why| embedded("EC", why)),
            rfc8410::ID_ED_25519 => {
                if !parameters.is_empty() {
                    return Err("x509: invalid Ed25519 private key parameters".into());
                }
                let seed = ed25519_seed(key.value()).ok_or("x509: invalid Ed25519 private key")?;
                Ok(PrivateKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(seed)))
            }
            _ => Err("x509: PKCS#8 wrapping contained private key with unknown algorithm".into()),
        }
    }
}

/// Forms of private keys, by what follows the version.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Pkcs1,
    Pkcs8,
    Sec1,
}

impl Form {
    fn of(der: &[u8]) -> Option<Form> {
        let parts = elements(der)?;
        match parts.get(1)?.tag() {
            Tag::OctetString => Some(Form::Sec1),
            Tag::Sequence => Some(Form::Pkcs8),
            Tag::Integer => Some(Form::Pkcs1),
            _ => None,
        }
    }

    /// What Go says where another form is expected.
    fn refusal(self) -> &'static str {
        match self {
            Form::Pkcs1 => {
                "x509: failed to parse private key (use ParsePKCS1PrivateKey instead for this key format)"
            }
            Form::Pkcs8 => {
                "x509: failed to parse private key (use ParsePKCS8PrivateKey instead for this key format)"
            }
            Form::Sec1 => {
                "x509: failed to parse private key (use ParseECPrivateKey instead for this key format)"
            }
        }
    }
}

/// An octet string within the octet string; what follows it is not looked at.
fn ed25519_seed(key: &[u8]) -> Option<&[u8; 32]> {
    let seed = <&OctetStringRef>::decode(&mut SliceReader::new(key).ok()?).ok()?;
    seed.as_bytes().try_into().ok()
}
