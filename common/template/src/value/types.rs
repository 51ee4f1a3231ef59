//! Go's types, and how it names them.

use crate::value::{Elements, MapKind};

/// Go's types, of values and of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// `interface {}`: takes everything, an absent value as nil.
    Any,
    /// `reflect.Value`: text/template's own functions take a value as it is, absent or not.
    Reflect,
    Bool,
    Int,
    Int64,
    Uint8,
    /// Of parameters only.
    Uint32,
    Uint64,
    Float64,
    Complex128,
    String,
    List(Elements),
    Map(MapKind),
    Time,
    Duration,
    Month,
    Weekday,
    Location,
    VersionPointer,
    Version,
    Certificate,
}

impl Type {
    /// `map[string]interface {}`.
    pub(crate) const DICT: Type = Type::Map(MapKind::Any);
    /// `[]interface {}`.
    pub(crate) const LIST: Type = Type::List(Elements::Any);

    /// As Go names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Type::Any => "interface {}",
            Type::Reflect => "reflect.Value",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Int64 => "int64",
            Type::Uint8 => "uint8",
            Type::Uint32 => "uint32",
            Type::Uint64 => "uint64",
            Type::Float64 => "float64",
            Type::Complex128 => "complex128",
            Type::String => "string",
            Type::List(Elements::Any) => "[]interface {}",
            Type::List(Elements::String) => "[]string",
            Type::List(Elements::Int) => "[]int",
            Type::List(Elements::Byte) => "[]uint8",
            Type::List(Elements::List) => "[][]interface {}",
            Type::Map(MapKind::Any) => "map[string]interface {}",
            Type::Map(MapKind::String) => "map[string]string",
            Type::Time => "time.Time",
            Type::Duration => "time.Duration",
            Type::Month => "time.Month",
            Type::Weekday => "time.Weekday",
            Type::Location => "*time.Location",
            Type::VersionPointer => "*semver.Version",
            Type::Version => "semver.Version",
            Type::Certificate => "sprig.certificate",
        }
    }

    /// As Go names its kind (`reflect.Kind`).
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Type::Any => "interface",
            Type::Bool => "bool",
            Type::Int | Type::Month | Type::Weekday => "int",
            Type::Int64 | Type::Duration => "int64",
            Type::Uint8 => "uint8",
            Type::Uint32 => "uint32",
            Type::Uint64 => "uint64",
            Type::Float64 => "float64",
            Type::Complex128 => "complex128",
            Type::String => "string",
            Type::List(_) => "slice",
            Type::Map(_) => "map",
            Type::Reflect | Type::Time | Type::Version | Type::Certificate => "struct",
            Type::Location | Type::VersionPointer => "ptr",
        }
    }
}
