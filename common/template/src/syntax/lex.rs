//! Cuts a template's text into words, one at a time as the parser asks for them.

use crate::go::quote::{is_print, quoted};
use crate::go::unicode::{is_digit, is_letter};
use crate::syntax::token::{Keyword, Token, What};

const LEFT: &str = "{{";
const RIGHT: &str = "}}";
const LEFT_COMMENT: &str = "/*";
const RIGHT_COMMENT: &str = "*/";

pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    inside_action: bool,
    /// Parentheses that are open.
    open: usize,
    failure: Option<String>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Lexer { text, at: 0, inside_action: false, open: 0, failure: None }
    }

    /// Why the last word is an error.
    pub(super) fn failure(&self) -> &str {
        self.failure.as_deref().unwrap_or_default()
    }

    pub(super) fn next(&mut self) -> Token<'a> {
        match (&self.failure, self.inside_action) {
            (Some(_), true) => self.fail(self.at, "unclosed action"),
            (Some(_), false) => self.token(self.at, What::End),
            (None, true) => self.action(),
            (None, false) => self.text(),
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes the next character if it is one of these.
    fn accept(&mut self, wanted: impl Fn(char) -> bool) -> bool {
        let accepted = self.peek().is_some_and(wanted);
        if accepted {
            self.take();
        }
        accepted
    }

    fn accept_run(&mut self, wanted: impl Fn(char) -> bool) {
        while self.accept(&wanted) {}
    }

    fn token(&self, start: usize, what: What) -> Token<'a> {
        Token { what, at: start, text: self.text.get(start..self.at).unwrap_or_default() }
    }

    fn fail(&mut self, start: usize, why: impl Into<String>) -> Token<'a> {
        self.failure = Some(why.into());
        self.at = start;
        Token { what: What::Error, at: start, text: "" }
    }

    /// What stands before the next action, comments left out, or the action's delimiter.
    fn text(&mut self) -> Token<'a> {
        loop {
            let start = self.at;
            let Some(length) = self.rest().find(LEFT) else {
                self.at = self.text.len();
                return self.token(start, if start < self.at { What::Text } else { What::End });
            };
            if length > 0 {
                self.at += length;
                let before = self.text.get(start..self.at).unwrap_or_default();
                let kept = if self.trims_before() { before.trim_end_matches(is_space) } else { before };
                if !kept.is_empty() {
                    return Token { what: What::Text, at: start, text: kept };
                }
            }
            let marker = if self.trims_before() { 2 } else { 0 };
            let start = self.at;
            self.at += LEFT.len();
            if self.rest().get(marker..).is_some_and(|rest| rest.starts_with(LEFT_COMMENT)) {
                self.at += marker;
                if let Err(failed) = self.comment() {
                    return failed;
                }
                continue;
            }
            let token = self.token(start, What::LeftDelimiter);
            self.at += marker;
            self.inside_action = true;
            self.open = 0;
            return token;
        }
    }

    /// At a left delimiter: whether it is `{{- `.
    fn trims_before(&self) -> bool {
        let after = self.rest().get(LEFT.len()..).unwrap_or_default();
        after.strip_prefix('-').is_some_and(|after| after.starts_with(is_space))
    }

    /// Skips a comment and the delimiter that must follow it.
    fn comment(&mut self) -> Result<(), Token<'a>> {
        let start = self.at;
        self.at += LEFT_COMMENT.len();
        let Some(length) = self.rest().find(RIGHT_COMMENT) else {
            return Err(self.fail(start, "unclosed comment"));
        };
        self.at += length + RIGHT_COMMENT.len();
        let Some(trims) = self.right_delimiter() else {
            return Err(self.fail(start, "comment ends before closing delimiter"));
        };
        self.close(trims);
        Ok(())
    }

    /// Whether a right delimiter follows; and whether it trims.
    fn right_delimiter(&self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with(RIGHT) {
            return Some(false);
        }
        let trims = rest.strip_prefix(is_space).and_then(|rest| rest.strip_prefix('-'));
        trims.is_some_and(|rest| rest.starts_with(RIGHT)).then_some(true)
    }

    /// Takes the right delimiter, and the white space after it where it trims.
    fn close(&mut self, trims: bool) -> Token<'a> {
        if trims {
            self.at += 2;
        }
        let start = self.at;
        self.at += RIGHT.len();
        let token = self.token(start, What::RightDelimiter);
        if trims {
            self.accept_run(is_space);
        }
        token
    }

    /// The next word between delimiters.
    fn action(&mut self) -> Token<'a> {
        let start = self.at;
        if let Some(trims) = self.right_delimiter() {
            if self.open > 0 {
                return self.fail(start, "unclosed left paren");
            }
            self.inside_action = false;
            return self.close(trims);
        }
        let Some(first) = self.take() else {
            return self.fail(start, "unclosed action");
        };
        let what = match first {
            first if is_space(first) => return self.space(start),
            '=' => What::Assign,
            ':' if self.accept(|next| next == '=') => What::Declare,
            ':' => return self.fail(start, "expected :="),
            '|' => What::Pipe,
            '"' => return self.quoted(start, '"', What::Quoted, "unterminated quoted string"),
            '\'' => return self.quoted(start, '\'', What::Rune, "unterminated character constant"),
            '`' => {
                self.accept_run(|next| next != '`');
                if self.take().is_none() {
                    return self.fail(start, "unterminated raw quoted string");
                }
                What::Quoted
            }
            '$' => return self.name(start, What::Variable, What::Variable),
            '.' if self.peek().is_some_and(|next| !next.is_ascii_digit()) => {
                return self.name(start, What::Field, What::Keyword(Keyword::Dot));
            }
            '.' | '+' | '-' | '0'..='9' => return self.number(start),
            first if is_alphanumeric(first) => return self.identifier(start),
            '(' => {
                self.open += 1;
                What::LeftParenthesis
            }
            ')' => match self.open.checked_sub(1) {
                Some(open) => {
                    self.open = open;
                    What::RightParenthesis
                }
                None => return self.fail(start, "unexpected right paren"),
            },
            ' '..='~' => What::Character,
            other => {
                return self.fail(start, format!("unrecognized character in action: {}", code_point(other)));
            }
        };
        self.token(start, what)
    }

    /// White space; its last character is left where a delimiter that trims begins with it.
    fn space(&mut self, start: usize) -> Token<'a> {
        self.accept_run(is_space);
        self.at -= 1;
        if self.right_delimiter().is_none() {
            self.at += 1;
        }
        self.token(start, What::Space)
    }

    /// What stands in quotes; whether its escapes mean something shows later.
    fn quoted(&mut self, start: usize, quote: char, what: What, unterminated: &str) -> Token<'a> {
        loop {
            let next = match self.take() {
                Some('\\') => self.take().filter(|escaped| *escaped != '\n').map(|_| '\\'),
                next => next,
            };
            match next {
                None | Some('\n') => return self.fail(start, unterminated),
                Some(next) if next == quote => return self.token(start, what),
                Some(_) => {}
            }
        }
    }

    /// The name after `.` or `$`, which may lack.
    fn name(&mut self, start: usize, named: What, unnamed: What) -> Token<'a> {
        if self.at_terminator() {
            return self.token(start, unnamed);
        }
        self.accept_run(is_alphanumeric);
        self.terminated(start, named)
    }

    fn identifier(&mut self, start: usize) -> Token<'a> {
        self.accept_run(is_alphanumeric);
        let word = self.text.get(start..self.at).unwrap_or_default();
        let what = match word {
            "true" | "false" => What::Bool,
            word => Keyword::of(word).map_or(What::Identifier, What::Keyword),
        };
        self.terminated(start, what)
    }

    fn terminated(&mut self, start: usize, what: What) -> Token<'a> {
        match self.peek() {
            Some(next) if !self.at_terminator() => {
                self.fail(start, format!("bad character {}", code_point(next)))
            }
            _ => self.token(start, what),
        }
    }

    /// Whether what follows may follow a name.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(next) => is_space(next) || self.rest().starts_with(RIGHT),
        }
    }

    fn number(&mut self, start: usize) -> Token<'a> {
        self.at = start;
        let mut good = self.scan_number();
        let mut what = What::Number;
        if good && self.peek().is_some_and(is_sign) {
            what = What::Complex;
            good = self.scan_number() && self.text.get(..self.at).is_some_and(|text| text.ends_with('i'));
        }
        if good {
            return self.token(start, what);
        }
        let number = quoted(self.text.get(start..self.at).unwrap_or_default());
        self.fail(start, format!("bad number syntax: {number}"))
    }

    /// Scans what looks like a number; whether it is one shows when it is read.
    fn scan_number(&mut self) -> bool {
        self.accept(is_sign);
        let mut base = 10;
        if self.accept(|next| next == '0') {
            if self.accept(|next| matches!(next, 'x' | 'X')) {
                base = 16;
            } else if self.accept(|next| matches!(next, 'o' | 'O')) {
                base = 8;
            } else if self.accept(|next| matches!(next, 'b' | 'B')) {
                base = 2;
            }
        }
        let digit = |next: char| next == '_' || next.is_digit(base);
        self.accept_run(digit);
        if self.accept(|next| next == '.') {
            self.accept_run(digit);
        }
        let exponent = match base {
            10 => self.accept(|next| matches!(next, 'e' | 'E')),
            16 => self.accept(|next| matches!(next, 'p' | 'P')),
            _ => false,
        };
        if exponent {
            self.accept(is_sign);
            self.accept_run(|next| next == '_' || next.is_ascii_digit());
        }
        self.accept(|next| next == 'i');
        !self.accept(is_alphanumeric)
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// What names are made of.
fn is_alphanumeric(character: char) -> bool {
    character == '_' || is_letter(character) || is_digit(character)
}

fn is_sign(character: char) -> bool {
    matches!(character, '+' | '-')
}

/// Go's `%#U`.
fn code_point(character: char) -> String {
    let shown = if is_print(character) { format!(" '{character}'") } else { String::new() };
    format!("U+{:04X}{shown}", u32::from(character))
}
