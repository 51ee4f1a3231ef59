//! The functions of `text/template` itself, but `slice`, which sprig replaces.

mod compare;
mod index;

use zeroize::Zeroizing;

use crate::failure::{Failure, WITHHELD};
use crate::format;
use crate::functions::{Args, Function};
use crate::go::{escape, url};
use crate::machine::Machine;
use crate::value::{Text, Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("and", &[Type::Reflect], and).and_any(Type::Reflect),
    Function::new("call", &[Type::Reflect], call).and_any(Type::Reflect),
    Function::new("eq", &[Type::Reflect], compare::eq).and_any(Type::Reflect),
    Function::new("ge", &[Type::Reflect, Type::Reflect], compare::ge),
    Function::new("gt", &[Type::Reflect, Type::Reflect], compare::gt),
    Function::new("html", &[], html).and_any(Type::Any),
    Function::new("index", &[Type::Reflect], index::index).and_any(Type::Reflect),
    Function::new("js", &[], js).and_any(Type::Any),
    Function::new("le", &[Type::Reflect, Type::Reflect], compare::le),
    Function::new("len", &[Type::Reflect], index::len),
    Function::new("lt", &[Type::Reflect, Type::Reflect], compare::lt),
    Function::new("ne", &[Type::Reflect, Type::Reflect], compare::ne),
    Function::new("not", &[Type::Reflect], not),
    Function::new("or", &[Type::Reflect], or).and_any(Type::Reflect),
    Function::new("print", &[], print).and_any(Type::Any),
    Function::new("printf", &[Type::String], printf).and_any(Type::Any),
    Function::new("println", &[], println).and_any(Type::Any),
    Function::new("urlquery", &[], urlquery).and_any(Type::Any),
];

/// The first argument that is false, else the last. The executor does it by itself, so that it evaluates no more than needed.
fn and(_m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(first_that(false, args))
}

/// The first argument that is true, else the last; see [`and`].
fn or(_m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(first_that(true, args))
}

fn first_that(decides: bool, args: Args<'_>) -> Value {
    let values = args.from(0);
    values.iter().find(|value| value.is_true() == decides).or(values.last()).cloned().unwrap_or_default()
}

fn not(_m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(!args.any(0).is_true()))
}

/// Fails with whatever value: none is a function. The executor says it where the callee is written in the template; here it
/// was piped, and Go quotes a text.
fn call(_m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let callee = args.any(0);
    Err(match callee.type_of() {
        None => Failure::said("call of nil"),
        Some(Type::String) => Failure::said(format!("non-function {WITHHELD} of type string")),
        Some(of) => Failure::said(format!("non-function <{0} Value> of type {0}", of.name())),
    })
}

fn print(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    format::print(m, args.from(0)).map(Value::text)
}

fn println(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    format::println(m, args.from(0)).map(Value::text)
}

fn printf(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    format::printf(m, args.text(0)?, args.from(1)).map(Value::text)
}

fn html(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    escaped(m, args, escape::html)
}

fn js(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    escaped(m, args, escape::js)
}

fn urlquery(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let text = printed(m, args.from(0))?;
    m.budget.walk(text.len().saturating_mul(2))?;
    m.text(url::query_escape(&text))
}

/// Escapes what the arguments print as. The result is measured and paid for before it is made.
fn escaped(m: &mut Machine<'_>, args: Args<'_>, escape: escape::Escape) -> Result<Value, Failure> {
    let text = printed(m, args.from(0))?;
    // Once to measure, once to write.
    m.budget.walk(text.len().saturating_mul(2))?;
    let mut length = 0_usize;
    escape(&text, &mut |piece| length = length.saturating_add(piece.len()));
    if length == text.len() {
        return Ok(Value::Text(text));
    }
    m.budget.make(length)?;
    let mut bytes = Vec::with_capacity(length);
    escape(&text, &mut |piece| bytes.extend_from_slice(piece));
    Ok(Value::text(bytes))
}

/// What the arguments print as together, nothing as `<no value>`, as an action prints it.
fn printed(m: &mut Machine<'_>, values: &[Value]) -> Result<Text, Failure> {
    if let [Value::Text(text)] = values {
        return Ok(text.clone());
    }
    m.budget.make(64_usize.saturating_mul(values.len()))?;
    let shown = |value: &Value| {
        if value.is_nothing() { Value::text(*b"<no value>") } else { value.clone() }
    };
    let values: Vec<Value> = values.iter().map(shown).collect();
    let mut bytes = Zeroizing::new(format::print(m, &values)?);
    Ok(Text::from(std::mem::take(&mut *bytes)))
}
