//! What the types with methods and fields print.

use crate::value::{Text, Value};

/// A field of a struct.
pub(super) enum Field {
    Value(Value),
    /// A nil slice of that type.
    NilSlice(&'static str),
    /// A pointer of that type; 0 is nil.
    Pointer {
        name: &'static str,
        address: u64,
    },
}

/// What its `String` method gives, where it has one.
pub(super) fn string(value: &Value) -> Option<Text> {
    let _ = value;
    None
}

/// What its `GoString` method gives, where it has one.
pub(super) fn go_string(value: &Value) -> Option<Text> {
    let _ = value;
    None
}

/// Its fields, of structs and of what points to one.
pub(super) fn fields(value: &Value) -> Vec<(&'static str, Field)> {
    match value {
        Value::Certificate(certificate) => vec![
            ("Cert", Field::Value(Value::Text(certificate.cert.clone()))),
            ("Key", Field::Value(Value::Text(certificate.key.clone()))),
        ],
        _ => Vec::new(),
    }
}
