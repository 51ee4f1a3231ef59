//! Calls of functions and methods.

use crate::failure::Failure;
use crate::functions::{Args, Function};
use crate::run::field::Words;
use crate::run::{Outcome, Run};
use crate::value::{Type, Value};

impl<'t> Run<'t, '_, '_> {
    /// Calls a function, or the method of a receiver, with the arguments and the value that was piped to it.
    pub(super) fn call(
        &mut self,
        words: Words<'t, '_>,
        function: &'static Function,
        receiver: Option<Value>,
        last: Option<Value>,
    ) -> Outcome<Value> {
        let bound = usize::from(receiver.is_some());
        let params = function.params.get(bound..).unwrap_or_default();
        self.check_count(function, params.len(), words.rest.len(), last.is_some())?;
        check_results(function).or_else(|reason| self.fail(reason))?;
        match function.name {
            "and" => return self.first_that(false, words, last),
            "or" => return self.first_that(true, words, last),
            _ => {}
        }

        let start = self.arguments.len();
        self.arguments.extend(receiver);
        let parameter = |index: usize| params.get(index).copied().or(function.variadic).unwrap_or(Type::Any);
        for (index, word) in words.rest.iter().enumerate() {
            let value = self.argument(words.dot, parameter(index), *word)?;
            self.arguments.push(value);
        }
        if let Some(value) = last {
            let value = self.fitting(value, parameter(words.rest.len()))?;
            self.arguments.push(value);
        }

        self.spend(1)?;
        let arguments = self.arguments.get(start..).unwrap_or_default();
        let result = match (function.name, words.rest.first()) {
            ("call", Some(callee)) => Err(not_callable(&self.source(*callee), arguments.first())),
            _ => (function.call)(self.machine, Args(arguments)),
        };
        self.arguments.truncate(start);
        result.map_err(|failure| {
            self.node = words.node;
            match failure {
                Failure::Said(text) => {
                    self.stopped(Failure::Said(format!("error calling {}: {text}", function.name)))
                }
                cap @ Failure::Cap(_) => self.stopped(cap),
            }
        })
    }

    /// `and`, `or`: the first argument that decides, the last one otherwise. What follows it is not evaluated.
    fn first_that(&mut self, decides: bool, words: Words<'t, '_>, last: Option<Value>) -> Outcome<Value> {
        let mut value = Value::Missing;
        for word in words.rest {
            value = self.argument(words.dot, Type::Reflect, *word)?;
            if value.is_true() == decides {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    fn check_count(&self, function: &Function, wanted: usize, given: usize, piped: bool) -> Outcome<()> {
        let name = function.name;
        let all = given + usize::from(piped);
        if function.variadic.is_some() {
            if all < wanted {
                let reason = format!("wrong number of args for {name}: want at least {wanted} got {given}");
                return self.fail(reason);
            }
        } else if all != wanted {
            return self.fail(format!("wrong number of args for {name}: want {wanted} got {all}"));
        }
        Ok(())
    }
}

/// Refuses methods that give several values, which Go has but no template can call.
fn check_results(function: &Function) -> Result<(), String> {
    let name = function.name;
    match function.results {
        0 | 1 => Ok(()),
        2 => {
            let second = if name == "ZoneBounds" { Type::Time } else { Type::Int };
            Err(format!(
                "invalid function signature for {name}: second return value should be error; is {}",
                second.name()
            ))
        }
        results => Err(format!("function {name} has {results} return values; should be 1 or 2")),
    }
}

/// No value of a template is a function.
fn not_callable(callee: &str, value: Option<&Value>) -> Failure {
    match value.and_then(Value::type_of) {
        Some(of) => Failure::said(format!("non-function {callee} of type {}", of.name())),
        None => Failure::said("call of nil"),
    }
}
