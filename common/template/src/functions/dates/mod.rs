//! sprig's dates. Local is UTC.

mod methods;

use crate::failure::Failure;
use crate::functions::{Args, Function, mistyped};
use crate::go::number::nearest_int;
use crate::go::time::{Location, Time, duration_round, duration_text, parse_duration, parse_time};
use crate::machine::Machine;
use crate::value::{Type, Value};

pub(crate) use methods::{DURATION_METHODS, LOCATION_METHODS, MONTH_METHODS, TIME_METHODS, WEEKDAY_METHODS};

const DATE_IN_ZONE: &[Type] = &[Type::String, Type::Any, Type::String];
const MODIFY: &[Type] = &[Type::String, Type::Time];
const TO_DATE: &[Type] = &[Type::String, Type::String];

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("ago", &[Type::Any], ago).unsettled(),
    Function::new("date", &[Type::String, Type::Any], date),
    Function::new("dateInZone", DATE_IN_ZONE, date_in_zone),
    Function::new("dateModify", MODIFY, date_modify),
    Function::new("date_in_zone", DATE_IN_ZONE, date_in_zone),
    Function::new("date_modify", MODIFY, date_modify),
    Function::new("duration", &[Type::Any], duration),
    Function::new("durationRound", &[Type::Any], duration_round_to_unit),
    Function::new("htmlDate", &[Type::Any], html_date),
    Function::new("htmlDateInZone", &[Type::Any, Type::String], html_date_in_zone),
    Function::new("mustDateModify", MODIFY, must_date_modify),
    Function::new("mustToDate", TO_DATE, must_to_date),
    Function::new("must_date_modify", MODIFY, must_date_modify),
    Function::new("now", &[], |m, _| Ok(Value::Time(m.now.clone()))).unsettled(),
    Function::new("toDate", TO_DATE, to_date),
    Function::new("unixEpoch", &[Type::Time], unix_epoch),
];

type Answer = Result<Value, Failure>;

const HTML: &[u8] = b"2006-01-02";

fn date(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    format(m, args.text(0)?, args.any(1), b"Local")
}

fn date_in_zone(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    format(m, args.text(0)?, args.any(1), args.text(2)?)
}

fn html_date(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    format(m, HTML, args.any(0), b"Local")
}

fn html_date_in_zone(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    format(m, HTML, args.any(0), args.text(1)?)
}

/// A zone that nobody knows is UTC.
fn format(m: &mut Machine<'_>, layout: &[u8], value: &Value, zone: &[u8]) -> Answer {
    // The first look at a zone reads its table.
    m.budget.spend(500)?;
    let location = Location::load(zone).unwrap_or(Location::Utc);
    let time = instant(m, value).within(location);
    formatted(m, &time, layout).map(Value::text)
}

/// `Time.Format`, paid for.
fn formatted(m: &mut Machine<'_>, time: &Time, layout: &[u8]) -> Result<Vec<u8>, Failure> {
    m.budget.spend(layout.len() as u64)?;
    m.budget.make(time.format_limit(layout))?;
    Ok(time.format(layout))
}

/// A time, or seconds since 1970; everything else, a text of digits too, is now.
fn instant(m: &Machine<'_>, value: &Value) -> Time {
    match value {
        Value::Time(time) => time.clone(),
        Value::Int(seconds) | Value::Int64(seconds) => Time::unix(*seconds),
        _ => m.now.clone(),
    }
}

fn ago(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    let passed = m.now.since(&instant(m, args.any(0)));
    m.text(duration_text(duration_round(passed, 1_000_000_000)))
}

/// What is no duration changes nothing.
fn date_modify(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    let time = time(args, 1)?;
    let by = read_duration(m, args.text(0)?)?.unwrap_or(0);
    Ok(Value::Time(time.add(by)))
}

fn must_date_modify(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    let by = read_duration(m, args.text(0)?)?.map_err(Failure::Said)?;
    Ok(Value::Time(time(args, 1)?.add(by)))
}

/// `time.ParseDuration`, paid for.
fn read_duration(m: &mut Machine<'_>, text: &[u8]) -> Result<Result<i64, String>, Failure> {
    m.budget.spend(text.len() as u64 / 4)?;
    Ok(parse_duration(text))
}

/// Seconds, as a text or an `int64`; everything else is none, an `int` too.
fn duration(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    let seconds = match args.any(0) {
        Value::Text(text) => {
            m.budget.read(text.len())?;
            nearest_int(text)
        }
        Value::Int64(seconds) => *seconds,
        _ => 0,
    };
    m.text(duration_text(seconds.wrapping_mul(1_000_000_000)))
}

/// The greatest unit of which there is more than one, without the sign.
fn duration_round_to_unit(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    const UNITS: [(u64, &str); 6] =
        [(31_536_000, "y"), (2_592_000, "mo"), (86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let nanoseconds = match args.any(0) {
        Value::Text(text) => read_duration(m, text)?.unwrap_or(0),
        Value::Int64(nanoseconds) => *nanoseconds,
        Value::Time(time) => m.now.since(time),
        _ => 0,
    };
    let nanoseconds = nanoseconds.unsigned_abs();
    let unit = UNITS.into_iter().map(|(seconds, name)| (seconds * 1_000_000_000, name));
    let unit = unit.into_iter().find(|(unit, _)| nanoseconds > *unit);
    m.text(unit.map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", nanoseconds / unit)))
}

/// What cannot be read is the zero time.
fn to_date(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    pay_for_parsing(m, args)?;
    Ok(Value::Time(parse_time(args.text(0)?, args.text(1)?).unwrap_or_else(|_| Time::zero())))
}

fn must_to_date(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    pay_for_parsing(m, args)?;
    let time = parse_time(args.text(0)?, args.text(1)?);
    time.map(Value::Time).map_err(|refusal| Failure::Said(refusal.text()))
}

fn pay_for_parsing(m: &mut Machine<'_>, args: Args<'_>) -> Result<(), Failure> {
    m.budget.spend(args.text(0)?.len() as u64)?;
    m.budget.make(args.text(1)?.len())
}

fn unix_epoch(m: &mut Machine<'_>, args: Args<'_>) -> Answer {
    m.text(time(args, 0)?.unix_seconds().to_string())
}

fn time(args: Args<'_>, index: usize) -> Result<&Time, Failure> {
    match args.any(index) {
        Value::Time(time) => Ok(time),
        other => Err(mistyped(other, Type::Time)),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::rendered;

    #[test]
    fn now_is_the_time_of_the_run_and_has_a_monotonic_reading() {
        let answers = [
            ("{{ now }}", "2024-02-29 13:14:15.123456789 +0000 UTC m=+0.000000001"),
            ("{{ now.UTC }}", "2024-02-29 13:14:15.123456789 +0000 UTC"),
            ("{{ eq now now }} {{ eq now now.Local }}", "true false"),
            ("{{ ago (now.AddDate 0 0 -1) }} {{ ago (dateModify `-90s` now) }}", "24h0m0s 1m30s"),
            ("{{ date `2006` `0` }} {{ htmlDate nil }}", "2024 2024-02-29"),
        ];
        for (template, answer) in answers {
            assert_eq!(rendered(template).unwrap(), answer.as_bytes(), "{template}");
        }
    }
}
