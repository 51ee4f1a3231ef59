//! sprig's way to end a template.

use crate::failure::{Failure, WITHHELD};
use crate::functions::{Args, Function};
use crate::machine::Machine;
use crate::value::{Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[Function::new("fail", &[Type::String], fail)];

/// The text is a value, even where the template has it as a constant: it is withheld.
fn fail(_: &mut Machine<'_>, _: Args<'_>) -> Result<Value, Failure> {
    Err(Failure::said(WITHHELD))
}
