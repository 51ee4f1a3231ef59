//! Percent signs: what each part of a URL escapes, and unescapes.

use zeroize::Zeroizing;

use crate::failure::WITHHELD;

/// The part of a URL that a text stands in: each leaves other characters as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Path,
    Host,
    /// The zone of an IPv6 address.
    Zone,
    UserOrPassword,
    Query,
    Fragment,
}

impl Part {
    /// Whether the byte may stand there without being escaped.
    pub(super) fn takes(self, byte: u8) -> bool {
        let more: &[u8] = match self {
            Part::Path => b"$&+,/:;=@",
            Part::Host | Part::Zone => b"!\"$&'()*+,:;<=>[]",
            Part::UserOrPassword => b"$&+,;=",
            Part::Query => b"",
            Part::Fragment => b"!$&()*+,/:;=?@",
        };
        byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || more.contains(&byte)
    }
}

/// `url.QueryEscape`: as forms are encoded, a blank is a plus sign. Up to three times as long as the text.
pub(crate) fn query_escape(text: &[u8]) -> Vec<u8> {
    std::mem::take(&mut *escape(text, Part::Query))
}

pub(super) fn escape(text: &[u8], part: Part) -> Zeroizing<Vec<u8>> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    let stands = |byte: u8| part.takes(byte) || (byte == b' ' && part == Part::Query);
    // Exactly as long as it gets: a vector that grows would leave pieces of secrets behind.
    let length = text.iter().map(|&byte| if stands(byte) { 1 } else { 3 }).sum();
    let mut escaped = Zeroizing::new(Vec::with_capacity(length));
    for &byte in text {
        match byte {
            b' ' if part == Part::Query => escaped.push(b'+'),
            _ if part.takes(byte) => escaped.push(byte),
            _ => escaped.extend([b'%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    escaped
}

/// Replaces `%xx`.
///
/// # Errors
/// An escape that is none, or that the part does not allow; a byte that a host or zone cannot have.
pub(super) fn unescape(text: &[u8], part: Part) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let strict = matches!(part, Part::Host | Part::Zone);
        if byte != b'%' {
            if strict && byte < 0x80 && !part.takes(byte) {
                return Err(format!("invalid character {WITHHELD} in host name"));
            }
            plain.push(byte);
            continue;
        }
        let bad = || format!("invalid URL escape {WITHHELD}");
        let (&[high, low], tail) = tail.split_first_chunk().ok_or_else(bad)?;
        rest = tail;
        let byte = hex(high).zip(hex(low)).map(|(high, low)| high << 4 | low).ok_or_else(bad)?;
        // A host may escape what is not ASCII, and the percent sign before a zone; a zone may escape what could stand
        // there anyway, and a blank.
        let allowed = match part {
            Part::Host => byte >= 0x80 || byte == b'%',
            Part::Zone => byte == b'%' || byte == b' ' || Part::Host.takes(byte),
            _ => true,
        };
        if !allowed {
            return Err(bad());
        }
        plain.push(byte);
    }
    Ok(plain)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
