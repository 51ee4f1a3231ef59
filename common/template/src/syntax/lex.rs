//! Cuts a template's text into words, one at a time as the parser asks for them: the text between actions, comments and
//! delimiters.

use crate::syntax::token::{Token, What};

const LEFT: &str = "{{";
pub(super) const RIGHT: &str = "}}";
const LEFT_COMMENT: &str = "/*";
const RIGHT_COMMENT: &str = "*/";

pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) inside_action: bool,
    /// Parentheses that are open.
    pub(super) open: usize,
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

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes the next character if it is one of these.
    pub(super) fn accept(&mut self, wanted: impl Fn(char) -> bool) -> bool {
        let accepted = self.peek().is_some_and(wanted);
        if accepted {
            self.take();
        }
        accepted
    }

    pub(super) fn accept_run(&mut self, wanted: impl Fn(char) -> bool) {
        while self.accept(&wanted) {}
    }

    pub(super) fn token(&self, start: usize, what: What) -> Token<'a> {
        Token { what, at: start, text: self.text.get(start..self.at).unwrap_or_default() }
    }

    pub(super) fn fail(&mut self, start: usize, why: impl Into<String>) -> Token<'a> {
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
    pub(super) fn right_delimiter(&self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with(RIGHT) {
            return Some(false);
        }
        let trims = rest.strip_prefix(is_space).and_then(|rest| rest.strip_prefix('-'));
        trims.is_some_and(|rest| rest.starts_with(RIGHT)).then_some(true)
    }

    /// Takes the right delimiter, and the white space after it where it trims.
    pub(super) fn close(&mut self, trims: bool) -> Token<'a> {
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
}

pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}
