//! JSON (RFC 8259) cut into tokens, with a stack of its own: nesting costs a byte a level, and no recursion.

/// One token; its bytes are `start..end` of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    /// A text in front of a colon, quotes included.
    Key,
    /// A text, quotes included.
    String,
    Number,
    True,
    False,
    Null,
}

/// What is wrong with a JSON text, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JsonFault {
    pub(crate) problem: &'static str,
    pub(crate) offset: usize,
}

#[derive(Clone, Copy)]
enum Expect {
    Value,
    FirstValueOrEnd,
    FirstKeyOrEnd,
    Key,
    CommaOrEnd,
    Nothing,
}

/// The tokens of one JSON value.
pub(crate) struct Tokens<'t> {
    text: &'t [u8],
    at: usize,
    /// One entry a level: whether it is an object.
    levels: Vec<bool>,
    expect: Expect,
}

/// Where the JSON object ends that starts at an offset of a text.
pub(crate) fn object_end(text: &str, start: usize) -> Result<usize, JsonFault> {
    if text.as_bytes().get(start) != Some(&b'{') {
        return Err(JsonFault { problem: "text after the end of the JSON object", offset: start });
    }
    let mut tokens = Tokens::new(text, start);
    while tokens.next()?.is_some() {}
    Ok(tokens.at)
}

impl<'t> Tokens<'t> {
    pub(crate) fn new(text: &'t str, at: usize) -> Self {
        Tokens { text: text.as_bytes(), at, levels: Vec::new(), expect: Expect::Value }
    }

    /// Where the token read last ends.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// The next token; `None` when the value is complete.
    pub(crate) fn next(&mut self) -> Result<Option<Token>, JsonFault> {
        loop {
            if matches!(self.expect, Expect::Nothing) {
                return Ok(None);
            }
            while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.get(self.at) {
                self.at += 1;
            }
            let Some(byte) = self.text.get(self.at).copied() else {
                return self.fail("the JSON ends before it is complete");
            };
            return match (self.expect, byte) {
                (Expect::FirstKeyOrEnd, b'}') => Ok(Some(self.close(Kind::ObjectEnd))),
                (Expect::FirstKeyOrEnd | Expect::Key, b'"') => self.key().map(Some),
                (Expect::FirstKeyOrEnd | Expect::Key, _) => self.fail("expected a key in double quotes"),
                (Expect::FirstValueOrEnd, b']') => Ok(Some(self.close(Kind::ArrayEnd))),
                (Expect::Value | Expect::FirstValueOrEnd, _) => self.value(byte).map(Some),
                (Expect::CommaOrEnd, b',') => {
                    self.at += 1;
                    let object = self.levels.last() == Some(&true);
                    self.expect = if object { Expect::Key } else { Expect::Value };
                    continue;
                }
                (Expect::CommaOrEnd, b'}') if self.levels.last() == Some(&true) => {
                    Ok(Some(self.close(Kind::ObjectEnd)))
                }
                (Expect::CommaOrEnd, b']') if self.levels.last() == Some(&false) => {
                    Ok(Some(self.close(Kind::ArrayEnd)))
                }
                (Expect::CommaOrEnd, _) if self.levels.last() == Some(&true) => {
                    self.fail("expected a comma or `}`")
                }
                (Expect::CommaOrEnd | Expect::Nothing, _) => self.fail("expected a comma or `]`"),
            };
        }
    }

    fn fail<T>(&self, problem: &'static str) -> Result<T, JsonFault> {
        Err(JsonFault { problem, offset: self.at })
    }

    fn token(&mut self, kind: Kind, end: usize) -> Token {
        let start = std::mem::replace(&mut self.at, end);
        Token { kind, start, end }
    }

    fn after_value(&mut self) {
        self.expect = if self.levels.is_empty() { Expect::Nothing } else { Expect::CommaOrEnd };
    }

    fn close(&mut self, kind: Kind) -> Token {
        self.levels.pop();
        self.after_value();
        self.token(kind, self.at + 1)
    }

    fn key(&mut self) -> Result<Token, JsonFault> {
        let end = self.string_end()?;
        let token = self.token(Kind::Key, end);
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
        if self.text.get(self.at) != Some(&b':') {
            return self.fail("expected a colon after the key");
        }
        self.at += 1;
        self.expect = Expect::Value;
        Ok(token)
    }

