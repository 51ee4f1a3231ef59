//! What the corpus has no case for.

use crate::go::time::{Location, Time, duration_round, duration_text, parse_duration, parse_time};

/// In a zone, with the offset in seconds and the abbreviation.
fn shown(unix_seconds: i64, zone: &str) -> String {
    let time = Time::unix(unix_seconds).within(Location::load(zone.as_bytes()).unwrap());
    String::from_utf8(time.format(b"2006-01-02T15:04:05 -07:00:00 MST Mon 002")).unwrap()
}

#[test]
fn zones_reach_as_far_as_times_do() {
    let cases = [
        (-62_135_596_801, "Europe/Paris", "0001-01-01T00:09:20 +00:09:21 LMT Mon 001"),
        (253_402_300_800 + 200 * 86_400, "America/New_York", "10000-07-18T20:00:00 -04:00:00 EDT Tue 200"),
        (i64::MAX, "UTC", "292277026596-12-04T15:30:07 +00:00:00 UTC Sun 339"),
        (i64::MIN, "Local", "292277026596-12-04T15:30:08 +00:00:00 UTC Sun 339"),
    ];
    for (seconds, zone, text) in cases {
        assert_eq!(shown(seconds, zone), text);
    }
}

#[test]
fn names_of_zones_differ_by_case() {
    for name in
        ["america/new_york", "utc", "Etc/Unknown", "Nope", "../Europe/Paris", "/Europe/Paris", "\u{e9}"]
    {
        assert!(Location::load(name.as_bytes()).is_none(), "{name}");
    }
    assert_eq!(Location::load(b"America/New_York").unwrap().text(), "America/New_York");
}

#[test]
fn a_limit_is_never_exceeded() {
    let zone = format!("+{}1", "0".repeat(100));
    let time = parse_time(b"2006 MST", format!("2024 {zone}").as_bytes()).ok().unwrap();
    assert_eq!(time.location().text(), zone);
    for layout in [&b"MSTMST"[..], b"1", b"-07:00:00", b"2006", b"Jan"] {
        let far = Time::unix(i64::MAX).within(time.location().clone());
        assert!(far.format(layout).len() <= far.format_limit(layout));
    }
}

#[test]
fn durations_end_with_their_range() {
    assert_eq!(duration_text(i64::MIN), "-2562047h47m16.854775808s");
    assert_eq!(duration_round(i64::MAX, 3_600_000_000_000), i64::MAX);
    assert_eq!(duration_round(i64::MIN, 3_600_000_000_000), i64::MIN);
    assert_eq!(parse_duration(b"-9223372036854775808ns"), Ok(i64::MIN));
    assert!(parse_duration(b"9223372036854775808ns").is_err());
    let (zero, far) = (Time::zero(), Time::unix(253_402_300_800));
    assert_eq!((far.since(&zero), zero.since(&far)), (i64::MAX, i64::MIN));
}
