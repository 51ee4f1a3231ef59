//! Texts fitted to a width: indented, wrapped, abbreviated. A column is a byte.

use memchr::{memchr, memrchr};

use crate::failure::Failure;
use crate::functions::strings::replace;
use crate::functions::{Args, Function};
use crate::machine::Machine;
use crate::value::{Text, Type, Value};

const STRING: Type = Type::String;
const INT: Type = Type::Int;

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("abbrev", &[INT, STRING], |m, args| abbrev(m, 0, args.int(0)?, args.text(1)?)),
    Function::new("abbrevboth", &[INT, INT, STRING], |m, args| {
        abbrev(m, args.int(0)?, args.int(1)?, args.text(2)?)
    }),
    Function::new("indent", &[INT, STRING], |m, args| indent(m, args, b"")),
    Function::new("nindent", &[INT, STRING], |m, args| indent(m, args, b"\n")),
    Function::new("wrap", &[INT, STRING], |m, args| wrap(m, args.text(1)?, args.int(0)?, b"", false)),
    Function::new("wrapWith", &[INT, STRING, STRING], |m, args| {
        wrap(m, args.text(2)?, args.int(0)?, args.text(1)?, true)
    }),
];

/// Pads every line, empty ones and the one after a last newline, too.
fn indent(m: &mut Machine<'_>, args: Args<'_>, before: &[u8]) -> Result<Value, Failure> {
    let (width, text) = (args.int(0)?, args.text(1)?);
    let Ok(width) = usize::try_from(width) else {
        return Err(Failure::said("strings: negative Repeat count"));
    };
    m.budget.make(width)?;
    let mut pad = Vec::with_capacity(width + 1);
    pad.push(b'\n');
    pad.resize(width + 1, b' ');
    let inner = replace(m, text, b"\n", &pad)?;
    let pad = pad.get(1..).unwrap_or_default();
    let size = before.len() + pad.len() + inner.len();
    m.budget.make(size)?;
    let mut out = Vec::with_capacity(size);
    for part in [before, pad, &inner] {
        out.extend_from_slice(part);
    }
    Ok(Value::text(out))
}

/// goutils' WrapCustom; an empty separator is a newline.
fn wrap(
    m: &mut Machine<'_>,
    text: &Text,
    width: i64,
    separator: &[u8],
    break_words: bool,
) -> Result<Value, Failure> {
    let separator = if separator.is_empty() { b"\n" } else { separator };
    let width = usize::try_from(width).unwrap_or_default().max(1);
    m.budget.read(text.len())?;
    let mut lines = 0_usize;
    let mut bytes = 0_usize;
    each_line(text, width, break_words, |line| {
        lines += 1;
        bytes += line.len();
    });
    m.budget.spend(lines as u64 / 4)?;
    let size = lines.saturating_sub(1).saturating_mul(separator.len()).saturating_add(bytes);
    m.budget.make(size)?;
    let mut out = Vec::with_capacity(size);
    let mut first = true;
    each_line(text, width, break_words, |line| {
        if !std::mem::replace(&mut first, false) {
            out.extend_from_slice(separator);
        }
        out.extend_from_slice(line);
    });
    Ok(Value::text(out))
}

/// Calls with each line. Blanks at the start of a line are dropped while more than a line is left; a word longer than a
/// line is broken or goes on to its end.
fn each_line(text: &[u8], width: usize, break_words: bool, mut line: impl FnMut(&[u8])) {
    let mut rest = text;
    while rest.len() > width {
        if let Some(after) = rest.strip_prefix(b" ") {
            rest = after;
            continue;
        }
        // The blank may be the first byte that does not fit.
        let fitting = rest.get(..=width).unwrap_or(rest);
        let end = match memrchr(b' ', fitting) {
            Some(blank) => blank,
            None if break_words => {
                let (part, after) = rest.split_at_checked(width).unwrap_or((rest, b""));
                line(part);
                rest = after;
                continue;
            }
            None => match rest.get(width..).and_then(|after| memchr(b' ', after)) {
                Some(blank) => width + blank,
                None => break,
            },
        };
        line(rest.get(..end).unwrap_or_default());
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    line(rest);
}

/// goutils' AbbreviateFull; a width that has no room for the dots gives the text as it is.
fn abbrev(m: &mut Machine<'_>, offset: i64, width: i64, text: &Text) -> Result<Value, Failure> {
    let same = Ok(Value::Text(text.clone()));
    if width < 4 || (offset > 0 && width < 7) {
        return same;
    }
    let Some(width) = usize::try_from(width).ok().filter(|width| *width < text.len()) else {
        return same;
    };
    let kept = width - 3;
    let last = text.len() - kept;
    // Go subtracts without regard to overflow: an offset below all others counts as one beyond the end.
    let overflows = i64::try_from(text.len()).unwrap_or(i64::MAX).checked_sub(offset).is_none();
    let offset = if overflows { last } else { usize::try_from(offset).unwrap_or_default().min(last) };
    let part = |start: usize, length: usize| {
        text.get(start..).and_then(|rest| rest.get(..length)).unwrap_or_default()
    };
    let pieces: [&[u8]; 3] = if offset <= 4 {
        [b"", part(0, kept), b"..."]
    } else if width < 7 {
        // Only after the overflow: goutils' error, which sprig drops.
        [b""; 3]
    } else if offset < last {
        [b"...", part(offset, kept - 3), b"..."]
    } else {
        [b"...", part(last, kept), b""]
    };
    m.text(pieces.concat())
}
