use std::borrow::Cow;

use crate::lines::line_and_column;
use crate::{Error, ErrorKind};

/// The text of a file: strict UTF-8, or UTF-16 with the high byte first behind its mark, which kubeseal reads too.
///
/// # Errors
/// Bytes that are no UTF-8, with line and column of the first of them; UTF-16 with the low byte first, as
/// PowerShell's `>` writes it, which [`Error::hint`] tells how to avoid; a NUL byte.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    if let Some(wide) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return big_endian(wide).map(Cow::Owned);
    }
    // Without a mark, every other byte of UTF-16 is NUL wherever the text is ASCII.
    let zeros = bytes.iter().take(4).map(|byte| *byte == 0);
    let unmarked = zeros.clone().eq([true, false, true, false]) || zeros.eq([false, true, false, true]);
    if bytes.starts_with(&[0xFF, 0xFE]) || unmarked {
        return Err(Error::new(ErrorKind::Utf16));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = error.valid_up_to();
        let before = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
        let (line, column) = line_and_column(before, valid);
        Error::at(ErrorKind::InvalidUtf8, line, column)
    })?;
    without_nul(text)?;
    Ok(Cow::Borrowed(text))
}

fn big_endian(bytes: &[u8]) -> Result<String, Error> {
    let damaged = || Error::new(ErrorKind::DamagedUtf16);
    if !bytes.len().is_multiple_of(2) {
        return Err(damaged());
    }
    let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    // Three bytes of UTF-8 at most for each two, so that no copy is left behind by growing.
    let mut text = String::with_capacity(bytes.len() / 2 * 3);
    for character in char::decode_utf16(units) {
        text.push(character.map_err(|_| damaged())?);
    }
    without_nul(&text)?;
    Ok(text)
}

fn without_nul(text: &str) -> Result<(), Error> {
    match text.bytes().position(|byte| byte == 0) {
        None => Ok(()),
        Some(at) => {
            let (line, column) = line_and_column(text, at);
            Err(Error::at(ErrorKind::NulByte, line, column))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_is_borrowed() {
        assert!(matches!(decode("a: é\n".as_bytes()), Ok(Cow::Borrowed("a: é\n"))));
        assert!(matches!(decode(b""), Ok(Cow::Borrowed(""))));
        assert!(decode(b"ab").is_ok());
    }

    #[test]
    fn the_first_wrong_byte_is_named() {
        let error = decode(b"a: x\nb: caf\xE9\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 7: the text is not valid UTF-8");
        assert_eq!(
            decode(b"a\n\n\0").unwrap_err().to_string(),
            "line 3, column 1: the text holds a NUL byte"
        );
    }

    #[test]
    fn utf_16() {
        let utf16 =
            |text: &str, to: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to).collect::<Vec<u8>>();
        let text = "a: é🔑\n";
        assert_eq!(decode(&utf16(&format!("\u{FEFF}{text}"), u16::to_be_bytes)).unwrap(), text);
        for little in [format!("\u{FEFF}{text}"), text.to_owned()] {
            let error = decode(&utf16(&little, u16::to_le_bytes)).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::Utf16);
            assert!(error.hint().unwrap().contains("utf8"));
        }
        assert_eq!(decode(b"\xFE\xFF\0a\0").unwrap_err().kind(), &ErrorKind::DamagedUtf16);
        assert_eq!(decode(b"\xFE\xFF\xD8\0\0a").unwrap_err().kind(), &ErrorKind::DamagedUtf16);
        assert_eq!(decode(b"\xFE\xFF\0\0").unwrap_err().kind(), &ErrorKind::NulByte);
    }
}
