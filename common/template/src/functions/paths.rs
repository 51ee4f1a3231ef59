//! `path` and `path/filepath`, which are the same on Unix. Nothing is looked up.

use crate::failure::Failure;
use crate::functions::{Args, Function};
use crate::machine::Machine;
use crate::value::{Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("base", &[Type::String], base),
    Function::new("clean", &[Type::String], clean),
    Function::new("dir", &[Type::String], dir),
    Function::new("ext", &[Type::String], ext),
    Function::new("isAbs", &[Type::String], is_absolute),
    Function::new("osBase", &[Type::String], base),
    Function::new("osClean", &[Type::String], clean),
    Function::new("osDir", &[Type::String], dir),
    Function::new("osExt", &[Type::String], ext),
    Function::new("osIsAbs", &[Type::String], is_absolute),
];

/// The last element, without slashes at its end.
fn base(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let path = args.text(0)?;
    m.budget.read(path.len())?;
    let Some(last) = path.iter().rposition(|byte| *byte != b'/') else {
        return m.text(if path.is_empty() { "." } else { "/" });
    };
    let path = path.get(..=last).unwrap_or_default();
    m.text(path.rsplit(|byte| *byte == b'/').next().unwrap_or_default())
}

fn clean(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    cleaned(m, args.text(0)?)
}

/// All but the last element, cleaned.
fn dir(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let path = args.text(0)?;
    m.budget.read(path.len())?;
    let end = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    cleaned(m, path.get(..end).unwrap_or_default())
}

/// From the last dot of the last element on.
fn ext(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let path = args.text(0)?;
    m.budget.read(path.len())?;
    let stop = path.iter().rposition(|byte| matches!(byte, b'.' | b'/'));
    let ext = stop.and_then(|stop| path.get(stop..)).filter(|rest| rest.starts_with(b"."));
    m.text(ext.unwrap_or_default())
}

fn is_absolute(_: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(args.text(0)?.starts_with(b"/")))
}

/// Without empty elements and `.`, and without `..` but at the start of a relative path.
fn cleaned(m: &mut Machine<'_>, path: &[u8]) -> Result<Value, Failure> {
    m.budget.make(path.len() + 1)?;
    m.budget.spend(path.len() as u64 / 8)?;
    let mut out = Vec::with_capacity(path.len() + 1);
    let rooted = path.starts_with(b"/");
    if rooted {
        out.push(b'/');
    }
    // Nothing before this is taken away by "..".
    let mut fixed = out.len();
    for element in path.split(|byte| *byte == b'/') {
        match element {
            b"" | b"." => {}
            b".." if out.len() > fixed => {
                let slash = out.get(fixed..).and_then(|rest| rest.iter().rposition(|byte| *byte == b'/'));
                out.truncate(fixed + slash.unwrap_or(0));
            }
            b".." if rooted => {}
            _ => {
                if out.len() > usize::from(rooted) {
                    out.push(b'/');
                }
                out.extend_from_slice(element);
                if element == b".." {
                    fixed = out.len();
                }
            }
        }
    }
    if out.is_empty() {
        out.push(b'.');
    }
    Ok(Value::text(out))
}
