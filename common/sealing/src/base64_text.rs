use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use zeroize::Zeroizing;

/// The standard alphabet with padding; unused bits at the end need not be zero, as in Go.
pub(crate) const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// The text is not base64; worded as Go's `encoding/base64` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("illegal base64 data at input byte {at}")]
pub struct Base64Error {
    /// Offset in bytes, from the start of the text.
    pub at: usize,
}

/// Decodes base64 as Go's `StdEncoding` does (RFC 4648 §4 and two liberties): CR and LF are ignored
/// anywhere, and unused bits at the end need not be zero.
///
/// # Errors
/// Anything else, such as blanks, the URL-safe alphabet or missing padding, with Go's offset.
pub fn decode_base64(text: &str) -> Result<Vec<u8>, Base64Error> {
    decode(text.as_bytes())
}

pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, Base64Error> {
    let mut bytes = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
    let length = match STANDARD.decode_slice(text, &mut bytes) {
        Ok(length) => length,
        // Line breaks and errors are rare: only they take the exact, slower way.
        Err(_) => decode_slowly(text, &mut bytes)?,
    };
    bytes.truncate(length);
    Ok(std::mem::take(&mut *bytes))
}

/// Four characters at a time, counting offsets as Go does; returns how many bytes came out.
fn decode_slowly(text: &[u8], out: &mut [u8]) -> Result<usize, Base64Error> {
    let (mut at, mut length) = (0, 0);
    loop {
        let (group, sextets) = read_group(text, &mut at)?;
        let bytes = group.to_be_bytes();
        match sextets {
            0 => return Ok(length),
            4 => {
                out[length..length + 3].copy_from_slice(&bytes[1..]);
                length += 3;
            }
            short => {
                out[length..length + short - 1].copy_from_slice(&bytes[1..short]);
                return Ok(length + short - 1);
            }
        }
    }
}

/// One group of up to four characters as 24 bits, and how many of its characters were not padding.
fn read_group(text: &[u8], at: &mut usize) -> Result<(u32, usize), Base64Error> {
    let mut group = 0;
    for position in 0..4 {
        // Go counts a missing character back from the end by its position in the group.
        let Some(character) = next(text, at) else {
            return if position == 0 { Ok((0, 0)) } else { Err(Base64Error { at: text.len() - position }) };
        };
        if character == b'=' {
            read_padding(text, at, position)?;
            return Ok((group, position));
        }
        let value = sextet(character).ok_or(Base64Error { at: *at - 1 })?;
        group |= u32::from(value) << (18 - 6 * position);
    }
    Ok((group, 4))
}

/// What follows the first `=`, which stood at `position` of its group: the second where two are due,
/// then nothing more.
fn read_padding(text: &[u8], at: &mut usize, position: usize) -> Result<(), Base64Error> {
    match position {
        0 | 1 => return Err(Base64Error { at: *at - 1 }),
        2 => {
            skip_line_breaks(text, at);
            match text.get(*at) {
                None => return Err(Base64Error { at: text.len() }),
                Some(b'=') => *at += 1,
                // Go reports the place before the character it did not expect.
                Some(_) => return Err(Base64Error { at: *at - 1 }),
            }
        }
        _ => {}
    }
    skip_line_breaks(text, at);
    if *at < text.len() { Err(Base64Error { at: *at }) } else { Ok(()) }
}

fn next(text: &[u8], at: &mut usize) -> Option<u8> {
    skip_line_breaks(text, at);
    let character = *text.get(*at)?;
    *at += 1;
    Some(character)
}

fn skip_line_breaks(text: &[u8], at: &mut usize) {
    while matches!(text.get(*at), Some(b'\r' | b'\n')) {
        *at += 1;
    }
}

fn sextet(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'a'..=b'z' => Some(character - b'a' + 26),
        b'0'..=b'9' => Some(character - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}
