//! Getting the certificate: a file, a URL, the controller.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sealed_secrets::sealing::{Certificate, CertificateError};

use crate::args::CalledAs;
use crate::cluster::controller::Controller;
use crate::command::CertificateFrom;
use crate::failure::Failure;
use crate::input::read_file;

/// A certificate has some 2 KB, a chain a few times that.
const LARGEST: u64 = 1024 * 1024;

/// For the whole exchange, name look-up and redirects included.
const PATIENCE: Duration = Duration::from_secs(30);

/// Go's client ends before its tenth redirect, and calls that ten.
const MOST_REDIRECTS: u32 = 9;

/// Gets the certificate and checks that it may seal at a time (Unix seconds).
///
/// # Errors
/// Why it cannot be had, is none, or has expired.
pub(crate) fn certificate(from: &CertificateFrom, now: i64) -> Result<Certificate, Failure> {
    let bytes = fetch(from)?;
    let place = match from {
        CertificateFrom::Location(location) => without_password(location),
        CertificateFrom::Cluster(_) => "the controller's certificate".to_owned(),
    };
    let certificate = parse(&bytes).map_err(|failure| failure.at(&place))?;
    certificate.check_validity(now).map_err(|expired| {
        Failure::new(expired)
            .at(&place)
            .hint("fetch the current one from the controller: it renews its key, and old certificates end")
    })?;
    Ok(certificate)
}

/// Reads a certificate from PEM.
///
/// # Errors
/// What the PEM holds instead.
pub(crate) fn parse(pem: &[u8]) -> Result<Certificate, Failure> {
    Certificate::from_pem(pem).map_err(|error| {
        let hint = match &error {
            CertificateError::Missing => {
                "a file with a block -----BEGIN CERTIFICATE----- is wanted, as --fetch-cert or the controller's \
                 /v1/cert.pem gives it; a bare public key is not enough"
            }
            CertificateError::NotRsa(_) => "the controller makes RSA certificates: this one is not from it",
            _ => "fetch the certificate from the controller again",
        };
        Failure::new(error).hint(hint)
    })
}

