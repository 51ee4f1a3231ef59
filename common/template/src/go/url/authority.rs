//! `user:password@host:port`.

use std::net::Ipv6Addr;

use zeroize::Zeroizing;

use crate::error::WITHHELD;
use crate::go::url::User;
use crate::go::url::escape::{Part, unescape};
use crate::go::url::parse::cut;

pub(super) type Authority = (Option<User>, Zeroizing<Vec<u8>>);

pub(super) fn parse(scheme: &[u8], text: &[u8]) -> Result<Authority, String> {
    // A password may hold an unescaped @: the last one ends it.
    let Some((user, host)) = split_last(text, b'@') else {
        return Ok((None, parse_host(scheme, text)?));
    };
    let host = parse_host(scheme, host)?;
    if !user.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte)) {
        return Err("net/url: invalid userinfo".into());
    }
    let (name, password) = cut(user, b':');
    let name = unescape(name, Part::UserOrPassword)?;
    let password = match user.contains(&b':') {
        true => Some(unescape(password, Part::UserOrPassword)?),
        false => None,
    };
    Ok((Some(User { name, password }), host))
}

/// Whether it is empty or a colon and digits, of any number, none included.
pub(super) fn is_port(text: &[u8]) -> bool {
    text.strip_prefix(b":").map_or(text.is_empty(), |digits| digits.iter().all(u8::is_ascii_digit))
}

/// What is before the last such byte, and after it.
pub(super) fn split_last(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = text.iter().rposition(|&byte| byte == at)?;
    Some((text.get(..place)?, text.get(place.checked_add(1)?..)?))
}

fn parse_host(scheme: &[u8], text: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
    let not_a_port = || format!("invalid port {WITHHELD} after host");
    if let Some((before, literal)) = split_last(text, b'[') {
        if !before.is_empty() {
            return Err("invalid IP-literal".into());
        }
        let (address, port) = split_last(literal, b']').ok_or("missing ']' in host")?;
        if !is_port(port) {
            return Err(not_a_port());
        }
        let address = parse_address(address)?;
        let mut host = Zeroizing::new(Vec::with_capacity(text.len()));
        host.push(b'[');
        host.extend_from_slice(&address);
        host.push(b']');
        host.extend_from_slice(port);
        return Ok(host);
    }
    // Lists of hosts with ports, as databases have them, pass except in http and https: there the first colon begins the port.
    let web = scheme == b"http" || scheme == b"https";
    let colon = |byte: &u8| *byte == b':';
    let place = if web { text.iter().position(colon) } else { text.iter().rposition(colon) };
    if !place.and_then(|place| text.get(place..)).is_none_or(is_port) {
        return Err(not_a_port());
    }
    unescape(text, Part::Host)
}

/// An address in brackets: IPv6, with a zone after `%25`.
fn parse_address(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
    let zone = text.windows(3).position(|three| three == b"%25").unwrap_or(text.len());
    let (address, zone) = text.split_at_checked(zone).unwrap_or((text, b""));
    let address = unescape(address, Part::Host)?;
    let zone = unescape(zone, Part::Zone)?;
    let mut whole = Zeroizing::new(Vec::with_capacity(text.len()));
    whole.extend_from_slice(&address);
    whole.extend_from_slice(&zone);
    check_address(&whole)?;
    Ok(whole)
}

/// `netip.ParseAddr`, of IPv6 alone.
fn check_address(text: &[u8]) -> Result<(), String> {
    let bad = |why| Err(format!("invalid host: ParseAddr({WITHHELD}): {why}"));
    let parse = |bytes: &[u8]| std::str::from_utf8(bytes).ok()?.parse::<Ipv6Addr>().ok();
    match text.iter().find(|byte| b".:%".contains(byte)) {
        None => bad("unable to parse IP"),
        Some(b'%') => bad("missing IPv6 address"),
        Some(b':') => {
            let (address, zone) = cut(text, b'%');
            if text.contains(&b'%') && zone.is_empty() {
                return bad("zone must be a non-empty string");
            }
            if parse(address).is_none() { bad("unable to parse IP") } else { Ok(()) }
        }
        Some(_) => {
            let parse = |bytes: &[u8]| std::str::from_utf8(bytes).ok()?.parse::<std::net::Ipv4Addr>().ok();
            if parse(text).is_none() { bad("unable to parse IP") } else { Err("invalid IP-literal".into()) }
        }
    }
}
