//! base64 in arguments, paid for.

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::go::base64;
use crate::machine::Machine;

/// Decodes as `b64dec` does.
///
/// # Errors
/// Go's; the budget.
pub(super) fn decode(m: &mut Machine<'_>, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    m.budget.make(text.len())?;
    m.budget.spend(text.len() as u64 / 16)?;
    base64::decode(text).map_err(|place| Failure::said(format!("illegal base64 data at input byte {place}")))
}
