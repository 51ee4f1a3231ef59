//! The wire format of Sealed Secrets, compatible with kubeseal and the controller of version 0.40.0.
//!
//! One value is one independent blob; in a manifest it stands as base64 (RFC 4648 §4):
//!
//! | bytes | content |
//! |---|---|
//! | 2 | length `L` of the next field, big-endian |
//! | `L` | a fresh session key, encrypted with RSA-OAEP (RFC 8017; SHA-256, MGF1 with SHA-256, the [`Label`]) |
//! | as the plaintext | the plaintext, encrypted with AES-256-GCM (NIST SP 800-38D; nonce of twelve zero bytes) |
//! | 16 | the tag of AES-GCM |
//!
//! The blob names neither its key nor its version, so opening is a trial of every key of a [`KeyRing`].
//! The [`Label`] alone binds a value to namespace and name: a value moved or renamed does not open.
//! The key of the item inside a Secret is not bound. The nonce may be constant because no session key
//! is ever used twice.
//!
//! ```
//! use sealing::{Cursor, KeyRing, KeySize, Label, Scope, SealedValue, SealingKey};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SealingKey::generate(KeySize::Rsa2048)?;
//! let certificate = key.self_signed_certificate("", 1_700_000_000, 86_400)?;
//!
//! let label = Label::new(Scope::Strict, "shop", "database");
//! let text = certificate.seal(b"correct horse", &label)?.to_base64();
//!
//! let ring = KeyRing::new(vec![key]);
//! let opened = ring.open(&SealedValue::from_base64(&text)?, &label, &mut Cursor::new())?;
//! assert_eq!(opened.plaintext.as_bytes(), b"correct horse");
//! assert_eq!(opened.key, certificate.fingerprint());
//!
//! let renamed = Label::new(Scope::Strict, "shop", "database-2");
//! assert!(ring.open(&SealedValue::from_base64(&text)?, &renamed, &mut Cursor::new()).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here reads files, the clock or the environment; randomness comes from the operating system
//! through the cryptographic library, of which there are two, chosen by a feature each: `aws-lc` (the
//! default) and `rust-crypto`.

#[cfg(not(any(feature = "aws-lc", feature = "rust-crypto")))]
compile_error!("sealing needs a cryptographic library: enable the feature `aws-lc` or `rust-crypto`");

mod base64_text;
mod certificate;
#[doc(hidden)]
pub mod cipher;
mod cursor;
mod fingerprint;
mod key_ring;
mod label;
mod pem;
mod plaintext;
mod private_pem;
mod randomness;
mod rsa_der;
mod scope;
mod sealed_value;
mod sealing_key;
mod self_signed;

pub use base64_text::{Base64Error, decode_base64};
pub use certificate::{Certificate, CertificateError, Expired, SealError};
pub use cursor::Cursor;
pub use fingerprint::{Fingerprint, FingerprintError};
pub use key_ring::{KeyRing, NoKeyOpens, Opened};
pub use label::Label;
pub use plaintext::Plaintext;
pub use private_pem::KeysFound;
pub use randomness::{NoRandomness, random};
pub use scope::{Scope, ScopeError};
pub use sealed_value::SealedValue;
pub use sealing_key::{KeyError, KeySize, KeySizeError, NotForSealing, SealingKey};
