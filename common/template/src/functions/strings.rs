//! Texts cut, searched and put together.

use memchr::memmem;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::functions::random::below;
use crate::functions::{Args, Function};
use crate::go::unicode;
use crate::machine::Machine;
use crate::value::{Text, Type, Value};

const STRING: Type = Type::String;
const INT: Type = Type::Int;

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("contains", &[STRING, STRING], contains),
    Function::new("hasPrefix", &[STRING, STRING], |m, args| {
        m.budget.read(args.text(0)?.len())?;
        Ok(Value::Bool(args.text(1)?.starts_with(args.text(0)?)))
    }),
    Function::new("hasSuffix", &[STRING, STRING], |m, args| {
        m.budget.read(args.text(0)?.len())?;
        Ok(Value::Bool(args.text(1)?.ends_with(args.text(0)?)))
    }),
    Function::new("hello", &[], |m, _| m.text("Hello!")),
    Function::new("initials", &[STRING], initials),
    Function::new("nospace", &[STRING], nospace),
    Function::new("plural", &[STRING, STRING, INT], |_, args| {
        Ok(Value::Text(args.text(if args.int(2)? == 1 { 0 } else { 1 })?.clone()))
    }),
    Function::new("repeat", &[INT, STRING], |m, args| repeat(m, args.text(1)?, args.int(0)?)),
    Function::new("replace", &[STRING, STRING, STRING], |m, args| {
        let [old, new, text] = [args.text(0)?, args.text(1)?, args.text(2)?];
        m.budget.read(old.len())?;
        Ok(Value::Text(if old == new { text.clone() } else { replace(m, text, old, new)? }))
    }),
    Function::new("shuffle", &[STRING], shuffle).unsettled(),
    Function::new("substr", &[INT, INT, STRING], substr),
    Function::new("trim", &[STRING], |m, args| {
        let text = args.text(0)?;
        m.budget.read(text.len().saturating_mul(4))?;
        trimmed(m, text, unicode::is_space)
    }),
    Function::new("trimAll", &[STRING, STRING], trim_all),
    Function::new("trimall", &[STRING, STRING], trim_all),
    Function::new("trimPrefix", &[STRING, STRING], |m, args| {
        let (prefix, text) = (args.text(0)?, args.text(1)?);
        m.budget.read(prefix.len())?;
        text.strip_prefix(&**prefix).map_or_else(|| Ok(Value::Text(text.clone())), |rest| m.text(rest))
    }),
    Function::new("trimSuffix", &[STRING, STRING], |m, args| {
        let (suffix, text) = (args.text(0)?, args.text(1)?);
        m.budget.read(suffix.len())?;
        text.strip_suffix(&**suffix).map_or_else(|| Ok(Value::Text(text.clone())), |rest| m.text(rest))
    }),
    Function::new("trunc", &[INT, STRING], trunc),
];

/// `strings.Repeat`.
pub(crate) fn repeat(m: &mut Machine<'_>, text: &Text, count: i64) -> Result<Value, Failure> {
    match count {
        0 => return m.text(""),
        1 => return Ok(Value::Text(text.clone())),
        ..0 => return Err(Failure::said("strings: negative Repeat count")),
        _ => {}
    }
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    match text.len().checked_mul(count) {
        Some(size) if i64::try_from(size).is_ok() => m.budget.make(size)?,
        _ => return Err(Failure::said("strings: Repeat output length overflow")),
    }
    // A text of no bytes may be repeated 2^63 times; the standard library takes that in one stride.
    Ok(Value::text(text.repeat(count)))
}

/// `strings.ReplaceAll`; an empty old text is found before every rune and at the end.
pub(crate) fn replace(m: &mut Machine<'_>, text: &Text, old: &[u8], new: &[u8]) -> Result<Text, Failure> {
    m.budget.read(text.len())?;
    if old.is_empty() {
        m.budget.walk(text.len().saturating_mul(2))?;
        let count = unicode::runes(text).count();
        let size = count.saturating_add(1).saturating_mul(new.len()).saturating_add(text.len());
        m.budget.make(size)?;
        let mut out = Vec::with_capacity(size);
        out.extend_from_slice(new);
        for (_, rune) in unicode::runes(text) {
            out.extend_from_slice(rune);
            out.extend_from_slice(new);
        }
        return Ok(Text::from(out));
    }
    pay_for_searcher(m, old)?;
    let finder = memmem::Finder::new(old);
    let count = finder.find_iter(text).count();
    if count == 0 {
        return Ok(text.clone());
    }
    m.budget.spend(count as u64 / 2)?;
    let kept = text.len().saturating_sub(count.saturating_mul(old.len()));
    let size = count.saturating_mul(new.len()).saturating_add(kept);
    m.budget.make(size)?;
    let mut out = Vec::with_capacity(size);
    let mut start = 0;
    for found in finder.find_iter(text) {
        out.extend_from_slice(text.get(start..found).unwrap_or_default());
        out.extend_from_slice(new);
        start = found + old.len();
    }
    out.extend_from_slice(text.get(start..).unwrap_or_default());
    Ok(Text::from(out))
}

