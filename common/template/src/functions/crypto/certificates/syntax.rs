//! A certificate's outermost parts (RFC 5280 §4.1).
//!
//! Those of `x509_cert` would do but for three things: they know no time before 1970, they write the names of others
//! anew in an order of their own, and none but the library makes them, with a kind of key that it knows.

use der::Sequence;
use der::asn1::{AnyRef, BitStringRef, UintRef};
use x509_cert::certificate::Version;
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

#[derive(Sequence)]
pub(super) struct Certificate<'a> {
    pub(super) contents: Contents<'a>,
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) signature: BitStringRef<'a>,
}

/// `TBSCertificate`: what is signed.
#[derive(Sequence)]
pub(super) struct Contents<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "Default::default")]
    pub(super) version: Version,
    pub(super) serial: UintRef<'a>,
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    /// Names are compared and copied as they are.
    pub(super) issuer: AnyRef<'a>,
    pub(super) validity: Validity<'a>,
    pub(super) subject: AnyRef<'a>,
    pub(super) public_key: SubjectPublicKeyInfoRef<'a>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) issuer_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) subject_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<AnyRef<'a>>>,
}

#[derive(Sequence)]
pub(super) struct Validity<'a> {
    pub(super) from: AnyRef<'a>,
    pub(super) until: AnyRef<'a>,
}
