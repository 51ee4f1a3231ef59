//! `eq` and its relatives.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::failure::{Failure, WITHHELD};
use crate::functions::Args;
use crate::machine::Machine;
use crate::value::{Type, Value};

/// Whether the first argument equals one of the others.
pub(super) fn eq(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let others = args.from(1);
    if others.is_empty() {
        return Err(Failure::said("missing argument for comparison"));
    }
    for other in others {
        if equal(m, args.any(0), other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn ne(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(!equal(m, args.any(0), args.any(1))?))
}

pub(super) fn lt(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(less(m, args.any(0), args.any(1))?))
}

pub(super) fn le(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(at_most(m, args)?))
}

/// Not `le`, so that it holds for NaN.
pub(super) fn gt(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(!at_most(m, args)?))
}

/// Not `lt`, so that it holds for NaN.
pub(super) fn ge(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(!less(m, args.any(0), args.any(1))?))
}

fn at_most(m: &mut Machine<'_>, args: Args<'_>) -> Result<bool, Failure> {
    let (a, b) = (args.any(0), args.any(1));
    Ok(less(m, a, b)? || equal(m, a, b)?)
}

/// A value by the kinds that compare with each other.
enum Basic<'a> {
    Bool(bool),
    /// Every integer, signed or not.
    Integer(i128),
    Float(f64),
    Complex(f64, f64),
    Text(&'a [u8]),
}

impl Basic<'_> {
    fn of(value: &Value) -> Option<Basic<'_>> {
        Some(match value {
            Value::Bool(yes) => Basic::Bool(*yes),
            Value::Int(n) | Value::Int64(n) | Value::Duration(n) | Value::Month(n) | Value::Weekday(n) => {
                Basic::Integer((*n).into())
            }
            Value::Uint8(n) => Basic::Integer((*n).into()),
            Value::Uint64(n) => Basic::Integer((*n).into()),
            Value::Float(n) => Basic::Float(*n),
            Value::Complex(re, im) => Basic::Complex(*re, *im),
            Value::Text(text) => Basic::Text(text),
            _ => return None,
        })
    }
}

fn equal(m: &mut Machine<'_>, a: &Value, b: &Value) -> Result<bool, Failure> {
    m.budget.spend(1)?;
    match (Basic::of(a), Basic::of(b)) {
        (Some(Basic::Bool(a)), Some(Basic::Bool(b))) => Ok(a == b),
        (Some(Basic::Integer(a)), Some(Basic::Integer(b))) => Ok(a == b),
        (Some(Basic::Float(a)), Some(Basic::Float(b))) => Ok(a == b),
        (Some(Basic::Complex(a, ai)), Some(Basic::Complex(b, bi))) => Ok(a == b && ai == bi),
        (Some(Basic::Text(a)), Some(Basic::Text(b))) => {
            m.budget.read(a.len().min(b.len()))?;
            Ok(a == b)
        }
        (None, None) => same(m, a, b),
        _ => match (a.type_of(), b.type_of()) {
            (Some(a), Some(b)) => Err(incompatible(a, b)),
            _ => Ok(false),
        },
    }
}

/// Equality of what is neither number nor text.
fn same(m: &mut Machine<'_>, a: &Value, b: &Value) -> Result<bool, Failure> {
    let (Some(a_type), Some(b_type)) = (a.type_of(), b.type_of()) else {
        return Ok(is_nil(a) && is_nil(b));
    };
    let (a_name, b_name) = (a_type.name(), b_type.name());
    if a_type.kind() != b_type.kind() {
        let reason = format!("non-comparable types {WITHHELD}: {a_name}, {b_name}: {WITHHELD}");
        return Err(Failure::Said(reason));
    }
    if is_nil(a) || is_nil(b) {
        return Ok(is_nil(a) == is_nil(b));
    }
    Ok(match (a, b) {
        (_, Value::List(_) | Value::Map(_)) => {
            return Err(Failure::Said(format!("non-comparable type {WITHHELD}: {b_name}")));
        }
        (Value::Time(a), Value::Time(b)) => a.is_same(b),
        (Value::Location(a), Value::Location(b)) => a.is_same(b),
        (Value::Version(a), Value::Version(b)) => {
            m.budget.read(a.size())?;
            a.is_same(b)
        }
        (Value::VersionPointer(a), Value::VersionPointer(b)) => Rc::ptr_eq(a, b),
        (Value::Certificate(a), Value::Certificate(b)) => {
            m.budget.read(a.cert.len().saturating_add(a.key.len()))?;
            a.cert == b.cert && a.key == b.key
        }
        _ => false,
    })
}

fn is_nil(value: &Value) -> bool {
    match value {
        Value::Missing | Value::Nil => true,
        Value::List(list) => list.is_nil(),
        Value::Map(map) => map.is_nil(),
        _ => false,
    }
}

fn less(m: &mut Machine<'_>, a: &Value, b: &Value) -> Result<bool, Failure> {
    m.budget.spend(1)?;
    let invalid = || Failure::said("invalid type for comparison");
    let (left, right) = (Basic::of(a).ok_or_else(invalid)?, Basic::of(b).ok_or_else(invalid)?);
    match (left, right) {
        (Basic::Integer(a), Basic::Integer(b)) => Ok(a < b),
        (Basic::Float(a), Basic::Float(b)) => Ok(a < b),
        (Basic::Text(a), Basic::Text(b)) => {
            m.budget.read(a.len().min(b.len()))?;
            Ok(a.cmp(b) == Ordering::Less)
        }
        (Basic::Bool(_), Basic::Bool(_)) | (Basic::Complex(..), Basic::Complex(..)) => Err(invalid()),
        _ => match (a.type_of(), b.type_of()) {
            (Some(a), Some(b)) => Err(incompatible(a, b)),
            _ => Err(invalid()),
        },
    }
}

fn incompatible(a: Type, b: Type) -> Failure {
    Failure::Said(format!("incompatible types for comparison: {} and {}", a.name(), b.name()))
}
