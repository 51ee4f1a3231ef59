//! sprig's conversions: everything to a text, an integer or a float.

use crate::format;
use crate::go::number::{parse_float, parse_int};
use crate::machine::{Failure, Machine};
use crate::value::{Elements, Text, Value};

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
            let byte = |item| if let Value::Uint8(byte) = item { byte } else { 0 };
            Ok(list.iter().map(byte).collect())
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
            m.budget.read(text.len())?;
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
            m.budget.read(text.len())?;
            parse_float(text).unwrap_or(0.0)
        }
        _ => 0.0,
    })
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
