//! What a value is good for: more than a type, since not every text is a date.

/// A kind of value, or of hole for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Bool,
    Num,
    Int,
    Int64,
    Float,
    /// A small whole number: of times, bytes, columns, items. Nothing that makes much is asked for more.
    Count,
    List,
    /// A list without spare capacity in Go, which slices beyond its end where there is some.
    Exact,
    Dict,
    /// Parts of a URL, as urlParse gives them.
    UrlParts,
    Time,
    /// A time.Duration.
    Span2,
    Version,
    Text,
    Words,
    /// A short text, often of one sign.
    Sep,
    Key,
    Number,
    B32,
    B64,
    Path,
    Json,
    Url,
    Layout,
    /// A date and time of day, for some layout.
    Moment,
    /// A date as 2006-01-02.
    Stamp,
    Zone,
    /// A text of a duration.
    Span,
    VText,
    Constraint,
    Regex,
    Expansion,
    Format,
    BasicType,
    TypeOf,
}

const NAMES: &[(&str, Kind)] = &[
    ("any", Kind::Any),
    ("bool", Kind::Bool),
    ("num", Kind::Num),
    ("int", Kind::Int),
    ("int64", Kind::Int64),
    ("float", Kind::Float),
    ("count", Kind::Count),
    ("list", Kind::List),
    ("exact", Kind::Exact),
    ("dict", Kind::Dict),
    ("urlparts", Kind::UrlParts),
    ("time", Kind::Time),
    ("span2", Kind::Span2),
    ("version", Kind::Version),
    ("text", Kind::Text),
    ("words", Kind::Words),
    ("sep", Kind::Sep),
    ("key", Kind::Key),
    ("number", Kind::Number),
    ("b32", Kind::B32),
    ("b64", Kind::B64),
    ("path", Kind::Path),
    ("json", Kind::Json),
    ("url", Kind::Url),
    ("layout", Kind::Layout),
    ("moment", Kind::Moment),
    ("stamp", Kind::Stamp),
    ("zone", Kind::Zone),
    ("span", Kind::Span),
    ("vtext", Kind::VText),
    ("constraint", Kind::Constraint),
    ("regex", Kind::Regex),
    ("expansion", Kind::Expansion),
    ("format", Kind::Format),
    ("kindname", Kind::BasicType),
    ("typename", Kind::TypeOf),
];

impl Kind {
    /// As forms name it.
    pub(super) fn named(name: &str) -> Option<Kind> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Kind> {
        NAMES.iter().map(|(_, kind)| *kind)
    }

    /// Whether a value of another kind fits.
    pub(super) fn takes(self, other: Kind) -> bool {
        match self {
            Kind::Any => true,
            Kind::Num => matches!(other, Kind::Int | Kind::Int64 | Kind::Float | Kind::Count | Kind::Num),
            _ if self.is_text() => other == Kind::Text || other == self,
            _ => self == other,
        }
    }

    /// Whether it is a text with a meaning, which a random text seldom has.
    pub(super) fn is_text(self) -> bool {
        !matches!(
            self,
            Kind::Any
                | Kind::Bool
                | Kind::Num
                | Kind::Int
                | Kind::Int64
                | Kind::Float
                | Kind::Count
                | Kind::List
                | Kind::Exact
                | Kind::Dict
                | Kind::UrlParts
                | Kind::Time
                | Kind::Span2
                | Kind::Version
        )
    }
}
