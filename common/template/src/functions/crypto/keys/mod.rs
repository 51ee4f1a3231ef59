//! Private keys: made, written to PEM as Go does, signing.

mod dsa;
mod elliptic;
mod read;
mod rng;
mod rsa;

use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::oid::ObjectIdentifier;
use der::oid::db::{rfc5912, rfc8410};
use ed25519_dalek::Signer as _;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use self::rng::Source;
use self::rsa::Size;
use super::der::{Der, UNFIT, encode, unfit};
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

    /// Signing takes the cube of an RSA key's length: 2 ms with 2048 bits, 45 ms with 8192.
    pub(super) fn signing(modulus_bytes: u64) -> u64 {
        USE + modulus_bytes.saturating_pow(3) / 2_500
    }
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
        let price = match self {
            PrivateKey::Rsa(pkcs1) => steps::signing(rsa::modulus_bytes(pkcs1)),
            _ => steps::USE,
        };
        m.budget.spend(price + message.len() as u64 / 8)?;
        let signature = match self {
            PrivateKey::Rsa(pkcs1) => rsa::sign(pkcs1, message),
            PrivateKey::Elliptic(key) => key.sign(message),
            PrivateKey::Ed25519(key) => key.try_sign(message).ok().map(|signature| signature.to_vec()),
            PrivateKey::Dsa(_) => None,
        };
        signature.ok_or_else(|| Failure::said("error creating certificate: the key cannot sign"))
    }
}

const ED25519: AlgorithmIdentifierRef<'static> = algorithm(rfc8410::ID_ED_25519, None);

const fn algorithm(
    oid: ObjectIdentifier,
    parameters: Option<AnyRef<'static>>,
) -> AlgorithmIdentifierRef<'static> {
    AlgorithmIdentifierRef { oid, parameters }
}

#[cfg(test)]
mod tests {
    use der::asn1::UintRef;
    use pkcs1::RsaPrivateKeyRef;

    use super::*;
    use crate::budget::{Budget, Limits};
    use crate::failure::Cap;
    use crate::functions::tests::Sequence;
    use crate::go::time::Time;

    /// A key of the longest kind that is read takes 45 ms to sign with.
    #[test]
    fn signing_is_paid_by_the_length_of_the_key() {
        let long = [0xff; 1024];
        let number = UintRef::new(&long).unwrap();
        let key = PrivateKey::Rsa(
            encode(&RsaPrivateKeyRef {
                modulus: number,
                public_exponent: number,
                private_exponent: number,
                prime1: number,
                prime2: number,
                exponent1: number,
                exponent2: number,
                coefficient: number,
                other_prime_infos: None,
            })
            .unwrap(),
        );
        let mut budget = Budget::new(Limits { fuel: 450_000, ..Limits::default() });
        let mut entropy = Sequence(1);
        let m = &mut Machine::new(&mut budget, &mut entropy, Time::now(0));
        assert_eq!(key.sign(m, b"message").err(), Some(Failure::Cap(Cap::Fuel)));
    }
}
