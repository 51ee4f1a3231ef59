//! The methods of times, durations, months, weekdays and zones, as far as a template can reach them: those that change a time
//! in place cannot be called on a value.

use crate::failure::Failure;
use crate::functions::dates::{formatted, time};
use crate::functions::{Args, Function, mistyped};
use crate::go::time::{
    Location, duration_absolute, duration_hours, duration_minutes, duration_round, duration_seconds,
    duration_text, duration_truncate, month_text, weekday_text,
};
use crate::machine::Machine;
use crate::value::{Elements, Type, Value};

const TIME: &[Type] = &[Type::Time];
const TIMES: &[Type] = &[Type::Time, Type::Time];
const TIME_AND_DURATION: &[Type] = &[Type::Time, Type::Duration];
const TIME_AND_BYTES: &[Type] = &[Type::Time, BYTES];
const DURATION: &[Type] = &[Type::Duration];
const DURATIONS: &[Type] = &[Type::Duration, Type::Duration];
const BYTES: Type = Type::List(Elements::Byte);

/// The methods of `time.Time`.
pub(crate) const TIME_METHODS: &[Function] = &[
    Function::new("Add", TIME_AND_DURATION, |_, args| Ok(Value::Time(time(args, 0)?.add(integer(args, 1)?)))),
    Function::new("AddDate", &[Type::Time, Type::Int, Type::Int, Type::Int], |_, args| {
        Ok(Value::Time(time(args, 0)?.add_date(integer(args, 1)?, integer(args, 2)?, integer(args, 3)?)))
    }),
    Function::new("After", TIMES, |_, args| Ok(Value::Bool(time(args, 0)?.compare(time(args, 1)?).is_gt()))),
    Function::new("AppendBinary", TIME_AND_BYTES, |m, args| {
        let bytes = time(args, 0)?.binary().map_err(Failure::said)?;
        append(m, args, &bytes)
    }),
    Function::new("AppendFormat", &[Type::Time, BYTES, Type::String], |m, args| {
        let text = formatted(m, time(args, 0)?, args.text(2)?)?;
        append(m, args, &text)
    }),
    Function::new("AppendText", TIME_AND_BYTES, |m, args| {
        let text = rfc3339(args, "Time.AppendText")?;
        append(m, args, text.as_bytes())
    }),
    Function::new("Before", TIMES, |_, args| Ok(Value::Bool(time(args, 0)?.compare(time(args, 1)?).is_lt()))),
    Function::new("Clock", TIME, never_called).giving(3),
    Function::new("Compare", TIMES, |_, args| Ok(Value::Int(time(args, 0)?.compare(time(args, 1)?) as i64))),
    Function::new("Date", TIME, never_called).giving(3),
    Function::new("Day", TIME, |_, args| Ok(Value::Int(time(args, 0)?.day()))),
    Function::new("Equal", TIMES, |_, args| Ok(Value::Bool(time(args, 0)?.compare(time(args, 1)?).is_eq()))),
    Function::new("Format", &[Type::Time, Type::String], |m, args| {
        formatted(m, time(args, 0)?, args.text(1)?).map(Value::text)
    }),
    Function::new("GoString", TIME, |m, args| m.text(time(args, 0)?.go_string())),
    Function::new("GobEncode", TIME, marshal_binary),
    Function::new("Hour", TIME, |_, args| Ok(Value::Int(time(args, 0)?.hour()))),
    Function::new("ISOWeek", TIME, never_called).giving(2),
    Function::new("In", &[Type::Time, Type::Location], within),
    Function::new("IsDST", TIME, |_, args| Ok(Value::Bool(time(args, 0)?.is_daylight_saving()))),
    Function::new("IsZero", TIME, |_, args| Ok(Value::Bool(time(args, 0)?.is_zero()))),
    Function::new("Local", TIME, |_, args| Ok(Value::Time(time(args, 0)?.within(Location::Local)))),
    Function::new("Location", TIME, |_, args| Ok(Value::Location(time(args, 0)?.location().clone()))),
    Function::new("MarshalBinary", TIME, marshal_binary),
    Function::new("MarshalJSON", TIME, |m, args| {
        let text = rfc3339(args, "Time.MarshalJSON")?;
        m.bytes(format!("\"{text}\"").as_bytes())
    }),
    Function::new("MarshalText", TIME, |m, args| m.bytes(rfc3339(args, "Time.MarshalText")?.as_bytes())),
    Function::new("Minute", TIME, |_, args| Ok(Value::Int(time(args, 0)?.minute()))),
    Function::new("Month", TIME, |_, args| Ok(Value::Month(time(args, 0)?.month()))),
    Function::new("Nanosecond", TIME, |_, args| Ok(Value::Int(time(args, 0)?.nanosecond()))),
    Function::new("Round", TIME_AND_DURATION, |_, args| {
        Ok(Value::Time(time(args, 0)?.round(integer(args, 1)?)))
    }),
    Function::new("Second", TIME, |_, args| Ok(Value::Int(time(args, 0)?.second()))),
    Function::new("String", TIME, |m, args| m.text(time(args, 0)?.text())),
    Function::new("Sub", TIMES, |_, args| Ok(Value::Duration(time(args, 0)?.since(time(args, 1)?)))),
    Function::new("Truncate", TIME_AND_DURATION, |_, args| {
        Ok(Value::Time(time(args, 0)?.truncate(integer(args, 1)?)))
    }),
    Function::new("UTC", TIME, |_, args| Ok(Value::Time(time(args, 0)?.within(Location::Utc)))),
    Function::new("Unix", TIME, |_, args| Ok(Value::Int64(time(args, 0)?.unix_seconds()))),
    Function::new("UnixMicro", TIME, |_, args| Ok(Value::Int64(time(args, 0)?.unix_microseconds()))),
    Function::new("UnixMilli", TIME, |_, args| Ok(Value::Int64(time(args, 0)?.unix_milliseconds()))),
    Function::new("UnixNano", TIME, |_, args| Ok(Value::Int64(time(args, 0)?.unix_nanoseconds()))),
    Function::new("Weekday", TIME, |_, args| Ok(Value::Weekday(time(args, 0)?.weekday()))),
    Function::new("Year", TIME, |_, args| Ok(Value::Int(time(args, 0)?.year()))),
    Function::new("YearDay", TIME, |_, args| Ok(Value::Int(time(args, 0)?.year_day()))),
    Function::new("Zone", TIME, never_called).giving(2),
    Function::new("ZoneBounds", TIME, never_called).giving(2),
];

