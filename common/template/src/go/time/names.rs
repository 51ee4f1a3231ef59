//! Months and weekdays.

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// `time.Month`'s text, January is 1.
pub(crate) fn month_text(month: i64) -> String {
    let name = month.checked_sub(1).and_then(|index| name(&MONTHS, index));
    name.map_or_else(|| format!("%!Month({})", month as u64), str::to_owned)
}

/// `time.Weekday`'s text, Sunday is 0.
pub(crate) fn weekday_text(weekday: i64) -> String {
    name(&WEEKDAYS, weekday).map_or_else(|| format!("%!Weekday({})", weekday as u64), str::to_owned)
}

fn name(names: &[&'static str], index: i64) -> Option<&'static str> {
    names.get(usize::try_from(index).ok()?).copied()
}
