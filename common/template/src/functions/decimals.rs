//! sprig's decimals: floats become decimal numbers by their shortest digits, are computed exactly (divisions to 16 places),
//! and become floats again.

use num_bigint::{BigInt, Sign};

use crate::failure::{Failure, WITHHELD};
use crate::functions::cast::to_float64;
use crate::functions::{Args, Function};
use crate::go::float::shortest_decimal;
use crate::machine::Machine;
use crate::value::{Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("add1f", &[Type::Any], add1f),
    Function::new("addf", &[], addf).and_any(Type::Any),
    Function::new("divf", &[Type::Any], divf).and_any(Type::Any),
    Function::new("mulf", &[Type::Any], mulf).and_any(Type::Any),
    Function::new("subf", &[Type::Any], subf).and_any(Type::Any),
];

fn add1f(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    computed(m, args.any(0), &[Value::Int(1)], |a, b| Ok(a.add(b)))
}

fn addf(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    computed(m, &Value::Int(0), args.from(0), |a, b| Ok(a.add(b)))
}

fn subf(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    computed(m, args.any(0), args.from(1), |a, b| Ok(a.add(Decimal { digits: -b.digits, ..b })))
}

fn mulf(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let times = |a: Decimal, b: Decimal| Decimal {
        digits: a.digits * b.digits,
        exponent: a.exponent.saturating_add(b.exponent),
    };
    computed(m, args.any(0), args.from(1), |a, b| Ok(times(a, b)))
}

fn divf(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    computed(m, args.any(0), args.from(1), Decimal::div)
}

fn computed(
    m: &mut Machine<'_>,
    first: &Value,
    others: &[Value],
    operation: impl Fn(Decimal, Decimal) -> Result<Decimal, Failure>,
) -> Result<Value, Failure> {
    let mut result = Decimal::from_float(to_float64(m, first)?)?;
    for other in others {
        // One operand is a float, so that a sum grows by a thousand digits at most and a product by 17: its length is the price.
        m.budget.spend(4 + result.words() / 2)?;
        result = operation(result, Decimal::from_float(to_float64(m, other)?)?)?;
    }
    // Writing a number in decimal takes the square of its length.
    m.budget.spend(result.words().saturating_mul(result.words()) / 16)?;
    Ok(Value::Float(result.to_float()))
}

/// digits × 10^exponent.
#[derive(Clone)]
struct Decimal {
    digits: BigInt,
    exponent: i64,
}

impl Decimal {
    fn from_float(value: f64) -> Result<Decimal, Failure> {
        let Some((digits, exponent)) = shortest_decimal(value) else {
            return Err(Failure::said(format!("Cannot create a Decimal from {WITHHELD}")));
        };
        Ok(Decimal { digits: digits.into(), exponent: exponent.into() })
    }

    /// Its length in words of 64 bits.
    fn words(&self) -> u64 {
        self.digits.bits() / 64
    }

    fn add(self, other: Decimal) -> Decimal {
        let exponent = self.exponent.min(other.exponent);
        Decimal { digits: self.at(exponent) + other.at(exponent), exponent }
    }

    /// The digits at an exponent that is not larger.
    fn at(self, exponent: i64) -> BigInt {
        self.digits * power_of_ten(self.exponent.saturating_sub(exponent))
    }

    /// To 16 places after the point, half away from zero.
    fn div(self, by: Decimal) -> Result<Decimal, Failure> {
        const PLACES: i64 = 16;
        if by.digits.sign() == Sign::NoSign {
            return Err(Failure::said("decimal division by 0"));
        }
        let shift = self.exponent.saturating_sub(by.exponent).saturating_add(PLACES);
        let dividend = self.digits * power_of_ten(shift);
        let divisor = by.digits * power_of_ten(shift.saturating_neg());
        let mut quotient = &dividend / &divisor;
        let rest = dividend.magnitude() % divisor.magnitude();
        if rest * 2_u8 >= *divisor.magnitude() {
            quotient += if dividend.sign() == divisor.sign() { 1 } else { -1 };
        }
        Ok(Decimal { digits: quotient, exponent: -PLACES })
    }

    /// The nearest float: the text of the number, read.
    fn to_float(&self) -> f64 {
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or(0.0)
    }
}

/// 10^exponent, 1 for negative ones.
fn power_of_ten(exponent: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or(0))
}
