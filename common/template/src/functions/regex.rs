//! Regular expressions. The functions without `must` panic on a bad pattern where those with it fail, in other words; but
//! for regexMatch, which takes it for no match.

use std::ops::Range;

use crate::failure::{Failure, WITHHELD};
use crate::functions::{Args, Function};
use crate::go::regexp::{self, Refusal, Regexp, SyntaxError};
use crate::machine::Machine;
use crate::value::{Elements, List, Text, Type, Value};

const STRING: Type = Type::String;
const FIND: &[Type] = &[STRING, STRING];
const FIND_ALL: &[Type] = &[STRING, STRING, Type::Int];
const REPLACE: &[Type] = &[STRING, STRING, STRING];

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("mustRegexFind", FIND, |m, args| find(m, args, syntax)),
    Function::new("mustRegexFindAll", FIND_ALL, |m, args| find_all(m, args, syntax)),
    Function::new("mustRegexMatch", FIND, |m, args| is_match(m, args, |error| Err(syntax(error)))),
    Function::new("mustRegexReplaceAll", REPLACE, |m, args| replace_all(m, args, false, syntax)),
    Function::new("mustRegexReplaceAllLiteral", REPLACE, |m, args| replace_all(m, args, true, syntax)),
    Function::new("mustRegexSplit", FIND_ALL, |m, args| split(m, args, syntax)),
    Function::new("regexFind", FIND, |m, args| find(m, args, panic)),
    Function::new("regexFindAll", FIND_ALL, |m, args| find_all(m, args, panic)),
    Function::new("regexMatch", FIND, |m, args| is_match(m, args, |_| Ok(Value::Bool(false)))),
    Function::new("regexQuoteMeta", &[STRING], |m, args| {
        Ok(Value::text(regexp::quote_meta(args.text(0)?, m.budget)?))
    }),
    Function::new("regexReplaceAll", REPLACE, |m, args| replace_all(m, args, false, panic)),
    Function::new("regexReplaceAllLiteral", REPLACE, |m, args| replace_all(m, args, true, panic)),
    Function::new("regexSplit", FIND_ALL, |m, args| split(m, args, panic)),
];

/// Says what is wrong with a pattern, which may be a value and is withheld.
type Complaint = fn(&SyntaxError) -> Failure;

fn syntax(error: &SyntaxError) -> Failure {
    Failure::said(format!("error parsing regexp: {}: `{WITHHELD}`", error.reason))
}

fn panic(error: &SyntaxError) -> Failure {
    Failure::said(format!(
        "regexp: Compile(`{WITHHELD}`): error parsing regexp: {}: `{WITHHELD}`",
        error.reason
    ))
}

/// Does something with the compiled pattern, which is the first argument. Only patterns that Go takes are kept: memory and
/// steps are paid for once.
fn with<T>(
    m: &mut Machine<'_>,
    args: Args<'_>,
    complaint: impl FnOnce(&SyntaxError) -> Result<T, Failure>,
    work: impl FnOnce(&mut Machine<'_>, &mut Regexp, &Text) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (pattern, text) = (args.text(0)?, args.text(1)?);
    m.budget.read(pattern.len())?;
    let mut regexp = match m.patterns.remove(pattern) {
        Some(regexp) => regexp,
        None => match Regexp::compile(pattern, m.budget) {
            Ok(regexp) => regexp,
            Err(Refusal::Syntax(error)) => return complaint(&error),
            Err(Refusal::Failure(failure)) => return Err(failure),
        },
    };
    let result = work(m, &mut regexp, text);
    m.patterns.insert(pattern.clone(), regexp);
    result
}

fn is_match(
    m: &mut Machine<'_>,
    args: Args<'_>,
    complaint: fn(&SyntaxError) -> Result<Value, Failure>,
) -> Result<Value, Failure> {
    with(m, args, complaint, |m, regexp, text| regexp.is_match(text, m.budget).map(Value::Bool))
}

fn find(m: &mut Machine<'_>, args: Args<'_>, complaint: Complaint) -> Result<Value, Failure> {
    let complaint = |error: &SyntaxError| Err(complaint(error));
    with(m, args, complaint, |m, regexp, text| {
        let found = regexp.find(text, m.budget)?.unwrap_or_default();
        m.text(text.get(found).unwrap_or_default())
    })
}

fn find_all(m: &mut Machine<'_>, args: Args<'_>, complaint: Complaint) -> Result<Value, Failure> {
    let limit = args.int(2)?;
    let complaint = |error: &SyntaxError| Err(complaint(error));
    with(m, args, complaint, |m, regexp, text| {
        let found = regexp.find_all(text, limit, m.budget)?;
        if found.is_empty() {
            return Ok(Value::List(List::nil(Elements::String)));
        }
        texts(m, text, found)
    })
}

fn split(m: &mut Machine<'_>, args: Args<'_>, complaint: Complaint) -> Result<Value, Failure> {
    let limit = args.int(2)?;
    let complaint = |error: &SyntaxError| Err(complaint(error));
    with(m, args, complaint, |m, regexp, text| match regexp.split(text, limit, m.budget)? {
        Some(pieces) => texts(m, text, pieces),
        None => Ok(Value::List(List::nil(Elements::String))),
    })
}

fn replace_all(
    m: &mut Machine<'_>,
    args: Args<'_>,
    literal: bool,
    complaint: Complaint,
) -> Result<Value, Failure> {
    let replacement = args.text(2)?;
    let complaint = |error: &SyntaxError| Err(complaint(error));
    with(m, args, complaint, |m, regexp, text| {
        let replaced = regexp.replace_all(text, replacement, literal, m.budget)?;
        Ok(replaced.map_or_else(|| Value::Text(text.clone()), Value::text))
    })
}

fn texts(m: &mut Machine<'_>, text: &Text, pieces: Vec<Range<usize>>) -> Result<Value, Failure> {
    // What each text takes beside its bytes.
    m.budget.make(pieces.len().saturating_mul(64))?;
    let mut items = Vec::with_capacity(pieces.len());
    for piece in pieces {
        items.push(m.text(text.get(piece).unwrap_or_default())?);
    }
    Ok(Value::List(m.list(Elements::String, items)?))
}
