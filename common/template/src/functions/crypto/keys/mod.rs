//! Private keys: made, read from PEM and written to it as Go does, signing.

mod dsa;
mod elliptic;
mod rng;
mod rsa;

use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::oid::ObjectIdentifier;
use der::oid::db::{rfc5912, rfc8410};
use der::{Decode, SliceReader, Tag, Tagged};
use ed25519_dalek::Signer as _;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use self::rng::Source;
use self::rsa::Size;
use super::der::{Der, UNFIT, elements, elements_of, encode, unfit};
use super::pem;
use crate::failure::Failure;
use crate::functions::Args;
use crate::machine::Machine;
use crate::value::Value;

/// Steps for making a key of each kind, on average; how long the search for primes takes is chance.
mod steps {
    pub(super) const RSA_2048: u64 = 2_000_000;
    pub(super) const RSA_4096: u64 = 15_000_000;
    pub(super) const DSA: u64 = 20_000_000;
    pub(super) const ECDSA: u64 = 12_000;
    pub(super) const ED25519: u64 = 1_000;
    /// Reading a key, or signing with it.
    pub(super) const USE: u64 = 30_000;
}

pub(super) enum PrivateKey {
    /// PKCS#1.
    Rsa(Der),
    Elliptic(elliptic::Key),
    Ed25519(ed25519_dalek::SigningKey),
    /// OpenSSL's form.
    Dsa(Der),
}

/// A public key as certificates hold it.
pub(super) struct PublicKey {
    /// `SubjectPublicKeyInfo`.
    pub(super) info: Der,
    /// The first 160 bits of the key's SHA-256 (RFC 7093).
    pub(super) id: [u8; 20],
}

/// A new key in PEM. An unknown kind gives a complaint as text.
pub(super) fn gen_private_key(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let kind = args.text(0)?;
    let key = match &**kind {
        b"" | b"rsa" => {
            m.budget.spend(steps::RSA_4096)?;
            rsa_key(m, Size::Bits4096)?
        }
        b"dsa" => {
            m.budget.spend(steps::DSA)?;
            let key = dsa::generate(&mut Source(m.entropy));
            PrivateKey::Dsa(key.ok_or_else(|| Failure::said("failed to generate dsa params"))?)
        }
        b"ecdsa" => {
            m.budget.spend(steps::ECDSA)?;
            let key = elliptic::Key::generate_p256(&mut Source(m.entropy));
            PrivateKey::Elliptic(key.ok_or_else(|| Failure::said("failed to generate private key"))?)
        }
        b"ed25519" => {
            m.budget.spend(steps::ED25519)?;
            let mut seed = Zeroizing::new([0; 32]);
            m.entropy.fill(&mut *seed);
            PrivateKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed))
        }
        _ => {
            m.budget.make(kind.len() + 13)?;
            return Ok(Value::text([b"Unknown type ", &**kind].concat()));
        }
    };
    let mut text = key.to_pem().map_err(Failure::said)?;
    m.budget.make(text.len())?;
    Ok(Value::text(std::mem::take(&mut *text)))
}

fn rsa_key(m: &mut Machine<'_>, size: Size) -> Result<PrivateKey, Failure> {
    rsa::generate(size, &mut Source(m.entropy))
        .map(PrivateKey::Rsa)
        .map_err(|why| Failure::said(format!("error generating rsa key: {why}")))
}

impl PrivateKey {
    /// The RSA key that certificates have where no key is given.
    pub(super) fn generate(m: &mut Machine<'_>) -> Result<Self, Failure> {
        m.budget.spend(steps::RSA_2048)?;
        rsa_key(m, Size::Bits2048)
    }

