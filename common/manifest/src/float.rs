//! Floating-point numbers as Go's strconv writes them.

/// As `FormatFloat(value, 'g', -1, 32)`: the shortest digits that give the same 32-bit number, with an exponent
/// below 1e-4 and from 1e6 on. This is what sigs.k8s.io/yaml makes of a number where a text is wanted.
pub(crate) fn shortest_32(value: f64) -> String {
    // Go rounds to 32 bits first, and a number too large for them becomes infinite.
    let narrow = value as f32;
    general(f64::from(narrow), &format!("{narrow:e}"))
}

/// As `FormatFloat(value, 'g', -1, 64)`.
pub(crate) fn shortest_64(value: f64) -> String {
    general(value, &format!("{value:e}"))
}

/// As Go's encoding/json writes a number: without an exponent from 1e-6 up to 1e21. `None` if it is not finite,
/// which JSON cannot say.
pub(crate) fn json(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return Some(match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
            _ => text,
        });
    }
    Some(format!("{value}"))
}

/// Go's `%g` from the digits and exponent that Rust's `{:e}` gives (`-1.5e10`).
fn general(value: f64, scientific: &str) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let (sign, rest) = scientific.strip_prefix('-').map_or(("", scientific), |rest| ("-", rest));
    let (mantissa, exponent) = rest.split_once('e').unwrap_or((rest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    if value == 0.0 {
        return format!("{sign}0");
    }
    // In the shortest form Go takes an exponent below 1e-4 and from 1e6 on, however many digits there are.
    if !(-4..6).contains(&exponent) {
        let (side, size) = if exponent < 0 { ('-', -exponent) } else { ('+', exponent) };
        let (first, others) = digits.split_at(1);
        let point = if others.is_empty() { "" } else { "." };
        return format!("{sign}{first}{point}{others}e{side}{size:02}");
    }
    if exponent < 0 {
        let zeros = "0".repeat((-exponent - 1) as usize);
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        let zeros = "0".repeat(whole - digits.len());
        return format!("{sign}{digits}{zeros}");
    }
    let (whole, fraction) = digits.split_at(whole);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_through_32_bits_looks_as_in_go() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (1.10, "1.1"),
            (0.5, "0.5"),
            (1.234_567_89, "1.2345679"),
            (16_777_217.0, "1.6777216e+07"),
            (1e6, "1e+06"),
            (999_999.0, "999999"),
            (1e10, "1e+10"),
            (1e100, "+Inf"),
            (-1e100, "-Inf"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.234_567_8e29, "1.2345678e+29"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(shortest_32(value), text);
        }
        assert_eq!(shortest_64(1.234_567_890_123_456_7), "1.2345678901234567");
        assert_eq!(shortest_64(1e20), "1e+20");
    }

    #[test]
    fn a_number_in_json_looks_as_in_go() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-7"),
            (1e-6, "0.000001"),
            (-1.25e300, "-1.25e+300"),
        ] {
            assert_eq!(json(value).as_deref(), Some(text));
        }
        assert_eq!(json(f64::INFINITY), None);
    }
}
