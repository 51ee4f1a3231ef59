//! The certificate of a sealing key, field by field as upstream's controller makes it.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, IsCa, KeyIdMethod,
    KeyUsagePurpose, PKCS_RSA_SHA256, PublicKeyData, SerialNumber, SignatureAlgorithm, SigningKey as Signing,
};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::{Certificate, KeyError, SealingKey};

/// Length of the subject key identifier (RFC 7093 §2 (1)).
const KEY_IDENTIFIER_LENGTH: usize = 20;

pub(crate) fn certificate(
    key: &SealingKey,
    common_name: &str,
    not_before: i64,
    validity_seconds: i64,
) -> Result<Certificate, KeyError> {
    let signer = Signer { key, public: key.public().to_pkcs1().ok_or(KeyError::Malformed)? };
    let mut serial = [0; 16];
    key.random(&mut serial).map_err(|_| KeyError::Library)?;

    let mut params = CertificateParams::default();
    params.not_before = date(Some(not_before))?;
    params.not_after = date(not_before.checked_add(validity_seconds))?;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name = subject(common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::EncipherOnly];
    params.key_identifier_method =
        KeyIdMethod::PreSpecified(Sha256::digest(&signer.public)[..KEY_IDENTIFIER_LENGTH].to_vec());

    let made = params.self_signed(&signer).map_err(|_| KeyError::Library)?;
    Certificate::from_der(made.der()).map_err(|_| KeyError::Library)
}

/// X.509 writes years with four digits (RFC 5280 §4.1.2.5).
fn date(seconds: Option<i64>) -> Result<OffsetDateTime, KeyError> {
    seconds
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .filter(|date| (1..=9999).contains(&date.year()))
        .ok_or(KeyError::Dates)
}

/// No name at all for an empty text; else the narrowest of the two string types that Go chooses from.
fn subject(common_name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    if !common_name.is_empty() {
        let value = common_name
            .try_into()
            .map_or_else(|_| DnValue::Utf8String(common_name.into()), DnValue::PrintableString);
        subject.push(DnType::CommonName, value);
    }
    subject
}

/// Lets the certificate be signed by the library behind the seam.
struct Signer<'a> {
    key: &'a SealingKey,
    /// `RSAPublicKey` in DER.
    public: Vec<u8>,
}

impl PublicKeyData for Signer<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl Signing for Signer<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.key.sign(message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}
