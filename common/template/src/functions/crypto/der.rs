//! Distinguished encoding (X.690). Everything may be secret.

use der::asn1::AnyRef;
use der::{Decode, Encode, SliceReader, Tag, Tagged};
use zeroize::Zeroizing;

pub(super) type Der = Zeroizing<Vec<u8>>;

/// What Go says of most that it cannot read or write.
pub(super) const UNFIT: &str = "asn1: structure error";

/// Fails where a length is beyond what the encoding's library takes.
pub(super) fn encode(value: &impl Encode) -> Result<Der, &'static str> {
    value.to_der().map(Zeroizing::new).map_err(unfit)
}

/// The library's reasons are none of Go's.
pub(super) fn unfit(_: der::Error) -> &'static str {
    UNFIT
}

/// The elements inside of one sequence. Others may follow it, and what they are is not looked at: Go reads so.
pub(super) fn elements(der: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    elements_of(AnyRef::decode(&mut SliceReader::new(der).ok()?).ok()?)
}

/// More than any key, and any certificate that is made here, has in one sequence.
const MOST_ELEMENTS: usize = 16;

pub(super) fn elements_of(outer: AnyRef<'_>) -> Option<Vec<AnyRef<'_>>> {
    if outer.tag() != Tag::Sequence {
        return None;
    }
    let mut reader = SliceReader::new(outer.value()).ok()?;
    Some(std::iter::from_fn(|| AnyRef::decode(&mut reader).ok()).take(MOST_ELEMENTS).collect())
}
