//! sprig's functions on dictionaries. They take `map[string]interface {}` alone: the dot is none. Those that change a dictionary
//! change it for all who share it. Go gives keys and values in random order; here they come sorted by key.

use std::collections::BTreeSet;

use crate::failure::Failure;
use crate::functions::cast::as_text;
use crate::functions::copy::deep_copy;
use crate::functions::{Args, Function};
use crate::machine::Machine;
use crate::value::{Elements, Map, MapKind, Text, Type, Value};

const DICT: &[Type] = &[Type::DICT];
const DICT_KEY: &[Type] = &[Type::DICT, Type::String];

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("dict", &[], dict).and_any(Type::Any),
    Function::new("get", DICT_KEY, get),
    Function::new("set", &[Type::DICT, Type::String, Type::Any], set),
    Function::new("unset", DICT_KEY, unset),
    Function::new("hasKey", DICT_KEY, has_key),
    Function::new("keys", &[], keys).and_any(Type::DICT),
    Function::new("values", DICT, values),
    Function::new("pick", DICT, pick).and_any(Type::String),
    Function::new("omit", DICT, omit).and_any(Type::String),
    Function::new("pluck", &[Type::String], pluck).and_any(Type::DICT),
    Function::new("dig", &[], dig).and_any(Type::Any),
    Function::new("deepCopy", &[Type::Any], copy),
    Function::new("mustDeepCopy", &[Type::Any], copy),
];

/// Keys of every type become texts; a last key without a value has "".
fn dict(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let dict = m.map(MapKind::Any)?;
    for pair in args.0.chunks(2) {
        let [key, value] = match pair {
            [key, value] => [key.clone(), value.clone()],
            [key] => [key.clone(), Value::Text(Text::default())],
            _ => continue,
        };
        let key = as_text(m, &key)?;
        m.budget.read(key.len())?;
        dict.set(m.budget, key, value)?;
    }
    Ok(Value::Map(dict))
}

/// "" where there is no such key.
fn get(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let found = look_up(m, &args.map(0)?, args.text(1)?)?;
    Ok(found.unwrap_or_else(|| Value::Text(Text::default())))
}

fn set(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (map, key) = (args.map(0)?, args.text(1)?);
    m.budget.read(key.len())?;
    map.set(m.budget, key.clone(), args.any(2).clone())?;
    Ok(Value::Map(map))
}

fn unset(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (map, key) = (args.map(0)?, args.text(1)?);
    m.budget.read(key.len())?;
    map.remove(key);
    Ok(Value::Map(map))
}

fn has_key(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (map, key) = (args.map(0)?, args.text(1)?);
    m.budget.read(key.len())?;
    Ok(Value::Bool(map.has(key)))
}

/// The keys of all dictionaries, one dictionary after the other.
fn keys(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut keys = Vec::new();
    for index in 0..args.len() {
        let map = args.map(index)?;
        m.budget.make(map.len().saturating_mul(64))?;
        keys.extend(map.keys().into_iter().map(Value::Text));
    }
    Ok(Value::List(m.list(Elements::String, keys)?))
}

fn values(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let entries = args.map(0)?.entries();
    let values = entries.into_iter().map(|(_, value)| value).collect();
    Ok(Value::List(m.list(Elements::Any, values)?))
}

fn pick(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (from, picked) = (args.map(0)?, m.map(MapKind::Any)?);
    for index in 1..args.len() {
        let key = args.text(index)?;
        if let Some(value) = look_up(m, &from, key)? {
            picked.set(m.budget, key.clone(), value)?;
        }
    }
    Ok(Value::Map(picked))
}

fn omit(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut omitted = BTreeSet::new();
    for index in 1..args.len() {
        let key = args.text(index)?;
        m.budget.read(key.len())?;
        omitted.insert(key.clone());
    }
    let kept = m.map(MapKind::Any)?;
    for (key, value) in args.map(0)?.iter() {
        m.budget.read(key.len())?;
        if !omitted.contains(&key) {
            kept.set(m.budget, key, value)?;
        }
    }
    Ok(Value::Map(kept))
}

/// What each dictionary that has the key has there.
fn pluck(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut found = Vec::new();
    for index in 1..args.len() {
        found.extend(look_up(m, &args.map(index)?, args.text(0)?)?);
    }
    Ok(Value::List(m.list(Elements::Any, found)?))
}

/// Looks for keys in dictionaries within each other: the last argument is the dictionary, the one before it what is given where a
/// key lacks. What stands between must be dictionaries, or it is an error.
fn dig(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let [keys @ .., otherwise, dict] = args.0 else {
        return Err(Failure::said("dig needs at least three arguments"));
    };
    if keys.is_empty() {
        return Err(Failure::said("dig needs at least three arguments"));
    }
    let mut found = Value::Map(as_dict(dict)?);
    let keys: Vec<&Text> = keys.iter().map(as_key).collect::<Result<_, _>>()?;
    for key in keys {
        match look_up(m, &as_dict(&found)?, key)? {
            Some(value) => found = value,
            None => return Ok(otherwise.clone()),
        }
    }
    Ok(found)
}

fn copy(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    deep_copy(m, args.any(0))
}

fn look_up(m: &mut Machine<'_>, map: &Map, key: &[u8]) -> Result<Option<Value>, Failure> {
    m.budget.read(key.len())?;
    Ok(map.get(key))
}

fn as_dict(value: &Value) -> Result<Map, Failure> {
    match value {
        Value::Map(map) if map.kind() == MapKind::Any => Ok(map.clone()),
        value => Err(not_a(value, Type::DICT)),
    }
}

fn as_key(value: &Value) -> Result<&Text, Failure> {
    match value {
        Value::Text(text) => Ok(text),
        value => Err(not_a(value, Type::String)),
    }
}

fn not_a(value: &Value, wanted: Type) -> Failure {
    let got = value.type_of().map_or("nil", Type::name);
    Failure::said(format!("interface conversion: interface {{}} is {got}, not {}", wanted.name()))
}