/// A search of a long piece begins with a study of the piece that takes some nanoseconds a byte, however short the text is.
pub(crate) fn pay_for_searcher(m: &mut Machine<'_>, piece: &[u8]) -> Result<(), Failure> {
    m.budget.read(piece.len().saturating_mul(4))
}

fn contains(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (part, text) = (args.text(0)?, args.text(1)?);
    pay_for_searcher(m, part)?;
    m.budget.read(text.len())?;
    Ok(Value::Bool(memmem::find(text, part).is_some()))
}

/// `strings.Trim`: the first argument is a set of runes.
fn trim_all(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (set, text) = (args.text(0)?, args.text(1)?);
    m.budget.make(set.len().saturating_mul(4))?;
    m.budget.read(set.len().saturating_mul(8).saturating_add(text.len()))?;
    // Each rune of the text is looked up in the set.
    m.budget.spend(text.len() as u64 / 8)?;
    let mut runes = Zeroizing::new(Vec::with_capacity(set.len()));
    runes.extend(unicode::runes(set).map(|(rune, _)| rune));
    runes.sort_unstable();
    trimmed(m, text, |rune| runes.binary_search(&rune).is_ok())
}

fn trimmed(m: &mut Machine<'_>, text: &Text, goes: impl Fn(char) -> bool) -> Result<Value, Failure> {
    let mut rest: &[u8] = text;
    while let Some((_, width)) = unicode::decode(rest).filter(|(rune, _)| goes(*rune)) {
        rest = rest.get(width..).unwrap_or_default();
    }
    while let Some((_, width)) = unicode::decode_last(rest).filter(|(rune, _)| goes(*rune)) {
        rest = rest.get(..rest.len().saturating_sub(width)).unwrap_or_default();
    }
    if rest.len() == text.len() { Ok(Value::Text(text.clone())) } else { m.text(rest) }
}

/// goutils takes each byte for a rune: a byte of A0 or 85 is white space, and what is not ASCII is ruined where something
/// is deleted.
fn nospace(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let text = args.text(0)?;
    m.budget.walk(text.len())?;
    if !text.iter().any(|byte| unicode::is_space(char::from(*byte))) {
        return Ok(Value::Text(text.clone()));
    }
    let kept = || text.iter().map(|byte| char::from(*byte)).filter(|rune| !unicode::is_space(*rune));
    from_runes(m, kept)
}

/// The first byte of each word, each byte taken for a rune.
fn initials(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let text = args.text(0)?;
    m.budget.walk(text.len())?;
    let first = || {
        let mut after_gap = true;
        text.iter().map(|byte| char::from(*byte)).filter(move |rune| {
            let gap = unicode::is_space(*rune);
            std::mem::replace(&mut after_gap, gap) && !gap
        })
    };
    from_runes(m, first)
}

/// A text of these runes, measured before it is made.
pub(crate) fn from_runes<R: Iterator<Item = char>>(
    m: &mut Machine<'_>,
    runes: impl Fn() -> R,
) -> Result<Value, Failure> {
    let size = runes().map(char::len_utf8).sum();
    m.budget.make(size)?;
    let mut out = Vec::with_capacity(size);
    for rune in runes() {
        out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Ok(Value::text(out))
}

/// A negative start means from 0, a negative end or one beyond the text to its end; with a negative start, though, the end
/// is taken as it is.
fn substr(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (start, end, text) = (args.int(0)?, args.int(1)?, args.text(2)?);
    let length = text.len();
    let range = |start: i64, end: i64| {
        let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
        text.get(start..end)
    };
    let whole = i64::try_from(length).unwrap_or(i64::MAX);
    let (part, bounds) = if start < 0 {
        let bounds = if end < 0 { format!("[:{end}]") } else { format!("[:{end}] with length {length}") };
        (range(0, end), bounds)
    } else if end < 0 || end > whole {
        (range(start, whole), format!("[{start}:{length}]"))
    } else {
        (range(start, end), format!("[{start}:{end}]"))
    };
    match part {
        Some(part) => m.text(part),
        None => Err(Failure::said(format!("runtime error: slice bounds out of range {bounds}"))),
    }
}

/// So many bytes from the start, or with a negative number from the end.
fn trunc(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (count, text) = (args.int(0)?, args.text(1)?);
    let bytes = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if bytes >= text.len() {
        return Ok(Value::Text(text.clone()));
    }
    let part = if count < 0 { text.get(text.len() - bytes..) } else { text.get(..bytes) };
    m.text(part.unwrap_or_default())
}

/// The runes in another order, each order equally likely.
fn shuffle(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let text = args.text(0)?;
    m.budget.make(text.len().saturating_mul(4))?;
    m.budget.spend(text.len() as u64)?;
    let mut runes = Zeroizing::new(Vec::with_capacity(text.len()));
    runes.extend(unicode::runes(text).map(|(rune, _)| rune));
    for last in (1..runes.len()).rev() {
        let other = usize::try_from(below(m.entropy, last as u64 + 1)).unwrap_or_default();
        runes.swap(last, other);
    }
    from_runes(m, || runes.iter().copied())
}
