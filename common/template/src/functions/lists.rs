//! sprig's functions on lists. They take lists of every type and give `[]interface {}`, copied; [`slice`] alone shares its items
//! with its argument and keeps the type.

use crate::failure::{Cap, Failure};
use crate::functions::cast::to_int64;
use crate::functions::{Args, Function};
use crate::machine::{LIST, Machine};
use crate::value::{Elements, List, Type, Value, deep_equal};

const ANY: &[Type] = &[Type::Any];
const ANY_ANY: &[Type] = &[Type::Any, Type::Any];
const INT_ANY: &[Type] = &[Type::Int, Type::Any];

/// sprig's `must` forms fail where the plain ones fail, with the same words.
pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("list", &[], list).and_any(Type::Any),
    Function::new("tuple", &[], list).and_any(Type::Any),
    Function::new("first", ANY, first),
    Function::new("mustFirst", ANY, first),
    Function::new("last", ANY, last),
    Function::new("mustLast", ANY, last),
    Function::new("rest", ANY, rest),
    Function::new("mustRest", ANY, rest),
    Function::new("initial", ANY, initial),
    Function::new("mustInitial", ANY, initial),
    Function::new("append", ANY_ANY, append),
    Function::new("mustAppend", ANY_ANY, append),
    Function::new("push", ANY_ANY, append),
    Function::new("mustPush", ANY_ANY, append),
    Function::new("prepend", ANY_ANY, prepend),
    Function::new("mustPrepend", ANY_ANY, prepend),
    Function::new("concat", &[], concat).and_any(Type::Any),
    Function::new("reverse", ANY, reverse),
    Function::new("mustReverse", ANY, reverse),
    Function::new("uniq", ANY, uniq),
    Function::new("mustUniq", ANY, uniq),
    Function::new("without", ANY, without).and_any(Type::Any),
    Function::new("mustWithout", ANY, without).and_any(Type::Any),
    Function::new("has", ANY_ANY, has),
    Function::new("mustHas", ANY_ANY, has),
    Function::new("slice", ANY, slice).and_any(Type::Any),
    Function::new("mustSlice", ANY, slice).and_any(Type::Any),
    Function::new("chunk", INT_ANY, chunk),
    Function::new("mustChunk", INT_ANY, chunk),
    Function::new("compact", ANY, compact),
    Function::new("mustCompact", ANY, compact),
];

fn list(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    made(m, args.0.to_vec())
}

fn first(_: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let list = a_list(args.any(0), "Cannot find first on type")?;
    Ok(list.get(0).unwrap_or(Value::Nil))
}

fn last(_: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let list = a_list(args.any(0), "Cannot find last on type")?;
    let last = list.len().checked_sub(1).and_then(|index| list.get(index));
    Ok(last.unwrap_or(Value::Nil))
}

/// Of an empty list, nil.
fn rest(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let list = a_list(args.any(0), "Cannot find rest on type")?;
    match list.slice(1, list.len()) {
        Some(rest) => made(m, rest.to_vec()),
        None => Ok(Value::List(List::nil(Elements::Any))),
    }
}

/// Of an empty list, nil.
fn initial(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let list = a_list(args.any(0), "Cannot find initial on type")?;
    match list.len().checked_sub(1).and_then(|end| list.slice(0, end)) {
        Some(initial) => made(m, initial.to_vec()),
        None => Ok(Value::List(List::nil(Elements::Any))),
    }
}

fn append(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut items = a_list(args.any(0), "Cannot push on type")?.to_vec();
    items.push(args.any(1).clone());
    made(m, items)
}

fn prepend(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let list = a_list(args.any(0), "Cannot prepend on type")?;
    made(m, std::iter::once(args.any(1).clone()).chain(list.iter()).collect())
}

/// Without any item, nil.
fn concat(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut items = Vec::new();
    for value in args.from(0) {
        let list = match value {
            Value::List(list) => list,
            value => {
                let kind = kind(value)?;
                return Err(Failure::said(format!("Cannot concat type {kind} as list")));
            }
        };
        if items.len().saturating_add(list.len()).saturating_mul(64) > m.budget.limits().value {
            return Err(Failure::Cap(Cap::Value));
        }
        m.budget.spend(1 + list.len() as u64)?;
        // Before the items are gathered: of a thousand lists they are many.
        m.budget.make(list.len().saturating_mul(64))?;
        items.extend(list.iter());
    }
    if items.is_empty() {
        return Ok(Value::List(List::nil(Elements::Any)));
    }
    m.budget.make(LIST)?;
    Ok(Value::List(m.paid_list(Elements::Any, items)))
}