    /// Reads PEM, paid for.
    ///
    /// # Errors
    /// sprig's, before which it says what it wanted to do with the key; and the budget.
    pub(super) fn from_pem(m: &mut Machine<'_>, text: &[u8], before: &str) -> Result<Self, Failure> {
        m.budget.make(2 * text.len())?;
        m.budget.spend(steps::USE + text.len() as u64 / 8)?;
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

    /// In the form that sprig writes for its kind.
    pub(super) fn to_pem(&self) -> Result<Zeroizing<Vec<u8>>, &'static str> {
        Ok(match self {
            PrivateKey::Rsa(pkcs1) => pem::encode("RSA PRIVATE KEY", pkcs1),
            PrivateKey::Elliptic(key) => pem::encode("EC PRIVATE KEY", &key.to_sec1()?),
            PrivateKey::Ed25519(key) => {
                let seed = encode(&OctetStringRef::new(key.as_bytes()).map_err(unfit)?)?;
                let seed = OctetStringRef::new(&seed).map_err(unfit)?;
                pem::encode("PRIVATE KEY", &encode(&PrivateKeyInfoRef::new(ED25519, seed))?)
            }
            PrivateKey::Dsa(key) => pem::encode("DSA PRIVATE KEY", key),
        })
    }

    /// The public half, for a certificate.
    ///
    /// # Errors
    /// No certificate holds a DSA key, in Go.
    pub(super) fn public(&self) -> Result<PublicKey, &'static str> {
        let (algorithm, key) = match self {
            PrivateKey::Rsa(pkcs1) => {
                let algorithm = algorithm(rfc5912::RSA_ENCRYPTION, Some(AnyRef::NULL));
                (algorithm, rsa::public(pkcs1).ok_or(UNFIT)?)
            }
            PrivateKey::Elliptic(key) => {
                let algorithm = algorithm(rfc5912::ID_EC_PUBLIC_KEY, Some(key.curve.oid().into()));
                (algorithm, Zeroizing::new(key.point.clone()))
            }
            PrivateKey::Ed25519(key) => (ED25519, Zeroizing::new(key.verifying_key().as_bytes().to_vec())),
            PrivateKey::Dsa(_) => return Err("x509: unsupported public key type: *dsa.PublicKey"),
        };
        let id = Sha256::digest(&*key).first_chunk().copied().unwrap_or_default();
        let subject_public_key = BitStringRef::from_bytes(&key).map_err(unfit)?;
        Ok(PublicKey { info: encode(&SubjectPublicKeyInfoRef { algorithm, subject_public_key })?, id })
    }

    /// How it signs certificates.
    pub(super) fn algorithm(&self) -> Result<AlgorithmIdentifierRef<'static>, &'static str> {
        Ok(match self {
            PrivateKey::Rsa(_) => algorithm(rfc5912::SHA_256_WITH_RSA_ENCRYPTION, Some(AnyRef::NULL)),
            PrivateKey::Elliptic(key) => algorithm(key.curve.signature(), None),
            PrivateKey::Ed25519(_) => ED25519,
            PrivateKey::Dsa(_) => {
                return Err("x509: certificate private key does not implement crypto.Signer");
            }
        })
    }

    /// Signs, paid for.
    pub(super) fn sign(&self, m: &mut Machine<'_>, message: &[u8]) -> Result<Vec<u8>, Failure> {
        m.budget.spend(steps::USE + message.len() as u64 / 8)?;
        let signature = match self {
            PrivateKey::Rsa(pkcs1) => rsa::sign(pkcs1, message),
            PrivateKey::Elliptic(key) => key.sign(message),
            PrivateKey::Ed25519(key) => key.try_sign(message).ok().map(|signature| signature.to_vec()),
            PrivateKey::Dsa(_) => None,
        };
        signature.ok_or_else(|| Failure::said("error creating certificate: the key cannot sign"))
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

const ED25519: AlgorithmIdentifierRef<'static> = algorithm(rfc8410::ID_ED_25519, None);

const fn algorithm(
    oid: ObjectIdentifier,
    parameters: Option<AnyRef<'static>>,
) -> AlgorithmIdentifierRef<'static> {
    AlgorithmIdentifierRef { oid, parameters }
}
