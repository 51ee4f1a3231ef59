//! The parser's state, its way through the words, and its errors.

use std::collections::HashSet;

use crate::budget::Limits;
use crate::error::ParseError;
use crate::failure::Cap;
use crate::syntax::Lookup;
use crate::syntax::block::Block;
use crate::syntax::lex::Lexer;
use crate::syntax::node::Trees;
use crate::syntax::scope::Scope;
use crate::syntax::token::{Token, What};

/// Follows Go's parser word by word, since errors tell how far it looked ahead; but blocks and parentheses that are open stand
/// on lists of their own rather than on the stack of the process.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) name: &'a str,
    pub(super) limits: &'a Limits,
    pub(super) functions: Lookup,
    pub(super) trees: Trees,
    /// The blocks that are open, the text itself the first of them.
    pub(super) open: Vec<Block<'a>>,
    pub(super) scope: Scope<'a>,
    /// The templates that are more than white space so far.
    pub(super) filled: HashSet<Box<[u8]>>,
    lexer: Lexer<'a>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(name: &'a str, text: &'a str, limits: &'a Limits, functions: Lookup) -> Self {
        Parser {
            text,
            name,
            limits,
            functions,
            trees: Trees::new(name, text),
            open: Vec::new(),
            scope: Scope::new(),
            filled: HashSet::new(),
            lexer: Lexer::new(text),
        }
    }

    /// The next word.
    pub(super) fn next(&mut self) -> Token<'a> {
        if self.scope.pending == 0 {
            self.scope.seen[0] = self.lexer.next();
        } else {
            self.scope.pending -= 1;
        }
        self.seen(self.scope.pending)
    }

    /// Puts the last word back.
    pub(super) fn back(&mut self) {
        self.scope.pending += 1;
    }

    /// Puts the last word and this one before it back.
    pub(super) fn back_two(&mut self, before: Token<'a>) {
        self.scope.seen[1] = before;
        self.scope.pending = 2;
    }

    /// Puts the last word and these two before it back.
    pub(super) fn back_three(&mut self, first: Token<'a>, second: Token<'a>) {
        self.scope.seen[2] = first;
        self.back_two(second);
        self.scope.pending = 3;
    }

    pub(super) fn peek(&mut self) -> Token<'a> {
        let next = self.next();
        self.back();
        next
    }

    /// The next word that is no white space.
    pub(super) fn next_word(&mut self) -> Token<'a> {
        loop {
            let token = self.next();
            if token.what != What::Space {
                return token;
            }
        }
    }

    pub(super) fn peek_word(&mut self) -> Token<'a> {
        let token = self.next_word();
        self.back();
        token
    }

    fn seen(&self, index: usize) -> Token<'a> {
        let [first, second, third] = self.scope.seen;
        match index {
            0 => first,
            1 => second,
            _ => third,
        }
    }

    pub(super) fn expect(&mut self, what: What, context: &str) -> Result<Token<'a>, ParseError> {
        let token = self.next_word();
        if token.what == what { Ok(token) } else { Err(self.unexpected(token, context)) }
    }

    pub(super) fn unexpected(&self, token: Token<'a>, context: &str) -> ParseError {
        if token.what != What::Error {
            return self.error(format!("unexpected {} in {context}", token.shown()));
        }
        let why = self.lexer.failure();
        let begun = self.scope.action.map(|at| position(self.text, at).0);
        match begun.filter(|line| *line != position(self.text, token.at).0) {
            Some(line) => {
                let action = if why.ends_with(" action") { "" } else { " in action" };
                self.error(format!("{why}{action} started at {}:{line}", self.name))
            }
            None => self.error(why),
        }
    }

    /// An error at the word that was read last.
    pub(super) fn error(&self, reason: impl Into<String>) -> ParseError {
        self.error_with(reason.into(), None)
    }

    /// Refuses to go on where the tree has grown beyond its limit, together with so many bytes that are not in it yet.
    pub(super) fn check_size(&self, more: usize) -> Result<(), ParseError> {
        if self.trees.size().saturating_add(more) > self.limits.trees {
            Err(self.limit(Cap::Trees))
        } else {
            Ok(())
        }
    }

    pub(super) fn limit(&self, cap: Cap) -> ParseError {
        self.error_with(cap.to_string(), Some(cap))
    }

    fn error_with(&self, reason: String, cap: Option<Cap>) -> ParseError {
        let (line, before) = position(self.text, self.seen(0).at);
        ParseError { template: self.name.to_owned(), line, column: before + 1, reason, cap }
    }
}

/// The line of a byte, from 1, and the bytes before it in that line.
pub(super) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    (1 + before.iter().filter(|byte| **byte == b'\n').count(), before.len() - line_start)
}
