//! `encoding/base32` (RFC 4648, padded): line breaks are skipped, loose bits at the end accepted.

use crate::go::base64::is_line_break;

/// Appends what the text decodes to, at most as many bytes as it has.
///
/// # Errors
/// The byte of the text that does not belong, line breaks not counted.
pub(crate) fn decode_to(text: &[u8], out: &mut Vec<u8>) -> Result<(), usize> {
    let bytes = || text.iter().copied().filter(|byte| !is_line_break(*byte));
    let length = bytes().count();
    let mut bits = 0_u64;
    let mut digits = 0;
    for (place, byte) in bytes().enumerate() {
        let left = length - place - 1;
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            b'=' if digits >= 2 && left < 8 => {
                if left + digits < 7 {
                    return Err(length);
                }
                let wanted = bytes().skip(place + 1).take(7 - digits);
                if let Some(other) =
                    wanted.enumerate().find(|(_, byte)| *byte != b'=').map(|(other, _)| other)
                {
                    return Err(place + other);
                }
                if matches!(digits, 3 | 6) {
                    return Err(place);
                }
                let whole = bits << (5 * (8 - digits));
                out.extend(whole.to_be_bytes().iter().skip(3).take(digits * 5 / 8));
                return Ok(());
            }
            _ => return Err(place),
        };
        bits = bits << 5 | u64::from(digit);
        digits += 1;
        if digits == 8 {
            out.extend(bits.to_be_bytes().iter().skip(3));
            (bits, digits) = (0, 0);
        }
    }
    if digits == 0 { Ok(()) } else { Err(length - digits) }
}
