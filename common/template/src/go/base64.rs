//! `encoding/base64` (RFC 4648, padded): line breaks are skipped, loose bits at the end accepted.

use zeroize::Zeroizing;

/// What the text decodes to.
///
/// # Errors
/// As of [`decode_to`].
pub(crate) fn decode(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, usize> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    decode_to(text, &mut bytes).map(|()| bytes)
}

/// Appends what the text decodes to, at most as many bytes as it has.
///
/// # Errors
/// The byte of the text that does not belong.
pub(crate) fn decode_to(text: &[u8], out: &mut Vec<u8>) -> Result<(), usize> {
    let mut bytes = text.iter().copied().enumerate().filter(|(_, byte)| !is_line_break(*byte));
    let mut bits = 0_u32;
    let mut digits = 0;
    while let Some((place, byte)) = bytes.next() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if digits >= 2 => {
                if digits == 2 {
                    // Go names the byte before the one that should have been a second "=", line breaks counted.
                    match bytes.next() {
                        Some((_, b'=')) => {}
                        Some((other, _)) => return Err(other - 1),
                        None => return Err(text.len()),
                    }
                }
                let [_, first, second, _] = (bits << (6 * (4 - digits))).to_be_bytes();
                out.push(first);
                if digits == 3 {
                    out.push(second);
                }
                return bytes.next().map_or(Ok(()), |(garbage, _)| Err(garbage));
            }
            _ => return Err(place),
        };
        bits = bits << 6 | u32::from(digit);
        digits += 1;
        if digits == 4 {
            out.extend(bits.to_be_bytes().iter().skip(1));
            (bits, digits) = (0, 0);
        }
    }
    if digits == 0 { Ok(()) } else { Err(text.len() - digits) }
}

pub(super) fn is_line_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}
