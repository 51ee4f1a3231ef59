//! `strconv.FormatFloat` for 64 bits.

/// Writes a float as `strconv.FormatFloat` does: `e` and `E` with an exponent, `f` without, `g` and `G` with one where it is
/// large (from the precision on, or 7 digits before the point) or below -4, `b` as an integer with a binary exponent, `x` and
/// `X` in hexadecimal. Without a precision as many digits as it takes to read the same float again.
///
/// The result is about as long as the precision, or 400 bytes: who lets a template choose the precision pays for it.
pub(crate) fn format_float(value: f64, verb: u8, precision: Option<usize>) -> Vec<u8> {
    if value.is_nan() {
        return b"NaN".to_vec();
    }
    if value.is_infinite() {
        return if value > 0.0 { b"+Inf".to_vec() } else { b"-Inf".to_vec() };
    }
    let mut out = Vec::with_capacity(precision.unwrap_or(0).saturating_add(32));
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let value = value.abs();
    match (verb, precision) {
        (b'b', _) => binary(&mut out, value),
        (b'x' | b'X', precision) => hexadecimal(&mut out, value, verb, precision),
        (b'e' | b'E', None) => {
            let digits = Digits::shortest(value);
            digits.scientific(&mut out, verb, digits.count().saturating_sub(1));
        }
        (b'e' | b'E', Some(precision)) => {
            Digits::rounded(value, precision.saturating_add(1)).scientific(&mut out, verb, precision);
        }
        (b'f', None) => {
            let digits = Digits::shortest(value);
            digits.plain(
                &mut out,
                digits.count().saturating_sub(digits.before_point()) + digits.zeros_after_point(),
            );
        }
        (b'f', Some(precision)) => {
            out.extend_from_slice(format!("{value:.*}", precision.min(ALL_DIGITS)).as_bytes());
            zeros(&mut out, precision.saturating_sub(ALL_DIGITS));
        }
        (_, None) => {
            let digits = Digits::shortest(value);
            digits.general(&mut out, verb, digits.count(), 6);
        }
        (_, Some(precision)) => {
            let precision = precision.max(1);
            let digits = Digits::rounded(value, precision);
            let whole = digits.count() >= digits.before_point();
            digits.general(
                &mut out,
                verb,
                precision,
                if whole { precision.min(digits.count()) } else { precision },
            );
        }
    }
    out
}

/// The shortest decimal number that reads as this float again: digits × 10^exponent. None for infinities and NaN.
pub(crate) fn shortest_decimal(value: f64) -> Option<(i64, i32)> {
    if !value.is_finite() {
        return None;
    }
    let Digits { digits, point } = Digits::shortest(value.abs());
    let size = digits.iter().fold(0_i64, |size, digit| size * 10 + i64::from(digit - b'0'));
    // 17 digits at most, which the type holds.
    Some((if value < 0.0 { -size } else { size }, point - digits.len() as i32))
}

/// More digits than any float has, before or after the point.
pub(crate) const ALL_DIGITS: usize = 1100;

/// The decimal digits of a float, without zeros at either end: 0.DIGITS × 10^point.
struct Digits {
    digits: Vec<u8>,
    point: i32,
}

impl Digits {
    /// As few as read as the same float again. Where two such numbers are equally near, Go takes the even one and Rust the larger.
    fn shortest(value: f64) -> Digits {
        let larger = format!("{value:e}");
        let digits = Digits::of(&larger);
        if digits.digits.last().is_some_and(|last| last % 2 == 1) {
            let even = format!("{value:.*e}", digits.count() - 1);
            if even != larger && even.parse() == Ok(value) {
                return Digits::of(&even);
            }
        }
        digits
    }

    fn rounded(value: f64, count: usize) -> Digits {
        Digits::of(&format!("{value:.*e}", count.saturating_sub(1).min(ALL_DIGITS)))
    }

    /// From `D.DDDeN`.
    fn of(scientific: &str) -> Digits {
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
        let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let point = if digits.is_empty() { 0 } else { exponent.parse().unwrap_or(0) + 1 };
        Digits { digits, point }
    }

    fn count(&self) -> usize {
        self.digits.len()
    }

