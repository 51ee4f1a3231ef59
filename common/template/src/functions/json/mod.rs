//! sprig's JSON, both ways, as `encoding/json` writes and reads it.

mod read;
mod write;

use crate::failure::Failure;
use crate::functions::{Args, Function};
use crate::machine::Machine;
use crate::value::{Text, Type, Value};

use read::read;
use write::{Style, write};

const ANY: &[Type] = &[Type::Any];
const STRING: &[Type] = &[Type::String];

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("toJson", ANY, |m, args| silently(write(m, args.any(0), Style::Compact))),
    Function::new("mustToJson", ANY, |m, args| write(m, args.any(0), Style::Compact)),
    Function::new("toPrettyJson", ANY, |m, args| silently(write(m, args.any(0), Style::Pretty))),
    Function::new("mustToPrettyJson", ANY, |m, args| write(m, args.any(0), Style::Pretty)),
    Function::new("toRawJson", ANY, |m, args| write(m, args.any(0), Style::Raw)),
    Function::new("mustToRawJson", ANY, |m, args| write(m, args.any(0), Style::Raw)),
    Function::new("fromJson", STRING, from_json),
    Function::new("mustFromJson", STRING, must_from_json),
];

/// Go's error becomes "", a limit stays one.
fn silently(written: Result<Value, Failure>) -> Result<Value, Failure> {
    match written {
        Err(Failure::Said(_)) => Ok(Value::Text(Text::default())),
        written => written,
    }
}

/// Nil where the text is no JSON, and instead of a number that no float can hold.
fn from_json(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (value, _) = read(m, args.text(0)?)?;
    Ok(value)
}

fn must_from_json(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    match read(m, args.text(0)?)? {
        (value, None) => Ok(value),
        (_, Some(complaint)) => Err(Failure::said(complaint)),
    }
}
