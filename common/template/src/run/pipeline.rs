//! Pipelines, their commands, and the variables that they declare.

use crate::run::field::Words;
use crate::run::held::Held;
use crate::run::{Outcome, Run};
use crate::syntax::node::{Kind, NodeId, Number};
use crate::value::{Text, Value};

impl<'t> Run<'t, '_, '_> {
    /// The value of a pipeline; each command gets the one before as its last argument. Never [`Value::Nil`]: a nil
    /// `interface {}` comes out as nothing at all.
    pub(super) fn pipeline(&mut self, dot: &Held, pipe: NodeId) -> Outcome<Value> {
        self.at(pipe)?;
        let Kind::Pipe { assign, variables, commands } = &self.trees.node(pipe).kind else {
            return self.fail("not a pipeline");
        };
        let mut last = None;
        for command in commands {
            let value = match self.command(dot, *command, last)? {
                Value::Nil => Value::Missing,
                value => value,
            };
            last = Some(value);
        }
        let value = last.unwrap_or_default();
        for variable in variables {
            let held = Held::own(value.clone());
            if *assign {
                self.assign(*variable, held)?;
            } else if let Some(name) = self.variable_name(*variable) {
                self.declare(name, held)?;
            }
        }
        Ok(value)
    }

    /// Whether a pipeline declares or assigns, so that its value is not printed.
    pub(super) fn declares(&self, pipe: NodeId) -> bool {
        matches!(&self.trees.node(pipe).kind, Kind::Pipe { variables, .. } if !variables.is_empty())
    }

    /// The value of a pipeline within parentheses.
    pub(super) fn parenthesized(&mut self, dot: &Held, pipe: NodeId) -> Outcome<Value> {
        self.deeper(|run| run.pipeline(dot, pipe))
    }

    fn command(&mut self, dot: &Held, command: NodeId, last: Option<Value>) -> Outcome<Value> {
        let Kind::Command(words) = &self.trees.node(command).kind else {
            return self.fail("not a command");
        };
        let Some((first, rest)) = words.split_first() else {
            return self.fail("empty command");
        };
        let first = *first;
        let words = Words { dot, node: first, rest };
        match &self.trees.node(first).kind {
            Kind::Field(names) => Ok(self.field_node(words, names, last)?.value),
            Kind::Variable(names) => Ok(self.variable(words, names, last)?.value),
            Kind::Chain(of, names) => Ok(self.chain(words, *of, names, last)?.value),
            Kind::Function(function) => {
                self.at(first)?;
                self.call(Words { dot, node: command, rest }, function, None, last)
            }
            Kind::Pipe { .. } => {
                self.no_arguments(words, last.is_some())?;
                self.parenthesized(dot, first)
            }
            _ => {
                self.at(first)?;
                self.no_arguments(words, last.is_some())?;
                match &self.trees.node(first).kind {
                    Kind::Bool(yes) => Ok(Value::Bool(*yes)),
                    Kind::Dot => Ok(dot.value.clone()),
                    Kind::Nil => self.fail("nil is not a command"),
                    Kind::Number(number) => self.number(number),
                    Kind::Quoted { text, .. } => self.literal(first, text).map(Value::Text),
                    _ => self.fail(format!("can't evaluate command {:?}", self.source(first))),
                }
            }
        }
    }

    /// `$name.Field.Field`.
    pub(super) fn variable(
        &mut self,
        words: Words<'t, '_>,
        names: &'t [Box<str>],
        last: Option<Value>,
    ) -> Outcome<Held> {
        self.at(words.node)?;
        let Some((name, fields)) = names.split_first() else {
            return self.fail("a variable without a name");
        };
        let Some((held, since)) = self.variables.named(name) else {
            return self.fail(format!("undefined variable: {name}"));
        };
        let held = held.clone();
        self.spend(search_price(name, since))?;
        if fields.is_empty() {
            self.no_arguments(words, last.is_some())?;
            return Ok(held);
        }
        self.fields(words, held, fields, last)
    }

    /// Refuses arguments to what is no function.
    pub(super) fn no_arguments(&self, words: Words<'t, '_>, piped: bool) -> Outcome<()> {
        if words.rest.is_empty() && !piped {
            return Ok(());
        }
        self.fail(format!("can't give argument to non-function {}", self.source(words.node)))
    }

    /// A number whose type its own look decides.
    pub(super) fn number(&self, number: &Number) -> Outcome<Value> {
        if let Some((re, im)) = number.complex {
            return Ok(Value::Complex(re, im));
        }
        let source = &*number.source;
        let hexadecimal = source.len() > 2
            && (source.starts_with("0x") || source.starts_with("0X"))
            && !source.contains(['p', 'P']);
        if let Some(float) = number.float
            && !hexadecimal
            && !source.starts_with('\'')
            && source.contains(['.', 'e', 'E', 'p', 'P'])
        {
            return Ok(Value::Float(float));
        }
        match number.int {
            Some(int) => Ok(Value::Int(int)),
            None if number.uint.is_some() => self.fail(format!("{source} overflows int")),
            None => Ok(Value::Missing),
        }
    }

    /// A quoted text, copied out of the tree and paid for when it is first met.
    pub(super) fn literal(&mut self, node: NodeId, text: &[u8]) -> Outcome<Text> {
        let index = node.index();
        if let Some(Some(known)) = self.literals.get(index) {
            return Ok(known.clone());
        }
        self.make(text.len())?;
        let literal = Text::from(text);
        if index >= self.literals.len() {
            self.literals.resize(index + 1, None);
        }
        if let Some(place) = self.literals.get_mut(index) {
            *place = Some(literal.clone());
        }
        Ok(literal)
    }

    pub(super) fn declare(&mut self, name: &'t str, held: Held) -> Outcome<()> {
        if self.variables.declare(name, held) {
            self.make(64)?;
        }
        Ok(())
    }

    pub(super) fn assign(&mut self, variable: NodeId, held: Held) -> Outcome<()> {
        let Some(name) = self.variable_name(variable) else {
            return Ok(());
        };
        match self.variables.assign(name, held) {
            Some(since) => self.spend(search_price(name, since)),
            None => self.fail(format!("undefined variable: {name}")),
        }
    }

    fn variable_name(&self, variable: NodeId) -> Option<&'t str> {
        match &self.trees.node(variable).kind {
            Kind::Variable(names) => names.first().map(|name| &**name),
            _ => None,
        }
    }
}

/// The steps for having compared a name with those of so many variables.
fn search_price(name: &str, variables: usize) -> u64 {
    (variables as u64).saturating_mul(1 + name.len() as u64 / 64) / 32
}
