//! `semver` and `semverCompare`, as Masterminds/semver 3 reads versions and constraints.

mod comparison;
mod constraint;
mod hyphen;
mod methods;
mod order;
mod pattern;
mod version;

use std::rc::Rc;

use crate::error::WITHHELD;
use crate::functions::{Args, Function};
use crate::machine::{Failure, Machine};
use crate::value::{Type, Value};

pub(crate) use methods::{VERSION_METHODS, VERSION_POINTER_METHODS};
pub(crate) use version::Version;

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("semver", &[Type::String], semver),
    Function::new("semverCompare", &[Type::String, Type::String], semver_compare),
];

fn semver(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let version = read(m, args.text(0)?)?;
    Ok(Value::VersionPointer(Rc::new(version)))
}

fn semver_compare(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let groups = constraint::parse(m.budget, args.text(0)?)?;
    let version = read(m, args.text(1)?)?;
    constraint::check(m.budget, &groups, &version).map(Value::Bool)
}

/// Pays for reading and keeping a version.
fn read(m: &mut Machine<'_>, text: &[u8]) -> Result<Version, Failure> {
    m.budget.make(text.len().saturating_mul(2))?;
    Version::parse(text).map_err(|refusal| Failure::Said(refusal.text(WITHHELD)))
}
