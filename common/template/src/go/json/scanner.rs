//! The grammar of JSON, piece by piece.

use std::fmt;

use zeroize::Zeroizing;

use crate::failure::WITHHELD;

/// Go's own limit.
const DEPTH: usize = 10_000;

/// A piece of a JSON text, in the order of the text.
pub(crate) enum Event<'a> {
    BeginObject,
    EndObject,
    BeginArray,
    EndArray,
    Key(Zeroizing<Vec<u8>>),
    Text(Zeroizing<Vec<u8>>),
    /// As it is written.
    Number(&'a str),
    Bool(bool),
    Null,
}

/// Why a text is no JSON. Go names the character, which is withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyntaxError {
    End,
    /// Where the character stands.
    Character(&'static str),
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SyntaxError::End => f.write_str("unexpected end of JSON input"),
            SyntaxError::Character(place) => write!(f, "invalid character {WITHHELD} {place}"),
        }
    }
}

/// Reads a JSON text as Go does.
///
/// Not by `serde_json`: that refuses texts with half a surrogate pair or bytes that are no UTF-8, where Go replaces them, and
/// numbers beyond a float's range, where Go goes on with nil; and it could not say Go's reasons.
pub(crate) struct Scanner<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
    /// Of each object or array that is open, whether it is an object.
    open: Vec<bool>,
    next: Next,
}

