//! sprig's quotes around texts.

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::format;
use crate::functions::cast::as_text;
use crate::functions::{Args, Function};
use crate::go::quote::{Shown, quote_to};
use crate::machine::Machine;
use crate::value::{Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("quote", &[], quote).and_any(Type::Any),
    Function::new("squote", &[], squote).and_any(Type::Any),
];

/// Each argument as a text in Go's double quotes, with blanks between; nil is left out.
fn quote(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut texts = Vec::new();
    let mut length: usize = 0;
    for value in args.from(0).iter().filter(|value| !value.is_nothing()) {
        let text = as_text(m, value)?;
        // Once to measure, once to write.
        m.budget.walk(text.len().saturating_mul(2))?;
        quote_to(&text, Shown::Printable, |piece| length = length.saturating_add(piece.len()));
        length = length.saturating_add(1);
        texts.push(text);
    }
    m.budget.make(length)?;
    let mut out = Vec::with_capacity(length);
    for text in texts {
        if !out.is_empty() {
            out.push(b' ');
        }
        quote_to(&text, Shown::Printable, |piece| out.extend_from_slice(piece));
    }
    Ok(Value::text(out))
}

/// Each argument as it prints, between single quotes that escape nothing; nil is left out.
fn squote(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut texts = Vec::new();
    let mut length: usize = 0;
    for value in args.from(0).iter().filter(|value| !value.is_nothing()) {
        let text = Zeroizing::new(format::print(m, std::slice::from_ref(value))?);
        length = length.saturating_add(text.len()).saturating_add(3);
        texts.push(text);
    }
    m.budget.make(length)?;
    let mut out = Vec::with_capacity(length);
    for text in texts {
        out.extend_from_slice(if out.is_empty() { b"'" } else { b" '" });
        out.extend_from_slice(&text);
        out.push(b'\'');
    }
    Ok(Value::text(out))
}
