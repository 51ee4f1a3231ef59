//! Certificates as sprig makes them.

mod build;
mod read;
mod request;
mod syntax;
mod time;

use self::build::{Issuer, build};
use self::read::read;
use self::request::Request;
use super::base64;
use super::keys::PrivateKey;
use super::pem;
use crate::failure::Failure;
use crate::functions::Args;
use crate::machine::Machine;
use crate::value::{Certificate, Value};

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
    ca(m, args, &key)
}

/// `genCAWithKey NAME DAYS KEY`.
pub(super) fn gen_ca_with_key(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let key = PrivateKey::from_pem(m, args.text(2)?, PARSING)?;
    ca(m, args, &key)
}

/// `genSelfSignedCert NAME ADDRESSES HOSTS DAYS`.
pub(super) fn gen_self_signed_cert(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let key = PrivateKey::generate(m)?;
    self_signed(m, args, &key)
}

/// `genSelfSignedCertWithKey NAME ADDRESSES HOSTS DAYS KEY`.
pub(super) fn gen_self_signed_cert_with_key(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let key = PrivateKey::from_pem(m, args.text(4)?, PARSING)?;
    self_signed(m, args, &key)
}

/// `genSignedCert NAME ADDRESSES HOSTS DAYS CA`.
pub(super) fn gen_signed_cert(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let key = PrivateKey::generate(m)?;
    signed(m, args, &key)
}

/// `genSignedCertWithKey NAME ADDRESSES HOSTS DAYS CA KEY`.
pub(super) fn gen_signed_cert_with_key(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let key = PrivateKey::from_pem(m, args.text(5)?, PARSING)?;
    signed(m, args, &key)
}

const PARSING: &str = "parsing private key";

fn ca(m: &mut Machine<'_>, args: Args<'_>, key: &PrivateKey) -> Result<Value, Failure> {
    let request = Request::of_ca(m, args.text(0)?, args.int(1)?)?;
    certificate(m, &request, key, None)
}

fn self_signed(m: &mut Machine<'_>, args: Args<'_>, key: &PrivateKey) -> Result<Value, Failure> {
    let request = Request::of_server(m, args)?;
    certificate(m, &request, key, None)
}

fn signed(m: &mut Machine<'_>, args: Args<'_>, key: &PrivateKey) -> Result<Value, Failure> {
    let Value::Certificate(ca) = args.any(4) else {
        // The executor has checked it.
        return Err(Failure::said("wrong type for value; expected sprig.certificate"));
    };
    let parent = parent(m, &ca.cert)?;
    let signer = PrivateKey::from_pem(m, &ca.key, "error parsing private key")?;
    let request = Request::of_server(m, args)?;
    certificate(m, &request, key, Some((&parent, &signer)))
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
    let mut key = key.to_pem().map_err(Failure::said)?;
    m.budget.make(cert.len() + key.len())?;
    let (cert, key) = (std::mem::take(&mut *cert), std::mem::take(&mut *key));
    Ok(Value::Certificate(Certificate { cert: cert.into(), key: key.into() }.into()))
}

