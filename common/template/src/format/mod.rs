//! `fmt` over values: print, println, printf.

use crate::machine::{Failure, Machine};
use crate::value::Value;

/// `fmt.Sprint`. Paid for while it grows, so that the result is wrapped by [`Value::text`] as it is.
pub(crate) fn print(_m: &mut Machine<'_>, _values: &[Value]) -> Result<Vec<u8>, Failure> {
    unimplemented!()
}

/// `fmt.Sprintln`.
pub(crate) fn println(_m: &mut Machine<'_>, _values: &[Value]) -> Result<Vec<u8>, Failure> {
    unimplemented!()
}

/// `fmt.Sprintf`.
pub(crate) fn printf(_m: &mut Machine<'_>, _format: &[u8], _values: &[Value]) -> Result<Vec<u8>, Failure> {
    unimplemented!()
}
