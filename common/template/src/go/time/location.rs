//! `*time.Location`: zones by name, and zones with one offset for ever.

use std::borrow::Cow;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::{Dst, TimeZone, TimeZoneDatabase};

/// The calendar repeats after so many seconds: 400 years.
const CYCLE: i64 = 12_622_780_800;

/// `*time.Location`.
#[derive(Clone)]
pub(crate) enum Location {
    Utc,
    /// The process's zone. It is UTC and is called so, but Go tells the two apart.
    Local,
    Named(Rc<Named>),
    Fixed(Rc<Fixed>),
}

/// A zone of the database.
pub(crate) struct Named {
    name: String,
    zone: TimeZone,
}

/// A zone made while a time was parsed: an abbreviation, which may be empty, and seconds east of UTC.
pub(crate) struct Fixed {
    name: String,
    offset: i64,
}

/// What a zone's clocks show at an instant.
pub(super) struct Offset<'a> {
    /// The abbreviation; only an unnamed fixed zone has none.
    pub(super) name: Cow<'a, str>,
    /// Seconds east of UTC.
    pub(super) seconds: i64,
    pub(super) is_daylight_saving: bool,
}

impl Location {
    /// `time.LoadLocation`, from the zones that the program carries with it: the host's are never looked at. Names differ
    /// by case, unlike in most other libraries.
    pub(crate) fn load(name: &[u8]) -> Option<Self> {
        match name {
            b"" | b"UTC" => Some(Location::Utc),
            b"Local" => Some(Location::Local),
            // No zone has a longer name, and the database would look through every byte of one.
            _ if name.len() > 64 => None,
            _ => {
                let name = str::from_utf8(name).ok()?;
                let zone = TimeZoneDatabase::bundled().get(name).ok()?;
                let is_known = zone.iana_name() == Some(name) && !zone.is_unknown();
                is_known.then(|| Location::Named(Rc::new(Named { name: name.to_owned(), zone })))
            }
        }
    }

    pub(crate) fn fixed(name: &str, offset: i64) -> Self {
        Location::Fixed(Rc::new(Fixed { name: name.to_owned(), offset }))
    }

    /// Its `String()`.
    pub(crate) fn text(&self) -> String {
        match self {
            Location::Utc | Location::Local => "UTC".into(),
            Location::Named(named) => named.name.clone(),
            Location::Fixed(fixed) => fixed.name.clone(),
        }
    }

    /// Whether both are the same pointer in Go: each time that is parsed gets a zone of its own, but all without a name and
    /// with the same whole hours share one.
    pub(crate) fn is_same(&self, other: &Location) -> bool {
        match (self, other) {
            (Location::Utc, Location::Utc) | (Location::Local, Location::Local) => true,
            (Location::Named(a), Location::Named(b)) => Rc::ptr_eq(a, b),
            (Location::Fixed(a), Location::Fixed(b)) => {
                let shared =
                    a.name.is_empty() && a.offset % 3600 == 0 && (-12..=14).contains(&(a.offset / 3600));
                Rc::ptr_eq(a, b) || (shared && b.name.is_empty() && a.offset == b.offset)
            }
            _ => false,
        }
    }

    /// Whether `reflect.DeepEqual` holds of both.
    pub(crate) fn is_alike(&self, other: &Location) -> bool {
        match (self, other) {
            (Location::Named(a), Location::Named(b)) => a.name == b.name,
            (Location::Fixed(a), Location::Fixed(b)) => a.name == b.name && a.offset == b.offset,
            _ => self.is_same(other),
        }
    }

    /// The offset at an instant.
    pub(super) fn offset(&self, unix_seconds: i64) -> Offset<'_> {
        match self {
            Location::Utc | Location::Local => {
                Offset { name: "UTC".into(), seconds: 0, is_daylight_saving: false }
            }
            Location::Fixed(fixed) => {
                Offset { name: fixed.name.as_str().into(), seconds: fixed.offset, is_daylight_saving: false }
            }
            Location::Named(named) => {
                let info = named.zone.to_offset_info(within_range(unix_seconds));
                Offset {
                    name: info.abbreviation().to_owned().into(),
                    seconds: info.offset().seconds().into(),
                    is_daylight_saving: info.dst() == Dst::Yes,
                }
            }
        }
    }
}

/// An instant that has the same offset and that the zones know: they end with the year 9999, Go's times do not. Before the first
/// change of a zone nothing changes; after the last one the rules repeat with the calendar.
fn within_range(unix_seconds: i64) -> Timestamp {
    let last = Timestamp::MAX.as_second() - CYCLE;
    let seconds = if unix_seconds > last {
        last - CYCLE + (unix_seconds - last).rem_euclid(CYCLE)
    } else {
        unix_seconds
    };
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MIN)
}
