//! Characters by number: `\xff`, `\u2028`, `\U0001f600`.

use std::ops::Deref;

/// Hexadecimal digits of a number.
pub(crate) const LOWER: &[u8; 16] = b"0123456789abcdef";
/// The same in capitals.
pub(crate) const UPPER: &[u8; 16] = b"0123456789ABCDEF";

/// A backslash, a letter, and up to eight digits.
///
/// Not by `data_encoding`, which takes ten times as long for so few of them: a text can be made of nothing else.
pub(crate) struct ByNumber {
    text: [u8; 10],
    length: usize,
}

impl ByNumber {
    /// With so many of the number's last digits.
    pub(crate) fn new(letter: u8, number: u32, count: u32, digits: &[u8; 16]) -> Self {
        let mut text = [b'\\', letter, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut length = 2;
        for (place, left) in text.iter_mut().skip(2).zip((0..count).rev()) {
            let digit = number.checked_shr(4 * left).unwrap_or_default() & 15;
            *place = digits.get(digit as usize).copied().unwrap_or_default();
            length += 1;
        }
        ByNumber { text, length }
    }
}

impl Deref for ByNumber {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_two_to_eight_digits() {
        assert_eq!(&*ByNumber::new(b'x', 0xff, 2, LOWER), b"\\xff");
        assert_eq!(&*ByNumber::new(b'u', 0x200a, 4, UPPER), b"\\u200A");
        assert_eq!(&*ByNumber::new(b'U', 0x1f600, 8, LOWER), b"\\U0001f600");
    }
}
