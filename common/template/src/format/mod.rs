//! `fmt` over values: print, println, printf.
//!
//! The result is paid for while it grows, and every value that is visited costs a step: a dictionary that holds itself, or a
//! list that is shared 2^n times, ends by the budget.

mod directives;
mod methods;
mod numbers;
mod printer;
mod texts;
mod values;

use crate::failure::Failure;
use crate::machine::Machine;
use crate::value::Value;
use printer::Printer;

/// `fmt.Sprint`: a blank stands between two operands when neither is a text. Paid for while it grows, so that the result is
/// wrapped by [`Value::text`] as it is.
pub(crate) fn print(m: &mut Machine<'_>, values: &[Value]) -> Result<Vec<u8>, Failure> {
    let mut printer = Printer::new(m.budget);
    let mut after_text = true;
    for value in values {
        let is_text = matches!(value, Value::Text(_));
        if !is_text && !after_text {
            printer.write(b" ")?;
        }
        printer.argument(value, 'v')?;
        after_text = is_text;
    }
    Ok(printer.finish())
}

/// `fmt.Sprintln`: a blank between all operands, and a newline.
pub(crate) fn println(m: &mut Machine<'_>, values: &[Value]) -> Result<Vec<u8>, Failure> {
    let mut printer = Printer::new(m.budget);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.write(b" ")?;
        }
        printer.argument(value, 'v')?;
    }
    printer.write(b"\n")?;
    Ok(printer.finish())
}

/// `fmt.Sprintf`. A wrong verb or a missing argument is no error: it shows in the result.
pub(crate) fn printf(m: &mut Machine<'_>, format: &[u8], values: &[Value]) -> Result<Vec<u8>, Failure> {
    let mut printer = Printer::new(m.budget);
    directives::print(&mut printer, format, values)?;
    Ok(printer.finish())
}

#[cfg(test)]
mod tests;
