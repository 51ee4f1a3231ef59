//! Fields: methods, items of dictionaries, and the fields of the few structs.

use crate::functions::Function;
use crate::functions::dates::{
    DURATION_METHODS, LOCATION_METHODS, MONTH_METHODS, TIME_METHODS, WEEKDAY_METHODS,
};
use crate::functions::versions::{VERSION_METHODS, VERSION_POINTER_METHODS};
use crate::run::held::Held;
use crate::run::{Outcome, Run};
use crate::syntax::node::{Kind, NodeId};
use crate::value::{Type, Value};

/// What is evaluated, and over which dot.
#[derive(Clone, Copy)]
pub(super) struct Words<'t, 'd> {
    pub(super) dot: &'d Held,
    /// The node that stands for it in errors.
    pub(super) node: NodeId,
    /// Its arguments.
    pub(super) rest: &'t [NodeId],
}

impl<'t> Run<'t, '_, '_> {
    /// `.Field.Field`.
    pub(super) fn field_node(
        &mut self,
        words: Words<'t, '_>,
        names: &'t [Box<str>],
        last: Option<Value>,
    ) -> Outcome<Held> {
        self.at(words.node)?;
        match names {
            [name] => self.field(words, words.dot, name, last),
            names => self.fields(words, words.dot.clone(), names, last),
        }
    }

    /// `(pipeline).Field`, `function.Field`.
    pub(super) fn chain(
        &mut self,
        words: Words<'t, '_>,
        of: NodeId,
        names: &'t [Box<str>],
        last: Option<Value>,
    ) -> Outcome<Held> {
        self.at(words.node)?;
        let dot = words.dot;
        let receiver = match &self.trees.node(of).kind {
            Kind::Nil => {
                let source = self.source(words.node);
                return self.fail(format!("indirection through explicit nil in {source}"));
            }
            Kind::Pipe { .. } => self.parenthesized(dot, of)?,
            Kind::Function(function) => {
                self.at(of)?;
                self.call(Words { dot, node: of, rest: &[] }, function, None, None)?
            }
            _ => return self.fail(format!("can't evaluate {}", self.source(of))),
        };
        self.fields(words, Held::own(receiver), names, last)
    }

    /// Field by field. The arguments belong to the last one.
    pub(super) fn fields(
        &mut self,
        words: Words<'t, '_>,
        mut receiver: Held,
        names: &'t [Box<str>],
        last: Option<Value>,
    ) -> Outcome<Held> {
        let Some((name, before)) = names.split_last() else {
            return Ok(receiver);
        };
        for name in before {
            receiver = self.field(Words { rest: &[], ..words }, &receiver, name, None)?;
        }
        self.field(words, &receiver, name, last)
    }

    fn field(
        &mut self,
        words: Words<'t, '_>,
        receiver: &Held,
        name: &'t str,
        last: Option<Value>,
    ) -> Outcome<Held> {
        self.read(name.len())?;
        let has_arguments = !words.rest.is_empty() || last.is_some();
        match &receiver.value {
            Value::Missing => return Ok(Held::default()),
            Value::Nil => return self.fail(format!("nil pointer evaluating interface {{}}.{name}")),
            Value::Map(map) => {
                if has_arguments {
                    return self.fail(format!("{name} is not a method but has arguments"));
                }
                return Ok(match map.get(name.as_bytes()) {
                    Some(value) => Held::entry_of(map, value),
                    None => Held::default(),
                });
            }
            Value::Certificate(certificate) => {
                let field = match name {
                    "Cert" => Some(&certificate.cert),
                    "Key" => Some(&certificate.key),
                    _ => None,
                };
                if let Some(text) = field {
                    if has_arguments {
                        let reason = format!("{name} has arguments but cannot be invoked as function");
                        return self.fail(reason);
                    }
                    return Ok(Held::own(Value::Text(text.clone())));
                }
            }
            _ => {}
        }
        let of = receiver.value.type_of();
        if let Some(method) = methods(of).iter().find(|method| method.name == name) {
            return self.call(words, method, Some(receiver.value.clone()), last).map(Held::own);
        }
        let of_name = receiver.type_name();
        if hidden_fields(of).contains(&name) {
            return self.fail(format!("{name} is an unexported field of struct type {of_name}"));
        }
        self.fail(format!("can't evaluate field {name} in type {of_name}"))
    }
}

fn methods(of: Option<Type>) -> &'static [Function] {
    match of {
        Some(Type::Time) => TIME_METHODS,
        Some(Type::Duration) => DURATION_METHODS,
        Some(Type::Month) => MONTH_METHODS,
        Some(Type::Weekday) => WEEKDAY_METHODS,
        Some(Type::Location) => LOCATION_METHODS,
        Some(Type::VersionPointer) => VERSION_POINTER_METHODS,
        Some(Type::Version) => VERSION_METHODS,
        _ => &[],
    }
}

/// The fields of Go's structs that templates can name but not read.
fn hidden_fields(of: Option<Type>) -> &'static [&'static str] {
    match of {
        Some(Type::Time) => &["wall", "ext", "loc"],
        Some(Type::Location) => &["name", "zone", "tx", "extend", "cacheStart", "cacheEnd", "cacheZone"],
        Some(Type::Version | Type::VersionPointer) => {
            &["major", "minor", "patch", "pre", "metadata", "original"]
        }
        _ => &[],
    }
}
