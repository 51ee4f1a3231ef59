//! sprig's counting: until, untilStep, seq.

use crate::failure::{Cap, Failure};
use crate::functions::{Args, Function};
use crate::machine::{LIST, Machine};
use crate::value::{Elements, Growing, Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("seq", &[], seq).and_any(Type::Int),
    Function::new("until", &[Type::Int], until),
    Function::new("untilStep", &[Type::Int, Type::Int, Type::Int], until_step),
];

fn until(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let count = args.int(0)?;
    list(m, 0, count, if count < 0 { -1 } else { 1 })
}

fn until_step(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    list(m, args.int(0)?, args.int(1)?, args.int(2)?)
}

fn list(m: &mut Machine<'_>, start: i64, stop: i64, step: i64) -> Result<Value, Failure> {
    let most = m.budget.limits().value / 64;
    let mut items = Vec::new();
    for number in counted(start, stop, step) {
        if items.len() >= most {
            return Err(Failure::Cap(Cap::Value));
        }
        m.budget.make(64)?;
        items.push(Value::Int(number));
    }
    m.budget.make(LIST)?;
    Ok(Value::List(m.paid_list(Elements::Int, items)))
}

/// From 1, or from the first argument; the last number is included. A text with blanks, not a list. More than three arguments
/// give nothing.
fn seq(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let direction = |start, end| if end < start { -1 } else { 1 };
    let (start, step, end, beyond) = match args.len() {
        1 => {
            let end = args.int(0)?;
            let step = direction(1, end);
            (1, step, end, step)
        }
        2 => {
            let (start, end) = (args.int(0)?, args.int(1)?);
            let step = direction(start, end);
            (start, step, end, step)
        }
        3 => {
            let (start, step, end) = (args.int(0)?, args.int(1)?, args.int(2)?);
            if end < start && step > 0 {
                return m.text("");
            }
            (start, step, end, direction(start, end))
        }
        _ => return m.text(""),
    };
    let mut text = Growing::default();
    let mut blank: &[u8] = b"";
    for number in counted(start, end.wrapping_add(beyond), step) {
        text.write(m.budget, blank)?;
        text.write(m.budget, number.to_string().as_bytes())?;
        blank = b" ";
        m.budget.spend(1)?;
    }
    Ok(Value::text(text.finish()))
}

/// The numbers from the start until the stop, without it. A counter that overflows goes on at the other end of the integers,
/// as in Go, where this eats all memory.
fn counted(start: i64, stop: i64, step: i64) -> impl Iterator<Item = i64> {
    let goes = move |number: &i64| match step.signum() {
        1 => *number < stop,
        -1 => *number > stop,
        _ => false,
    };
    std::iter::successors(Some(start), move |number| Some(number.wrapping_add(step))).take_while(goes)
}
