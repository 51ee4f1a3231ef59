//! sprig's `merge` and its relatives, as dario.cat/mergo 1 merges dictionaries.
//!
//! Nested dictionaries that both sides have are merged into the first one's, in place; all else is shared, not copied, so that a
//! later merge changes the source of an earlier one.

use crate::failure::Failure;
use crate::functions::{Args, Function};
use crate::machine::Machine;
use crate::value::{Map, MapKind, Text, Type, Value};

const DICT: &[Type] = &[Type::DICT];

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("merge", DICT, merge).and_any(Type::DICT),
    Function::new("mustMerge", DICT, must_merge).and_any(Type::DICT),
    Function::new("mergeOverwrite", DICT, merge_overwrite).and_any(Type::DICT),
    Function::new("mustMergeOverwrite", DICT, must_merge_overwrite).and_any(Type::DICT),
];

fn merge(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    silently(merge_all(m, args, false))
}

fn must_merge(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    merge_all(m, args, false).map_err(Refusal::failure)
}

fn merge_overwrite(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    silently(merge_all(m, args, true))
}

fn must_merge_overwrite(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    merge_all(m, args, true).map_err(Refusal::failure)
}

/// Why a merge stops.
enum Refusal {
    /// The library's one error: `merge` gives "" instead.
    DifferentTypes,
    /// A panic of its, or a limit: `merge` fails, too.
    Failed(Failure),
}

impl Refusal {
    fn failure(self) -> Failure {
        match self {
            Refusal::DifferentTypes => Failure::said("src and dst must be of same type"),
            Refusal::Failed(failure) => failure,
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Refusal::Failed(failure)
    }
}

fn silently(merged: Result<Value, Refusal>) -> Result<Value, Failure> {
    match merged {
        Err(Refusal::DifferentTypes) => Ok(Value::Text(Text::default())),
        merged => merged.map_err(Refusal::failure),
    }
}

/// A nil dictionary becomes one as soon as something that is not nil is merged into it.
fn merge_all(m: &mut Machine<'_>, args: Args<'_>, overwrite: bool) -> Result<Value, Refusal> {
    let mut into = args.map(0)?;
    for index in 1..args.len() {
        let from = args.map(index)?;
        if into.is_nil() && !from.is_nil() {
            into = m.map(MapKind::Any)?;
        }
        Merge { overwrite }.maps(m, &into, &from, 0)?;
    }
    Ok(Value::Map(into))
}

struct Merge {
    /// Whether the later value wins where both are not empty.
    overwrite: bool,
}

impl Merge {
    fn maps(&self, m: &mut Machine<'_>, into: &Map, from: &Map, depth: usize) -> Result<(), Refusal> {
        m.budget.depth(depth)?;
        m.budget.make(from.len().saturating_mul(8))?;
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            for key in from.keys() {
                m.budget.read(key.len())?;
                if let Some(value) = from.get(&key) {
                    let declared = if from.kind() == MapKind::Any { Type::Any } else { Type::String };
                    self.item(m, into, key, Item { value, declared }, depth)?;
                }
            }
            Ok(())
        })
    }

    fn item(
        &self,
        m: &mut Machine<'_>,
        into: &Map,
        key: Text,
        from: Item,
        depth: usize,
    ) -> Result<(), Refusal> {
        let present = into.get(&key);
        let is_filled = present.as_ref().is_some_and(|own| !is_empty(own));
        match (&present, &from.value) {
            (_, Value::Missing | Value::Nil) => {
                return if self.overwrite { put(m, into, key, from) } else { Ok(()) };
            }
            (own, Value::List(_)) => {
                if own.is_some() && into.kind() == MapKind::String {
                    return Err(panic("reflect: call of reflect.Value.IsNil on string Value".into()));
                }
                if is_filled && !self.overwrite {
                    return Ok(());
                }
                let declared = from.value.type_of().unwrap_or(Type::Any);
                return put(m, into, key, Item { declared, ..from });
            }
            (Some(own), value) => {
                self.nested(m, own, value, depth)?;
                // What was an empty dictionary may have become filled just now.
                if !is_empty(own) && matches!((own, value), (Value::Map(_), Value::Map(_))) {
                    return Ok(());
                }
            }
            (None, _) => {}
        }
        if self.overwrite || !is_filled { put(m, into, key, from) } else { Ok(()) }
    }

    /// Merges into a value that is set already. Dictionaries change, and versions that somebody points to; the library looks into
    /// structs and pointers of other kinds too, and stumbles over some.
    fn nested(&self, m: &mut Machine<'_>, into: &Value, from: &Value, depth: usize) -> Result<(), Refusal> {
        use Value::{Certificate, Location, Map, Time, Version, VersionPointer};
        match (into, from) {
            (Map(into), Map(from)) if !into.is_nil() => self.maps(m, into, from, depth + 1),
            (Map(into), Time(_) | Version(_) | Certificate(_)) if into.is_nil() => {
                Err(panic("reflect: call of reflect.Value.IsNil on struct Value".into()))
            }
            (Certificate(_), Map(_)) => {
                Err(panic("reflect: call of reflect.Value.Field on map Value".into()))
            }
            (Certificate(_), VersionPointer(_) | Location(_)) => {
                Err(panic("reflect: call of reflect.Value.Field on ptr Value".into()))
            }
            (VersionPointer(into), VersionPointer(from)) if self.overwrite => {
                into.replace(from);
                Ok(())
            }
            (VersionPointer(_), Location(_)) if self.overwrite => {
                Err(unassignable("reflect.Set", "time.Location", "semver.Version"))
            }
            (Location(_), VersionPointer(_)) if self.overwrite => {
                Err(unassignable("reflect.Set", "semver.Version", "time.Location"))
            }
            (VersionPointer(_), Version(_)) => Ok(()),
            (VersionPointer(_) | Location(_), Map(from)) if from.is_nil() => Ok(()),
            (VersionPointer(_) | Location(_), Map(_) | Time(_) | Version(_) | Certificate(_))
                if !self.overwrite =>
            {
                Err(Refusal::DifferentTypes)
            }
            _ => Ok(()),
        }
    }
}

/// A value and the type that it is declared to have where it comes from.
struct Item {
    value: Value,
    declared: Type,
}

fn put(m: &mut Machine<'_>, into: &Map, key: Text, item: Item) -> Result<(), Refusal> {
    if into.kind() == MapKind::String && item.declared != Type::String {
        return Err(unassignable("reflect.Value.SetMapIndex", item.declared.name(), "string"));
    }
    Ok(into.set(m.budget, key, item.value)?)
}

/// The library's idea of empty, which is not [`Value::is_true`]'s: a complex number never is.
fn is_empty(value: &Value) -> bool {
    !matches!(value, Value::Complex(..)) && !value.is_true()
}

fn unassignable(method: &str, from: &str, to: &str) -> Refusal {
    panic(format!("{method}: value of type {from} is not assignable to type {to}"))
}

fn panic(text: String) -> Refusal {
    Refusal::Failed(Failure::said(text))
}
