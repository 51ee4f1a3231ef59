//! The functions of the map: 208 of sprig, 19 of text/template, by family.
//!
//! What a function declares here is what the executor checks before it calls: a function may rely on the number and the
//! types of its arguments.

pub(crate) mod dates;
pub(crate) mod versions;

mod builtins;
mod case;
mod cast;
mod copy;
mod crypto;
mod decimals;
mod defaults;
mod dicts;
mod encoding;
pub(crate) mod flow;
mod json;
mod layout;
mod lists;
mod math;
mod merge;
mod paths;
mod quoting;
mod random;
mod reflection;
mod regex;
mod sequences;
mod splits;
mod strings;
mod urls;
mod words;

use crate::failure::Failure;
use crate::machine::Machine;
use crate::value::{Elements, List, Map, MapKind, Text, Type, Value};

/// A function of the map; or a method, whose first parameter is its receiver.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// The types of its parameters, without a variadic one.
    pub(crate) params: &'static [Type],
    /// The type of the items of the variadic last parameter, where it has one.
    pub(crate) variadic: Option<Type>,
    /// Whether equal arguments always give equal results. `seal render --check` warns of the others.
    pub(crate) settles: bool,
    /// How many values it gives beside an error. The executor refuses to call a method with two: none is ever called.
    pub(crate) results: usize,
    pub(crate) call: Call,
}

/// The executor has charged one step for the call; a function whose work grows with its arguments pays for the rest.
pub(crate) type Call = fn(&mut Machine<'_>, Args<'_>) -> Result<Value, Failure>;

impl Function {
    pub(crate) const fn new(name: &'static str, params: &'static [Type], call: Call) -> Self {
        Function { name, params, variadic: None, settles: true, results: 1, call }
    }

    /// With any number of further arguments of this type.
    pub(crate) const fn and_any(mut self, variadic: Type) -> Self {
        self.variadic = Some(variadic);
        self
    }

    /// Gives several values: a method that no template can call.
    pub(crate) const fn giving(mut self, results: usize) -> Self {
        self.results = results;
        self
    }

    /// Gives something else each time.
    pub(crate) const fn unsettled(mut self) -> Self {
        self.settles = false;
        self
    }
}

/// Every family's functions. No name stands in it twice.
const FAMILIES: &[&[Function]] = &[
    builtins::FUNCTIONS,
    case::FUNCTIONS,
    cast::FUNCTIONS,
    crypto::FUNCTIONS,
    dates::FUNCTIONS,
    decimals::FUNCTIONS,
    defaults::FUNCTIONS,
    dicts::FUNCTIONS,
    encoding::FUNCTIONS,
    flow::FUNCTIONS,
    json::FUNCTIONS,
    layout::FUNCTIONS,
    lists::FUNCTIONS,
    math::FUNCTIONS,
    merge::FUNCTIONS,
    paths::FUNCTIONS,
    quoting::FUNCTIONS,
    random::FUNCTIONS,
    reflection::FUNCTIONS,
    regex::FUNCTIONS,
    splits::FUNCTIONS,
    sequences::FUNCTIONS,
    strings::FUNCTIONS,
    urls::FUNCTIONS,
    versions::FUNCTIONS,
    words::FUNCTIONS,
];

/// The function of that name.
pub(crate) fn named(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}

/// The names of all functions.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().map(|function| function.name)
}

/// All functions.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().copied().flatten()
}

/// The arguments of a call, as many as the function declares, of the types that it declares. Nil stands for a nil
/// `interface {}`, and for a list or dictionary it is a nil one.
#[derive(Clone, Copy)]
pub(crate) struct Args<'a>(pub(crate) &'a [Value]);

impl<'a> Args<'a> {
    pub(crate) fn len(self) -> usize {
        self.0.len()
    }

    /// Any value. A variadic one may be beyond the end: then nothing.
    pub(crate) fn any(self, index: usize) -> &'a Value {
        self.0.get(index).unwrap_or(&Value::Missing)
    }

    /// The arguments from there on: the variadic ones.
    pub(crate) fn from(self, index: usize) -> &'a [Value] {
        self.0.get(index..).unwrap_or_default()
    }

    pub(crate) fn text(self, index: usize) -> Result<&'a Text, Failure> {
        match self.any(index) {
            Value::Text(text) => Ok(text),
            other => Err(mistyped(other, Type::String)),
        }
    }

    /// An `int`, an `int64` or a `uint32`.
    pub(crate) fn int(self, index: usize) -> Result<i64, Failure> {
        match self.any(index) {
            Value::Int(n) | Value::Int64(n) => Ok(*n),
            other => Err(mistyped(other, Type::Int)),
        }
    }

    pub(crate) fn float(self, index: usize) -> Result<f64, Failure> {
        match self.any(index) {
            Value::Float(n) => Ok(*n),
            other => Err(mistyped(other, Type::Float64)),
        }
    }

    pub(crate) fn bool(self, index: usize) -> Result<bool, Failure> {
        match self.any(index) {
            Value::Bool(yes) => Ok(*yes),
            other => Err(mistyped(other, Type::Bool)),
        }
    }

    /// A list of any type.
    pub(crate) fn list(self, index: usize) -> Result<List, Failure> {
        match self.any(index) {
            Value::List(list) => Ok(list.clone()),
            Value::Nil | Value::Missing => Ok(List::nil(Elements::Any)),
            other => Err(mistyped(other, Type::LIST)),
        }
    }

    pub(crate) fn map(self, index: usize) -> Result<Map, Failure> {
        match self.any(index) {
            Value::Map(map) => Ok(map.clone()),
            Value::Nil | Value::Missing => Ok(Map::nil(MapKind::Any)),
            other => Err(mistyped(other, Type::DICT)),
        }
    }
}

/// The executor checks types before it calls, so that this is a bug of ours; the template fails rather than the process.
fn mistyped(value: &Value, wanted: Type) -> Failure {
    let got = value.type_of().map_or("nil", Type::name);
    Failure::said(format!("wrong type for value; expected {}; got {got}", wanted.name()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::budget::{Budget, Limits};
    use crate::entropy::Entropy;
    use crate::go::time::Time;

    /// Bytes that are the same at each run.
    pub(crate) struct Sequence(pub(crate) u64);

    impl Entropy for Sequence {
        fn fill(&mut self, buffer: &mut [u8]) {
            for byte in buffer {
                // Knuth's MMIX generator, whose high bits are good.
                self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                *byte = (self.0 >> 56) as u8;
            }
        }
    }

    /// A function called as the executor does, within the usual limits, on 2026-05-06 07:08:09 UTC.
    pub(crate) fn call(name: &str, values: &[Value]) -> Result<Value, Failure> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static SEED: AtomicU64 = AtomicU64::new(1);
        let mut budget = Budget::new(Limits::default());
        let mut entropy = Sequence(SEED.fetch_add(1 << 32, Ordering::Relaxed));
        let mut machine = Machine::new(&mut budget, &mut entropy, Time::now(1_778_051_289_000_000_000));
        (named(name).unwrap().call)(&mut machine, Args(values))
    }

    /// The bytes of a text.
    pub(crate) fn text(value: Result<Value, Failure>) -> Vec<u8> {
        match value.unwrap() {
            Value::Text(text) => text.to_vec(),
            _ => panic!("not a text"),
        }
    }
}
