//! From what a text says of a time to the time.

use crate::go::time::calendar::{days_before, days_in, is_leap};
use crate::go::time::pieces::{Refusal, signed};
use crate::go::time::{Location, Time};

/// What has been read of a time.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) year: i64,
    pub(super) month: Option<i64>,
    pub(super) day: Option<i64>,
    pub(super) year_day: Option<i64>,
    pub(super) clock: [i64; 3],
    pub(super) nanoseconds: i64,
    pub(super) is_morning: bool,
    pub(super) is_afternoon: bool,
    pub(super) is_utc: bool,
    pub(super) offset: Option<i64>,
    pub(super) zone: String,
}

impl Parts {
    /// # Errors
    /// A day that there is none of.
    pub(super) fn time(mut self) -> Result<Time, Refusal> {
        let [hour, minute, second] = self.clock;
        let hour = match hour {
            ..12 if self.is_afternoon => hour + 12,
            12 if self.is_morning => 0,
            _ => hour,
        };
        self.settle_year_day()?;
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        if !(1..=days_in(month, self.year)).contains(&day) {
            return Err(Refusal::OutOfRange("day"));
        }
        let clock = [hour, minute, second];
        let time = Time::date([self.year, month, day], clock, self.nanoseconds, Location::Utc);
        // Go marks the absence of an offset by -1, so that one second west of UTC is none.
        let offset = self.offset.filter(|&offset| offset != -1);
        Ok(match (offset, self.zone.as_str()) {
            _ if self.is_utc => time,
            (Some(0), "" | "UTC") | (None, "") => time.within(Location::Local),
            (Some(offset), zone) => time.earlier(offset).within(Location::fixed(zone, offset)),
            (None, zone) => {
                let hours = zone.strip_prefix("GMT").and_then(|hours| signed(hours.as_bytes()));
                time.within(Location::fixed(zone, hours.unwrap_or(0) * 3600))
            }
        })
    }

    /// Month and day from the day of the year; where they have been read as well, they must be the same.
    fn settle_year_day(&mut self) -> Result<(), Refusal> {
        let Some(year_day) = self.year_day else { return Ok(()) };
        let leap = i64::from(is_leap(self.year));
        if !(1..=365 + leap).contains(&year_day) {
            return Err(Refusal::OutOfRange("day-of-year"));
        }
        let before = |month: i64| days_before(month) + if month > 2 { leap } else { 0 };
        let month = (1..=12).rev().find(|&month| before(month) < year_day).unwrap_or(1);
        let day = year_day - before(month);
        if self.month.is_some_and(|seen| seen != month) {
            return Err(Refusal::Wrong("day-of-year does not match month"));
        }
        if self.day.is_some_and(|seen| seen != day) {
            return Err(Refusal::Wrong("day-of-year does not match day"));
        }
        (self.month, self.day) = (Some(month), Some(day));
        Ok(())
    }
}
