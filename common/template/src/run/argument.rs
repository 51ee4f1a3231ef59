//! An argument and the type of its parameter.

use crate::run::field::Words;
use crate::run::held::Held;
use crate::run::{Outcome, Run};
use crate::syntax::node::{Kind, NodeId, Number};
use crate::value::{Type, Value};

impl<'t> Run<'t, '_, '_> {
    /// Evaluates an argument. A constant takes the parameter's type, where it can; everything else must have it.
    pub(super) fn argument(&mut self, dot: &Held, wanted: Type, node: NodeId) -> Outcome<Value> {
        self.at(node)?;
        let words = Words { dot, node, rest: &[] };
        let value = match &self.trees.node(node).kind {
            Kind::Dot => dot.value.clone(),
            Kind::Field(names) => self.field_node(words, names, None)?.value,
            Kind::Variable(names) => self.variable(words, names, None)?.value,
            Kind::Chain(of, names) => self.chain(words, *of, names, None)?.value,
            Kind::Pipe { .. } => self.parenthesized(dot, node)?,
            Kind::Function(function) => self.call(words, function, None, None)?,
            Kind::Nil => {
                return match nil_of(wanted) {
                    Some(nil) => Ok(nil),
                    None => self.fail(format!("cannot assign nil to {}", wanted.name())),
                };
            }
            _ => return self.constant(wanted, node),
        };
        self.fitting(value, wanted)
    }

    /// Refuses a value that its parameter does not take.
    pub(super) fn fitting(&self, value: Value, wanted: Type) -> Outcome<Value> {
        if let Value::Missing = value {
            return match nil_of(wanted) {
                Some(nil) => Ok(nil),
                None => self.fail(format!("invalid value; expected {}", wanted.name())),
            };
        }
        let own = value.type_of();
        if matches!(wanted, Type::Any | Type::Reflect) || own == Some(wanted) {
            return Ok(value);
        }
        if let (Value::VersionPointer(version), Type::Version) = (&value, wanted) {
            return Ok(Value::Version(version.clone()));
        }
        let own = own.map_or("interface {}", Type::name);
        self.fail(format!("wrong type for value; expected {}; got {own}", wanted.name()))
    }

    fn constant(&mut self, wanted: Type, node: NodeId) -> Outcome<Value> {
        let kind = &self.trees.node(node).kind;
        let number = match kind {
            Kind::Number(number) => Some(number),
            _ => None,
        };
        let (value, expected) = match wanted {
            Type::Any | Type::Reflect => return self.by_its_look(node, kind),
            Type::Bool => {
                let value = if let Kind::Bool(yes) = kind { Some(Value::Bool(*yes)) } else { None };
                (value, "bool")
            }
            Type::String => {
                let value = match kind {
                    Kind::Quoted { text, .. } => Some(Value::Text(self.literal(node, text)?)),
                    _ => None,
                };
                (value, "string")
            }
            Type::Int | Type::Int64 | Type::Duration | Type::Month | Type::Weekday => {
                (number.and_then(|number| integer(number, wanted)), "integer")
            }
            Type::Uint8 | Type::Uint32 | Type::Uint64 => {
                (number.and_then(|number| unsigned(number, wanted)), "unsigned integer")
            }
            Type::Float64 => (number.and_then(|number| number.float).map(Value::Float), "float"),
            Type::Complex128 => {
                let value = number.and_then(|number| number.complex);
                (value.map(|(re, im)| Value::Complex(re, im)), "complex")
            }
            Type::List(_)
            | Type::Map(_)
            | Type::Time
            | Type::Location
            | Type::VersionPointer
            | Type::Version
            | Type::Certificate => {
                let reason = format!("can't handle {} for arg of type {}", self.source(node), wanted.name());
                return self.fail(reason);
            }
        };
        match value {
            Some(value) => Ok(value),
            None => self.fail(format!("expected {expected}; found {}", self.source(node))),
        }
    }

    /// A constant for a parameter that takes everything.
    fn by_its_look(&mut self, node: NodeId, kind: &'t Kind) -> Outcome<Value> {
        match kind {
            Kind::Bool(yes) => Ok(Value::Bool(*yes)),
            Kind::Number(number) => self.number(number),
            Kind::Quoted { text, .. } => self.literal(node, text).map(Value::Text),
            _ => {
                let source = self.source(node);
                self.fail(format!("can't handle assignment of {source} to empty interface argument"))
            }
        }
    }
}

/// What `nil` and an absent value are to a parameter of that type; none where it cannot be nil.
fn nil_of(wanted: Type) -> Option<Value> {
    match wanted {
        Type::Reflect => Some(Value::Missing),
        Type::Any | Type::List(_) | Type::Map(_) | Type::Location | Type::VersionPointer => Some(Value::Nil),
        _ => None,
    }
}

fn integer(number: &Number, wanted: Type) -> Option<Value> {
    let n = number.int?;
    Some(match wanted {
        Type::Int64 => Value::Int64(n),
        Type::Duration => Value::Duration(n),
        Type::Month => Value::Month(n),
        Type::Weekday => Value::Weekday(n),
        _ => Value::Int(n),
    })
}

/// Bits beyond the type are cut off. A `uint32` travels as an int.
fn unsigned(number: &Number, wanted: Type) -> Option<Value> {
    let n = number.uint?;
    Some(match wanted {
        Type::Uint8 => Value::Uint8(n.to_le_bytes()[0]),
        Type::Uint32 => Value::Int((n & u64::from(u32::MAX)).cast_signed()),
        _ => Value::Uint64(n),
    })
}
