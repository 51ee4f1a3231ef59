use std::fmt;
use std::sync::Arc;

use pkcs1::ALGORITHM_ID;
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;
use zeroize::Zeroizing;

use crate::cipher::{self, Backend, SESSION_KEY_LENGTH};
use crate::pem;
use crate::rsa_der::{MODULUS_BITS, RsaPublic, kind_of_key};
use crate::sealed_value::{PREFIX_LENGTH, TAG_LENGTH};
use crate::{Fingerprint, Label, SealedValue};

/// Label of the PEM blocks that count (RFC 7468 §5).
const PEM_LABEL: &str = "CERTIFICATE";

/// The public half of a sealing key: what secrets are sealed for.
///
/// An X.509 certificate (RFC 5280) with an RSA key of 2048 to 8192 bits; of the certificate only key and
/// validity matter. Cheap to clone, and may seal on several threads at once.
#[derive(Clone)]
pub struct Certificate {
    der: Arc<[u8]>,
    public: RsaPublic,
    fingerprint: Fingerprint,
    not_before: i64,
    not_after: i64,
    backend: Backend,
    key: Arc<dyn cipher::PublicKey>,
}

impl Certificate {
    /// Takes the first certificate of a PEM file, as kubeseal 0.40.0 does.
    ///
    /// Text and other blocks around it are ignored, and so are blocks with PEM headers,
    /// `TRUSTED CERTIFICATE`, indented PEM and DER. Further certificates must be readable but do not count.
    ///
    /// # Errors
    /// When there is none, when one is malformed, or when the first has no RSA key of a usable size
    /// and with numbers that make sense.
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertificateError> {
        let mut first = None;
        for block in
            pem::blocks(pem).filter(|block| block.label == PEM_LABEL.as_bytes() && !block.has_headers)
        {
            let mut der = block.der.as_slice();
            // One block may hold several, end to end.
            while !der.is_empty() {
                let (rest, _) = X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
                first.get_or_insert_with(|| der[..der.len() - rest.len()].to_vec());
                der = rest;
            }
        }
        Self::from_der(&first.ok_or(CertificateError::Missing)?)
    }

    /// Reads one certificate in DER.
    ///
    /// # Errors
    /// When it is malformed, or has no RSA key of a usable size and with numbers that make sense.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed);
        }
        let public = rsa_key(parsed.public_key())?;
        if !MODULUS_BITS.contains(&public.bits()) {
            return Err(CertificateError::Size(public.bits()));
        }
        if !public.is_sound() {
            return Err(CertificateError::Refused);
        }
        let backend = Backend::default();
        Ok(Self {
            der: der.into(),
            fingerprint: public.fingerprint(),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            backend,
            key: prepare(backend, &public)?,
            public,
        })
    }

    /// One PEM block, `CERTIFICATE`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        std::mem::take(&mut *pem::write(PEM_LABEL, &self.der))
    }

    /// The certificate in DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Names the key.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Start of validity, in Unix seconds. As upstream, nothing is refused for being sealed before it.
    #[must_use]
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// End of validity, in Unix seconds; that second is still valid.
    #[must_use]
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// Size of the modulus, in bits.
    #[must_use]
    pub fn key_bits(&self) -> usize {
        self.public.bits()
    }

    /// Whether secrets may still be sealed for this certificate at `now`, in Unix seconds.
    ///
    /// # Errors
    /// When `now` is past [`not_after`](Self::not_after).
    pub fn check_validity(&self, now: i64) -> Result<(), Expired> {
        if now > self.not_after { Err(Expired { not_after: self.not_after }) } else { Ok(()) }
    }

    /// Seals `plaintext` under a fresh session key.
    ///
    /// # Errors
    /// When the cryptographic library fails, which means that the operating system has no randomness.
    pub fn seal(&self, plaintext: &[u8], label: &Label) -> Result<SealedValue, SealError> {
        let prefix = self.prefix_length();
        let mut buffer = Vec::with_capacity(prefix + plaintext.len() + TAG_LENGTH);
        buffer.resize(prefix, 0);
        buffer.extend_from_slice(plaintext);
        self.seal_in_place(buffer, label)
    }

    /// How many bytes must stand before the plaintext in the buffer for [`seal_in_place`](Self::seal_in_place).
    #[must_use]
    pub fn prefix_length(&self) -> usize {
        PREFIX_LENGTH + self.public.modulus().len()
    }

    /// Seals without a second copy: `buffer` holds [`prefix_length`](Self::prefix_length) bytes of
    /// anything, then the plaintext, and becomes the sealed value. With
    /// [`SUFFIX_LENGTH`](Self::SUFFIX_LENGTH) bytes of spare capacity it is not moved either.
    ///
    /// # Errors
    /// As [`seal`](Self::seal), and when the buffer is shorter than the prefix; then it is wiped.
    pub fn seal_in_place(&self, buffer: Vec<u8>, label: &Label) -> Result<SealedValue, SealError> {
        // Wiped unless everything succeeds; before that it holds plaintext.
        let mut buffer = Zeroizing::new(buffer);
        let (prefix, data) = buffer.split_at_mut_checked(self.prefix_length()).ok_or(SealError)?;
        let (length, wrapped) = prefix.split_at_mut(PREFIX_LENGTH);
        let modulus_length = u16::try_from(wrapped.len()).map_err(|_| SealError)?;
        length.copy_from_slice(&modulus_length.to_be_bytes());

        let library = self.backend.library();
        let mut session_key = Zeroizing::new([0; SESSION_KEY_LENGTH]);
        library.random(session_key.as_mut_slice())?;
        self.key.wrap(session_key.as_slice(), label.as_bytes(), wrapped)?;
        let tag = library.encrypt(&session_key, data)?;
        // From here on the buffer is ciphertext: it may move in memory.
        buffer.extend_from_slice(&tag);
        Ok(SealedValue::from_bytes(std::mem::take(&mut *buffer)))
    }

    /// Bytes that come after the ciphertext.
    pub const SUFFIX_LENGTH: usize = TAG_LENGTH;

    /// Chooses the library by hand, for tests and benches.
    #[doc(hidden)]
    pub fn with_backend(self, backend: Backend) -> Result<Self, CertificateError> {
        Ok(Self { backend, key: prepare(backend, &self.public)?, ..self })
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint)
    }
}