#[derive(Clone, Copy)]
enum Next {
    Value,
    /// After `[`.
    ValueOrEnd,
    Key,
    /// After `{`.
    KeyOrEnd,
    Colon,
    /// After a value: a comma, an end, or at the top nothing.
    After,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Scanner { text, at: 0, open: Vec::new(), next: Next::Value }
    }

    /// The next piece; none after the last one.
    ///
    /// # Errors
    /// A text that is no JSON. What was given before is to be forgotten then.
    pub(crate) fn next(&mut self) -> Result<Option<Event<'a>>, SyntaxError> {
        loop {
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
                self.at += 1;
            }
            let Some(byte) = self.peek() else {
                let is_whole = self.open.is_empty() && matches!(self.next, Next::After);
                return if is_whole { Ok(None) } else { Err(SyntaxError::End) };
            };
            match (self.next, byte) {
                (Next::ValueOrEnd, b']') => return self.end().map(Some),
                (Next::Value | Next::ValueOrEnd, _) => return self.value(byte).map(Some),
                (Next::KeyOrEnd, b'}') => return self.end().map(Some),
                (Next::Key | Next::KeyOrEnd, b'"') => {
                    self.at += 1;
                    self.next = Next::Colon;
                    return self.string().map(|key| Some(Event::Key(key)));
                }
                (Next::Key | Next::KeyOrEnd, _) => {
                    return Err(SyntaxError::Character("looking for beginning of object key string"));
                }
                (Next::Colon, b':') => {
                    self.at += 1;
                    self.next = Next::Value;
                }
                (Next::Colon, _) => return Err(SyntaxError::Character("after object key")),
                (Next::After, _) => match (self.open.last(), byte) {
                    (Some(is_object), b',') => {
                        self.next = if *is_object { Next::Key } else { Next::Value };
                        self.at += 1;
                    }
                    (Some(true), b'}') | (Some(false), b']') => return self.end().map(Some),
                    (Some(true), _) => return Err(SyntaxError::Character("after object key:value pair")),
                    (Some(false), _) => return Err(SyntaxError::Character("after array element")),
                    (None, _) => return Err(SyntaxError::Character("after top-level value")),
                },
            }
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn value(&mut self, byte: u8) -> Result<Event<'a>, SyntaxError> {
        self.next = Next::After;
        match byte {
            b'{' => self.begin(true, Next::KeyOrEnd, Event::BeginObject),
            b'[' => self.begin(false, Next::ValueOrEnd, Event::BeginArray),
            b'"' => {
                self.at += 1;
                self.string().map(Event::Text)
            }
            b't' => self.word_true().map(|()| Event::Bool(true)),
            b'f' => self.word_false().map(|()| Event::Bool(false)),
            b'n' => self.word_null().map(|()| Event::Null),
            b'-' | b'0'..=b'9' => self.number().map(Event::Number),
            _ => Err(SyntaxError::Character("looking for beginning of value")),
        }
    }

    fn begin(&mut self, is_object: bool, next: Next, event: Event<'a>) -> Result<Event<'a>, SyntaxError> {
        self.at += 1;
        self.next = next;
        self.open.push(is_object);
        if self.open.len() > DEPTH {
            return Err(SyntaxError::Character("exceeded max depth"));
        }
        Ok(event)
    }

    fn end(&mut self) -> Result<Event<'a>, SyntaxError> {
        self.at += 1;
        self.next = Next::After;
        match self.open.pop() {
            Some(true) => Ok(Event::EndObject),
            Some(false) => Ok(Event::EndArray),
            None => Err(SyntaxError::Character("")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8]) -> Result<(), String> {
        let mut scanner = Scanner::new(text);
        while scanner.next().map_err(|error| error.to_string().replace(WITHHELD, "X"))?.is_some() {}
        Ok(())
    }

    #[test]
    fn accepts_what_go_accepts() {
        let texts: [&[u8]; 11] = [
            b" \t\r\n{\"a\":[1,-0,0.5e+10,1E9,{}],\"\":null} ",
            b"\"\x7f\xff\xed\xa0\x80\"",
            br#""\ud800\u0000""#,
            b"1e999",
            b"-0.0e-0",
            b"[]",
            b"[[]]",
            b"true",
            b"false",
            b"0",
            b"\"\"",
        ];
        for text in texts {
            assert_eq!(check(text), Ok(()), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn refuses_with_gos_reason() {
        let cases: [(&[u8], &str); 30] = [
            (b"", "unexpected end of JSON input"),
            (b" [1,", "unexpected end of JSON input"),
            (b"\"a", "unexpected end of JSON input"),
            (b"{\"a\"", "unexpected end of JSON input"),
            (b"\xef\xbb\xbf1", "invalid character X looking for beginning of value"),
            (b"'a'", "invalid character X looking for beginning of value"),
            (b"+1", "invalid character X looking for beginning of value"),
            (b".5", "invalid character X looking for beginning of value"),
            (b"NaN", "invalid character X looking for beginning of value"),
            (b"[1,]", "invalid character X looking for beginning of value"),
            (b"01", "invalid character X after top-level value"),
            (b"1 2", "invalid character X after top-level value"),
            (b"1\0", "invalid character X after top-level value"),
            (b"[01]", "invalid character X after array element"),
            (b"1.", "invalid character X after decimal point in numeric literal"),
            (b"1.e5", "invalid character X after decimal point in numeric literal"),
            (b"1e", "invalid character X in exponent of numeric literal"),
            (b"1e+x", "invalid character X in exponent of numeric literal"),
            (b"-", "invalid character X in numeric literal"),
            (b"-a", "invalid character X in numeric literal"),
            (b"tru", "invalid character X in literal true (expecting 'e')"),
            (b"nil", "invalid character X in literal null (expecting 'u')"),
            (b"fa1se", "invalid character X in literal false (expecting 'l')"),
            (b"\"\n\"", "invalid character X in string literal"),
            (br#""\x41""#, "invalid character X in string escape code"),
            (br#""\u12g4""#, "invalid character X in \\u hexadecimal character escape"),
            (b"{a:1}", "invalid character X looking for beginning of object key string"),
            (b"{\"a\":1,}", "invalid character X looking for beginning of object key string"),
            (b"{\"a\" 1}", "invalid character X after object key"),
            (b"{\"a\":1]", "invalid character X after object key:value pair"),
        ];
        for (text, reason) in cases {
            assert_eq!(check(text), Err(reason.to_owned()), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn nests_as_deep_as_go_does() {
        let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert_eq!(check(&nested(10_000)), Ok(()));
        assert_eq!(check(&nested(10_001)), Err("invalid character X exceeded max depth".into()));
    }
}