/// What a certificate in PEM says of its owner, who is to sign others.
fn parent(m: &mut Machine<'_>, text: &[u8]) -> Result<Issuer, Failure> {
    m.budget.make(2 * text.len())?;
    m.budget.spend(1_000 + text.len() as u64 / 4)?;
    let block = pem::decode(text).ok_or_else(|| Failure::said("unable to decode certificate"))?;
    // Elements and extensions take some times their bytes while they are read.
    let memory = text.len().saturating_mul(32);
    m.budget.borrow(memory)?;
    let issuer = read(&block.der);
    m.budget.give_back(memory);
    issuer.map_err(|why| Failure::said(format!("error parsing certificate: decodedCert.Bytes: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Budget, Limits};
    use crate::functions::tests::{Sequence, call, text};
    use crate::go::time::Time;
    use der::Decode as _;
    use zeroize::Zeroizing;

    /// A CA that Go made, and what Go signed with it; the keys were made for this and protect nothing.
    const CA: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBQDCB86ADAgECAhAMzdRdWciKDOFPO75h0mdWMAUGAytlcDARMQ8wDQYDVQQD\n\
DAZNeSBDQSowHhcNMjYxMTIyMjM0NDM5WhcNMjcxMTIyMjM0NDM5WjARMQ8wDQYD\n\
VQQDDAZNeSBDQSowKjAFBgMrZXADIQBXvQBVQdwIWFXUL2TwyuqnHovQs7hxctjK\n\
TZhzfEehcaNhMF8wDgYDVR0PAQH/BAQDAgKkMB0GA1UdJQQWMBQGCCsGAQUFBwMB\n\
BggrBgEFBQcDAjAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBSGeBDwB2MLdYk3\n\
G0n2/Jx0Xae76zAFBgMrZXADQQADNx8KeGpqZQOgTtebmXv0BNpglSvNaqxuRgpT\n\
OV3U7nn3+QeLGyPA377/tvIaaMMNjV2whnhC2F+EnctLKRwJ\n\
-----END CERTIFICATE-----\n\
";
    const CA_KEY: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MC4CAQAwBQYDK2VwBCIEIMNPypBZk5W7A7cU0V8yaoZWBhvp4VjTSOypalX7kGm6\n\
-----END PRIVATE KEY-----\n\
";
    const LEAF: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBiDCCATqgAwIBAgIQVpvQAqs/9CUoJXhGGJy7ojAFBgMrZXAwETEPMA0GA1UE\n\
AwwGTXkgQ0EqMCAXDTI2MTEyMjIzNDQzOVoYDzIxMDkwMTExMjM0NDM5WjAUMRIw\n\
EAYDVQQDEwlhLmV4YW1wbGUwKjAFBgMrZXADIQBM2f84Ouiy3kxbKTCqHpkP1Hv1\n\
f6ogk7Lil919lfpvUaOBojCBnzAOBgNVHQ8BAf8EBAMCBaAwHQYDVR0lBBYwFAYI\n\
KwYBBQUHAwEGCCsGAQUFBwMCMAwGA1UdEwEB/wQCMAAwHwYDVR0jBBgwFoAUhngQ\n\
8AdjC3WJNxtJ9vycdF2nu+swPwYDVR0RBDgwNoIJYS5leGFtcGxlggsqLmIuZXhh\n\
bXBsZYcECgAAAYcQAAAAAAAAAAAAAAAAAAAAAYcEAQIDBDAFBgMrZXADQQDzGbUN\n\
CzdLaWoGYhDTZyLX/IOkn10abUh/OkOQyVglM3s/Qes39BtDkVfl17/kgr4bah0r\n\
cyS7Z6n3ZHhKn8kC\n\
-----END CERTIFICATE-----\n\
";
    const LEAF_KEY: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MC4CAQAwBQYDK2VwBCIEIAS37mtjhbzQdGpkAK+tLuNIKNfjKa+Gjj/AB086r4CF\n\
-----END PRIVATE KEY-----\n\
";

    /// Ed25519 signs the same bytes the same way, so with Go's serial numbers and times each must come out as Go's.
    #[test]
    fn certificates_are_gos_byte_by_byte() {
        let mut budget = Budget::new(Limits::default());
        let mut entropy = Sequence(1);
        let m = &mut Machine::new(&mut budget, &mut entropy, Time::now(0));
        let mut key = |text: &str| PrivateKey::from_pem(m, text.as_bytes(), "").unwrap();
        let (ca_key, leaf_key) = (key(CA_KEY), key(LEAF_KEY));
        let addresses = ["10.0.0.1", "::1", "::ffff:1.2.3.4"].map(|text| text.parse().unwrap()).to_vec();
        let hosts = ["a.example", "*.b.example"].map(|host| host.as_bytes().to_vec().into()).to_vec();

        let ca = pem::decode(CA.as_bytes()).unwrap().der;
        let times = ["2026-11-22T23:44:39Z", "2027-11-22T23:44:39Z"];
        let request = request(&ca, times, "My CA*", vec![], vec![], true);
        assert_eq!(build(m, &request, &ca_key, None).unwrap(), ca);

        let leaf = pem::decode(LEAF.as_bytes()).unwrap().der;
        let times = ["2026-11-22T23:44:39Z", "2109-01-11T23:44:39Z"];
        let request = self::request(&leaf, times, "a.example", addresses, hosts, false);
        let signer = (&parent(m, CA.as_bytes()).unwrap(), &ca_key);
        assert_eq!(build(m, &request, &leaf_key, Some(signer)).unwrap(), leaf);
        assert_eq!(&*leaf_key.to_pem().unwrap(), LEAF_KEY.as_bytes());
    }

    fn request(
        der: &[u8],
        times: [&str; 2],
        name: &str,
        addresses: Vec<std::net::IpAddr>,
        hosts: Vec<Zeroizing<Vec<u8>>>,
        is_ca: bool,
    ) -> Request {
        let certificate = syntax::Certificate::from_der(der).unwrap();
        let serial = certificate.contents.serial.as_bytes().try_into().unwrap();
        let validity = times.map(|time| time.parse::<jiff::Timestamp>().unwrap().as_second());
        Request { serial, name: name.as_bytes().to_vec().into(), addresses, hosts, validity, is_ca }
    }

    #[test]
    fn each_kind_of_key_is_read_again_and_signs() {
        for kind in ["rsa", "ecdsa", "ed25519"] {
            let key = text(call("genPrivateKey", &[Value::text(kind)]));
            let ca = call("genCAWithKey", &[Value::text("a"), Value::Int(1), Value::text(key.clone())]);
            let Ok(Value::Certificate(ca)) = ca else { panic!("{kind}") };
            assert!(*ca.key == key, "{kind}");
        }
        let dsa = text(call("genPrivateKey", &[Value::text("dsa")]));
        let refused = call("genCAWithKey", &[Value::text("a"), Value::Int(1), Value::text(dsa)]).err();
        let go = "error creating certificate: x509: certificate private key does not implement crypto.Signer";
        assert_eq!(refused, Some(Failure::said(go)));
    }
}