    fn before_point(&self) -> usize {
        usize::try_from(self.point).unwrap_or(0)
    }

    fn zeros_after_point(&self) -> usize {
        usize::try_from(-self.point).unwrap_or(0)
    }

    fn exponent(&self) -> i32 {
        if self.digits.is_empty() { 0 } else { self.point - 1 }
    }

    fn general(&self, out: &mut Vec<u8>, verb: u8, precision: usize, exponent_from: usize) {
        let exponent = self.point - 1;
        if exponent < -4 || usize::try_from(exponent).is_ok_and(|exponent| exponent >= exponent_from) {
            let verb = if verb == b'G' { b'E' } else { b'e' };
            self.scientific(out, verb, precision.min(self.count()).saturating_sub(1));
        } else {
            let all = i64::from(self.point) < precision as i64;
            let shown = if all { self.count() } else { precision };
            self.plain(out, usize::try_from(shown as i64 - i64::from(self.point)).unwrap_or(0));
        }
    }

    fn scientific(&self, out: &mut Vec<u8>, verb: u8, precision: usize) {
        let mut digits = self.digits.iter().copied();
        out.push(digits.next().unwrap_or(b'0'));
        if precision > 0 {
            out.push(b'.');
            out.extend(digits.chain(std::iter::repeat(b'0')).take(precision));
        }
        out.push(verb);
        exponent(out, self.exponent());
    }

    fn plain(&self, out: &mut Vec<u8>, precision: usize) {
        let mut digits = self.digits.iter().copied().chain(std::iter::repeat(b'0'));
        if self.point > 0 {
            out.extend(digits.by_ref().take(self.before_point()));
        } else {
            out.push(b'0');
        }
        if precision > 0 {
            out.push(b'.');
            let leading = self.zeros_after_point().min(precision);
            zeros(out, leading);
            out.extend(digits.take(precision - leading));
        }
    }
}

fn zeros(out: &mut Vec<u8>, count: usize) {
    out.extend(std::iter::repeat_n(b'0', count));
}

/// A sign and at least two digits.
fn exponent(out: &mut Vec<u8>, exponent: i32) {
    out.extend_from_slice(
        format!("{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()).as_bytes(),
    );
}

/// The mantissa as an integer (with the bit that normal floats leave out), and the power of two that it counts.
fn parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    match (bits >> 52 & 0x7ff) as i32 {
        0 => (fraction, -1074),
        exponent => (fraction | 1 << 52, exponent - 1075),
    }
}

fn binary(out: &mut Vec<u8>, value: f64) {
    let (mantissa, exponent) = parts(value);
    out.extend_from_slice(format!("{mantissa}p{exponent:+}").as_bytes());
}

fn hexadecimal(out: &mut Vec<u8>, value: f64, verb: u8, precision: Option<usize>) {
    let (mut mantissa, mut power) = parts(value);
    if mantissa == 0 {
        power = 0;
    } else {
        let shift = mantissa.leading_zeros().saturating_sub(3);
        mantissa <<= shift;
        power += 60 - shift as i32;
    }
    // A leading 1 is bit 60 now, the 15 digits after the point are below.
    if let Some(precision @ 0..15) = precision {
        let drop = 60 - 4 * precision as u32;
        let (mut kept, rest, half) = (mantissa >> drop, mantissa & ((1 << drop) - 1), 1_u64 << (drop - 1));
        kept += u64::from(rest > half || rest == half && kept & 1 == 1);
        mantissa = kept << drop;
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            power += 1;
        }
    }
    let digits = format!("{:015x}", mantissa & ((1 << 60) - 1));
    let shown = precision.unwrap_or_else(|| digits.trim_end_matches('0').len());
    let start = out.len();
    out.extend_from_slice(format!("0x{}", mantissa >> 60).as_bytes());
    if shown > 0 {
        out.push(b'.');
        out.extend(digits.bytes().chain(std::iter::repeat(b'0')).take(shown));
    }
    out.push(b'p');
    exponent(out, power);
    if verb == b'X' {
        out.iter_mut().skip(start).for_each(u8::make_ascii_uppercase);
    }
}
