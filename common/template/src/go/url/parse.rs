use zeroize::Zeroizing;

use crate::error::WITHHELD;
use crate::go::url::Url;
use crate::go::url::authority;
use crate::go::url::escape::{Part, unescape};

/// `url.Parse`.
///
/// # Errors
/// Go's, with everything that it quotes of the URL withheld.
pub(crate) fn parse(text: &[u8]) -> Result<Url, String> {
    parse_parts(text).map_err(|reason| format!("parse {WITHHELD}: {reason}"))
}

fn parse_parts(text: &[u8]) -> Result<Url, String> {
    let (text, fragment) = cut(text, b'#');
    let mut url = parse_reference(text)?;
    url.fragment = unescape(fragment, Part::Fragment)?;
    Ok(url)
}

/// A URL without its fragment.
fn parse_reference(text: &[u8]) -> Result<Url, String> {
    if text.iter().any(u8::is_ascii_control) {
        return Err("net/url: invalid control character in URL".into());
    }
    let mut url = Url::default();
    if text == b"*" {
        url.path = own(text);
        return Ok(url);
    }
    let (scheme, rest) = scheme(text)?;
    url.scheme = own(scheme);
    url.scheme.make_ascii_lowercase();
    let (rest, query) = cut(rest, b'?');
    url.query = own(query);

    let mut path = rest;
    if !rest.starts_with(b"/") {
        if !scheme.is_empty() {
            url.opaque = own(rest);
            return Ok(url);
        }
        if cut(rest, b'/').0.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".into());
        }
    }
    // Without a scheme, three slashes begin a path.
    if (!scheme.is_empty() || !rest.starts_with(b"///"))
        && let Some(rest) = rest.strip_prefix(b"//")
    {
        let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end).unwrap_or((rest, b""));
        (url.user, url.host) = authority::parse(&url.scheme, authority)?;
        path = rest;
    }
    url.path = unescape(path, Part::Path)?;
    Ok(url)
}

/// The scheme, or an empty one, and what follows.
fn scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let stands = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let end = text.iter().position(|byte| !stands(byte)).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end).unwrap_or((text, b""));
    match (name.first(), rest.strip_prefix(b":")) {
        (None, Some(_)) => Err("missing protocol scheme".into()),
        (Some(first), Some(rest)) if first.is_ascii_alphabetic() => Ok((name, rest)),
        _ => Ok((b"", text)),
    }
}

/// What is before the first such byte, and after it.
pub(super) fn cut(text: &[u8], at: u8) -> (&[u8], &[u8]) {
    let mut parts = text.splitn(2, |&byte| byte == at);
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

fn own(text: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.to_vec())
}
