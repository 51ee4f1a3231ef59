//! What the types with methods and fields print.

use zeroize::Zeroizing;

use crate::go::time::{Location, duration_text, month_text, weekday_text};
use crate::value::{Text, Value};

/// A field of a struct.
pub(super) enum Field {
    Value(Value),
    /// A nil slice of that type.
    NilSlice(&'static str),
    /// A nil pointer of that type.
    NilPointer(&'static str),
}

/// What its `String` method gives, where it has one.
pub(super) fn string(value: &Value) -> Option<Zeroizing<String>> {
    let text = match value {
        Value::Time(time) => time.text(),
        Value::Duration(nanoseconds) => duration_text(*nanoseconds),
        Value::Month(month) => month_text(*month),
        Value::Weekday(weekday) => weekday_text(*weekday),
        Value::Location(location) => location.text(),
        Value::VersionPointer(version) | Value::Version(version) => version.text(),
        _ => return None,
    };
    Some(Zeroizing::new(text))
}

/// What its `GoString` method gives, where it has one.
pub(super) fn go_string(value: &Value) -> Option<Zeroizing<String>> {
    match value {
        Value::Time(time) => Some(Zeroizing::new(time.go_string())),
        _ => None,
    }
}

/// Its fields, of structs and of what points to one.
pub(super) fn fields(value: &Value) -> Vec<(&'static str, Field)> {
    let text = |text: &str| Field::Value(Value::Text(Text::from(text)));
    match value {
        Value::Certificate(certificate) => vec![
            ("Cert", Field::Value(Value::Text(certificate.cert.clone()))),
            ("Key", Field::Value(Value::Text(certificate.key.clone()))),
        ],
        Value::Time(time) => {
            let (wall, ext) = time.fields();
            let location = match time.location() {
                Location::Utc => Field::NilPointer("*time.Location"),
                location => Field::Value(Value::Location(location.clone())),
            };
            vec![
                ("wall", Field::Value(Value::Uint64(wall))),
                ("ext", Field::Value(Value::Int64(ext))),
                ("loc", location),
            ]
        }
        Value::VersionPointer(version) | Value::Version(version) => {
            let parts = version.parts();
            vec![
                ("major", Field::Value(Value::Uint64(parts.major))),
                ("minor", Field::Value(Value::Uint64(parts.minor))),
                ("patch", Field::Value(Value::Uint64(parts.patch))),
                ("pre", text(&parts.prerelease)),
                ("metadata", text(&parts.metadata)),
                ("original", text(&parts.original)),
            ]
        }
        // As UTC has them. Those of other zones differ between runs of Go, too: one is an address.
        Value::Location(location) => vec![
            ("name", text(&location.text())),
            ("zone", Field::NilSlice("[]time.zone")),
            ("tx", Field::NilSlice("[]time.zoneTrans")),
            ("extend", text("")),
            ("cacheStart", Field::Value(Value::Int64(0))),
            ("cacheEnd", Field::Value(Value::Int64(0))),
            ("cacheZone", Field::NilPointer("*time.zone")),
        ],
        _ => Vec::new(),
    }
}
