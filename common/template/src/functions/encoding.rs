//! base64 and base32 (RFC 4648, padded), as Go decodes them: line breaks are skipped, loose bits at the end accepted, and
//! the text of an error is the result.

use data_encoding::{BASE32, BASE64};

use crate::functions::{Args, Function};
use crate::machine::{Failure, Machine};
use crate::value::{Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("b32dec", &[Type::String], |m, args| decoded(m, args, "base32", base32_decode)),
    Function::new("b32enc", &[Type::String], |m, args| encoded(m, args, &BASE32)),
    Function::new("b64dec", &[Type::String], |m, args| decoded(m, args, "base64", base64_decode)),
    Function::new("b64enc", &[Type::String], |m, args| encoded(m, args, &BASE64)),
];

fn encoded(
    m: &mut Machine<'_>,
    args: Args<'_>,
    encoding: &data_encoding::Encoding,
) -> Result<Value, Failure> {
    let text = args.text(0)?;
    let size = encoding.encode_len(text.len());
    m.budget.make(size)?;
    let mut out = vec![0; size];
    encoding.encode_mut(text, &mut out);
    Ok(Value::text(out))
}

/// The byte that a text cannot be decoded at.
type Corrupt = usize;

fn decoded(
    m: &mut Machine<'_>,
    args: Args<'_>,
    name: &str,
    decode: fn(&[u8], &mut Vec<u8>) -> Result<(), Corrupt>,
) -> Result<Value, Failure> {
    let text = args.text(0)?;
    m.budget.make(text.len())?;
    m.budget.spend(text.len() as u64 / 32)?;
    let mut out = Vec::with_capacity(text.len());
    match decode(text, &mut out) {
        Ok(()) => Ok(Value::text(out)),
        Err(place) => {
            drop(Value::text(out));
            m.text(format!("illegal {name} data at input byte {place}"))
        }
    }
}

fn is_line_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Decodes as Go does: line breaks are skipped, loose bits at the end accepted, nothing may follow the padding. The error is the
/// place that Go names.
pub(crate) fn base64_decode(text: &[u8], out: &mut Vec<u8>) -> Result<(), Corrupt> {
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

/// Places count without line breaks here.
fn base32_decode(text: &[u8], out: &mut Vec<u8>) -> Result<(), Corrupt> {
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
