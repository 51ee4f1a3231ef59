//! Which proxy leads to a server, by Go's rules (golang.org/x/net/http/httpproxy), which kubectl's users know.

use std::net::IpAddr;

use http::Uri;

use crate::certificate_source::without_password;
use crate::failure::Failure;
use crate::kubeconfig::Proxies;

/// The proxy for a server. One that flag or kubeconfig names is used whatever NO_PROXY says, as client-go has it.
///
/// # Errors
/// An address of a proxy that is none.
pub(crate) fn proxy_for(
    server: &Uri,
    named: Option<&str>,
    proxies: &Proxies,
) -> Result<Option<Uri>, Failure> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return parse(named).map(Some);
    }
    let of_scheme = if server.scheme_str() == Some("https") { &proxies.https } else { &proxies.http };
    match of_scheme {
        Some(proxy) if !is_excepted(server, proxies.none_for.as_deref().unwrap_or_default()) => {
            parse(proxy).map(Some)
        }
        _ => Ok(None),
    }
}

/// Whether a server is reached without a proxy: this machine always, and what the list names.
fn is_excepted(server: &Uri, list: &str) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']).to_lowercase();
    let address = host.parse::<IpAddr>().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let port = server.port_u16().unwrap_or(if server.scheme_str() == Some("https") { 443 } else { 80 });
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        entry == "*"
            || match address {
                Some(address) => names_address(entry, address, port),
                None => names_host(&entry.to_lowercase(), &host, port),
            }
    })
}

fn names_address(entry: &str, address: IpAddr, port: u16) -> bool {
    if let Some((network, length)) = entry.split_once('/') {
        let (Ok(network), Ok(length)) = (network.parse(), length.parse()) else { return false };
        return is_within(address, network, length);
    }
    let (entry, entry_port) = without_port(entry);
    entry_port.is_none_or(|wanted| wanted == port)
        && entry.parse::<IpAddr>().is_ok_and(|entry| entry == address)
}

fn names_host(entry: &str, host: &str, port: u16) -> bool {
    let (entry, entry_port) = without_port(entry);
    if entry_port.is_some_and(|wanted| wanted != port) {
        return false;
    }
    let entry = entry.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(entry);
    match entry.strip_prefix('.') {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
        None => host == entry || host.strip_suffix(entry).is_some_and(|rest| rest.ends_with('.')),
    }
}

/// `host:port`, `[v6]:port`; an address of version 6 without brackets has none.
fn without_port(entry: &str) -> (&str, Option<u16>) {
    let bare = |host: &str| host.starts_with('[') || !host.contains(':');
    match entry.rsplit_once(':') {
        Some((host, port)) if bare(host) => match port.parse() {
            Ok(port) => (host.trim_matches(['[', ']']), Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry.trim_matches(['[', ']']), None),
    }
}

fn is_within(address: IpAddr, network: IpAddr, length: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if length <= 32 => {
            let shift = 32 - length;
            u64::from(address.to_bits()) >> shift == u64::from(network.to_bits()) >> shift
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if length <= 128 => {
            let shifted = |bits: u128| bits.checked_shr(128 - length).unwrap_or(0);
            shifted(address.to_bits()) == shifted(network.to_bits())
        }
        _ => false,
    }
}

/// An address of a proxy; `host:port` is one for HTTP. kube knows `socks5` for what Go calls `socks5h`, too: the
/// proxy looks the name up.
fn parse(proxy: &str) -> Result<Uri, Failure> {
    let whole = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
    let whole = whole.strip_prefix("socks5h://").map_or(whole.clone(), |rest| format!("socks5://{rest}"));
    let shown = || without_password(&whole);
    let uri: Uri = whole.parse().map_err(|_| {
        Failure::new(format!("the proxy {:?} is no URL", shown())).hint("write http://HOST:PORT")
    })?;
    match uri.scheme_str() {
        Some("http" | "https" | "socks5") if uri.host().is_some() => Ok(uri),
        _ => Err(Failure::new(format!("the proxy {:?} cannot be used", shown()))
            .hint("proxies are http, https and socks5")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(server: &str, none_for: &str) -> bool {
        let proxies = Proxies {
            http: None,
            https: Some("proxy.example:3128".into()),
            none_for: Some(none_for.to_owned()),
        };
        proxy_for(&server.parse().unwrap(), None, &proxies).unwrap().is_some()
    }

    #[test]
    fn exceptions_follow_go() {
        assert!(used("https://api.example.com:6443", ""));
        for list in [
            "*",
            "example.com",
            ".example.com",
            "*.example.com",
            "api.example.com",
            "x, ,API.example.com:6443",
        ] {
            assert!(!used("https://api.example.com:6443", list), "{list}");
        }
        for list in ["ple.com", "api.example.com:443", "other.com", ".api.example.com", ",,"] {
            assert!(used("https://api.example.com:6443", list), "{list}");
        }
        for list in ["10.0.0.0/8", "10.1.2.3", "10.1.2.3:443"] {
            assert!(!used("https://10.1.2.3", list), "{list}");
        }
        for list in ["11.0.0.0/8", "10.1.2.3:6443", "10.1.2.3/40", "::/0"] {
            assert!(used("https://10.1.2.3", list), "{list}");
        }
        assert!(!used("https://[2001:db8::1]:6443", "2001:db8::/32"));
        assert!(!used("https://[2001:db8::1]:6443", "::/0"));
        assert!(used("https://[2001:db8::1]:6443", "2001:db9::/32"));
    }

    #[test]
    fn this_machine_needs_no_proxy_unless_one_is_named() {
        assert!(!used("https://127.0.0.1:6443", ""));
        assert!(!used("https://[::1]:6443", ""));
        assert!(!used("https://localhost:6443", ""));
        let server = "https://127.0.0.1:6443".parse().unwrap();
        let none_for = Some("*".to_owned());
        let proxies = Proxies { none_for, ..Proxies::default() };
        let named = proxy_for(&server, Some("http://p:1"), &proxies).unwrap();
        assert_eq!(named.unwrap().to_string(), "http://p:1/");
    }

    #[test]
    fn a_password_is_not_told() {
        let server = "https://api.example.com".parse().unwrap();
        for bad in ["ftp://user:c4nary@proxy:1", "http://user:c4nary@pro xy:1"] {
            let failure = proxy_for(&server, Some(bad), &Proxies::default()).unwrap_err();
            assert!(!failure.what.contains("c4nary"), "{failure}");
        }
    }
}
