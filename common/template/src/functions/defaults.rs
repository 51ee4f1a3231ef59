//! sprig's defaults: what is empty is what `if` takes for false.

use crate::failure::Failure;
use crate::functions::{Args, Function};
use crate::machine::Machine;
use crate::value::{Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("all", &[], all).and_any(Type::Any),
    Function::new("any", &[], any).and_any(Type::Any),
    Function::new("coalesce", &[], coalesce).and_any(Type::Any),
    Function::new("default", &[Type::Any], default).and_any(Type::Any),
    Function::new("empty", &[Type::Any], empty),
    Function::new("ternary", &[Type::Any, Type::Any, Type::Bool], ternary),
];

fn all(_: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(args.from(0).iter().all(Value::is_true)))
}

fn any(_: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(args.from(0).iter().any(Value::is_true)))
}

fn coalesce(_: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(args.from(0).iter().find(|value| value.is_true()).cloned().unwrap_or(Value::Nil))
}

/// The second argument, or the first where that is empty or missing. Further ones are ignored.
fn default(_: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(args.any(if args.any(1).is_true() { 1 } else { 0 }).clone())
}

fn empty(_: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(!args.any(0).is_true()))
}

fn ternary(_: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(args.any(if args.bool(2)? { 0 } else { 1 }).clone())
}