/// Gets the bytes of the certificate as they are.
///
/// # Errors
/// Why it cannot be had.
pub(crate) fn fetch(from: &CertificateFrom) -> Result<Vec<u8>, Failure> {
    match from {
        CertificateFrom::Location(location) => match locate(location)? {
            Location::File(path) => read_file(&path).map(|bytes| bytes.to_vec()),
            Location::FileUrl(path) => read_file(&path).map(|bytes| bytes.to_vec()).map_err(|failure| {
                let shown = without_password(location);
                Failure::new(format!("cannot fetch {shown:?}: 404 Not Found")).hint(failure.what)
            }),
            Location::Web(url) => download(&url),
        },
        CertificateFrom::Cluster(at) if at.called_as == CalledAs::Seal && !at.kube.mention_a_cluster() => {
            Err(Failure::usage("no certificate: give --cert FILE or URL, or set SEALED_SECRETS_CERT").hint(
                "or let the controller be asked: give --kubeconfig FILE, or set KUBECONFIG (there is no ~/.kube/config)",
            ))
        }
        CertificateFrom::Cluster(at) => Controller::find(at)?.certificate(),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Location {
    File(PathBuf),
    FileUrl(PathBuf),
    Web(String),
}

/// Tells files from URLs as kubeseal does, which asks Go's url.Parse: a scheme of one letter is a Windows drive.
fn locate(location: &str) -> Result<Location, Failure> {
    let parse_failure = |reason: &str| {
        Err(Failure::new(format!("parse {location:?}: {reason}")).hint("write a file as ./FILE"))
    };
    let scheme = location
        .split_once(':')
        .filter(|(scheme, _)| scheme.starts_with(|letter: char| letter.is_ascii_alphabetic()))
        .filter(|(scheme, _)| {
            scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        });
    if let Some(at) = bad_escape(location) {
        let end = location[at..].char_indices().nth(3).map_or(location.len(), |(end, _)| at + end);
        return Err(Failure::new(format!("parse {location:?}: invalid URL escape {:?}", &location[at..end]))
            .hint("a file whose name has a percent sign must be renamed, or given through /dev/stdin"));
    }
    match scheme {
        Some((drive, _)) if drive.len() == 1 => Ok(Location::File(location.into())),
        Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Ok(Location::Web(format!("{}:{rest}", scheme.to_ascii_lowercase()))),
            "file" if rest.starts_with("///") => Ok(Location::FileUrl(Path::new(&rest[2..]).into())),
            "file" => Err(Failure::new(format!("cannot fetch {location:?}: a file URL must be absolute"))
                .hint("write file:///PATH, or the path alone")),
            other => Err(Failure::new(format!("Get {location:?}: unsupported protocol scheme {other:?}"))
                .hint("a file whose name has a colon is written ./NAME")),
        },
        None if location.starts_with(':') => parse_failure("missing protocol scheme"),
        None if location.split('/').next().is_some_and(|segment| segment.contains(':')) => {
            parse_failure("first path segment in URL cannot contain colon")
        }
        None => Ok(Location::File(location.into())),
    }
}

/// Where a `%` is not followed by two hexadecimal digits.
fn bad_escape(text: &str) -> Option<usize> {
    let path = text.split('?').next().unwrap_or_default();
    let bytes = path.as_bytes();
    path.match_indices('%')
        .map(|(at, _)| at)
        .find(|at| !bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}

fn download(url: &str) -> Result<Vec<u8>, Failure> {
    let mut config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(MOST_REDIRECTS)
        .https_only(url.starts_with("https:"))
        .http_status_as_error(false);
    if is_loopback(url) {
        // Go never asks a proxy for the machine itself.
        config = config.proxy(None);
    }
    let agent: ureq::Agent = config.build().into();
    let failed = |error: ureq::Error| {
        let reason = match &error {
            ureq::Error::TooManyRedirects => format!("stopped after {} redirects", MOST_REDIRECTS + 1),
            ureq::Error::Io(error) => crate::failure::system_text(error),
            ureq::Error::BodyExceedsLimit(_) => format!("more than {LARGEST} bytes: that is no certificate"),
            other => other.to_string(),
        };
        Failure::new(format!("Get {:?}: {reason}", without_password(url)))
    };
    let mut response = agent.get(url).call().map_err(failed)?;
    let status = response.status();
    if status.as_u16() != 200 {
        let reason = status.canonical_reason().unwrap_or_default();
        let shown = without_password(url);
        return Err(Failure::new(format!("cannot fetch {shown:?}: {} {reason}", status.as_u16())));
    }
    response.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(failed)
}

/// The host of a URL is this machine.
fn is_loopback(url: &str) -> bool {
    let uri: Result<http::Uri, _> = url.parse();
    let host = uri.as_ref().ok().and_then(|uri| uri.host()).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// A URL as it may be shown: what stands before `@` in the host may be a password.
pub(crate) fn without_password(location: &str) -> String {
    let Some((scheme, rest)) = location.split_once("://") else { return location.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://xxxxx@{host}{}", &rest[end..]),
        None => location.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_urls_are_told_apart_as_go_does() {
        let file = |path: &str| Ok(Location::File(path.into()));
        assert_eq!(locate("pub.pem"), file("pub.pem"));
        assert_eq!(locate("C:pub.pem"), file("C:pub.pem"));
        assert_eq!(locate("./pub.1:2.pem"), file("./pub.1:2.pem"));
        assert_eq!(locate("a%20b.pem"), file("a%20b.pem"));
        assert_eq!(locate("file:///a/b"), Ok(Location::FileUrl("/a/b".into())));
        assert_eq!(locate("HTTP://h/c"), Ok(Location::Web("http://h/c".into())));
        for bad in ["ab:pub.pem", "pub.1:2.pem", "50%.pem", "./50%.pem", "file:k.pem", "ftp://h/x", ":x"] {
            assert!(locate(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(without_password("http://user:pw@host/c?a@b"), "http://xxxxx@host/c?a@b");
        assert_eq!(without_password("http://host/c@d"), "http://host/c@d");
    }

    #[test]
    fn only_this_machine_is_loopback() {
        assert!(
            is_loopback("http://127.0.0.1:80/c")
                && is_loopback("http://[::1]/c")
                && is_loopback("http://localhost/c")
        );
        assert!(!is_loopback("http://127.example.com/c") && !is_loopback("http://localhost.example.com/"));
    }
}