fn reverse(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let list = a_list(args.any(0), "Cannot find reverse on type")?;
    made(m, list.iter().rev().collect())
}

fn compact(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let list = a_list(args.any(0), "Cannot compact on type")?;
    m.budget.spend(list.len() as u64)?;
    made(m, list.iter().filter(Value::is_true).collect())
}

fn uniq(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let list = a_list(args.any(0), "Cannot find uniq on type")?;
    let mut kept = Vec::new();
    for item in list.iter() {
        if !is_among(m, &kept, &item)? {
            kept.push(item);
        }
    }
    made(m, kept)
}

fn without(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let list = a_list(args.any(0), "Cannot find without on type")?;
    m.budget.spend(list.len() as u64)?;
    let mut kept = Vec::new();
    for item in list.iter() {
        if !is_among(m, args.from(1), &item)? {
            kept.push(item);
        }
    }
    made(m, kept)
}

/// Nil has nothing, which is no error here.
fn has(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    if args.any(1).is_nothing() {
        return Ok(Value::Bool(false));
    }
    let list = a_list(args.any(1), "Cannot find has on type")?;
    for item in list.iter() {
        if deep_equal(m.budget, args.any(0), &item)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

/// Of an empty list, nothing, whatever the ends. A third end is ignored. The end may lie beyond the list's, within the one that it
/// is a slice of.
fn slice(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let list = a_list(args.any(0), "list should be type of slice or array but")?;
    if list.len() == 0 {
        return Ok(Value::Nil);
    }
    let start = match args.from(1).first() {
        Some(start) => usize::try_from(to_int64(m, start)?).ok(),
        None => Some(0),
    };
    let end = match args.from(2).first() {
        Some(end) => usize::try_from(to_int64(m, end)?).ok(),
        None => Some(list.len()),
    };
    let part = start.zip(end).and_then(|(start, end)| list.reslice(start, end));
    part.map(Value::List).ok_or_else(|| Failure::said("reflect.Value.Slice: slice index out of bounds"))
}

/// Go counts the chunks in floats, so that sizes of 0 and below give an error or nothing at all.
fn chunk(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let size = args.int(0)?;
    let list = a_list(args.any(1), "Cannot chunk type")?;
    let out_of_range = || Failure::said("runtime error: makeslice: len out of range");
    let count = ((list.len() as f64 - 1.0) / size as f64).floor() + 1.0;
    // A size below 0 leaves the items of a longer list out, and makes a chunk of a single item.
    let is_made = count >= 0.0 && (size > 0 || count == 0.0 || (list.len() == 1 && size < -1));
    if !is_made {
        return Err(out_of_range());
    }
    let mut chunks = Vec::new();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let mut start = 0;
    while count > 0.0 && start < list.len() {
        let end = start.saturating_add(size).min(list.len());
        let items = list.slice(start, end).ok_or_else(out_of_range)?.to_vec();
        chunks.push(Value::List(m.list(Elements::Any, items)?));
        start = end;
    }
    Ok(Value::List(m.list(Elements::List, chunks)?))
}

/// Whether a list has the value.
fn is_among(m: &mut Machine<'_>, items: &[Value], value: &Value) -> Result<bool, Failure> {
    for item in items {
        if deep_equal(m.budget, value, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn made(m: &mut Machine<'_>, items: Vec<Value>) -> Result<Value, Failure> {
    Ok(Value::List(m.list(Elements::Any, items)?))
}

/// The list, or Go's error: of nothing it asks for the type, which is a nil dereference.
fn a_list<'a>(value: &'a Value, complaint: &str) -> Result<&'a List, Failure> {
    match value {
        Value::List(list) => Ok(list),
        value => Err(Failure::said(format!("{complaint} {}", kind(value)?))),
    }
}

fn kind(value: &Value) -> Result<&'static str, Failure> {
    let nil = || Failure::said("runtime error: invalid memory address or nil pointer dereference");
    value.type_of().map(Type::kind).ok_or_else(nil)
}
