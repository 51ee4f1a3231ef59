//! Values as Go's flag packages write them. Every error is the end of a sentence: what is wanted, and how it is
//! written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use jiff::fmt::rfc2822::DateTimeParser;

/// A truth value as strconv.ParseBool takes it.
pub(super) fn truth(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("true or false is wanted".into()),
    }
}

/// A whole number. Go reads `010` as 8, which hardly anybody means: refused.
pub(super) fn whole(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let octal = digits.len() > 1 && digits.starts_with('0');
    let number = if octal { None } else { text.parse().ok() };
    number.ok_or_else(|| "a whole number is wanted, such as 5".into())
}

/// A number with a fraction.
pub(super) fn number(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|number: &f32| number.is_finite())
        .ok_or_else(|| "a number is wanted, such as 20 or 0.5".into())
}

/// A duration in nanoseconds, as time.ParseDuration reads it: `720h`, `1h30m`, `-1.5s`, `0`.
pub(super) fn duration(text: &str) -> Result<i64, String> {
    parse_duration(text).ok_or_else(|| {
        let days = if text.ends_with('d') { ": there are no days, 30 of them are 720h" } else { "" };
        format!("a duration is wanted, such as 720h or 1h30m{days}")
    })
}

fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: i128 = 0;
    loop {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let unit = nanoseconds(&after[..end])?;
        if !whole.is_empty() {
            total = total.checked_add(i128::from(whole.parse::<u64>().ok()?) * unit)?;
        }
        // Beyond nine digits a fraction says less than a nanosecond of any unit that is not an hour or a minute.
        let fraction = &fraction[..fraction.len().min(15)];
        if !fraction.is_empty() {
            let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
            total += i128::from(fraction.parse::<u64>().ok()?) * unit / scale;
        }
        rest = &after[end..];
        if rest.is_empty() {
            return i64::try_from(if negative { -total } else { total }).ok();
        }
    }
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn nanoseconds(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// Where to listen, as net.Listen takes it: `:8080` is that port on all addresses of both families.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let wrong = || "an address is wanted, such as :8080, 127.0.0.1:8080 or [::1]:8080".to_owned();
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let port = if port.bytes().all(|byte| byte.is_ascii_digit()) { port.parse().ok() } else { None };
    let port = port.ok_or_else(wrong)?;
    let host: IpAddr = match host {
        "" => Ipv6Addr::UNSPECIFIED.into(),
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        host => match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(host) => host.parse::<Ipv6Addr>().map_err(|_| wrong())?.into(),
            None => host.parse::<Ipv4Addr>().map_err(|_| wrong())?.into(),
        },
    };
    Ok(SocketAddr::new(host, port))
}

/// A level as log/slog writes it, with offsets: `WARN`, `info`, `INFO+1`. Ours have no steps between the four names,
/// so what lies between two shows what the upper one does, as with upstream, whose messages have those four too.
pub(super) fn level(text: &str) -> Result<tracing::Level, String> {
    let wrong = || "DEBUG, INFO, WARN or ERROR is wanted".to_owned();
    let end = text.find(['+', '-']).unwrap_or(text.len());
    let base = match text[..end].to_ascii_uppercase().as_str() {
        "DEBUG" => -4,
        "INFO" => 0,
        "WARN" => 4,
        "ERROR" => 8,
        _ => return Err(wrong()),
    };
    let offset = match &text[end..] {
        "" => 0,
        offset => offset.parse::<i32>().map_err(|_| wrong())?,
    };
    Ok(match offset.saturating_add(base) {
        ..-4 => tracing::Level::TRACE,
        -4 => tracing::Level::DEBUG,
        -3..=0 => tracing::Level::INFO,
        1..=4 => tracing::Level::WARN,
        5.. => tracing::Level::ERROR,
    })
}

/// A time as RFC 1123 writes it, with a numeric zone: `Mon, 02 Jan 2006 15:04:05 -0700`. Gives Unix seconds, and
/// whether the day of the week is that of the date, which Go does not look at.
pub(super) fn time(text: &str) -> Result<(i64, bool), String> {
    let strict = DateTimeParser::new();
    if let Ok(time) = strict.parse_timestamp(text) {
        return Ok((time.as_second(), true));
    }
    strict.relaxed_weekday(true).parse_timestamp(text).map(|time| (time.as_second(), false)).map_err(|_| {
        "a time is wanted as `date -R` writes it, such as Mon, 02 Jan 2006 15:04:05 -0700".into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_gos() {
        const SECOND: i64 = 1_000_000_000;
        for (text, nanoseconds) in [
            ("720h", 720 * 3600 * SECOND),
            ("720h0m0s", 720 * 3600 * SECOND),
            ("1h30m", 5400 * SECOND),
            ("1.5s", SECOND * 3 / 2),
            (".5m", 30 * SECOND),
            ("1.m", 60 * SECOND),
            ("100ms", SECOND / 10),
            ("3µs", 3000),
            ("0", 0),
            ("-1s", -SECOND),
            ("+2s", 2 * SECOND),
            ("2562047h", 2_562_047 * 3600 * SECOND),
        ] {
            assert_eq!(duration(text), Ok(nanoseconds), "{text}");
        }
        for text in
            ["", "30d", "1", "h", "1 h", "1h ", "--1s", ".s", "2562048h", "1e3s", "99999999999999999999h"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(duration("30d").unwrap_err().contains("no days"));
    }

    #[test]
    fn numbers() {
        assert_eq!(whole("-1"), Ok(-1));
        assert_eq!(whole("0"), Ok(0));
        for text in ["", "010", "0x10", "1.5", "5 ", "99999999999999999999"] {
            assert!(whole(text).is_err(), "{text}");
        }
        assert_eq!(number("0.5"), Ok(0.5));
        for text in ["", "NaN", "inf", "1e99", "five"] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_are_gos() {
        for (text, expected) in [
            (":8080", "[::]:8080"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::1]:0", "[::1]:0"),
            ("localhost:1", "127.0.0.1:1"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "8080", ":", ":65536", ":+1", "::1:80", "example.com:80", "[127.0.0.1]:80"] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn levels_are_slogs() {
        use tracing::Level;
        for (text, expected) in [
            ("INFO", Level::INFO),
            ("debug", Level::DEBUG),
            ("Warn", Level::WARN),
            ("ERROR", Level::ERROR),
            ("INFO+1", Level::WARN),
            ("INFO-1", Level::INFO),
            ("INFO-4", Level::DEBUG),
            ("DEBUG-4", Level::TRACE),
            ("ERROR+99", Level::ERROR),
        ] {
            assert_eq!(level(text), Ok(expected), "{text}");
        }
        for text in ["", "LOUD", "INFO+", "INFO+x", "+1"] {
            assert!(level(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_those_of_date() {
        assert_eq!(time("Mon, 02 Jan 2006 15:04:05 -0700"), Ok((1_136_239_445, true)));
        assert_eq!(time("Tue, 02 Jan 2006 15:04:05 -0700"), Ok((1_136_239_445, false)));
        for text in ["2006-01-02T15:04:05Z", "yesterday", "Mon, 32 Jan 2006 15:04:05 -0700"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
