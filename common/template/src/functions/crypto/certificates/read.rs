//! What a certificate says of its owner, who is to sign others.

use der::asn1::AnyRef;
use der::oid::{AssociatedOid, ObjectIdentifier};
use der::{Decode, Reader, Sequence, SliceReader, Tag, Tagged};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use super::build::Issuer;
use super::syntax::{Certificate, Contents};
use super::time::is_time;
use crate::functions::crypto::der::{elements, encode};

/// # Errors
/// As near to Go's as this reader knows.
pub(super) fn read(der: &[u8]) -> Result<Issuer, &'static str> {
    let outer = elements(der).ok_or("x509: malformed certificate")?;
    if outer.first().is_none_or(|first| !first.header().tag().is_constructed()) {
        return Err("x509: malformed tbs certificate");
    }
    let malformed = |_| "x509: malformed certificate";
    let mut reader = SliceReader::new(der).map_err(malformed)?;
    let certificate = Certificate::decode(&mut reader).map_err(malformed)?;
    if !reader.is_finished() {
        return Err("x509: trailing data");
    }
    let contents = certificate.contents;
    if certificate.algorithm != contents.algorithm {
        return Err("x509: inner and outer signature algorithm identifiers don't match");
    }
    if ![contents.issuer, contents.subject].into_iter().all(is_name) {
        return Err("x509: invalid RDNSequence");
    }
    if ![contents.validity.from, contents.validity.until].into_iter().all(is_time) {
        return Err("x509: malformed validity");
    }
    Ok(Issuer {
        subject: encode(&contents.subject)?,
        key_id: key_id(&contents)?.unwrap_or_default(),
        public_key: encode(&contents.public_key)?,
    })
}

/// Walks over a name without sorting what is in it, as the library would do, in time out of proportion to its length.
fn is_name(name: AnyRef<'_>) -> bool {
    all(name, Tag::Sequence, |set| {
        all(set, Tag::Set, |attribute| attribute.decode_as::<Attribute<'_>>().is_ok())
    })
}

#[derive(Sequence)]
struct Attribute<'a> {
    kind: ObjectIdentifier,
    value: AnyRef<'a>,
}

/// Whether it is of this kind and so are all elements in it.
fn all<'a>(outer: AnyRef<'a>, tag: Tag, mut is_fit: impl FnMut(AnyRef<'a>) -> bool) -> bool {
    let Ok(mut reader) = SliceReader::new(outer.value()) else { return false };
    while !reader.is_finished() {
        if !AnyRef::decode(&mut reader).is_ok_and(&mut is_fit) {
            return false;
        }
    }
    outer.tag() == tag
}

/// Checks all extensions, and finds the one that names the key.
fn key_id(contents: &Contents<'_>) -> Result<Option<Vec<u8>>, &'static str> {
    let mut key_id = None;
    for extension in contents.extensions.iter().flatten() {
        let extension: Extension = extension.decode_as().map_err(|_| "x509: malformed extension")?;
        if extension.extn_id == SubjectKeyIdentifier::OID {
            let id = SubjectKeyIdentifier::from_der(extension.extn_value.as_bytes());
            key_id = Some(id.map_err(|_| "x509: invalid subject key identifier")?.0.into_bytes().into_vec());
        }
    }
    Ok(key_id)
}
