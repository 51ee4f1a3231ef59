//! `time`: instants with a zone, durations, layouts.

mod arithmetic;
mod calendar;
mod duration;
mod layout;
mod location;
mod marshal;
mod names;
mod parse;
mod parse_zone;
mod parts;
mod pieces;
mod print;
#[cfg(test)]
mod tests;
mod wall;

use calendar::Wall;

pub(crate) use duration::{
    duration_absolute, duration_hours, duration_minutes, duration_round, duration_seconds, duration_text,
    duration_truncate, parse_duration,
};
pub(crate) use location::Location;
pub(crate) use names::{month_text, weekday_text};
pub(crate) use parse::parse_time;

/// `time.Time`: an instant in a range of 292 thousand million years, and the zone to show it in.
#[derive(Clone)]
pub(crate) struct Time {
    /// Since 1 January of year 1, UTC.
    seconds: i64,
    /// Below 1,000,000,000.
    nanoseconds: i64,
    /// What the process's own clock shows, in nanoseconds. Only `now` has it; most changes lose it.
    monotonic: Option<i64>,
    location: Location,
}

/// From 1 January of year 1 to 1970, in seconds.
const FROM_UNIX: i64 = 62_135_596_800;
/// A time with a monotonic reading lies in these seconds (from the year 1885 to 2157): Go packs them into 33 bits.
const MONOTONIC: std::ops::Range<i64> = 59_453_308_800..(59_453_308_800 + (1 << 33));
const SECOND: i64 = 1_000_000_000;

impl Time {
    /// The instant so many nanoseconds after 1970-01-01 00:00 UTC, in Local, as `time.Now()` gives it: with a monotonic reading,
    /// which `String()` shows. The clock behind that reading stands still at the first nanosecond of the run.
    pub(crate) fn now(unix_nanoseconds: i128) -> Self {
        let seconds = i64::try_from(unix_nanoseconds.div_euclid(SECOND.into())).unwrap_or(i64::MAX);
        let nanoseconds = unix_nanoseconds.rem_euclid(SECOND.into()) as i64;
        let seconds = seconds.wrapping_add(FROM_UNIX);
        let monotonic = MONOTONIC.contains(&seconds).then_some(1);
        Time { seconds, nanoseconds, monotonic, location: Location::Local }
    }

    /// `time.Unix(seconds, 0)`, in Local. Wraps.
    pub(crate) fn unix(seconds: i64) -> Self {
        Time::new(seconds.wrapping_add(FROM_UNIX), 0, Location::Local)
    }

    /// The zero time: 1 January of year 1, UTC.
    pub(crate) fn zero() -> Self {
        Time::new(0, 0, Location::Utc)
    }

    fn new(seconds: i64, nanoseconds: i64, location: Location) -> Self {
        Time { seconds, nanoseconds, monotonic: None, location }
    }

    /// A date and time in UTC or Local, shown in that zone.
    fn date(date: [i64; 3], clock: [i64; 3], nanoseconds: i64, location: Location) -> Self {
        let [year, month, day] = date;
        let local = calendar::unix_seconds(year, month, day, clock);
        // The offset at the instant that the wall would show in UTC is a guess, the one at the instant so found is final.
        let guess = location.offset(local).seconds;
        let offset = location.offset(local.wrapping_sub(guess)).seconds;
        Time::new(local.wrapping_sub(offset).wrapping_add(FROM_UNIX), nanoseconds, location)
    }

    /// The same instant shown in another zone. Loses the monotonic reading.
    pub(crate) fn within(&self, location: Location) -> Self {
        Time { monotonic: None, location, ..self.clone() }
    }

    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.seconds == 0 && self.nanoseconds == 0 && self.monotonic.is_none()
    }

    /// Whether the zone has daylight saving time then.
    pub(crate) fn is_daylight_saving(&self) -> bool {
        self.location.offset(self.unix_seconds()).is_daylight_saving
    }

    /// Go's `==` of two times: the instant, the zone's pointer and the monotonic reading.
    pub(crate) fn is_same(&self, other: &Time) -> bool {
        self.has_reading_of(other) && self.location.is_same(&other.location)
    }

    /// What `reflect.DeepEqual` says of two times.
    pub(crate) fn is_alike(&self, other: &Time) -> bool {
        self.has_reading_of(other) && self.location.is_alike(&other.location)
    }

    fn has_reading_of(&self, other: &Time) -> bool {
        (self.seconds, self.nanoseconds, self.monotonic)
            == (other.seconds, other.nanoseconds, other.monotonic)
    }

    /// Go's own fields `wall` and `ext`, which `printf "%d"` shows.
    pub(crate) fn fields(&self) -> (u64, i64) {
        let nanoseconds = self.nanoseconds as u64;
        match self.monotonic {
            Some(reading) => {
                let packed = self.seconds.wrapping_sub(MONOTONIC.start) as u64;
                (1 << 63 | packed << 30 | nanoseconds, reading)
            }
            None => (nanoseconds, self.seconds),
        }
    }

    pub(crate) fn unix_seconds(&self) -> i64 {
        self.seconds.wrapping_sub(FROM_UNIX)
    }

    /// Since 1970, in units of so many nanoseconds. Wraps, as Go's does.
    fn unix_in(&self, nanoseconds: i64) -> i64 {
        self.unix_seconds().wrapping_mul(SECOND / nanoseconds).wrapping_add(self.nanoseconds / nanoseconds)
    }

    pub(crate) fn unix_milliseconds(&self) -> i64 {
        self.unix_in(1_000_000)
    }

    pub(crate) fn unix_microseconds(&self) -> i64 {
        self.unix_in(1000)
    }

    pub(crate) fn unix_nanoseconds(&self) -> i64 {
        self.unix_in(1)
    }

    /// What a clock on the wall shows in its zone.
    fn wall(&self) -> Wall {
        let offset = self.location.offset(self.unix_seconds()).seconds;
        Wall::at(self.seconds.wrapping_add(offset))
    }
}
