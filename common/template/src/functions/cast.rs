//! sprig's conversions: everything to a text, an integer or a float.

use crate::machine::{Failure, Machine};
use crate::value::Value;

/// sprig's strval: a text as it is, bytes, and what `%v` prints of everything else. Not paid for.
pub(crate) fn to_text(_m: &mut Machine<'_>, _value: &Value) -> Result<Vec<u8>, Failure> {
    unimplemented!()
}

/// cast.ToInt64: 0 where it cannot.
pub(crate) fn to_int64(_value: &Value) -> i64 {
    unimplemented!()
}

/// cast.ToFloat64: 0 where it cannot.
pub(crate) fn to_float64(_value: &Value) -> f64 {
    unimplemented!()
}
