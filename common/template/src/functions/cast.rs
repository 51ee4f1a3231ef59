//! sprig's conversions: everything to a text, an integer or a float.

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::format;
use crate::functions::{Args, Function};
use crate::go::number::{nearest_int, parse_float, parse_int};
use crate::machine::Machine;
use crate::value::{Elements, Text, Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("atoi", &[Type::String], atoi),
    Function::new("float64", &[Type::Any], float64),
    Function::new("int", &[Type::Any], int),
    Function::new("int64", &[Type::Any], int64),
    Function::new("toDecimal", &[Type::Any], octal),
    Function::new("toString", &[Type::Any], text),
    Function::new("toStrings", &[Type::Any], texts),
];

/// sprig's strval: a text as it is, bytes, and what `%v` prints of everything else. Paid for.
pub(crate) fn to_text(m: &mut Machine<'_>, value: &Value) -> Result<Vec<u8>, Failure> {
    match value {
        Value::Text(text) => {
            m.budget.make(text.len())?;
            Ok(text.to_vec())
        }
        Value::List(list) if list.elements() == Elements::Byte => {
            m.budget.make(list.len())?;
            m.budget.spend(list.len() as u64)?;
            Ok(std::mem::take(&mut *list.bytes()))
        }
        value => format::print(m, std::slice::from_ref(value)),
    }
}

/// [`to_text`] for one that is kept: a text is shared, not copied.
pub(crate) fn as_text(m: &mut Machine<'_>, value: &Value) -> Result<Text, Failure> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        value => to_text(m, value).map(Text::from),
    }
}

/// sprig's strslice: the texts of a list's items without those that are nil; of anything else a single text, of nil none.
/// Paid for.
pub(crate) fn to_texts(m: &mut Machine<'_>, value: &Value) -> Result<Vec<Text>, Failure> {
    match value {
        Value::Missing | Value::Nil => Ok(Vec::new()),
        Value::List(list) => {
            m.budget.make(list.len().saturating_mul(8))?;
            m.budget.spend(list.len() as u64)?;
            list.iter().filter(|item| !item.is_nothing()).map(|item| as_text(m, &item)).collect()
        }
        value => Ok(vec![as_text(m, value)?]),
    }
}

/// cast.ToInt64 and cast.ToInt: 0 where they cannot. A text takes its base from its prefix; a fraction of zeros is cut off, any
/// other makes it 0. A float beyond the type is what amd64 makes of it. Reading a long text is paid for.
pub(crate) fn to_int64(m: &mut Machine<'_>, value: &Value) -> Result<i64, Failure> {
    Ok(match value {
        Value::Bool(yes) => i64::from(*yes),
        Value::Int(n) | Value::Int64(n) | Value::Month(n) | Value::Weekday(n) => *n,
        Value::Uint8(n) => i64::from(*n),
        Value::Uint64(n) => *n as i64,
        Value::Float(n) => truncate(*n),
        Value::Text(text) => {
            m.budget.spend(digits(text))?;
            parse_int(without_zero_fraction(text), 0).unwrap_or(0)
        }
        _ => 0,
    })
}

/// cast.ToFloat64: 0 where it cannot. Reading a long text is paid for.
pub(crate) fn to_float64(m: &mut Machine<'_>, value: &Value) -> Result<f64, Failure> {
    Ok(match value {
        Value::Bool(yes) => f64::from(u8::from(*yes)),
        Value::Int(n) | Value::Int64(n) | Value::Month(n) | Value::Weekday(n) => *n as f64,
        Value::Uint8(n) => f64::from(*n),
        Value::Uint64(n) => *n as f64,
        Value::Float(n) => *n,
        Value::Text(text) => {
            m.budget.spend(digits(text))?;
            // It is copied without its underscores.
            m.budget.borrow(text.len())?;
            let number = parse_float(text);
            m.budget.give_back(text.len());
            number.unwrap_or(0.0)
        }
        _ => 0.0,
    })
}

/// The steps for reading a number of so many digits.
fn digits(text: &[u8]) -> u64 {
    text.len() as u64 / 24
}

/// `int64(float)` of Go on amd64: what does not fit, and NaN, is the smallest integer.
fn truncate(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) { number as i64 } else { i64::MIN }
}

/// Without `.0`, `.00` and so on at its end.
fn without_zero_fraction(text: &[u8]) -> &[u8] {
    let zeros = text.iter().rev().take_while(|byte| **byte == b'0').count();
    match text.get(..text.len().saturating_sub(zeros)) {
        Some([whole @ .., b'.']) if zeros > 0 => whole,
        _ => text,
    }
}

/// `strconv.Atoi` without its error.
fn atoi(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let text = args.text(0)?;
    m.budget.spend(digits(text))?;
    Ok(Value::Int(nearest_int(text)))
}

fn int(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    to_int64(m, args.any(0)).map(Value::Int)
}

fn int64(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    to_int64(m, args.any(0)).map(Value::Int64)
}

fn float64(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    to_float64(m, args.any(0)).map(Value::Float)
}

/// Reads what the value prints as an octal number (the mode of a file), or 0.
fn octal(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let printed = Zeroizing::new(format::print(m, args.from(0))?);
    Ok(Value::Int64(parse_int(&printed, 8).unwrap_or(0)))
}

fn text(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    as_text(m, args.any(0)).map(Value::Text)
}

/// A `[]string` stays the same list.
fn texts(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    if let Value::List(list) = args.any(0)
        && list.elements() == Elements::String
    {
        return Ok(args.any(0).clone());
    }
    let texts = to_texts(m, args.any(0))?;
    m.list(Elements::String, texts.into_iter().map(Value::Text).collect()).map(Value::List)
}
