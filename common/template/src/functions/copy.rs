//! sprig's `deepCopy`, as mitchellh/copystructure copies.

use std::rc::Rc;

use crate::failure::Failure;
use crate::go::time::Location;
use crate::machine::Machine;
use crate::semver::Version;
use crate::value::{List, Map, Value};

/// A copy that shares no list and no dictionary with its model; what the model shares is copied as often as it is met. Only
/// exported fields are copied, so that versions become 0.0.0 and zones nameless. A nil list or dictionary stays nil.
///
/// # Errors
/// Nothing cannot be copied. A value that holds itself ends at the limit on depth.
pub(crate) fn deep_copy(m: &mut Machine<'_>, value: &Value) -> Result<Value, Failure> {
    if value.is_nothing() {
        return Err(Failure::said("reflect: call of reflect.Value.Type on zero Value"));
    }
    copy(m, value, 0)
}

fn copy(m: &mut Machine<'_>, value: &Value, depth: usize) -> Result<Value, Failure> {
    m.budget.spend(1)?;
    Ok(match value {
        Value::List(list) if !list.is_nil() => Value::List(copy_list(m, list, depth)?),
        Value::Map(map) if !map.is_nil() => Value::Map(copy_map(m, map, depth)?),
        Value::Missing => Value::Nil,
        Value::VersionPointer(_) => {
            m.budget.make(Version::SIZE)?;
            Value::VersionPointer(Rc::new(Version::zero()))
        }
        Value::Version(_) => {
            m.budget.make(Version::SIZE)?;
            Value::Version(Rc::new(Version::zero()))
        }
        Value::Location(_) => Value::Location(Location::fixed("", 0)),
        value => value.clone(),
    })
}

/// The copy is made, and paid for, before its items are.
fn copy_list(m: &mut Machine<'_>, list: &List, depth: usize) -> Result<List, Failure> {
    m.budget.depth(depth)?;
    let copied = m.list(list.elements(), vec![Value::Nil; list.len()])?;
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        for (index, item) in list.iter().enumerate() {
            copied.set(index, copy(m, &item, depth + 1)?);
        }
        Ok(copied)
    })
}

fn copy_map(m: &mut Machine<'_>, map: &Map, depth: usize) -> Result<Map, Failure> {
    m.budget.depth(depth)?;
    let copied = m.map(map.kind())?;
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        for (key, value) in map.iter() {
            m.budget.read(key.len())?;
            let value = copy(m, &value, depth + 1)?;
            copied.set(m.budget, key, value)?;
        }
        Ok(copied)
    })
}
