//! The parts of a date and time as its zone shows them.

use crate::go::time::Time;

impl Time {
    pub(crate) fn year(&self) -> i64 {
        self.wall().year
    }

    /// January is 1.
    pub(crate) fn month(&self) -> i64 {
        self.wall().month
    }

    pub(crate) fn day(&self) -> i64 {
        self.wall().day
    }

    /// From 1.
    pub(crate) fn year_day(&self) -> i64 {
        self.wall().year_day
    }

    /// Sunday is 0.
    pub(crate) fn weekday(&self) -> i64 {
        self.wall().weekday
    }

    pub(crate) fn hour(&self) -> i64 {
        self.wall().hour
    }

    pub(crate) fn minute(&self) -> i64 {
        self.wall().minute
    }

    pub(crate) fn second(&self) -> i64 {
        self.wall().second
    }

    /// Of its second.
    pub(crate) fn nanosecond(&self) -> i64 {
        self.nanoseconds
    }
}
