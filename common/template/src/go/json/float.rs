//! How JSON writes numbers.

/// The shortest digits that read back as the same number: plain between 1e-6 and 1e21, else with an exponent.
/// None for what JSON has no form for: infinities and NaN.
pub(crate) fn float(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    let size = number.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return Some(number.to_string());
    }
    let text = format!("{number:e}");
    Some(if text.contains("e-") { text } else { text.replace('e', "e+") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_begin_where_gos_do() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1e20, "100000000000000000000"),
            (999999999999999900000.0, "999999999999999900000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (1e-6, "0.000001"),
            (9.999999e-7, "9.999999e-7"),
            (5e-324, "5e-324"),
            (0.1, "0.1"),
            (123456789.0, "123456789"),
        ];
        for (number, text) in cases {
            assert_eq!(float(number).as_deref(), Some(text));
        }
        assert_eq!(float(f64::NAN), None);
        assert_eq!(float(f64::NEG_INFINITY), None);
    }
}
