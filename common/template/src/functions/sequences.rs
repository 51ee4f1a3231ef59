//! sprig's counting: until, untilStep, seq.

use crate::failure::{Cap, Failure};
use crate::functions::{Args, Function};
use crate::machine::Machine;
use crate::value::{Elements, Type, Value};

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
    // A list that would be refused is not made in full.
    let most = m.budget.limits().value / 64;
    let mut items = Vec::new();
    for number in counted(start, stop, step).take(most.saturating_add(1)) {
        m.budget.spend(1)?;
        items.push(Value::Int(number));
    }
    m.list(Elements::Int, items).map(Value::List)
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
    let most = m.budget.limits().value;
    let mut text = String::new();
    for number in counted(start, end.wrapping_add(beyond), step) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&number.to_string());
        if text.len() > most {
            return Err(Failure::Cap(Cap::Value));
        }
        m.budget.spend(1)?;
    }
    m.text(text)
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
