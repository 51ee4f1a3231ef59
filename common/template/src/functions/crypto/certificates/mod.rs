//! Certificates as sprig makes them.

mod build;
mod request;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;
use zeroize::Zeroizing;

use self::build::{Issuer, build};
use self::request::Request;
use super::base64;
use super::keys::PrivateKey;
use super::pem;
use crate::functions::Args;
use crate::machine::{Failure, Machine};
use crate::value::{Text, Value};

/// What genCA and its relatives give: a certificate and its private key, both PEM.
pub(crate) struct Certificate {
    pub(crate) cert: Text,
    pub(crate) key: Text,
}

/// `buildCustomCert CERT KEY`, both PEM in base64: as they are, once they can be read.
pub(super) fn build_custom_cert(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut cert = base64::decode(m, args.text(0)?).map_err(|why| undecodable(why, "certificate"))?;
    let mut key = base64::decode(m, args.text(1)?).map_err(|why| undecodable(why, "private key"))?;
    parent(m, &cert)?;
    PrivateKey::from_pem(m, &key, "error parsing private key")?;
    let (cert, key) = (std::mem::take(&mut *cert), std::mem::take(&mut *key));
    Ok(Value::Certificate(Certificate { cert: cert.into(), key: key.into() }.into()))
}

fn undecodable(why: Failure, what: &str) -> Failure {
    match why {
        Failure::Said(_) => Failure::said(format!("unable to decode base64 {what}")),
        cap @ Failure::Cap(_) => cap,
    }
}

/// `genCA NAME DAYS`.
pub(super) fn gen_ca(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let key = PrivateKey::generate(m)?;
    ca(m, args, key)
}

/// `genCAWithKey NAME DAYS KEY`.
pub(super) fn gen_ca_with_key(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let key = PrivateKey::from_pem(m, args.text(2)?, PARSING)?;
    ca(m, args, key)
}

/// `genSelfSignedCert NAME ADDRESSES HOSTS DAYS`.
pub(super) fn gen_self_signed_cert(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let key = PrivateKey::generate(m)?;
    self_signed(m, args, key)
}

/// `genSelfSignedCertWithKey NAME ADDRESSES HOSTS DAYS KEY`.
pub(super) fn gen_self_signed_cert_with_key(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let key = PrivateKey::from_pem(m, args.text(4)?, PARSING)?;
    self_signed(m, args, key)
}

/// `genSignedCert NAME ADDRESSES HOSTS DAYS CA`.
pub(super) fn gen_signed_cert(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let key = PrivateKey::generate(m)?;
    signed(m, args, key)
}

/// `genSignedCertWithKey NAME ADDRESSES HOSTS DAYS CA KEY`.
pub(super) fn gen_signed_cert_with_key(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let key = PrivateKey::from_pem(m, args.text(5)?, PARSING)?;
    signed(m, args, key)
}

const PARSING: &str = "parsing private key";

fn ca(m: &mut Machine<'_>, args: Args<'_>, key: PrivateKey) -> Result<Value, Failure> {
    let request = Request::of_ca(m, args.text(0)?, args.int(1)?)?;
    certificate(m, &request, &key, None)
}

fn self_signed(m: &mut Machine<'_>, args: Args<'_>, key: PrivateKey) -> Result<Value, Failure> {
    let request = Request::of_server(m, args)?;
    certificate(m, &request, &key, None)
}

fn signed(m: &mut Machine<'_>, args: Args<'_>, key: PrivateKey) -> Result<Value, Failure> {
    let Value::Certificate(ca) = args.any(4) else {
        // The executor has checked it.
        return Err(Failure::said("wrong type for value; expected sprig.certificate"));
    };
    let parent = parent(m, &ca.cert)?;
    let signer = PrivateKey::from_pem(m, &ca.key, "error parsing private key")?;
    let request = Request::of_server(m, args)?;
    certificate(m, &request, &key, Some((&parent, &signer)))
}

/// Both in PEM; signed by the key itself where nobody else is named.
fn certificate(
    m: &mut Machine<'_>,
    request: &Request,
    key: &PrivateKey,
    signer: Option<(&Issuer, &PrivateKey)>,
) -> Result<Value, Failure> {
    let der = build(m, request, key, signer)?;
    let mut cert = pem::encode("CERTIFICATE", &der);
    let mut key = key.to_pem();
    m.budget.make(cert.len() + key.len())?;
    let (cert, key) = (std::mem::take(&mut *cert), std::mem::take(&mut *key));
    Ok(Value::Certificate(Certificate { cert: cert.into(), key: key.into() }.into()))
}

/// What a certificate in PEM says of its owner, who is to sign others.
fn parent(m: &mut Machine<'_>, text: &[u8]) -> Result<Issuer, Failure> {
    m.budget.make(2 * text.len())?;
    m.budget.spend(1_000 + text.len() as u64 / 4)?;
    let block = pem::decode(text).ok_or_else(|| Failure::said("unable to decode certificate"))?;
    read(&block.der)
        .map_err(|why| Failure::said(format!("error parsing certificate: decodedCert.Bytes: {why}")))
}

fn read(der: &[u8]) -> Result<Issuer, &'static str> {
    let outer = super::der::elements(der).ok_or("x509: malformed certificate")?;
    if outer.first().is_none_or(|first| !first.header().tag().is_constructed()) {
        return Err("x509: malformed tbs certificate");
    }
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| "x509: malformed certificate")?;
    if !rest.is_empty() {
        return Err("x509: trailing data");
    }
    let key_id = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
        _ => None,
    });
    Ok(Issuer {
        subject: Zeroizing::new(certificate.subject().as_raw().to_vec()),
        key_id: key_id.unwrap_or_default(),
        public_key: Zeroizing::new(certificate.public_key().raw.to_vec()),
    })
}
