//! Distinguished encoding (X.690), as much of it as keys and certificates need. Everything may be secret.

use pkcs8::der::{Decode, SliceReader, Tag, Tagged, asn1::AnyRef};
use zeroize::Zeroizing;

pub(super) type Der = Zeroizing<Vec<u8>>;

/// An element of these bytes: those of a primitive one, or the elements of a constructed one.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Der {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(length + 6));
    out.push(tag);
    match u8::try_from(length) {
        Ok(length @ ..=127) => out.push(length),
        _ => {
            let bytes = (length as u32).to_be_bytes();
            let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
            out.push(0x80 | (bytes.len() - zeros) as u8);
            out.extend(bytes.iter().skip(zeros));
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

pub(super) fn sequence(parts: &[&[u8]]) -> Der {
    element(0x30, parts)
}

/// Of a number that is not negative, big-endian.
pub(super) fn integer(number: &[u8]) -> Der {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    let digits = number.get(zeros..).unwrap_or_default();
    // A leading one would be a sign.
    let sign: &[u8] = if digits.first().is_none_or(|&first| first >= 0x80) { &[0] } else { &[] };
    element(0x02, &[sign, digits])
}

pub(super) fn octets(bytes: &[u8]) -> Der {
    element(0x04, &[bytes])
}

/// A bit string of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Der {
    element(0x03, &[&[0], bytes])
}

/// The elements inside of one element. Others may follow it, and what they are is not looked at: Go reads so.
pub(super) fn elements(der: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let outer = AnyRef::decode(&mut SliceReader::new(der).ok()?).ok()?;
    if outer.tag() != Tag::Sequence {
        return None;
    }
    let mut reader = SliceReader::new(outer.value()).ok()?;
    let mut elements = Vec::new();
    while let Ok(element) = AnyRef::decode(&mut reader) {
        elements.push(element);
    }
    Some(elements)
}
