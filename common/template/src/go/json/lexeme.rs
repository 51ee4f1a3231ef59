//! What JSON is made of: words, numbers, texts, and what Go says of one that is none.

use zeroize::Zeroizing;

use crate::go::json::scanner::{Scanner, SyntaxError};
use crate::go::json::unquote::unquote;

impl<'a> Scanner<'a> {
    pub(super) fn word_true(&mut self) -> Result<(), SyntaxError> {
        self.word(TRUE)
    }

    pub(super) fn word_false(&mut self) -> Result<(), SyntaxError> {
        self.word(FALSE)
    }

    pub(super) fn word_null(&mut self) -> Result<(), SyntaxError> {
        self.word(NULL)
    }

    /// A word behind its first letter, letter by letter, with what is said where another one stands.
    fn word(&mut self, letters: &[(u8, &'static str)]) -> Result<(), SyntaxError> {
        self.at += 1;
        for (letter, complaint) in letters {
            if self.peek() != Some(*letter) {
                return Err(SyntaxError::Character(complaint));
            }
            self.at += 1;
        }
        Ok(())
    }

    /// As it is written.
    pub(super) fn number(&mut self) -> Result<&'a str, SyntaxError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let number = self.text.get(start..self.at).unwrap_or_default();
        Ok(str::from_utf8(number).unwrap_or_default())
    }

    /// One digit or more.
    fn digits(&mut self, complaint: &'static str) -> Result<(), SyntaxError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(SyntaxError::Character(complaint)) } else { Ok(()) }
    }

    /// After its first quote, with its last one.
    pub(super) fn string(&mut self) -> Result<Zeroizing<Vec<u8>>, SyntaxError> {
        let start = self.at;
        loop {
            let byte = self.peek().ok_or(SyntaxError::End)?;
            self.at += 1;
            match byte {
                b'"' => return Ok(unquote(self.text.get(start..self.at - 1).unwrap_or_default())),
                b'\\' => self.escape()?,
                0..0x20 => return Err(SyntaxError::Character("in string literal")),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        let letter = self.peek();
        self.at += 1;
        match letter {
            Some(b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"') => Ok(()),
            Some(b'u') => {
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(SyntaxError::Character("in \\u hexadecimal character escape"));
                    }
                    self.at += 1;
                }
                Ok(())
            }
            _ => Err(SyntaxError::Character("in string escape code")),
        }
    }
}

/// The letters after the first one.
const TRUE: &[(u8, &str)] = &[
    (b'r', "in literal true (expecting 'r')"),
    (b'u', "in literal true (expecting 'u')"),
    (b'e', "in literal true (expecting 'e')"),
];
const FALSE: &[(u8, &str)] = &[
    (b'a', "in literal false (expecting 'a')"),
    (b'l', "in literal false (expecting 'l')"),
    (b's', "in literal false (expecting 's')"),
    (b'e', "in literal false (expecting 'e')"),
];
const NULL: &[(u8, &str)] = &[
    (b'u', "in literal null (expecting 'u')"),
    (b'l', "in literal null (expecting 'l')"),
    (b'l', "in literal null (expecting 'l')"),
];
