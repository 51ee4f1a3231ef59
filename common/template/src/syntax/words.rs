//! The words between delimiters.

use crate::go::quote::quoted;
use crate::go::unicode::is_print;
use crate::go::unicode::{is_digit, is_letter};
use crate::syntax::lex::{Lexer, RIGHT, is_space};
use crate::syntax::token::{Keyword, Token, What};

impl<'a> Lexer<'a> {
    /// The next word between delimiters.
    pub(super) fn action(&mut self) -> Token<'a> {
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
