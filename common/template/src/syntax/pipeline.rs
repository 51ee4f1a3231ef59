//! Pipelines: commands between bars, their operands, and pipelines in parentheses.

use crate::error::ParseError;
use crate::failure::Cap;
use crate::go::quote::quoted;
use crate::syntax::literal::{INVALID, unquote};
use crate::syntax::node::{Kind, NodeId};
use crate::syntax::number::number;
use crate::syntax::parser::Parser;
use crate::syntax::token::{Keyword, Token, What};

/// Parentheses within each other that Go allows.
const DEEPEST: usize = 10_000;

/// A pipeline that is being read.
struct Pipeline {
    at: usize,
    context: &'static str,
    end: What,
    assign: bool,
    variables: Vec<NodeId>,
    commands: Vec<NodeId>,
    /// The command that is being read, with its place.
    command: (usize, Vec<NodeId>),
}

/// What was read of an operand.
enum Term {
    Node(NodeId),
    Parenthesis,
    Nothing,
}

impl<'a> Parser<'a> {
    /// Reads a pipeline and the delimiter after it.
    pub(super) fn pipeline(&mut self, context: &'static str) -> Result<NodeId, ParseError> {
        let mut outer: Vec<Pipeline> = Vec::new();
        let mut pipe = self.begin_pipeline(context, What::RightDelimiter)?;
        loop {
            let token = self.next_word();
            let mut operand = if token.what == pipe.end {
                let finished = self.end_pipeline(pipe)?;
                match outer.pop() {
                    None => return Ok(finished),
                    Some(around) => pipe = around,
                }
                Some(Term::Node(finished))
            } else if token.what.begins_operand() {
                self.back();
                pipe.command = (token.at, Vec::new());
                None
            } else {
                return Err(self.unexpected(token, pipe.context));
            };
            // The operands of a command, up to its end or to a parenthesis.
            loop {
                let term = match operand.take() {
                    Some(term) => term,
                    None => self.term()?,
                };
                match term {
                    Term::Node(node) => {
                        let node = self.fields_after(node)?;
                        pipe.command.1.push(node);
                    }
                    Term::Nothing => {}
                    Term::Parenthesis => {
                        if outer.len() >= DEEPEST {
                            return Err(self.error("max expression depth exceeded"));
                        }
                        if outer.len() >= self.limits.nesting {
                            return Err(self.limit(Cap::Nesting));
                        }
                        let inner = self.begin_pipeline("parenthesized pipeline", What::RightParenthesis)?;
                        outer.push(std::mem::replace(&mut pipe, inner));
                        break;
                    }
                }
                let token = self.next();
                match token.what {
                    What::Space => continue,
                    What::RightDelimiter | What::RightParenthesis => self.back(),
                    What::Pipe => {}
                    _ => return Err(self.unexpected(token, "operand")),
                }
                let (at, operands) = std::mem::take(&mut pipe.command);
                if operands.is_empty() {
                    return Err(self.error("empty command"));
                }
                pipe.commands.push(self.trees.add(at, Kind::Command(operands.into())));
                break;
            }
        }
    }

    /// Reads what may stand before the first command: variables that are declared or assigned.
    fn begin_pipeline(&mut self, context: &'static str, end: What) -> Result<Pipeline, ParseError> {
        let at = self.peek_word().at;
        let (variables, commands, command) = (Vec::new(), Vec::new(), (at, Vec::new()));
        let mut pipe = Pipeline { at, context, end, assign: false, variables, commands, command };
        loop {
            let variable = self.peek_word();
            if variable.what != What::Variable {
                return Ok(pipe);
            }
            self.next();
            let after = self.peek();
            let next = self.peek_word();
            if matches!(next.what, What::Assign | What::Declare) {
                pipe.assign = next.what == What::Assign;
                self.next_word();
                self.declare(&mut pipe, variable);
                return Ok(pipe);
            }
            if next.what != What::Character || next.text != "," {
                if after.what == What::Space {
                    self.back_three(variable, after);
                } else {
                    self.back_two(variable);
                }
                return Ok(pipe);
            }
            self.next_word();
            self.declare(&mut pipe, variable);
            if context != "range" || pipe.variables.len() >= 2 {
                return Err(self.error(format!("too many declarations in {context}")));
            }
            let next = self.peek_word().what;
            if !matches!(next, What::Variable | What::RightDelimiter | What::RightParenthesis) {
                return Err(self.error("range can only initialize variables"));
            }
        }
    }

