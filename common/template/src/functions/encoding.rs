//! base64 and base32 as functions: the text of an error is the result.

use data_encoding::{BASE32, BASE64};

use crate::failure::Failure;
use crate::functions::{Args, Function};
use crate::go::{base32, base64};
use crate::machine::Machine;
use crate::value::{Type, Value};

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("b32dec", &[Type::String], |m, args| decoded(m, args, "base32", base32::decode_to)),
    Function::new("b32enc", &[Type::String], |m, args| encoded(m, args, &BASE32)),
    Function::new("b64dec", &[Type::String], |m, args| decoded(m, args, "base64", base64::decode_to)),
    Function::new("b64enc", &[Type::String], |m, args| encoded(m, args, &BASE64)),
];

fn encoded(
    m: &mut Machine<'_>,
    args: Args<'_>,
    encoding: &data_encoding::Encoding,
) -> Result<Value, Failure> {
    let text = args.text(0)?;
    let size = encoding.encode_len(text.len());
    m.budget.make(size)?;
    m.budget.spend(text.len() as u64 / 32)?;
    let mut out = vec![0; size];
    encoding.encode_mut(text, &mut out);
    Ok(Value::text(out))
}

fn decoded(
    m: &mut Machine<'_>,
    args: Args<'_>,
    name: &str,
    decode: fn(&[u8], &mut Vec<u8>) -> Result<(), usize>,
) -> Result<Value, Failure> {
    let text = args.text(0)?;
    m.budget.make(text.len())?;
    m.budget.spend(text.len() as u64 / 32)?;
    let mut out = Vec::with_capacity(text.len());
    match decode(text, &mut out) {
        Ok(()) => Ok(Value::text(out)),
        Err(place) => {
            drop(Value::text(out));
            m.text(format!("illegal {name} data at input byte {place}"))
        }
    }
}
