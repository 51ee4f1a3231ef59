//! sprig's integers and floats: everything becomes one by [`cast`](crate::functions::cast), errors become 0, overflow wraps.

use crate::failure::Failure;
use crate::functions::cast::{to_float64, to_int64};
use crate::functions::{Args, Function};
use crate::machine::Machine;
use crate::value::{Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("add", &[], add).and_any(Type::Any),
    Function::new("add1", &[Type::Any], add1),
    Function::new("biggest", &[Type::Any], max).and_any(Type::Any),
    Function::new("ceil", &[Type::Any], ceil),
    Function::new("div", &[Type::Any, Type::Any], div),
    Function::new("floor", &[Type::Any], floor),
    Function::new("max", &[Type::Any], max).and_any(Type::Any),
    Function::new("maxf", &[Type::Any], maxf).and_any(Type::Any),
    Function::new("min", &[Type::Any], min).and_any(Type::Any),
    Function::new("minf", &[Type::Any], minf).and_any(Type::Any),
    Function::new("mod", &[Type::Any, Type::Any], modulo),
    Function::new("mul", &[Type::Any], mul).and_any(Type::Any),
    Function::new("round", &[Type::Any, Type::Int], round).and_any(Type::Float64),
    Function::new("sub", &[Type::Any, Type::Any], sub),
];

fn add(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    folded(m, &Value::Int64(0), args.from(0), i64::wrapping_add)
}

fn add1(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Int64(to_int64(m, args.any(0))?.wrapping_add(1)))
}

fn sub(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Int64(to_int64(m, args.any(0))?.wrapping_sub(to_int64(m, args.any(1))?)))
}

fn mul(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    folded(m, args.any(0), args.from(1), i64::wrapping_mul)
}

/// Toward zero.
fn div(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (number, by) = (to_int64(m, args.any(0))?, to_int64(m, args.any(1))?);
    divided(number, by, i64::wrapping_div)
}

/// With the sign of the first.
fn modulo(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (number, by) = (to_int64(m, args.any(0))?, to_int64(m, args.any(1))?);
    divided(number, by, i64::wrapping_rem)
}

fn divided(number: i64, by: i64, operation: fn(i64, i64) -> i64) -> Result<Value, Failure> {
    if by == 0 {
        return Err(Failure::said("runtime error: integer divide by zero"));
    }
    Ok(Value::Int64(operation(number, by)))
}

fn max(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    folded(m, args.any(0), args.from(1), i64::max)
}

fn min(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    folded(m, args.any(0), args.from(1), i64::min)
}

fn folded(
    m: &mut Machine<'_>,
    first: &Value,
    others: &[Value],
    operation: fn(i64, i64) -> i64,
) -> Result<Value, Failure> {
    let mut number = to_int64(m, first)?;
    for other in others {
        number = operation(number, to_int64(m, other)?);
    }
    Ok(Value::Int64(number))
}

fn maxf(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut number = to_float64(m, args.any(0))?;
    for other in args.from(1) {
        number = larger(number, to_float64(m, other)?);
    }
    Ok(Value::Float(number))
}

fn minf(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let mut number = to_float64(m, args.any(0))?;
    for other in args.from(1) {
        number = -larger(-number, -to_float64(m, other)?);
    }
    Ok(Value::Float(number))
}

/// `math.Max`: infinity before NaN, NaN before every number, 0 before -0.
fn larger(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && b == 0.0 {
        if a.is_sign_negative() { b } else { a }
    } else {
        a.max(b)
    }
}

fn ceil(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Float(to_float64(m, args.any(0))?.ceil()))
}

fn floor(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    Ok(Value::Float(to_float64(m, args.any(0))?.floor()))
}

/// To so many places: up where the rest reaches a half (or the third argument), else down. The rest of a negative number is
/// negative, so it goes down.
fn round(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let number = to_float64(m, args.any(0))?;
    let up_from = if args.len() > 2 { args.float(2)? } else { 0.5 };
    let power = power_of_ten(args.int(1)?);
    let shifted = power * number;
    let rounded = if shifted.fract() >= up_from { shifted.ceil() } else { shifted.floor() };
    Ok(Value::Float(rounded / power))
}

/// `math.Pow(10, exponent)`, which squares and multiplies: from 10^23 on not always the float nearest to the power.
fn power_of_ten(exponent: i64) -> f64 {
    // 10 is 0.625 × 2^4.
    let (mut square, mut square_power) = (0.625_f64, 4_i64);
    let (mut product, mut power) = (1.0_f64, 0_i64);
    let mut bits = exponent.unsigned_abs();
    while bits != 0 {
        if square_power.abs() > 1 << 12 {
            power += square_power;
            break;
        }
        if bits & 1 == 1 {
            product *= square;
            power += square_power;
        }
        square *= square;
        square_power *= 2;
        if square < 0.5 {
            square += square;
            square_power -= 1;
        }
        bits >>= 1;
    }
    if exponent < 0 { shifted(1.0 / product, -power) } else { shifted(product, power) }
}

/// number × 2^power, rounded once.
fn shifted(number: f64, power: i64) -> f64 {
    const STEP: i64 = 1000;
    let step = f64::from_bits(((STEP + 1023) as u64) << 52);
    let (mut number, mut power) = (number, power.clamp(-3 * STEP, 3 * STEP));
    while power > STEP {
        number *= step;
        power -= STEP;
    }
    while power < -STEP {
        number /= step;
        power += STEP;
    }
    number * f64::from_bits(((power + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_those_of_math_pow() {
        for (exponent, bits) in [
            (0, 0x3ff0_0000_0000_0000_u64),
            (22, 0x4480_f0cf_064d_d592),
            (308, 0x7fe1_ccf3_85eb_c8a3),
            (309, 0x7ff0_0000_0000_0000),
            (-1, 0x3fb9_9999_9999_999a),
            (-320, 2024),
            (-324, 0),
            (i64::MIN, 0),
            (i64::MAX, 0x7ff0_0000_0000_0000),
        ] {
            assert_eq!(power_of_ten(exponent).to_bits(), bits, "10^{exponent}");
        }
    }
}
