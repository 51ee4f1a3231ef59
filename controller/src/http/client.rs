//! Who asks: the peer of the connection, and whom it says it speaks for.

use std::net::{IpAddr, Ipv6Addr};

use http::HeaderMap;

/// Header in which a proxy names whom it speaks for.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Addresses that limits count by. Of an IPv6 address only the first 64 bits count: whoever has one address has
/// all that share them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Client {
    /// The other end of the connection; it cannot be made up.
    pub(super) peer: IpAddr,
    /// The client that the peer speaks for, or the peer itself.
    pub(super) address: IpAddr,
}

impl Client {
    /// The client is the last element of `X-Forwarded-For`, which the API server appends to what it got; all
    /// before that comes from the client. Who reaches this port directly may send any address, so shares are
    /// counted by peer and client together, and limits on the peer stand above. What is no address counts as none.
    pub(super) fn of(peer: IpAddr, headers: &HeaderMap) -> Self {
        let peer = network(peer);
        let last = headers.get_all(FORWARDED_FOR).iter().next_back();
        let forwarded = last
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.rsplit(',').next())
            .and_then(|element| element.trim().parse().ok())
            .map(network);
        Self { peer, address: forwarded.unwrap_or(peer) }
    }
}

/// What counts of an address: all of IPv4, the first 64 bits of IPv6.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// The client of a request from 10.0.0.1 with these headers `X-Forwarded-For`.
    fn client(values: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(value).unwrap());
        }
        Client::of(IpAddr::from([10, 0, 0, 1]), &headers).address.to_string()
    }

    #[test]
    fn only_the_last_element_counts() {
        assert_eq!(client(&[]), "10.0.0.1");
        assert_eq!(client(&[b"1.2.3.4"]), "1.2.3.4");
        assert_eq!(client(&[b"6.6.6.6, 1.2.3.4"]), "1.2.3.4");
        assert_eq!(client(&[b"a,,b,\t 1.2.3.4 "]), "1.2.3.4");
        assert_eq!(client(&[b"6.6.6.6", b"7.7.7.7, 1.2.3.4"]), "1.2.3.4");
    }

    #[test]
    fn what_is_no_address_is_the_peer() {
        for value in
            [&b""[..], b"unknown", b"1.2.3.4,", b"1.2.3.4:80", b"1.2.3.4 5", b"\xff", b"::1::", b"[::1]"]
        {
            assert_eq!(client(&[value]), "10.0.0.1", "{value:?}");
        }
    }

    #[test]
    fn one_network_of_ipv6_is_one_client() {
        assert_eq!(client(&[b"2001:db8:1:2:3:4:5:6"]), "2001:db8:1:2::");
        assert_eq!(client(&[b"2001:DB8:1:2:ffff::1"]), "2001:db8:1:2::");
        assert_eq!(client(&[b"::ffff:1.2.3.4"]), "1.2.3.4");
    }
}
