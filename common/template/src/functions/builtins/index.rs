//! `index` and `len`.

use crate::failure::Failure;
use crate::functions::Args;
use crate::machine::Machine;
use crate::value::{MapKind, Type, Value};

/// `index x 1 "a"`: the item at 1, of that the item at "a". A key that a dictionary lacks gives the zero value of its items.
pub(super) fn index(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut item = args.any(0).clone();
    if item.is_nothing() {
        return Err(Failure::said("index of untyped nil"));
    }
    for index in args.from(1) {
        m.budget.spend(1)?;
        item = match &item {
            Value::Missing | Value::Nil => return Err(Failure::said("index of nil pointer")),
            Value::List(list) => {
                let index = position(index, list.len())?;
                list.get(index).ok_or_else(|| Failure::said("reflect: slice index out of range"))?
            }
            Value::Text(text) => {
                let index = position(index, text.len())?;
                let byte = text.get(index).copied();
                Value::Uint8(byte.ok_or_else(|| Failure::said("reflect: string index out of range"))?)
            }
            Value::Map(map) => {
                let key = match index {
                    Value::Text(key) => key,
                    other => return Err(no_key(other)),
                };
                m.budget.read(key.len())?;
                map.get(key).unwrap_or_else(|| match map.kind() {
                    MapKind::Any => Value::Nil,
                    MapKind::String => Value::text(*b""),
                })
            }
            other => return Err(Failure::said(format!("can't index item of type {}", pointed_at(other)))),
        };
    }
    Ok(item)
}

/// The bytes of a text, the items of a list or dictionary.
pub(super) fn len(_m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let length = match args.any(0) {
        Value::Text(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Missing => {
            return Err(Failure::said("reflect: call of reflect.Value.Type on zero Value"));
        }
        Value::Nil => return Err(Failure::said("len of nil pointer")),
        other => return Err(Failure::said(format!("len of type {}", pointed_at(other)))),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// The position that a value stands for. Go lets the length itself pass here, and fails on it with other words.
fn position(index: &Value, length: usize) -> Result<usize, Failure> {
    let n = match *index {
        Value::Int(n) | Value::Int64(n) | Value::Duration(n) | Value::Month(n) | Value::Weekday(n) => n,
        Value::Uint8(n) => n.into(),
        Value::Uint64(n) => n.cast_signed(),
        _ => {
            let what = index.type_of().map_or("nil".to_owned(), |of| format!("type {}", of.name()));
            return Err(Failure::said(format!("cannot index slice/array with {what}")));
        }
    };
    usize::try_from(n)
        .ok()
        .filter(|n| *n <= length)
        .ok_or_else(|| Failure::said(format!("index out of range: {n}")))
}

fn no_key(value: &Value) -> Failure {
    Failure::said(match value.type_of() {
        None => "value is nil; should be of type string".to_owned(),
        Some(of) => format!("value has type {}; should be string", of.name()),
    })
}

/// The name of a value's type, of a pointer's that of what it points at.
fn pointed_at(value: &Value) -> &'static str {
    value.type_of().map_or("interface {}", |of| match of {
        Type::VersionPointer => Type::Version.name(),
        Type::Location => "time.Location",
        of => of.name(),
    })
}
