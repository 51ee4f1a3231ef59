//! Dates and times as yaml.v2 knows them. They are read as text; what matters is that one is quoted in print.

/// Whether Go takes the text for a time: `2006-1-2`, with `T` or `t` and a zone, or with a blank and without.
pub(crate) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 5 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return false;
    }
    let year = bytes[..4].iter().fold(0, |year, digit| year * 10 + u32::from(digit - b'0'));
    let mut rest = &bytes[5..];
    date(year, &mut rest).is_some()
        && match rest {
            [] => true,
            [b'T' | b't', after @ ..] => {
                rest = after;
                clock(&mut rest).is_some() && zone(rest)
            }
            [b' ', ..] => {
                while let [b' ', after @ ..] = rest {
                    rest = after;
                }
                clock(&mut rest).is_some() && rest.is_empty()
            }
            _ => false,
        }
}

fn date(year: u32, rest: &mut &[u8]) -> Option<()> {
    let month = one_or_two_digits(rest)?;
    literal(rest, b'-')?;
    let day = one_or_two_digits(rest)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    (1..=days).contains(&day).then_some(())
}

fn clock(rest: &mut &[u8]) -> Option<()> {
    let hour = one_or_two_digits(rest)?;
    literal(rest, b':')?;
    let minute = one_or_two_digits(rest)?;
    literal(rest, b':')?;
    let second = one_or_two_digits(rest)?;
    if let [b'.' | b',', digit, ..] = *rest
        && digit.is_ascii_digit()
    {
        *rest = &rest[1..];
        while let [digit, after @ ..] = *rest
            && digit.is_ascii_digit()
        {
            *rest = after;
        }
    }
    (hour < 24 && minute < 60 && second < 60).then_some(())
}

fn zone(rest: &[u8]) -> bool {
    match rest {
        [b'Z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            let digits = [h1, h2, m1, m2];
            digits.iter().all(|digit| digit.is_ascii_digit())
                && (h1 - b'0') * 10 + (h2 - b'0') <= 24
                && (m1 - b'0') * 10 + (m2 - b'0') <= 60
        }
        _ => false,
    }
}

fn literal(rest: &mut &[u8], wanted: u8) -> Option<()> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    (*first == wanted).then_some(())
}

fn one_or_two_digits(rest: &mut &[u8]) -> Option<u32> {
    let count = rest.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, after) = rest.split_at(count);
    *rest = after;
    (count > 0).then(|| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_go_knows_them() {
        for text in [
            "2024-01-01",
            "2024-2-29",
            "2024-01-01T10:00:00Z",
            "2024-01-01t1:2:3.5+01:00",
            "2024-01-01 10:00:00",
            "2024-01-01   10:00:00,25",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
        for text in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-01-00",
            "24-01-01",
            "2024-01",
            "2024-01-01T10:00:00",
            "2024-01-01 10:00:00Z",
            "2024-01-01 24:00:00",
            "2024-01-01T10:00:00+1:00",
            "2024-01-01x",
            "2024-01-01 ",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
