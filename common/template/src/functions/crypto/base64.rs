//! base64 in arguments, paid for.

use zeroize::Zeroizing;

use crate::go::base64;
use crate::machine::{Failure, Machine};

/// # Errors
/// Go's; the budget.
pub(super) fn decode(m: &mut Machine<'_>, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    m.budget.make(text.len())?;
    m.budget.spend(text.len() as u64 / 16)?;
    base64::decode(text).map_err(|place| Failure::said(format!("illegal base64 data at input byte {place}")))
}
