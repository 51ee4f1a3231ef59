//! Random texts and numbers. What Go's library draws from the operating system comes from the [`Entropy`] here.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::failure::Failure;
use crate::functions::{Args, Function};
use crate::machine::Machine;
use crate::value::{Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("randAlpha", &[Type::Int], |m, args| characters(m, args, LETTERS)).unsettled(),
    Function::new("randAlphaNum", &[Type::Int], |m, args| characters(m, args, LETTERS_AND_DIGITS))
        .unsettled(),
    Function::new("randAscii", &[Type::Int], |m, args| characters(m, args, PRINTABLE)).unsettled(),
    Function::new("randBytes", &[Type::Int], bytes).unsettled(),
    Function::new("randInt", &[Type::Int, Type::Int], int).unsettled(),
    Function::new("randNumeric", &[Type::Int], |m, args| characters(m, args, DIGITS)).unsettled(),
    Function::new("uuidv4", &[], uuid).unsettled(),
];

const DIGITS: &[u8] = b"0123456789";
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LETTERS_AND_DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PRINTABLE: &[u8] = b" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`\
                           abcdefghijklmnopqrstuvwxyz{|}~";

/// So many of these characters, each as likely as any other. A count below zero gives none: sprig drops the error.
fn characters(m: &mut Machine<'_>, args: Args<'_>, alphabet: &[u8]) -> Result<Value, Failure> {
    let count = usize::try_from(args.int(0)?).unwrap_or(0);
    pay_for_random(m, count)?;
    m.budget.make(count)?;
    let mut text = Zeroizing::new(Vec::with_capacity(count));
    let mut drawn = Zeroizing::new([0; 256]);
    // Bytes from the last multiple of the alphabet's length on are not used: they would favour its beginning.
    let length = alphabet.len().max(1);
    let limit = 256 - 256 % length;
    while text.len() < count {
        // A share of the bytes is refused, so a few more than are missing save a second call.
        let wanted = (2 * (count - text.len())).min(drawn.len());
        let drawn = drawn.get_mut(..wanted).unwrap_or_default();
        m.entropy.fill(drawn);
        let usable = drawn.iter().map(|&byte| usize::from(byte)).filter(|&byte| byte < limit);
        let missing = count - text.len();
        text.extend(usable.filter_map(|byte| alphabet.get(byte % length)).take(missing));
    }
    Ok(Value::text(std::mem::take(&mut *text)))
}

/// In base64.
fn bytes(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let Ok(count) = usize::try_from(args.int(0)?) else {
        return Err(Failure::said("runtime error: makeslice: len out of range"));
    };
    pay_for_random(m, count)?;
    // The bytes themselves and their base64, a third longer.
    m.budget.make(count)?;
    m.budget.make(count.div_ceil(3).saturating_mul(4))?;
    let mut bytes = Zeroizing::new(vec![0; count]);
    m.entropy.fill(&mut bytes);
    Ok(Value::text(BASE64.encode(&bytes)))
}

/// From the first number up to the second, which is not among the results.
fn int(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (min, max) = (args.int(0)?, args.int(1)?);
    match u64::try_from(max.wrapping_sub(min)) {
        Ok(count @ 1..) => {
            pay_for_random(m, 8)?;
            let drawn = below(m.entropy, count);
            // It is below an i64 that is greater than zero.
            Ok(Value::Int(min.wrapping_add_unsigned(drawn)))
        }
        _ => Err(Failure::said("invalid argument to Intn")),
    }
}

/// RFC 9562, version 4.
fn uuid(m: &mut Machine<'_>, _: Args<'_>) -> Result<Value, Failure> {
    pay_for_random(m, 16)?;
    m.budget.make(36)?;
    let mut bytes = Zeroizing::new([0; 16]);
    m.entropy.fill(&mut *bytes);
    let number = u128::from_be_bytes(*bytes);
    let number = number & !(0xf << 76) & !(0b11 << 62) | 0x4 << 76 | 0b10 << 62;
    let digits = Zeroizing::new(format!("{number:032x}"));
    let mut text = Zeroizing::new(String::with_capacity(36));
    for (place, digit) in digits.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    Ok(Value::text(std::mem::take(&mut *text)))
}

/// A number below this one, each as likely as any other.
pub(crate) fn below(entropy: &mut dyn Entropy, count: u64) -> u64 {
    let count = count.max(1);
    // Numbers from the last multiple of the count on are not used.
    let limit = u64::MAX - u64::MAX % count;
    loop {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        let drawn = u64::from_le_bytes(bytes);
        if drawn < limit {
            return drawn % count;
        }
    }
}

/// The operating system gives some 200 MB a second in pieces of 256 bytes, and some of them are not used.
fn pay_for_random(m: &mut Machine<'_>, bytes: usize) -> Result<(), Failure> {
    m.budget.spend(5 + bytes as u64 / 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::tests::{call, text};

    #[test]
    fn every_character_comes_and_no_other() {
        for (name, alphabet) in [
            ("randNumeric", DIGITS),
            ("randAlpha", LETTERS),
            ("randAlphaNum", LETTERS_AND_DIGITS),
            ("randAscii", PRINTABLE),
        ] {
            let mut seen = text(call(name, &[Value::Int(20_000)]));
            assert_eq!(seen.len(), 20_000, "{name}");
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen, alphabet, "{name}");
        }
    }

    #[test]
    fn numbers_reach_both_ends_of_the_range_alone() {
        let mut seen: Vec<i64> = (0..200)
            .map(|_| match call("randInt", &[Value::Int(-2), Value::Int(1)]) {
                Ok(Value::Int(n)) => n,
                _ => 99,
            })
            .collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [-2, -1, 0]);
        // The difference wraps as Go's does, to less than zero.
        let whole = call("randInt", &[Value::Int(i64::MIN), Value::Int(i64::MAX)]);
        assert_eq!(whole.err(), Some(Failure::said("invalid argument to Intn")));
    }

    #[test]
    fn what_is_too_much_is_not_allocated() {
        for name in ["randAlpha", "randBytes"] {
            assert!(matches!(call(name, &[Value::Int(i64::MAX)]), Err(Failure::Cap(_))), "{name}");
        }
        let negative = call("randBytes", &[Value::Int(-1)]).err();
        assert_eq!(negative, Some(Failure::said("runtime error: makeslice: len out of range")));
    }
}
