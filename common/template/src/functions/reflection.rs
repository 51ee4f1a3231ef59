//! sprig's look at types.

use crate::failure::Failure;
use crate::functions::{Args, Function};
use crate::machine::Machine;
use crate::value::{self, Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("deepEqual", &[Type::Any, Type::Any], deep_equal),
    Function::new("kindIs", &[Type::String, Type::Any], kind_is),
    Function::new("kindOf", &[Type::Any], kind_of),
    Function::new("typeIs", &[Type::String, Type::Any], type_is),
    Function::new("typeIsLike", &[Type::String, Type::Any], type_is_like),
    Function::new("typeOf", &[Type::Any], type_of),
];

fn deep_equal(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    value::deep_equal(m.budget, args.any(0), args.any(1)).map(Value::Bool)
}

fn kind_of(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    m.text(kind_name(args.any(0)))
}

fn kind_is(_: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(**args.text(0)? == *kind_name(args.any(1)).as_bytes()))
}

fn type_of(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    m.text(type_name(args.any(0)))
}

fn type_is(_: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(**args.text(0)? == *type_name(args.any(1)).as_bytes()))
}

/// Also true of a pointer to the type.
fn type_is_like(_: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let name = type_name(args.any(1)).as_bytes();
    let wanted = &**args.text(0)?;
    Ok(Value::Bool(wanted == name || name.strip_prefix(b"*") == Some(wanted)))
}

fn kind_name(value: &Value) -> &'static str {
    value.type_of().map_or("invalid", Type::kind)
}

fn type_name(value: &Value) -> &'static str {
    value.type_of().map_or("<nil>", Type::name)
}