    fn declare(&mut self, pipe: &mut Pipeline, variable: Token<'a>) {
        let node = self.trees.add(variable.at, Kind::Variable([variable.text.into()].into()));
        pipe.variables.push(node);
        self.scope.variables.declare(variable.text);
    }

    fn end_pipeline(&mut self, pipe: Pipeline) -> Result<NodeId, ParseError> {
        if pipe.commands.is_empty() {
            return Err(self.error(format!("missing value for {}", pipe.context)));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            let Kind::Command(operands) = &self.trees.node(*command).kind else { continue };
            let first = operands.first().map(|first| &self.trees.node(*first).kind);
            let constant = first.is_some_and(|first| {
                matches!(first, Kind::Bool(_) | Kind::Dot | Kind::Nil | Kind::Number(_) | Kind::Quoted { .. })
            });
            if constant {
                return Err(self.error(format!("non executable command in pipeline stage {}", index + 1)));
            }
        }
        let Pipeline { at, assign, variables, commands, .. } = pipe;
        let kind = Kind::Pipe { assign, variables: variables.into(), commands: commands.into() };
        Ok(self.trees.add(at, kind))
    }

    /// Reads a literal, a function, a field or a variable, or the opening parenthesis of a pipeline.
    fn term(&mut self) -> Result<Term, ParseError> {
        self.check_size(0)?;
        let token = self.next_word();
        let kind = match token.what {
            What::Identifier => match (self.functions)(token.text) {
                Some(function) => Kind::Function(function),
                None => return Err(self.error(format!("function {} not defined", quoted(token.text)))),
            },
            What::Keyword(Keyword::Dot) => Kind::Dot,
            What::Keyword(Keyword::Nil) => Kind::Nil,
            What::Variable if self.scope.variables.is_declared(token.text) => {
                Kind::Variable([token.text.into()].into())
            }
            What::Variable => return Err(self.error(format!("undefined variable {}", quoted(token.text)))),
            What::Field => Kind::Field([field_name(token)].into()),
            What::Bool => Kind::Bool(token.text == "true"),
            What::Rune | What::Complex | What::Number => {
                let number = number(token.text, token.what).map_err(|reason| self.error(reason))?;
                Kind::Number(Box::new(number))
            }
            What::LeftParenthesis => return Ok(Term::Parenthesis),
            What::Quoted => Kind::Quoted { source: token.text.into(), text: self.unquoted(token)? },
            _ => {
                self.back();
                return Ok(Term::Nothing);
            }
        };
        Ok(Term::Node(self.trees.add(token.at, kind)))
    }

    pub(super) fn unquoted(&self, token: Token<'a>) -> Result<Box<[u8]>, ParseError> {
        unquote(token.text).map(Vec::into).ok_or_else(|| self.error(INVALID))
    }

    /// Reads the fields that follow a term without white space.
    fn fields_after(&mut self, node: NodeId) -> Result<NodeId, ParseError> {
        let first = self.peek();
        if first.what != What::Field {
            return Ok(node);
        }
        let mut names = match &self.trees.node(node).kind {
            Kind::Field(names) | Kind::Variable(names) => names.to_vec(),
            _ => Vec::new(),
        };
        while self.peek().what == What::Field {
            names.push(field_name(self.next()));
            self.check_size(64 * names.len())?;
        }
        let names = names.into();
        let kind = match &self.trees.node(node).kind {
            Kind::Field(_) => Kind::Field(names),
            Kind::Variable(_) => Kind::Variable(names),
            Kind::Bool(_) | Kind::Quoted { .. } | Kind::Number(_) | Kind::Nil | Kind::Dot => {
                let term = quoted(self.trees.print(node));
                return Err(self.error(format!("unexpected . after term {term}")));
            }
            _ => Kind::Chain(node, names),
        };
        Ok(self.trees.add(first.at, kind))
    }
}

/// Without the dot that it begins with.
fn field_name(token: Token<'_>) -> Box<str> {
    token.text.trim_start_matches('.').into()
}
