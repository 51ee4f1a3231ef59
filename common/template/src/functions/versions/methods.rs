//! The methods of versions. The pointer has those of the value and more.

use std::cmp::Ordering;
use std::rc::Rc;

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::functions::{Args, Function, mistyped};
use crate::go::json::{Event, Scanner};
use crate::machine::Machine;
use crate::semver::{Parts, Version, ascii, check_metadata, check_prerelease, compare};
use crate::value::{Elements, Type, Value};

const POINTER: Type = Type::VersionPointer;
const BYTES: Type = Type::List(Elements::Byte);

/// The methods of `semver.Version`, which its Inc and Set methods give.
pub(crate) const VERSION_METHODS: &[Function] = &[
    Function::new("IncMajor", &[Type::Version], inc_major),
    Function::new("IncMinor", &[Type::Version], inc_minor),
    Function::new("IncPatch", &[Type::Version], inc_patch),
    Function::new("Major", &[Type::Version], major),
    Function::new("MarshalJSON", &[Type::Version], marshal_json),
    Function::new("MarshalText", &[Type::Version], marshal_text),
    Function::new("Metadata", &[Type::Version], metadata),
    Function::new("Minor", &[Type::Version], minor),
    Function::new("Patch", &[Type::Version], patch),
    Function::new("Prerelease", &[Type::Version], prerelease),
    Function::new("SetMetadata", &[Type::Version, Type::String], set_metadata),
    Function::new("SetPrerelease", &[Type::Version, Type::String], set_prerelease),
    Function::new("String", &[Type::Version], text),
    Function::new("Value", &[Type::Version], text),
];

/// The methods of `*semver.Version`.
pub(crate) const VERSION_POINTER_METHODS: &[Function] = &[
    Function::new("Compare", &[POINTER, POINTER], |m, args| Ok(Value::Int(order(m, args)? as i64))),
    Function::new("Equal", &[POINTER, POINTER], equal),
    Function::new("GreaterThan", &[POINTER, POINTER], |m, args| Ok(Value::Bool(order(m, args)?.is_gt()))),
    Function::new("GreaterThanEqual", &[POINTER, POINTER], |m, args| {
        Ok(Value::Bool(order(m, args)?.is_ge()))
    }),
    Function::new("IncMajor", &[POINTER], inc_major),
    Function::new("IncMinor", &[POINTER], inc_minor),
    Function::new("IncPatch", &[POINTER], inc_patch),
    Function::new("LessThan", &[POINTER, POINTER], |m, args| Ok(Value::Bool(order(m, args)?.is_lt()))),
    Function::new("LessThanEqual", &[POINTER, POINTER], |m, args| Ok(Value::Bool(order(m, args)?.is_le()))),
    Function::new("Major", &[POINTER], major),
    Function::new("MarshalJSON", &[POINTER], marshal_json),
    Function::new("MarshalText", &[POINTER], marshal_text),
    Function::new("Metadata", &[POINTER], metadata),
    Function::new("Minor", &[POINTER], minor),
    Function::new("Original", &[POINTER], original),
    Function::new("Patch", &[POINTER], patch),
    Function::new("Prerelease", &[POINTER], prerelease),
    Function::new("Scan", &[POINTER, Type::Any], scan),
    Function::new("SetMetadata", &[POINTER, Type::String], set_metadata),
    Function::new("SetPrerelease", &[POINTER, Type::String], set_prerelease),
    Function::new("String", &[POINTER], text),
    Function::new("UnmarshalJSON", &[POINTER, BYTES], unmarshal_json),
    Function::new("UnmarshalText", &[POINTER, BYTES], unmarshal_text),
    Function::new("Value", &[POINTER], text),
];

type Answer = Result<Value, Failure>;

fn version(args: Args<'_>, index: usize) -> Result<&Version, Failure> {
    match args.any(index) {
        Value::VersionPointer(version) | Value::Version(version) => Ok(version),
        Value::Missing | Value::Nil => {
            Err(Failure::said("runtime error: invalid memory address or nil pointer dereference"))
        }
        other => Err(mistyped(other, POINTER)),
    }
}

/// The receiver's parts, copied and paid for.
fn parts(m: &mut Machine<'_>, args: Args<'_>) -> Result<Parts, Failure> {
    let parts = version(args, 0)?.parts();
    m.budget.make(parts.original.len().saturating_mul(3).saturating_add(Version::SIZE))?;
    Ok(parts)
}

