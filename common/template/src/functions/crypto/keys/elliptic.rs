//! Keys on NIST's curves.

use der::asn1::AnyRef;
use der::oid::ObjectIdentifier;
use der::oid::db::rfc5912;
use der::{Decode, Tag, TagNumber, Tagged};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::elliptic_curve::Generate;
use sec1::{EcParameters, EcPrivateKey};
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::rng::Source;
use crate::functions::crypto::der::{Der, elements, encode};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::functions::crypto) enum Curve {
    P256,
    P384,
    P521,
}

/// A private key, with the point that belongs to it.
pub(in crate::functions::crypto) struct Key {
    pub(super) curve: Curve,
    scalar: Zeroizing<Vec<u8>>,
    /// Uncompressed.
    pub(super) point: Vec<u8>,
}

impl Curve {
    const ALL: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

    pub(super) fn oid(self) -> &'static ObjectIdentifier {
        match self {
            Curve::P256 => &rfc5912::SECP_256_R_1,
            Curve::P384 => &rfc5912::SECP_384_R_1,
            Curve::P521 => &rfc5912::SECP_521_R_1,
        }
    }

    /// What Go signs with on this curve.
    pub(super) fn signature(self) -> ObjectIdentifier {
        match self {
            Curve::P256 => rfc5912::ECDSA_WITH_SHA_256,
            Curve::P384 => rfc5912::ECDSA_WITH_SHA_384,
            Curve::P521 => rfc5912::ECDSA_WITH_SHA_512,
        }
    }

    fn scalar_length(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }
}

impl Key {
    pub(super) fn generate_p256(source: &mut Source<'_>) -> Option<Self> {
        let key = p256::ecdsa::SigningKey::generate_from_rng(source);
        Key::new(Curve::P256, Zeroizing::new(key.to_bytes().to_vec()))
    }

    fn new(curve: Curve, scalar: Zeroizing<Vec<u8>>) -> Option<Self> {
        macro_rules! point {
            ($curve:ident) => {
                $curve::ecdsa::SigningKey::from_slice(&scalar).ok()?.verifying_key().to_sec1_point(false)
            };
        }
        let point = match curve {
            Curve::P256 => point!(p256).as_bytes().to_vec(),
            Curve::P384 => point!(p384).as_bytes().to_vec(),
            Curve::P521 => point!(p521).as_bytes().to_vec(),
        };
        Some(Key { curve, scalar, point })
    }

    /// Reads `ECPrivateKey` (RFC 5915). Within PKCS#8 the curve stands outside of it.
    ///
    /// # Errors
    /// As near to Go's as this reader knows.
    pub(super) fn from_sec1(der: &[u8], curve: Option<AnyRef<'_>>) -> Result<Self, &'static str> {
        let malformed = "x509: failed to parse EC private key: asn1: structure error";
        let parts = elements(der).ok_or(malformed)?;
        let [version, scalar, rest @ ..] = parts.as_slice() else { return Err(malformed) };
        if scalar.tag() != Tag::OctetString {
            return Err(malformed);
        }
        if version.decode_as::<u8>() != Ok(1) {
            return Err("x509: unknown EC private key version");
        }
        let zero = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
        let curve = curve
            .map(AnyRef::decode_as::<ObjectIdentifier>)
            .or_else(|| {
                let named = rest.iter().find(|part| part.tag() == zero)?;
                Some(ObjectIdentifier::from_der(named.value()))
            })
            .and_then(Result::ok)
            .and_then(|oid| Curve::ALL.into_iter().find(|curve| *curve.oid() == oid))
            .ok_or("x509: unknown elliptic curve")?;
        let scalar =
            padded(scalar.value(), curve.scalar_length()).ok_or("x509: invalid private key length")?;
        Key::new(curve, scalar).ok_or("crypto/ecdsa: invalid private key")
    }

    /// `ECPrivateKey` as Go writes it.
    pub(super) fn to_sec1(&self) -> Result<Der, &'static str> {
        encode(&EcPrivateKey {
            private_key: &self.scalar,
            parameters: Some(EcParameters::NamedCurve(*self.curve.oid())),
            public_key: Some(&self.point),
        })
    }

    /// A signature in DER, over the hash that belongs to the curve.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        macro_rules! sign {
            ($curve:ident, $hash:ident) => {{
                let key = $curve::ecdsa::SigningKey::from_slice(&self.scalar).ok()?;
                let signature: $curve::ecdsa::DerSignature =
                    key.sign_prehash(&$hash::digest(message)).ok()?;
                signature.as_bytes().to_vec()
            }};
        }
        Some(match self.curve {
            Curve::P256 => sign!(p256, Sha256),
            Curve::P384 => sign!(p384, Sha384),
            Curve::P521 => sign!(p521, Sha512),
        })
    }
}

/// A number in so many bytes.
fn padded(number: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    let digits = number.get(zeros..)?;
    let mut out = Zeroizing::new(Vec::with_capacity(length));
    out.resize(length.checked_sub(digits.len())?, 0);
    out.extend_from_slice(digits);
    Some(out)
}
