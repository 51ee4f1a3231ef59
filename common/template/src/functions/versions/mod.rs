//! `semver` and `semverCompare`, and the methods of versions.

mod methods;

use std::rc::Rc;

use crate::failure::{Failure, WITHHELD};
use crate::functions::{Args, Function};
use crate::machine::Machine;
use crate::semver::{Version, constraint};
use crate::value::{Type, Value};

pub(crate) use methods::{VERSION_METHODS, VERSION_POINTER_METHODS};

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
    m.budget.make(text.len().saturating_mul(2).saturating_add(Version::SIZE))?;
    m.budget.spend(text.len() as u64 / 4)?;
    Version::parse(text).map_err(|refusal| Failure::Said(refusal.text(WITHHELD)))
}

#[cfg(test)]
mod tests {
    use crate::testing::rendered;

    #[test]
    fn a_version_that_is_scanned_anew_changes_for_all_who_share_it() {
        let answers = [
            (
                "{{ $v := semver `v1.2` }}{{ $d := dict `v` $v }}{{ $v.Scan `2-a` }} {{ $d.v }} {{ $v.Original }}",
                "<nil> 2.0.0-a 2-a",
            ),
            ("{{ $v := semver `1` }}{{ $v.Scan 3 }} {{ $v }}", "invalid semantic version 1.0.0"),
            (
                "{{ $v := semver `1` }}{{ $v.UnmarshalJSON (semver `2.1`).MarshalJSON }} {{ $v }}",
                "<nil> 2.1.0",
            ),
            ("{{ (semver `1`).UnmarshalJSON nil }}", "unexpected end of JSON input"),
            (
                "{{ (semver `1`).UnmarshalJSON ((toDate `` ``).AppendFormat nil `[]`) }}",
                "json: cannot unmarshal array into Go value of type string",
            ),
        ];
        for (template, answer) in answers {
            assert_eq!(rendered(template).unwrap(), answer.as_bytes(), "{template}");
        }
    }

    #[test]
    fn errors_hold_no_value() {
        for (template, reason) in [
            (
                "{{ semver `18446744073709551616` }}",
                "error parsing version segment: strconv.ParseUint: parsing \"<withheld>\": value out of range",
            ),
            ("{{ semverCompare `secret` `1` }}", "improper constraint: <withheld>"),
        ] {
            assert!(rendered(template).unwrap_err().reason.ends_with(reason), "{template}");
        }
    }
}
