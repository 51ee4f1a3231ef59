//! Texts and actions, one after another to the end.

use crate::error::ParseError;
use crate::syntax::block::{Block, BlockKind};
use crate::syntax::node::{Kind, NodeId, Trees};
use crate::syntax::parser::Parser;
use crate::syntax::token::{Keyword, What};

/// What an action did.
enum Done {
    Node(NodeId),
    /// A block begins or ends: its list is told already.
    Opened,
    Closed,
}

impl<'a> Parser<'a> {
    pub(super) fn parse(mut self) -> Result<Trees, ParseError> {
        self.check_size(0)?;
        self.open_block(BlockKind::Text)?;
        loop {
            if matches!(self.open.last(), Some(Block { kind: BlockKind::Text, .. })) {
                match self.peek().what {
                    What::End => break,
                    What::LeftDelimiter => {
                        let delimiter = self.next();
                        if self.next_word().what == What::Keyword(Keyword::Define) {
                            self.define()?;
                            continue;
                        }
                        self.back_two(delimiter);
                    }
                    _ => {}
                }
            } else if self.peek_word().what == What::End {
                return Err(self.error("unexpected EOF"));
            }
            self.text_or_action()?;
        }
        self.finish()
    }

    fn text_or_action(&mut self) -> Result<(), ParseError> {
        self.check_size(0)?;
        let token = self.next_word();
        match token.what {
            What::Text => {
                let text = self.trees.add(token.at, Kind::Text(token.text.as_bytes().into()));
                self.append(text);
            }
            What::LeftDelimiter => {
                self.scope.action = Some(token.at);
                match self.action()? {
                    Done::Node(node) => {
                        self.append(node);
                        self.scope.action = None;
                    }
                    Done::Closed => self.scope.action = None,
                    // Its first action or its end forgets where it began.
                    Done::Opened => {}
                }
            }
            _ => return Err(self.unexpected(token, "input")),
        }
        Ok(())
    }

    /// After a left delimiter.
    fn action(&mut self) -> Result<Done, ParseError> {
        let token = self.next_word();
        let What::Keyword(keyword) = token.what else {
            return self.plain();
        };
        match keyword {
            Keyword::Block => self.block()?,
            Keyword::If | Keyword::Range | Keyword::With => self.control(keyword, false)?,
            Keyword::Break => return self.leave(token.at, "{{break}}", Kind::Break),
            Keyword::Continue => return self.leave(token.at, "{{continue}}", Kind::Continue),
            Keyword::Template => return self.call(),
            Keyword::End => {
                self.expect(What::RightDelimiter, "end")?;
                self.scope.action = None;
                self.end()?;
                return Ok(Done::Closed);
            }
            Keyword::Else => {
                let mut at = self.peek_word();
                if !matches!(at.what, What::Keyword(Keyword::If | Keyword::With)) {
                    at = self.expect(What::RightDelimiter, "else")?;
                }
                self.scope.action = None;
                self.otherwise(at.at)?;
                return Ok(Done::Closed);
            }
            Keyword::Dot | Keyword::Nil | Keyword::Define => return self.plain(),
        }
        Ok(Done::Opened)
    }

    /// An action that is a pipeline, whose first word was read.
    fn plain(&mut self) -> Result<Done, ParseError> {
        self.back();
        let at = self.peek().at;
        let pipe = self.pipeline("command")?;
        Ok(Done::Node(self.trees.add(at, Kind::Action(pipe))))
    }

    /// After `break` or `continue`.
    fn leave(&mut self, at: usize, context: &str, kind: Kind) -> Result<Done, ParseError> {
        self.expect(What::RightDelimiter, context)?;
        if self.scope.ranges == 0 {
            return Err(self.error(format!("{context} outside {{{{range}}}}")));
        }
        Ok(Done::Node(self.trees.add(at, kind)))
    }

    /// After `template`.
    fn call(&mut self) -> Result<Done, ParseError> {
        const CONTEXT: &str = "template clause";
        let token = self.next_word();
        if token.what != What::Quoted {
            return Err(self.unexpected(token, CONTEXT));
        }
        let name = self.unquoted(token)?;
        let pipe = if self.next_word().what == What::RightDelimiter {
            None
        } else {
            self.back();
            Some(self.pipeline(CONTEXT)?)
        };
        Ok(Done::Node(self.trees.add(token.at, Kind::Template { name, pipe })))
    }
}
