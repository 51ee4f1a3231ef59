use zeroize::Zeroizing;

use crate::functions::encoding::base64_decode;
use crate::machine::{Failure, Machine};

/// Decodes as `b64dec` does.
///
/// # Errors
/// Go's; the budget.
pub(super) fn decode(m: &mut Machine<'_>, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    m.budget.make(text.len())?;
    m.budget.spend(text.len() as u64 / 16)?;
    decode_paid(text).map_err(|place| Failure::said(format!("illegal base64 data at input byte {place}")))
}

/// The bytes, or the place of the first that does not belong.
pub(super) fn decode_paid(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, usize> {
    // As many as there can be: what is left behind by growing would not be wiped.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3 + 3));
    base64_decode(text, &mut bytes)?;
    Ok(bytes)
}