/// Why a certificate cannot be used; the texts are those of kubeseal 0.40.0 where it has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// No block `CERTIFICATE` in PEM.
    #[error("data does not contain any valid RSA or ECDSA certificates")]
    Missing,
    /// A certificate that cannot be parsed.
    #[error("x509: malformed certificate")]
    Malformed,
    /// A key that cannot encrypt.
    #[error("expected RSA public key but found {0}")]
    NotRsa(&'static str),
    /// An RSA key outside 2048 to 8192 bits.
    #[error("the certificate holds an RSA key of {0} bits; 2048 to 8192 bits are accepted")]
    Size(usize),
    /// The numbers of the key make no sense, such as an even modulus or the exponent 1.
    #[error("the certificate holds an RSA key that the cryptographic library refuses")]
    Refused,
}

/// The certificate is not valid any more; displayed as kubeseal 0.40.0 does, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    /// End of validity, in Unix seconds.
    pub not_after: i64,
}

impl std::error::Error for Expired {}

impl fmt::Display for Expired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed to encrypt using an expired certificate")?;
        match OffsetDateTime::from_unix_timestamp(self.not_after) {
            Ok(end) => write!(f, " on {} {}, {}", end.month(), end.day(), end.year()),
            Err(_) => Ok(()),
        }
    }
}

/// Sealing failed inside the cryptographic library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library could not seal the value")]
pub struct SealError;

impl From<cipher::Failed> for SealError {
    fn from(_: cipher::Failed) -> Self {
        Self
    }
}

fn prepare(backend: Backend, key: &RsaPublic) -> Result<Arc<dyn cipher::PublicKey>, CertificateError> {
    backend.library().import_public(key).map(Arc::from).map_err(|_| CertificateError::Refused)
}

/// The RSA key, or the kind of key that is there instead.
fn rsa_key(key: &SubjectPublicKeyInfo<'_>) -> Result<RsaPublic, CertificateError> {
    let algorithm = key.algorithm.algorithm.to_id_string();
    if algorithm != ALGORITHM_ID.oid.to_string() {
        return Err(CertificateError::NotRsa(kind_of_key(&algorithm)));
    }
    RsaPublic::from_pkcs1(&key.subject_public_key.data).ok_or(CertificateError::Malformed)
}
