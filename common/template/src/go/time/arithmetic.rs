//! Adding to times, subtracting, comparing and rounding them.

use std::cmp::Ordering;

use crate::go::time::{MONOTONIC, SECOND, Time};

impl Time {
    /// The time so many nanoseconds later. Ends with the range of times.
    pub(crate) fn add(&self, nanoseconds: i64) -> Time {
        let mut carried = nanoseconds / SECOND;
        let mut rest = self.nanoseconds + nanoseconds % SECOND;
        if rest >= SECOND {
            carried += 1;
            rest -= SECOND;
        } else if rest < 0 {
            carried -= 1;
            rest += SECOND;
        }
        let seconds = add_seconds(self.seconds, carried);
        let monotonic = match self.monotonic {
            Some(reading) if MONOTONIC.contains(&seconds) => reading.checked_add(nanoseconds),
            _ => None,
        };
        Time { seconds, nanoseconds: rest, monotonic, location: self.location.clone() }
    }

    /// The nanoseconds from another time to this one; the least or greatest duration beyond 292 years.
    pub(crate) fn since(&self, other: &Time) -> i64 {
        let difference = match (self.monotonic, other.monotonic) {
            (Some(a), Some(b)) => i128::from(a) - i128::from(b),
            _ => self.reading() - other.reading(),
        };
        difference.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// Years, months and days later on the calendar; 31 October and a month is 1 December.
    pub(crate) fn add_date(&self, years: i64, months: i64, days: i64) -> Time {
        let wall = self.wall();
        let date =
            [wall.year.wrapping_add(years), wall.month.wrapping_add(months), wall.day.wrapping_add(days)];
        Time::date(date, [wall.hour, wall.minute, wall.second], self.nanoseconds, self.location.clone())
    }

    /// By the monotonic readings where both have one, else by the instants; never by the zones.
    pub(crate) fn compare(&self, other: &Time) -> Ordering {
        match (self.monotonic, other.monotonic) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => self.reading().cmp(&other.reading()),
        }
    }

    /// Down to a multiple of so many nanoseconds since 1 January of year 1. Loses the monotonic reading.
    pub(crate) fn truncate(&self, nanoseconds: i64) -> Time {
        let time = Time { monotonic: None, ..self.clone() };
        if nanoseconds <= 0 { time } else { time.add(-time.beyond(nanoseconds)) }
    }

    /// To the nearest such multiple; halves go up.
    pub(crate) fn round(&self, nanoseconds: i64) -> Time {
        let time = Time { monotonic: None, ..self.clone() };
        if nanoseconds <= 0 {
            return time;
        }
        let beyond = time.beyond(nanoseconds);
        let is_below_half = beyond.unsigned_abs() * 2 < nanoseconds.unsigned_abs();
        time.add(if is_below_half { -beyond } else { nanoseconds - beyond })
    }

    /// A time as parsed with an offset: that many seconds earlier.
    pub(super) fn earlier(&self, seconds: i64) -> Time {
        Time { seconds: add_seconds(self.seconds, -seconds), ..self.clone() }
    }

    /// The nanoseconds since the last multiple.
    fn beyond(&self, nanoseconds: i64) -> i64 {
        self.reading().rem_euclid(nanoseconds.into()) as i64
    }

    /// Nanoseconds since 1 January of year 1.
    fn reading(&self) -> i128 {
        i128::from(self.seconds) * i128::from(SECOND) + i128::from(self.nanoseconds)
    }
}

/// Ends at the greatest number and at its negative.
fn add_seconds(seconds: i64, more: i64) -> i64 {
    let sum = seconds.wrapping_add(more);
    if (sum > seconds) == (more > 0) {
        sum
    } else if more > 0 {
        i64::MAX
    } else {
        -i64::MAX
    }
}
