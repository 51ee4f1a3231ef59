//! Texts to lists of texts and back.

use memchr::memmem;

use crate::failure::Failure;
use crate::format;
use crate::functions::cast::{as_text, to_texts};
use crate::functions::strings::pay_for_searcher;
use crate::functions::{Args, Function};
use crate::go::unicode;
use crate::machine::Machine;
use crate::value::{Elements, MapKind, Text, Type, Value};

const STRING: Type = Type::String;

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("cat", &[], cat).and_any(Type::Any),
    Function::new("join", &[STRING, Type::Any], join),
    Function::new("sortAlpha", &[Type::Any], sort_alpha),
    Function::new("split", &[STRING, STRING], |m, args| split(m, args.text(0)?, -1, args.text(1)?)),
    Function::new("splitList", &[STRING, STRING], split_list),
    Function::new("splitn", &[STRING, Type::Int, STRING], |m, args| {
        split(m, args.text(0)?, args.int(1)?, args.text(2)?)
    }),
];

fn split_list(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut items = Vec::new();
    for piece in pieces(m, args.text(0)?, args.text(1)?, -1)? {
        items.push(m.text(piece)?);
    }
    Ok(Value::List(m.list(Elements::String, items)?))
}

/// The pieces by number: `_0`, `_1` …
fn split(m: &mut Machine<'_>, separator: &Text, limit: i64, text: &Text) -> Result<Value, Failure> {
    let map = m.map(MapKind::String)?;
    for (number, piece) in pieces(m, separator, text, limit)?.into_iter().enumerate() {
        let piece = m.text(piece)?;
        let key = Text::from(format!("_{number}").as_str());
        map.set(m.budget, key, piece)?;
    }
    Ok(Value::Map(map))
}

/// `strings.SplitN`: at most so many pieces, the last of them with all that is left; with a negative number all of them. An
/// empty separator splits after every rune. The list is paid for here, its texts are not.
fn pieces<'a>(
    m: &mut Machine<'_>,
    separator: &[u8],
    text: &'a [u8],
    limit: i64,
) -> Result<Vec<&'a [u8]>, Failure> {
    let limit = if limit < 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) };
    if limit == 0 {
        return Ok(Vec::new());
    }
    m.budget.read(text.len())?;
    pay_for_searcher(m, separator)?;
    let finder = memmem::Finder::new(separator);
    let all = if separator.is_empty() {
        m.budget.walk(text.len())?;
        unicode::runes(text).count()
    } else {
        finder.find_iter(text).count().saturating_add(1)
    };
    let count = all.min(limit);
    // What each piece takes beside its bytes.
    m.budget.make(count.saturating_mul(64))?;
    let mut pieces = Vec::with_capacity(count);
    let mut start = 0;
    if separator.is_empty() {
        for (_, rune) in unicode::runes(text).take(count.saturating_sub(1)) {
            pieces.push(rune);
            start += rune.len();
        }
    } else {
        for found in finder.find_iter(text).take(count.saturating_sub(1)) {
            pieces.push(text.get(start..found).unwrap_or_default());
            start = found + separator.len();
        }
    }
    if count > 0 {
        pieces.push(text.get(start..).unwrap_or_default());
    }
    Ok(pieces)
}

/// What is not nil, each as `%v` prints it, with blanks between.
fn cat(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut printed = Vec::new();
    for value in args.from(0).iter().filter(|value| !value.is_nothing()) {
        printed.push(match value {
            Value::Text(text) => text.clone(),
            other => Text::from(format::print(m, std::slice::from_ref(other))?),
        });
    }
    joined(m, b" ", &printed)
}

/// A list's items, or the one value, as texts with the separator between; items that are nil are left out.
fn join(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let texts = to_texts(m, args.any(1))?;
    joined(m, args.text(0)?, &texts)
}

fn joined(m: &mut Machine<'_>, separator: &[u8], texts: &[Text]) -> Result<Value, Failure> {
    let size = texts.iter().fold(0_usize, |size, text| size.saturating_add(text.len()));
    let size = texts.len().saturating_sub(1).saturating_mul(separator.len()).saturating_add(size);
    m.budget.make(size)?;
    let mut out = Vec::with_capacity(size);
    for (number, text) in texts.iter().enumerate() {
        if number > 0 {
            out.extend_from_slice(separator);
        }
        out.extend_from_slice(text);
    }
    Ok(Value::text(out))
}

/// Sorts by bytes. A `[]string` is sorted in place, so that whoever shares it sees that; other lists are copied.
fn sort_alpha(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let value = args.any(0);
    let Value::List(list) = value else {
        let text = as_text(m, value)?;
        return Ok(Value::List(m.list(Elements::String, vec![Value::Text(text)])?));
    };
    let mut texts = to_texts(m, value)?;
    // Comparing looks at what two texts have in common, which is at most the shorter one.
    let rounds = texts.len().checked_ilog2().map_or(0, |rounds| rounds as usize + 1);
    let bytes = texts.iter().fold(0_usize, |size, text| size.saturating_add(text.len()));
    m.budget.read(bytes.saturating_mul(rounds))?;
    m.budget.spend(texts.len().saturating_mul(rounds) as u64 / 4)?;
    texts.sort_unstable();
    let sorted = texts.into_iter().map(Value::Text).collect();
    if list.elements() == Elements::String {
        list.replace(sorted);
        return Ok(value.clone());
    }
    Ok(Value::List(m.list(Elements::String, sorted)?))
}
