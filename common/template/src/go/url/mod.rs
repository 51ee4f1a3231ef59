//! `net/url`: parsing as Go does it, which is neither RFC 3986 to the letter nor WHATWG's.

mod authority;
mod escape;
mod parse;
mod print;

use zeroize::Zeroizing;

pub(crate) use escape::query_escape;
pub(crate) use parse::parse;

/// A URL's parts, as Go takes them apart. Any of them may be a secret.
#[derive(Default)]
pub(crate) struct Url {
    pub(crate) scheme: Zeroizing<Vec<u8>>,
    /// What follows the scheme of `mailto:joe@example.com`.
    pub(crate) opaque: Zeroizing<Vec<u8>>,
    pub(crate) user: Option<User>,
    /// With the port.
    pub(crate) host: Zeroizing<Vec<u8>>,
    /// Unescaped.
    pub(crate) path: Zeroizing<Vec<u8>>,
    /// As it stands in the URL.
    pub(crate) query: Zeroizing<Vec<u8>>,
    /// Unescaped.
    pub(crate) fragment: Zeroizing<Vec<u8>>,
}

/// Both unescaped. An empty password differs from none.
pub(crate) struct User {
    name: Zeroizing<Vec<u8>>,
    password: Option<Zeroizing<Vec<u8>>>,
}

/// What is before the first such byte, and after it.
fn cut(text: &[u8], at: u8) -> (&[u8], &[u8]) {
    let mut parts = text.splitn(2, |&byte| byte == at);
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}