    fn value(&mut self, byte: u8) -> Result<Token, JsonFault> {
        let (kind, end) = match byte {
            b'{' => {
                self.levels.push(true);
                self.expect = Expect::FirstKeyOrEnd;
                return Ok(self.token(Kind::ObjectStart, self.at + 1));
            }
            b'[' => {
                self.levels.push(false);
                self.expect = Expect::FirstValueOrEnd;
                return Ok(self.token(Kind::ArrayStart, self.at + 1));
            }
            b'"' => (Kind::String, self.string_end()?),
            b'-' | b'0'..=b'9' => (Kind::Number, self.number_end()?),
            b't' => (Kind::True, self.literal_end(b"true")?),
            b'f' => (Kind::False, self.literal_end(b"false")?),
            b'n' => (Kind::Null, self.literal_end(b"null")?),
            _ => return self.fail("expected a JSON value"),
        };
        self.after_value();
        Ok(self.token(kind, end))
    }

    fn literal_end(&self, literal: &[u8]) -> Result<usize, JsonFault> {
        if self.text[self.at..].starts_with(literal) {
            Ok(self.at + literal.len())
        } else {
            self.fail("expected a JSON value")
        }
    }

    fn string_end(&self) -> Result<usize, JsonFault> {
        let wrong = |problem, offset| Err(JsonFault { problem, offset });
        let mut at = self.at + 1;
        loop {
            match self.text.get(at) {
                None => return wrong("a text without its closing quote", self.at),
                Some(b'"') => return Ok(at + 1),
                Some(b'\\') => match self.text.get(at + 1) {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                    Some(b'u')
                        if self
                            .text
                            .get(at + 2..at + 6)
                            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) =>
                    {
                        at += 6;
                    }
                    _ => return wrong("an escape that JSON does not have", at),
                },
                Some(0..=0x1F) => return wrong("a control character in a text", at),
                Some(_) => at += 1,
            }
        }
    }

    fn number_end(&self) -> Result<usize, JsonFault> {
        let digits = |at: usize| self.text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut at = self.at + usize::from(self.text[self.at] == b'-');
        let whole = digits(at);
        if whole == 0 || (whole > 1 && self.text[at] == b'0') {
            return self.fail("a number that JSON does not have");
        }
        at += whole;
        if self.text.get(at) == Some(&b'.') {
            let fraction = digits(at + 1);
            if fraction == 0 {
                return self.fail("a number that JSON does not have");
            }
            at += 1 + fraction;
        }
        if let Some(b'e' | b'E') = self.text.get(at) {
            at += 1 + usize::from(matches!(self.text.get(at + 1), Some(b'+' | b'-')));
            let exponent = digits(at);
            if exponent == 0 {
                return self.fail("a number that JSON does not have");
            }
            at += exponent;
        }
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_ends_where_its_brace_closes() {
        for text in [
            "{}",
            r#"{"a":[1,-0.5e+3,true,false,null,{"b":"\"}\u00e9"}],"c":{}}"#,
            "{ \"a\" : [ ] ,\r\n\t\"b\" : 0 }",
        ] {
            assert_eq!(object_end(&format!("{text}garbage"), 0).unwrap(), text.len(), "{text}");
        }
        assert_eq!(object_end("  {} {}", 5).unwrap(), 7);
    }

    #[test]
    fn what_is_no_json_is_named_with_its_place() {
        for (text, offset) in [
            ("{", 1),
            ("x", 0),
            ("{a:1}", 1),
            (r#"{"a" 1}"#, 5),
            (r#"{"a":}"#, 5),
            (r#"{"a":1,}"#, 7),
            (r#"{"a":[1,]}"#, 8),
            (r#"{"a":01}"#, 5),
            (r#"{"a":1.}"#, 5),
            (r#"{"a":1e}"#, 5),
            (r#"{"a":tru}"#, 5),
            (r#"{"a":"x}"#, 5),
            (r#"{"a":"\x"}"#, 6),
            (r#"{"a":"\u12g4"}"#, 6),
            ("{\"a\":\"\n\"}", 6),
            (r#"{"a":[1}"#, 7),
            (r#"{"a":1]"#, 6),
            (r#"{"a":1 # note"#, 7),
        ] {
            assert_eq!(object_end(text, 0).unwrap_err().offset, offset, "{text}");
        }
    }

    #[test]
    fn nesting_needs_no_stack() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(object_end(&deep, 0).unwrap(), deep.len());
    }
}
