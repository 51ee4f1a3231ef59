//! RSA keys in DER: reading the public numbers without a private operation, and the step between
//! PKCS#1 (RFC 8017 A.1) and PKCS#8 (RFC 5958).

use std::ops::RangeInclusive;

use pkcs1::der::{Decode as _, Encode as _, asn1::OctetStringRef, asn1::UintRef};
use pkcs1::{ALGORITHM_ID, RsaPrivateKey, RsaPublicKey};
use pkcs8::PrivateKeyInfoRef;
use zeroize::Zeroizing;

use crate::Fingerprint;

/// Moduli that are taken, in bits: shorter ones can be broken, longer ones stall who meets them.
pub(crate) const MODULUS_BITS: RangeInclusive<usize> = 2048..=8192;

/// The public half of an RSA key: two numbers, big-endian, without leading zeros.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RsaPublic {
    modulus: Box<[u8]>,
    exponent: Box<[u8]>,
}

impl RsaPublic {
    fn new(modulus: &[u8], exponent: &[u8]) -> Self {
        Self {
            modulus: without_leading_zeros(modulus).into(),
            exponent: without_leading_zeros(exponent).into(),
        }
    }

    /// Reads the DER of `RSAPublicKey`.
    pub(crate) fn from_pkcs1(der: &[u8]) -> Option<Self> {
        let key = RsaPublicKey::<UintRef<'_>>::from_der(der).ok()?;
        Some(Self::new(key.modulus.as_bytes(), key.public_exponent.as_bytes()))
    }

    /// Of a private key in PKCS#1.
    pub(crate) fn of_private(pkcs1: &[u8]) -> Option<Self> {
        let key = RsaPrivateKey::<UintRef<'_>>::from_der(pkcs1).ok()?;
        Some(Self::new(key.modulus.as_bytes(), key.public_exponent.as_bytes()))
    }

    pub(crate) fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    pub(crate) fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    pub(crate) fn bits(&self) -> usize {
        self.modulus.first().map_or(0, |first| self.modulus.len() * 8 - first.leading_zeros() as usize)
    }

    /// Whether these can be the numbers of an RSA key: a modulus is the product of two odd primes, and an exponent
    /// is odd and at least 3 (RFC 8017 §3.1). With others a value would be sealed that nobody opens, or anybody.
    pub(crate) fn is_sound(&self) -> bool {
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        is_odd(&self.modulus) && is_odd(&self.exponent) && *self.exponent != [1]
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.modulus, &self.exponent)
    }

    /// The DER of `RSAPublicKey`.
    pub(crate) fn to_pkcs1(&self) -> Option<Vec<u8>> {
        let number = |bytes| UintRef::new(bytes).ok();
        RsaPublicKey { modulus: number(&self.modulus)?, public_exponent: number(&self.exponent)? }
            .to_der()
            .ok()
    }
}

/// Wraps an `RSAPrivateKey` as a `PrivateKeyInfo`.
pub(crate) fn pkcs8_from_pkcs1(pkcs1: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let info = PrivateKeyInfoRef::new(ALGORITHM_ID, OctetStringRef::new(pkcs1).ok()?);
    info.to_der().ok().map(Zeroizing::new)
}

/// The `RSAPrivateKey` in a `PrivateKeyInfo`; nothing when it holds another kind of key.
pub(crate) fn pkcs1_from_pkcs8(pkcs8: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let info = PrivateKeyInfoRef::from_der(pkcs8).ok()?;
    (info.algorithm.oid == ALGORITHM_ID.oid).then(|| Zeroizing::new(info.private_key.as_bytes().to_vec()))
}

/// The kind of key in a `PrivateKeyInfo` that is not RSA, by its algorithm (RFC 5480, RFC 8410).
pub(crate) fn kind_of_pkcs8(pkcs8: &[u8]) -> Option<&'static str> {
    let info = PrivateKeyInfoRef::from_der(pkcs8).ok()?;
    Some(kind_of_key(&info.algorithm.oid.to_string()))
}

/// The kind of key that an object identifier in dotted form stands for, for messages.
pub(crate) fn kind_of_key(algorithm: &str) -> &'static str {
    match algorithm {
        "1.2.840.113549.1.1.1" => "an RSA key",
        "1.2.840.113549.1.1.10" => "an RSA key for signatures only (RSASSA-PSS)",
        "1.2.840.10045.2.1" => "an ECDSA key",
        "1.2.840.10040.4.1" => "a DSA key",
        "1.3.101.110" => "an X25519 key",
        "1.3.101.111" => "an X448 key",
        "1.3.101.112" => "an Ed25519 key",
        "1.3.101.113" => "an Ed448 key",
        _ => "a key of another kind",
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    &number[zeros..]
}
