//! Upper, lower and title case. A byte that is no UTF-8 comes out as U+FFFD.

use crate::failure::Failure;
use crate::functions::strings::from_runes;
use crate::functions::{Args, Function};
use crate::go::unicode;
use crate::machine::Machine;
use crate::value::{Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("lower", &[Type::String], |m, args| mapped(m, args, || unicode::to_lower)),
    Function::new("swapcase", &[Type::String], |m, args| mapped(m, args, swap)),
    Function::new("title", &[Type::String], |m, args| mapped(m, args, title)),
    Function::new("untitle", &[Type::String], |m, args| mapped(m, args, untitle)),
    Function::new("upper", &[Type::String], |m, args| mapped(m, args, || unicode::to_upper)),
];

/// Maps rune by rune; `map` starts anew, since the text is gone through twice: to measure, and to make the result.
fn mapped<F: FnMut(char) -> char>(
    m: &mut Machine<'_>,
    args: Args<'_>,
    map: impl Fn() -> F,
) -> Result<Value, Failure> {
    let text = args.text(0)?;
    // Twice, and a rune is looked up in several tables.
    m.budget.walk(text.len().saturating_mul(4))?;
    from_runes(m, || unicode::runes(text).map(|(rune, _)| rune).map(map()))
}

/// `strings.Title`: what follows a separator in title case, the rest as it is.
fn title() -> impl FnMut(char) -> char {
    let mut before = ' ';
    move |rune| {
        if is_separator(std::mem::replace(&mut before, rune)) { unicode::to_title(rune) } else { rune }
    }
}

fn is_separator(rune: char) -> bool {
    if rune.is_ascii() {
        !rune.is_ascii_alphanumeric() && rune != '_'
    } else {
        !unicode::is_letter(rune) && !unicode::is_digit(rune) && unicode::is_space(rune)
    }
}

/// goutils' Uncapitalize: the first rune of each word in lower case.
fn untitle() -> impl FnMut(char) -> char {
    let mut first = true;
    move |rune| {
        let space = unicode::is_space(rune);
        if std::mem::replace(&mut first, space) && !space { unicode::to_lower(rune) } else { rune }
    }
}

/// goutils' SwapCase: a lower case rune at the start or right after white space gets title case. What has no case ends that
/// start, but for white space.
fn swap() -> impl FnMut(char) -> char {
    let mut start = true;
    move |rune| {
        if unicode::is_upper(rune) || unicode::is_title(rune) {
            start = false;
            unicode::to_lower(rune)
        } else if unicode::is_lower(rune) {
            if std::mem::replace(&mut start, false) {
                unicode::to_title(rune)
            } else {
                unicode::to_upper(rune)
            }
        } else {
            start = unicode::is_space(rune);
            rune
        }
    }
}
