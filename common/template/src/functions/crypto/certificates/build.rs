//! A certificate's DER (RFC 5280): the fields that sprig sets, in the order that Go writes them.

use std::net::IpAddr;

use time::OffsetDateTime;

use super::request::Request;
use crate::failure::WITHHELD;
use crate::functions::crypto::der::{Der, bits, element, integer, octets, sequence};
use crate::functions::crypto::keys::PrivateKey;
use crate::machine::{Failure, Machine};

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
    let failed = |why: String| Failure::said(format!("error creating certificate: {why}"));
    // Several copies of the names are made on the way.
    let names = request.name.len() + request.hosts.iter().map(|host| host.len() + 8).sum::<usize>();
    m.budget.make(8 * (names + 32 * request.addresses.len()) + 4096)?;

    let signing_key = signer.map_or(key, |(_, key)| key);
    let algorithm = signing_key.algorithm().map_err(|why| failed(why.into()))?;
    let public = key.public().map_err(|why| failed(why.into()))?;
    let subject = subject(&request.name).map_err(failed)?;
    let issuer = signer.map_or(&subject, |(issuer, _)| &issuer.subject);
    if let Some((issuer, key)) = signer
        && key.public().is_ok_and(|public| public.info != issuer.public_key)
    {
        return Err(failed("x509: provided PrivateKey doesn't match parent's PublicKey".into()));
    }
    let authority = match signer {
        Some((issuer, _)) if issuer.subject != subject => issuer.key_id.as_slice(),
        _ => &[],
    };
    let [from, until] = request.validity;
    let contents = sequence(&[
        // Version 3.
        &element(0xa0, &[&[0x02, 1, 2]]),
        &integer(&request.serial),
        &algorithm,
        issuer,
        &sequence(&[&time(from).map_err(failed)?, &time(until).map_err(failed)?]),
        &subject,
        &public.info,
        &element(0xa3, &[&extensions(request, &public.id, authority).map_err(failed)?]),
    ]);
    let signature = signing_key.sign(m, &contents)?;
    Ok(sequence(&[&contents, &algorithm, &bits(&signature)]))
}

fn extensions(request: &Request, key_id: &[u8], authority: &[u8]) -> Result<Der, String> {
    // digitalSignature, keyEncipherment, and keyCertSign of a CA.
    let usage: &[u8] = if request.is_ca { &[0x03, 2, 2, 0xa4] } else { &[0x03, 2, 5, 0xa0] };
    let mut extensions = vec![
        extension(15, true, usage),
        // serverAuth, clientAuth.
        extension(37, false, &sequence(&[&purpose(1), &purpose(2)])),
        extension(19, true, &sequence(&[if request.is_ca { &[0x01, 1, 0xff] } else { &[] }])),
    ];
    if request.is_ca {
        extensions.push(extension(14, false, &octets(key_id)));
    }
    if !authority.is_empty() {
        extensions.push(extension(35, false, &sequence(&[&element(0x80, &[authority])])));
    }
    if !request.hosts.is_empty() || !request.addresses.is_empty() {
        // Where the subject says nothing, these names do.
        extensions.push(extension(17, request.name.is_empty(), &names(request)?));
    }
    Ok(sequence(&extensions.iter().map(|extension| extension.as_slice()).collect::<Vec<_>>()))
}

fn names(request: &Request) -> Result<Der, String> {
    let mut names = Vec::new();
    for host in &request.hosts {
        if !host.is_ascii() {
            return Err(format!("x509: {WITHHELD} cannot be encoded as an IA5String"));
        }
        names.push(element(0x82, &[host]));
    }
    for address in &request.addresses {
        names.push(match address.to_canonical() {
            IpAddr::V4(address) => element(0x87, &[&address.octets()]),
            IpAddr::V6(address) => element(0x87, &[&address.octets()]),
        });
    }
    Ok(sequence(&names.iter().map(|name| name.as_slice()).collect::<Vec<_>>()))
}

/// An extension below `id-ce`.
fn extension(arc: u8, is_critical: bool, value: &[u8]) -> Der {
    let critical: &[u8] = if is_critical { &[0x01, 1, 0xff] } else { &[] };
    sequence(&[&element(0x06, &[&[0x55, 0x1d, arc]]), critical, &octets(value)])
}

/// A purpose below `id-kp`.
fn purpose(arc: u8) -> Der {
    element(0x06, &[&[0x2b, 6, 1, 5, 5, 7, 3, arc]])
}

/// A name that is a common name alone; without one, an empty name.
fn subject(name: &[u8]) -> Result<Der, String> {
    if name.is_empty() {
        return Ok(sequence(&[]));
    }
    let is_printable = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte);
    let tag = match std::str::from_utf8(name) {
        Ok(_) if name.iter().all(is_printable) => 0x13,
        Ok(_) => 0x0c,
        Err(_) => return Err("asn1: string not valid UTF-8".into()),
    };
    let common_name = element(0x06, &[&[0x55, 4, 3]]);
    Ok(sequence(&[&element(0x31, &[&sequence(&[&common_name, &element(tag, &[name])])])]))
}

/// With two digits of the year where that is enough (RFC 5280 §4.1.2.5).
fn time(seconds: i64) -> Result<Der, String> {
    let unfit = || "asn1: cannot represent time as GeneralizedTime".to_owned();
    let time = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| unfit())?;
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second) = time.to_hms();
    let rest = format!("{:02}{day:02}{hour:02}{minute:02}{second:02}Z", u8::from(month));
    match year {
        1950..2050 => Ok(element(0x17, &[format!("{:02}{rest}", year % 100).as_bytes()])),
        0..=9999 => Ok(element(0x18, &[format!("{year:04}{rest}").as_bytes()])),
        _ => Err(unfit()),
    }
}