fn order(m: &mut Machine<'_>, args: Args<'_>) -> Result<Ordering, Failure> {
    let (a, b) = (version(args, 0)?, version(args, 1)?);
    m.budget.spend((a.size() as u64).saturating_add(b.size() as u64) / 4)?;
    Ok(compare(&a.parts(), &b.parts()))
}

/// The only comparison that bears nil.
fn equal(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    Ok(Value::Bool(!args.any(1).is_nothing() && order(m, args)?.is_eq()))
}

fn major(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    parts(m, args).map(|parts| Value::Uint64(parts.major))
}

fn minor(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    parts(m, args).map(|parts| Value::Uint64(parts.minor))
}

fn patch(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    parts(m, args).map(|parts| Value::Uint64(parts.patch))
}

fn prerelease(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    parts(m, args).map(|parts| Value::text(parts.prerelease.as_bytes()))
}

fn metadata(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    parts(m, args).map(|parts| Value::text(parts.metadata.as_bytes()))
}

fn original(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    parts(m, args).map(|parts| Value::text(parts.original.as_bytes()))
}

fn text(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    let text = version(args, 0)?.text();
    m.text(text)
}

fn inc_major(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    let Parts { major, original, .. } = parts(m, args)?;
    made(Parts { major: major.wrapping_add(1), original, ..Parts::default() })
}

fn inc_minor(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    let Parts { major, minor, original, .. } = parts(m, args)?;
    made(Parts { major, minor: minor.wrapping_add(1), original, ..Parts::default() })
}

/// What comes before a version only loses its prerelease.
fn inc_patch(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    let Parts { major, minor, patch, prerelease, original, .. } = parts(m, args)?;
    let patch = if prerelease.is_empty() { patch.wrapping_add(1) } else { patch };
    made(Parts { major, minor, patch, original, ..Parts::default() })
}

fn set_prerelease(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    let text = args.text(1)?;
    m.budget.make(text.len().saturating_mul(3))?;
    if !text.is_empty() {
        check_prerelease(text).map_err(Failure::said)?;
    }
    let parts = parts(m, args)?;
    made(Parts { prerelease: ascii(text), ..parts })
}

fn set_metadata(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    let text = args.text(1)?;
    m.budget.make(text.len().saturating_mul(3))?;
    if !text.is_empty() {
        check_metadata(text).map_err(Failure::said)?;
    }
    let parts = parts(m, args)?;
    made(Parts { metadata: ascii(text), ..parts })
}

fn made(parts: Parts) -> Answer {
    Ok(Value::Version(Rc::new(parts.changed())))
}

fn marshal_text(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    m.bytes(version(args, 0)?.text().as_bytes())
}

/// Nothing in a version is escaped.
fn marshal_json(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    m.bytes(format!("\"{}\"", version(args, 0)?.text()).as_bytes())
}

/// Anything but a text is an empty one.
fn scan(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    match args.any(1) {
        Value::Text(text) => become_text(m, args, text),
        _ => become_text(m, args, b""),
    }
}

fn unmarshal_text(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    let text = args.list(1)?.bytes();
    become_text(m, args, &text)
}

fn unmarshal_json(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    m.budget.make(args.list(1)?.len())?;
    let json = args.list(1)?.bytes();
    m.budget.spend(json.len() as u64)?;
    match json_text(&json) {
        Ok(text) => become_text(m, args, &text),
        Err(error) => Ok(Value::text(error)),
    }
}

/// A JSON text's content; of null none.
fn json_text(json: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut scanner = Scanner::new(json);
    let mut first = None;
    while let Some(event) = scanner.next().map_err(|error| error.to_string())? {
        first.get_or_insert(event);
    }
    let kind = match first {
        Some(Event::Text(text)) => return Ok(text),
        Some(Event::BeginObject) => "object",
        Some(Event::BeginArray) => "array",
        Some(Event::Bool(_)) => "bool",
        Some(Event::Number(_)) => "number",
        _ => return Ok(Zeroizing::default()),
    };
    Err(format!("json: cannot unmarshal {kind} into Go value of type string"))
}

/// The receiver becomes the version of that text. The error is no failure but the result, which a template can print, with
/// the digits that Go quotes; nil prints as `<nil>`.
fn become_text(m: &mut Machine<'_>, args: Args<'_>, text: &[u8]) -> Answer {
    m.budget.make(text.len().saturating_mul(2))?;
    m.budget.spend(text.len() as u64 / 4)?;
    match Version::parse(text) {
        Ok(other) => {
            version(args, 0)?.replace(&other);
            Ok(Value::text("<nil>"))
        }
        Err(refusal) => Ok(Value::text(refusal.text(&ascii(refusal.digits())))),
    }
}
