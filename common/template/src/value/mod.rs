//! Values as a template sees them: Go's, with the types that show through.

mod copy;
mod equal;
mod growing;
mod list;
mod map;
mod text;
mod types;

use std::rc::Rc;

use crate::functions::crypto::certificates::Certificate;
use crate::functions::versions::Version;
use crate::go::time::{Location, Time};

pub(crate) use copy::deep_copy;
pub(crate) use equal::deep_equal;
pub(crate) use growing::Growing;
pub(crate) use list::{Elements, List};
pub(crate) use map::{Map, MapKind};
pub(crate) use text::Text;
pub(crate) use types::Type;

/// Where a list's or dictionary's items stand, from where and how many. Tells them apart, and is never shown.
pub(crate) type Address = (usize, usize, usize);

/// A value. Cloning copies no text, list or dictionary: lists and dictionaries are shared, as in Go.
///
/// Not printable by `Debug`: it may be a secret.
#[derive(Clone, Default)]
pub(crate) enum Value {
    /// Nothing at all (Go: the zero `reflect.Value`): a missing key, the untyped `nil`. Prints `<no value>`.
    #[default]
    Missing,
    /// A nil `interface {}`: JSON's null, an item of a list that is nil, what a function declared to return `interface {}` gives.
    Nil,
    Bool(bool),
    /// `int`, 64 bits.
    Int(i64),
    Int64(i64),
    /// A byte of an indexed text.
    Uint8(u8),
    Uint64(u64),
    Float(f64),
    Complex(f64, f64),
    Text(Text),
    /// Every slice.
    List(List),
    Map(Map),
    /// `time.Time`.
    Time(Time),
    /// `time.Duration`, in nanoseconds.
    Duration(i64),
    /// `time.Month`, January is 1.
    Month(i64),
    /// `time.Weekday`, Sunday is 0.
    Weekday(i64),
    /// `*time.Location`.
    Location(Location),
    /// `*semver.Version`.
    VersionPointer(Rc<Version>),
    /// `semver.Version`, which its Inc methods give.
    Version(Rc<Version>),
    /// sprig's `certificate` struct.
    Certificate(Rc<Certificate>),
}

impl Value {
    /// A text that is paid for already.
    pub(crate) fn text(bytes: impl Into<Vec<u8>>) -> Self {
        Value::Text(Text::from(bytes.into()))
    }

    /// Whether it is the zero `reflect.Value` or a nil interface.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Value::Missing | Value::Nil)
    }

    /// Whether `if` takes it for true (Go: `template.IsTrue`): not nothing, false, 0, or an empty text, list or map. A time,
    /// a version and every other struct or pointer is true.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Value::Missing | Value::Nil => false,
            Value::Bool(yes) => *yes,
            Value::Int(n) | Value::Int64(n) | Value::Duration(n) | Value::Month(n) | Value::Weekday(n) => {
                *n != 0
            }
            Value::Uint8(n) => *n != 0,
            Value::Uint64(n) => *n != 0,
            Value::Float(n) => *n != 0.0,
            Value::Complex(re, im) => *re != 0.0 || *im != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::List(list) => list.len() != 0,
            Value::Map(map) => map.len() != 0,
            Value::Time(_)
            | Value::Location(_)
            | Value::VersionPointer(_)
            | Value::Version(_)
            | Value::Certificate(_) => true,
        }
    }

    /// Its type; none for [`Missing`](Value::Missing) and [`Nil`](Value::Nil).
    pub(crate) fn type_of(&self) -> Option<Type> {
        Some(match self {
            Value::Missing | Value::Nil => return None,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Int64(_) => Type::Int64,
            Value::Uint8(_) => Type::Uint8,
            Value::Uint64(_) => Type::Uint64,
            Value::Float(_) => Type::Float64,
            Value::Complex(..) => Type::Complex128,
            Value::Text(_) => Type::String,
            Value::List(list) => Type::List(list.elements()),
            Value::Map(map) => Type::Map(map.kind()),
            Value::Time(_) => Type::Time,
            Value::Duration(_) => Type::Duration,
            Value::Month(_) => Type::Month,
            Value::Weekday(_) => Type::Weekday,
            Value::Location(_) => Type::Location,
            Value::VersionPointer(_) => Type::VersionPointer,
            Value::Version(_) => Type::Version,
            Value::Certificate(_) => Type::Certificate,
        })
    }
}
