use zeroize::Zeroizing;

use crate::go::url::authority::split_last;
use crate::go::url::escape::{Part, escape};
use crate::go::url::parse::cut;
use crate::go::url::{Url, User};

impl Url {
    /// `URL.Hostname`: without port and brackets.
    pub(crate) fn hostname(&self) -> &[u8] {
        let mut host = self.host.as_slice();
        if let Some((name, port)) = split_last(host, b':')
            && port.iter().all(u8::is_ascii_digit)
        {
            host = name;
        }
        host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]")).unwrap_or(host)
    }

    /// `URL.String` of a URL that was put together: how a parsed one spelled its escapes is forgotten, and so is that it had
    /// an empty query or no host.
    pub(crate) fn print(&self) -> Zeroizing<Vec<u8>> {
        let user = self.user.as_ref().map(User::print);
        let host = escape(&self.host, Part::Host);
        let path = if *self.path == *b"*" { self.path.clone() } else { escape(&self.path, Part::Path) };
        let fragment = escape(&self.fragment, Part::Fragment);

        let mut parts: Vec<&[u8]> = Vec::new();
        if !self.scheme.is_empty() {
            parts.extend([&self.scheme, &b":"[..]]);
        }
        if !self.opaque.is_empty() {
            parts.push(&self.opaque);
        } else {
            if !self.host.is_empty() || user.is_some() || (!self.scheme.is_empty() && !self.path.is_empty()) {
                parts.push(b"//");
            }
            if let Some(user) = &user {
                parts.extend([user, &b"@"[..]]);
            }
            parts.push(&host);
            if !path.is_empty() && !path.starts_with(b"/") && !self.host.is_empty() {
                parts.push(b"/");
            }
            // Read again, the segment before a colon would be a scheme.
            if parts.iter().all(|part| part.is_empty()) && cut(&path, b'/').0.contains(&b':') {
                parts.push(b"./");
            }
            parts.push(&path);
        }
        if !self.query.is_empty() {
            parts.extend([&b"?"[..], &self.query]);
        }
        if !fragment.is_empty() {
            parts.extend([&b"#"[..], &fragment]);
        }
        join(&parts)
    }
}

impl User {
    /// `Userinfo.String`.
    pub(crate) fn print(&self) -> Zeroizing<Vec<u8>> {
        let name = escape(&self.name, Part::UserOrPassword);
        match &self.password {
            Some(password) => join(&[&name, b":", &escape(password, Part::UserOrPassword)]),
            None => name,
        }
    }
}

/// In one piece of the right size, so that nothing is left behind by a vector that grows.
fn join(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut whole = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in parts {
        whole.extend_from_slice(part);
    }
    whole
}