/// The methods of `time.Duration`.
pub(crate) const DURATION_METHODS: &[Function] = &[
    Function::new("Abs", DURATION, |_, args| Ok(Value::Duration(duration_absolute(integer(args, 0)?)))),
    Function::new("Hours", DURATION, |_, args| Ok(Value::Float(duration_hours(integer(args, 0)?)))),
    Function::new("Microseconds", DURATION, |_, args| Ok(Value::Int64(integer(args, 0)? / 1000))),
    Function::new("Milliseconds", DURATION, |_, args| Ok(Value::Int64(integer(args, 0)? / 1_000_000))),
    Function::new("Minutes", DURATION, |_, args| Ok(Value::Float(duration_minutes(integer(args, 0)?)))),
    Function::new("Nanoseconds", DURATION, |_, args| Ok(Value::Int64(integer(args, 0)?))),
    Function::new("Round", DURATIONS, |_, args| {
        Ok(Value::Duration(duration_round(integer(args, 0)?, integer(args, 1)?)))
    }),
    Function::new("Seconds", DURATION, |_, args| Ok(Value::Float(duration_seconds(integer(args, 0)?)))),
    Function::new("String", DURATION, |m, args| m.text(duration_text(integer(args, 0)?))),
    Function::new("Truncate", DURATIONS, |_, args| {
        Ok(Value::Duration(duration_truncate(integer(args, 0)?, integer(args, 1)?)))
    }),
];

/// The methods of `time.Month`.
pub(crate) const MONTH_METHODS: &[Function] =
    &[Function::new("String", &[Type::Month], |m, args| m.text(month_text(integer(args, 0)?)))];

/// The methods of `time.Weekday`.
pub(crate) const WEEKDAY_METHODS: &[Function] =
    &[Function::new("String", &[Type::Weekday], |m, args| m.text(weekday_text(integer(args, 0)?)))];

/// The methods of `*time.Location`.
pub(crate) const LOCATION_METHODS: &[Function] =
    &[Function::new("String", &[Type::Location], |m, args| match args.any(0) {
        Value::Location(location) => m.text(location.text()),
        other => Err(mistyped(other, Type::Location)),
    })];

type Answer = Result<Value, Failure>;

/// An integer of any of Go's names.
fn integer(args: Args<'_>, index: usize) -> Result<i64, Failure> {
    match args.any(index) {
        Value::Int(n) | Value::Int64(n) | Value::Duration(n) | Value::Month(n) | Value::Weekday(n) => Ok(*n),
        other => Err(mistyped(other, Type::Int)),
    }
}

fn within(_: &mut Machine<'_>, args: Args<'_>) -> Answer {
    match args.any(1) {
        Value::Location(location) => Ok(Value::Time(time(args, 0)?.within(location.clone()))),
        _ => Err(Failure::said("time: missing Location in call to Time.In")),
    }
}

fn marshal_binary(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    let bytes = time(args, 0)?.binary().map_err(Failure::said)?;
    m.bytes(&bytes)
}

fn rfc3339(args: Args<'_>, method: &str) -> Result<String, Failure> {
    time(args, 0)?.rfc3339().map_err(|reason| Failure::said(format!("{method}: {reason}")))
}

/// Bytes behind those of the first argument.
fn append(m: &mut Machine<'_>, args: Args<'_>, more: &[u8]) -> Answer {
    m.budget.make(args.list(1)?.len())?;
    let mut bytes = args.list(1)?.bytes();
    bytes.extend_from_slice(more);
    m.bytes(&bytes)
}

/// The executor refuses a method with several results before it calls it.
fn never_called(_: &mut Machine<'_>, _: Args<'_>) -> Answer {
    Err(Failure::said("more than one result"))
}
