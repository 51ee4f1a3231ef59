use base64::DecodeError;
use base64::alphabet;
use base64::engine::{Engine as _, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::machine::{Failure, Machine};

/// Decodes as Go does: line breaks are skipped, loose bits at the end accepted, nothing may follow the padding.
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
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    let is_digit = |byte: &u8| !b"\r\n".contains(byte);
    let mut digits = Zeroizing::new(Vec::with_capacity(text.len()));
    digits.extend(text.iter().copied().filter(is_digit));
    let mut bytes = Zeroizing::new(vec![0; digits.len()]);
    match LENIENT.decode_slice(&digits, &mut bytes) {
        Ok(length) => {
            bytes.truncate(length);
            Ok(bytes)
        }
        Err(error) => {
            let place = match error {
                base64::DecodeSliceError::DecodeError(DecodeError::InvalidByte(place, _)) => place,
                _ => digits.len() - digits.len() % 4,
            };
            let counted = text.iter().enumerate().filter(|(_, byte)| is_digit(byte)).nth(place);
            Err(counted.map_or(text.len(), |(place, _)| place))
        }
    }
}
