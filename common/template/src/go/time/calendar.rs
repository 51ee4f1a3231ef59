//! Go's calendar: seconds since its own beginning of time, 1 March of the year -292277022400, and the dates they fall on.
//! Everything wraps as Go's integers do, so that a time out of range shows the same nonsense.

use crate::go::time::FROM_UNIX;

/// The years before year 0 at which Go's calendar begins.
const YEARS: u64 = 292_277_022_400;
/// Days of a year that begins in March, up to the end of December.
const MARCH_TO_DECEMBER: i64 = 306;
const DAY: i64 = 86_400;
/// From the beginning to 1 January of year 1, in seconds.
const TO_YEAR_ONE: i64 = (YEARS as i64 / 400 * 146_097 + MARCH_TO_DECEMBER) * DAY;

/// A day and the time in it, as a clock on the wall shows them.
#[derive(Clone, Copy)]
pub(super) struct Wall {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    pub(super) day: i64,
    /// From 1.
    pub(super) year_day: i64,
    /// Sunday is 0.
    pub(super) weekday: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

impl Wall {
    /// So many seconds after 1 January of year 1.
    pub(super) fn at(seconds: i64) -> Self {
        let seconds = seconds.wrapping_add(TO_YEAR_ONE) as u64;
        let (days, second) = (seconds / DAY as u64, (seconds % DAY as u64) as i64);

        // Years begin in March here: the leap day is the last day of its year, of its century but the fourth.
        let quarters = 4 * days + 3;
        let (century, of_century) = (quarters / 146_097, (quarters % 146_097 / 4) as i64);
        let (year, of_year) = ((4 * of_century + 3) / 1461, (4 * of_century + 3) % 1461 / 4);
        // Five months from March on have 153 days, and so the next five.
        let (month, day) = ((5 * of_year + 461) / 153, (5 * of_year + 461) % 153 / 5 + 1);
        let next_year = i64::from(of_year >= MARCH_TO_DECEMBER);
        let year = (century * 100).wrapping_sub(YEARS) as i64 + year + next_year;
        let month = month - 12 * next_year;
        Wall {
            year,
            month,
            day,
            year_day: days_before(month) + i64::from(month > 2 && is_leap(year)) + day,
            weekday: ((days + 3) % 7) as i64,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
        }
    }
}

/// Unix seconds of a date and time without a zone. All parts may be out of range, as in Go's `Date`.
pub(super) fn unix_seconds(year: i64, month: i64, day: i64, clock: [i64; 3]) -> i64 {
    let [hour, minute, second] = clock;
    let (year, month) = carry(year, month.wrapping_sub(1), 12);
    let (minute, second) = carry(minute, second, 60);
    let (hour, minute) = carry(hour, minute, 60);
    let (day, hour) = carry(day, hour, 24);
    days(year, month + 1, day)
        .wrapping_mul(DAY)
        .wrapping_add(hour * 3600 + minute * 60 + second)
        .wrapping_sub(TO_YEAR_ONE)
        .wrapping_sub(FROM_UNIX)
}

/// Days from the beginning to a date whose month is in range.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (month, previous) = if month < 3 { (month + 12, 1) } else { (month, 0) };
    let year = (year as u64).wrapping_sub(previous).wrapping_add(YEARS);
    let of_year = (153 * month - 457) / 5;
    let of_century = (1461 * (year % 100) / 4) as i64;
    let centuries = (year / 100).wrapping_mul(146_097) / 4;
    (centuries as i64).wrapping_add(of_century + of_year).wrapping_add(day).wrapping_sub(1)
}

/// Moves what is out of range from the lower part to the upper one.
fn carry(upper: i64, lower: i64, base: i64) -> (i64, i64) {
    (upper.wrapping_add(lower.div_euclid(base)), lower.rem_euclid(base))
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a common year before a month from 1 to 13.
pub(super) fn days_before(month: i64) -> i64 {
    (214 * month - 211) / 7 - if month >= 3 { 2 } else { 0 }
}

/// Days of a month from 1 to 12.
pub(super) fn days_in(month: i64, year: i64) -> i64 {
    days_before(month + 1) - days_before(month) + i64::from(month == 2 && is_leap(year))
}
