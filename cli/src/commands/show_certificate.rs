//! `seal cert`: what a certificate is, before it is trusted with secrets.

use sealed_secrets::sealing::Certificate;

use crate::certificate_source::{fetch, parse};
use crate::command::CertificateFrom;
use crate::failure::{Exit, Failure};
use crate::output::{Access, Output};

pub(crate) fn run(location: &str, pem: bool, now: i64) -> Result<Exit, Failure> {
    let bytes = fetch(&CertificateFrom::Location(location.to_owned()))?;
    let certificate = parse(&bytes).map_err(|failure| failure.at(location))?;
    let mut output = Output::new(None, Access::ByUmask)?;
    if pem {
        output.write(certificate.to_pem().as_bytes())?;
    } else {
        output.write(description(&certificate, now).as_bytes())?;
    }
    output.commit()?;
    Ok(if certificate.check_validity(now).is_ok() { Exit::Well } else { Exit::Failed })
}

fn description(certificate: &Certificate, now: i64) -> String {
    let state = match (certificate.check_validity(now), certificate.not_before() > now) {
        (Err(_), _) => "expired: nothing can be sealed with it".to_owned(),
        (Ok(()), true) => "not valid yet; kubeseal and seal use it all the same".to_owned(),
        (Ok(()), false) => format!("valid for {} more days", (certificate.not_after() - now) / 86_400),
    };
    format!(
        "fingerprint  {}\nkey          RSA, {} bits\nnot before   {}\nnot after    {}\nstate        {state}\n",
        certificate.fingerprint(),
        certificate.key_bits(),
        time(certificate.not_before()),
        time(certificate.not_after()),
    )
}

/// Unix seconds as RFC 3339 in UTC.
fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| format!("{seconds} s"), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(time(1_592_438_400), "2020-06-18T00:00:00Z");
    }
}
