use std::fmt;
use std::sync::OnceLock;

use zeroize::Zeroizing;

use crate::cipher::{self, Backend, Failed};
use crate::private_pem;
use crate::rsa_der::{MODULUS_BITS, RsaPublic, pkcs8_from_pkcs1};
use crate::sealed_value::Parts;
use crate::{Certificate, Fingerprint, KeysFound, Label, pem, self_signed};

/// An RSA key pair that opens sealed values, with the certificate that seals for it if there is one.
///
/// Cannot be printed, and is wiped when dropped. The private half is prepared at its first use.
pub struct SealingKey {
    pkcs1: Zeroizing<Vec<u8>>,
    public: RsaPublic,
    fingerprint: Fingerprint,
    certificate: Option<Certificate>,
    backend: Backend,
    private: OnceLock<Option<Box<dyn cipher::PrivateKey>>>,
}

impl SealingKey {
    /// Makes a new key with exponent 65537, without a certificate.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn generate(size: KeySize) -> Result<Self, KeyError> {
        let backend = Backend::default();
        Self::from_pkcs1(backend.library().generate(size).map_err(|_| KeyError::Library)?)
    }

    /// Takes the first RSA key of a PEM file, `RSA PRIVATE KEY` (PKCS#1) or `PRIVATE KEY` (PKCS#8).
    /// Anything else in the file is passed over.
    ///
    /// # Errors
    /// When there is none; the error names what was found instead.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        private_pem::first(pem)
    }

    /// Takes every RSA key of a PEM file: a backup may hold several. [`KeysFound::in_pem`] tells too what was
    /// passed over beside them.
    ///
    /// # Errors
    /// When there is none; the error names what was found instead.
    pub fn all_from_pem(pem: &[u8]) -> Result<Vec<Self>, KeyError> {
        let KeysFound { keys, passed_over } = KeysFound::in_pem(pem);
        if keys.is_empty() {
            Err(passed_over.first().copied().unwrap_or(KeyError::Missing))
        } else {
            Ok(keys)
        }
    }

    /// Adds the certificate. One of another key is kept too: the key then still opens, never seals, and
    /// [`usable_for_sealing`](Self::usable_for_sealing) says so.
    #[must_use]
    pub fn with_certificate(mut self, certificate: Certificate) -> Self {
        self.certificate = Some(certificate);
        self
    }

    /// The certificate, whether it fits or not.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// The certificate to seal with, if it is one of this key. Validity is not looked at.
    ///
    /// # Errors
    /// Why the key only opens.
    pub fn usable_for_sealing(&self) -> Result<&Certificate, NotForSealing> {
        let key = self.fingerprint;
        match &self.certificate {
            None => Err(NotForSealing::NoCertificate { key }),
            Some(certificate) if self.matches(certificate) => Ok(certificate),
            Some(other) => {
                Err(NotForSealing::CertificateOfAnotherKey { key, certificate: *other.fingerprint() })
            }
        }
    }

    /// Whether `certificate` is one of this key.
    #[must_use]
    pub fn matches(&self, certificate: &Certificate) -> bool {
        self.fingerprint == *certificate.fingerprint()
    }

    /// Names the key.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Size of the modulus, in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.public.bits()
    }

    /// Prepares the private half now, to learn early whether its numbers fit together.
    ///
    /// # Errors
    /// [`KeyError::Refused`] when they do not; such a key opens nothing.
    pub fn check(&self) -> Result<(), KeyError> {
        self.private().map(drop).ok_or(KeyError::Refused)
    }

    /// One PEM block, `RSA PRIVATE KEY`, as upstream writes it.
    #[must_use]
    pub fn to_pkcs1_pem(&self) -> Zeroizing<String> {
        pem::write(private_pem::PKCS1, &self.pkcs1)
    }

    /// One PEM block, `PRIVATE KEY`.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when the key is too long to be written, which no key of 8192 bits is.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let der = pkcs8_from_pkcs1(&self.pkcs1).ok_or(KeyError::Malformed)?;
        Ok(pem::write(private_pem::PKCS8, &der))
    }

    /// A certificate of this key as upstream makes it: self-signed, X.509 v3, random serial number of 128
    /// bits, key usage encipherOnly, CA, subject key identifier; an empty `common_name` makes an empty
    /// subject. `not_before` is in Unix seconds.
    ///
    /// # Errors
    /// When the dates lie outside the years 1 to 9999, or the cryptographic library fails.
    pub fn self_signed_certificate(
        &self,
        common_name: &str,
        not_before: i64,
        validity_seconds: i64,
    ) -> Result<Certificate, KeyError> {
        self_signed::certificate(self, common_name, not_before, validity_seconds)
    }

    /// Chooses the library by hand, for tests and benches.
    #[doc(hidden)]
    #[must_use]
    pub fn with_backend(self, backend: Backend) -> Self {
        Self { backend, private: OnceLock::new(), ..self }
    }

    /// Takes an `RSAPrivateKey` in DER over.
    pub(crate) fn from_pkcs1(pkcs1: Zeroizing<Vec<u8>>) -> Result<Self, KeyError> {
        let public = RsaPublic::of_private(&pkcs1).ok_or(KeyError::Malformed)?;
        if !MODULUS_BITS.contains(&public.bits()) {
            return Err(KeyError::Size(public.bits()));
        }
        if !public.is_sound() {
            return Err(KeyError::Refused);
        }
        Ok(Self {
            pkcs1,
            fingerprint: public.fingerprint(),
            public,
            certificate: None,
            backend: Backend::default(),
            private: OnceLock::new(),
        })
    }

    pub(crate) fn public(&self) -> &RsaPublic {
        &self.public
    }

    pub(crate) fn random(&self, bytes: &mut [u8]) -> Result<(), Failed> {
        self.backend.library().random(bytes)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Failed> {
        self.backend.library().sign(&self.pkcs1, message)
    }

    /// Opens a blob into `out`, which is as long as its ciphertext.
    pub(crate) fn open(&self, value: Parts<'_>, label: &Label, out: &mut [u8]) -> Result<(), Failed> {
        // Public: how long the parts of a blob are, anybody can see.
        if value.session_key.len() != self.public.modulus().len() {
            return Err(Failed);
        }
        self.backend.open(self.private().ok_or(Failed)?, value, label.as_bytes(), out)
    }

    /// The private half, made ready at the first call: that takes 0.4 ms, and many keys of a ring are never tried.
    fn private(&self) -> Option<&dyn cipher::PrivateKey> {
        self.private.get_or_init(|| self.backend.library().import_private(&self.pkcs1).ok()).as_deref()
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.fingerprint)
    }
}

