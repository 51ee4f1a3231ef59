//! URLs taken apart and put together.

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::functions::{Args, Function};
use crate::go::url::{self, Url};
use crate::machine::Machine;
use crate::value::{Map, MapKind, Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("urlParse", &[Type::String], url_parse),
    Function::new("urlJoin", &[Type::DICT], url_join),
];

fn url_parse(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let text = args.text(0)?;
    // Every byte ends up in one or two of the parts, escaped at most.
    m.budget.make(4 * text.len())?;
    m.budget.walk(2 * text.len())?;
    let url = url::parse(text).map_err(|reason| Failure::said(format!("unable to parse url: {reason}")))?;
    let hostname = Zeroizing::new(url.hostname().to_vec());
    let userinfo = url.user.as_ref().map(url::User::print).unwrap_or_default();
    let dict = m.map(MapKind::Any)?;
    for (key, mut part) in [
        ("scheme", url.scheme),
        ("host", url.host),
        ("hostname", hostname),
        ("path", url.path),
        ("query", url.query),
        ("opaque", url.opaque),
        ("fragment", url.fragment),
        ("userinfo", userinfo),
    ] {
        dict.set(m.budget, key.into(), Value::text(std::mem::take(&mut *part)))?;
    }
    Ok(Value::Map(dict))
}

fn url_join(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let dict = args.map(0)?;
    // In Go's order: the first that is no text is named.
    let mut url = Url {
        scheme: part(m, &dict, "scheme")?,
        host: part(m, &dict, "host")?,
        path: part(m, &dict, "path")?,
        query: part(m, &dict, "query")?,
        opaque: part(m, &dict, "opaque")?,
        fragment: part(m, &dict, "fragment")?,
        user: None,
    };
    let userinfo = part(m, &dict, "userinfo")?;
    if !userinfo.is_empty() {
        // Go reads it as a part of a URL: a slash in it begins a path there, and the user is lost.
        let mut whole = Zeroizing::new(Vec::with_capacity(userinfo.len() + 16));
        for piece in [b"proto://", userinfo.as_slice(), b"@host"] {
            whole.extend_from_slice(piece);
        }
        let parsed = url::parse(&whole)
            .map_err(|reason| Failure::said(format!("unable to parse userinfo in dict: {reason}")))?;
        url.user = parsed.user;
    }
    let mut text = url.print();
    Ok(Value::text(std::mem::take(&mut *text)))
}

/// A copy of an item, paid for as long as it may get.
fn part(m: &mut Machine<'_>, dict: &Map, key: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match dict.get(key.as_bytes()) {
        None => Ok(Zeroizing::default()),
        Some(Value::Text(text)) => {
            m.budget.make(3 * text.len())?;
            m.budget.walk(4 * text.len())?;
            Ok(Zeroizing::new(text.to_vec()))
        }
        Some(other) => Err(Failure::said(match other.type_of() {
            Some(found) => {
                format!("unable to parse {key} key, must be of type string, but {} found", found.kind())
            }
            None => "runtime error: invalid memory address or nil pointer dereference".into(),
        })),
    }
}
