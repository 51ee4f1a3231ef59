//! Certificates with the fields that sprig sets, in the order that Go writes them.
//!
//! The names and addresses in them are for all to see, so nothing wipes the library's copies of them.

use std::net::IpAddr;

use der::asn1::{
    Any, AnyRef, BitStringRef, Ia5String, OctetString, PrintableStringRef, UintRef, Utf8StringRef,
};
use der::oid::db::{rfc4519, rfc5280};
use der::oid::{AssociatedOid, ObjectIdentifier};
use der::{Decode, Encode};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::certificate::Version;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::request::Request;
use super::syntax::{Certificate, Contents, Validity};
use super::time::Time;
use crate::failure::{Failure, WITHHELD};
use crate::functions::crypto::der::{Der, elements, encode, unfit};
use crate::functions::crypto::keys::PrivateKey;
use crate::machine::Machine;

/// Who signs: what the certificate of the CA says.
pub(super) struct Issuer {
    /// Its name, as DER has it there.
    pub(super) subject: Der,
    /// Empty where it has none.
    pub(super) key_id: Vec<u8>,
    /// `SubjectPublicKeyInfo`.
    pub(super) public_key: Der,
}

/// Signed by the key itself where nobody else is named.
///
/// # Errors
/// Go's `x509.CreateCertificate`, in sprig's words; the budget.
pub(super) fn build(
    m: &mut Machine<'_>,
    request: &Request,
    key: &PrivateKey,
    signer: Option<(&Issuer, &PrivateKey)>,
) -> Result<Der, Failure> {
    let failed = |why: &str| Failure::said(format!("error creating certificate: {why}"));
    // Several copies of the names are made on the way.
    let names: usize = request.name.len() + request.hosts.iter().map(|host| host.len() + 32).sum::<usize>();
    m.budget.make(8 * (names + 64 * request.addresses.len()) + 4096)?;

    let signing_key = signer.map_or(key, |(_, key)| key);
    let algorithm = signing_key.algorithm().map_err(failed)?;
    let public = key.public().map_err(failed)?;
    let subject = subject(&request.name).map_err(failed)?;
    let issuer = signer.map_or(&subject, |(issuer, _)| &issuer.subject);
    if let Some((issuer, key)) = signer
        && key.public().is_ok_and(|public| public.info != issuer.public_key)
    {
        return Err(failed("x509: provided PrivateKey doesn't match parent's PublicKey"));
    }
    let authority = match signer {
        Some((issuer, _)) if issuer.subject != subject => issuer.key_id.as_slice(),
        _ => &[],
    };
    let [from, until] = request.validity.map(Time::new);
    let (from, until) = (from.map_err(failed)?, until.map_err(failed)?);
    let extensions = extensions(request, &public.id, authority).map_err(|why| failed(&why))?;

    let unfit = |why| failed(unfit(why));
    let contents = Contents {
        version: Version::V3,
        serial: UintRef::new(&request.serial).map_err(unfit)?,
        algorithm,
        issuer: AnyRef::from_der(issuer).map_err(unfit)?,
        validity: Validity { from: from.as_any().map_err(unfit)?, until: until.as_any().map_err(unfit)? },
        subject: AnyRef::from_der(&subject).map_err(unfit)?,
        public_key: SubjectPublicKeyInfoRef::from_der(&public.info).map_err(unfit)?,
        issuer_id: None,
        subject_id: None,
        extensions: elements(&extensions),
    };
    let signature = signing_key.sign(m, &encode(&contents).map_err(failed)?)?;
    let signature = BitStringRef::from_bytes(&signature).map_err(unfit)?;
    encode(&Certificate { contents, algorithm, signature }).map_err(failed)
}

fn extensions(request: &Request, key_id: &[u8], authority: &[u8]) -> Result<Der, String> {
    let usage = KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment;
    let usage = if request.is_ca { usage | KeyUsages::KeyCertSign } else { usage };
    let purposes = vec![rfc5280::ID_KP_SERVER_AUTH, rfc5280::ID_KP_CLIENT_AUTH];
    let mut extensions = vec![
        extension(true, &KeyUsage(usage))?,
        extension(false, &ExtendedKeyUsage(purposes))?,
        extension(true, &BasicConstraints { ca: request.is_ca, path_len_constraint: None })?,
    ];
    if request.is_ca {
        extensions.push(extension(false, &SubjectKeyIdentifier(OctetString::new(key_id).map_err(unfit)?))?);
    }
    if !authority.is_empty() {
        let key_identifier = Some(OctetString::new(authority).map_err(unfit)?);
        extensions.push(extension(false, &AuthorityKeyIdentifier { key_identifier, ..Default::default() })?);
    }
    if !request.hosts.is_empty() || !request.addresses.is_empty() {
        // Where the subject says nothing, these names do.
        extensions.push(extension(request.name.is_empty(), &names(request)?)?);
    }
    Ok(encode(&extensions)?)
}

fn extension<T: AssociatedOid + Encode>(critical: bool, value: &T) -> Result<Extension, &'static str> {
    let extn_value = OctetString::new(value.to_der().map_err(unfit)?).map_err(unfit)?;
    Ok(Extension { extn_id: T::OID, critical, extn_value })
}

fn names(request: &Request) -> Result<SubjectAltName, String> {
    let mut names = Vec::with_capacity(request.hosts.len() + request.addresses.len());
    for host in &request.hosts {
        let host = Ia5String::new(&**host)
            .map_err(|_| format!("x509: {WITHHELD} cannot be encoded as an IA5String"))?;
        names.push(GeneralName::DnsName(host));
    }
    for address in &request.addresses {
        let octets = match address.to_canonical() {
            IpAddr::V4(address) => OctetString::new(address.octets()),
            IpAddr::V6(address) => OctetString::new(address.octets()),
        };
        names.push(GeneralName::IpAddress(octets.map_err(unfit)?));
    }
    Ok(SubjectAltName(names))
}

/// A name that is a common name alone; without one, an empty name.
fn subject(name: &[u8]) -> Result<Der, &'static str> {
    let mut names = RdnSequence::default();
    if !name.is_empty() {
        let value = match PrintableStringRef::new(name) {
            Ok(printable) => Any::from(printable),
            Err(_) => Any::from(Utf8StringRef::new(name).map_err(|_| "asn1: string not valid UTF-8")?),
        };
        let mut common_name = RelativeDistinguishedName::default();
        common_name.insert(AttributeTypeAndValue { oid: COMMON_NAME, value }).map_err(unfit)?;
        names.push(common_name);
    }
    encode(&names)
}

const COMMON_NAME: ObjectIdentifier = rfc4519::COMMON_NAME;