/// Sizes of keys that are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeySize {
    /// 2048 bits.
    Rsa2048,
    /// 3072 bits.
    Rsa3072,
    /// 4096 bits, as upstream makes them.
    #[default]
    Rsa4096,
}

impl KeySize {
    /// The size of the modulus.
    #[must_use]
    pub const fn bits(self) -> usize {
        match self {
            Self::Rsa2048 => 2048,
            Self::Rsa3072 => 3072,
            Self::Rsa4096 => 4096,
        }
    }
}

/// The number is no size that keys are made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("keys are made with 2048, 3072 or 4096 bits")]
pub struct KeySizeError;

impl TryFrom<u32> for KeySize {
    type Error = KeySizeError;

    fn try_from(bits: u32) -> Result<Self, KeySizeError> {
        match bits {
            2048 => Ok(Self::Rsa2048),
            3072 => Ok(Self::Rsa3072),
            4096 => Ok(Self::Rsa4096),
            _ => Err(KeySizeError),
        }
    }
}

/// Why no key could be read or made. No text quotes the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No PEM block that could be a private key; as upstream words it.
    #[error("data does not contain a valid RSA or ECDSA private key")]
    Missing,
    /// A private key that is not RSA.
    #[error("private key is not an RSA key but {0}")]
    NotRsa(&'static str),
    /// A key under a passphrase.
    #[error("the private key is encrypted; decrypt it first: openssl pkey -in FILE -out DECRYPTED")]
    Encrypted,
    /// A key in the format of OpenSSH.
    #[error("the private key is in OpenSSH format; convert a copy first: ssh-keygen -p -N '' -m PEM -f COPY")]
    OpenSsh,
    /// A block with the right name and content that cannot be read.
    #[error("the private key is malformed")]
    Malformed,
    /// An RSA key outside 2048 to 8192 bits.
    #[error("the RSA key has {0} bits; 2048 to 8192 bits are accepted")]
    Size(usize),
    /// The numbers of the key make no sense (an even modulus, the exponent 1), or the cryptographic library
    /// refuses them.
    #[error("the cryptographic library refuses the private key: its numbers do not fit together")]
    Refused,
    /// A certificate was asked for outside the dates that X.509 can write.
    #[error("the validity of a certificate must lie between the years 1 and 9999")]
    Dates,
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Library,
}

/// Why a key only opens and never seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotForSealing {
    /// It came without a certificate.
    #[error("sealing key {key} has no certificate")]
    NoCertificate {
        /// Names the key.
        key: Fingerprint,
    },
    /// It came with the certificate of another key.
    #[error("sealing key {key} came with a certificate of another key, {certificate}")]
    CertificateOfAnotherKey {
        /// Names the key.
        key: Fingerprint,
        /// Names the key that the certificate was made for.
        certificate: Fingerprint,
    },
}
