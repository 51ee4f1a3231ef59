//! `reflect.DeepEqual`: equal types all the way down, equal contents.

use std::collections::BTreeSet;

use crate::machine::{Failure, Machine};
use crate::value::{List, Map, Value};

/// Whether both are of the same type and hold the same. A pair of lists or dictionaries that is being compared, or was, counts
/// as equal when it is met again: so it ends for those that hold themselves, and does not walk shared ones twice.
pub(crate) fn deep_equal(m: &mut Machine<'_>, a: &Value, b: &Value) -> Result<bool, Failure> {
    Comparison { m, met: BTreeSet::new() }.equal(a, b, 0)
}

/// Two addresses and a length. A dictionary's second number is 0.
type Pair = ((usize, usize), (usize, usize), usize);

struct Comparison<'a, 'm> {
    m: &'a mut Machine<'m>,
    /// The pairs that were met, by address, and lists by length too.
    met: BTreeSet<Pair>,
}

impl Comparison<'_, '_> {
    fn equal(&mut self, a: &Value, b: &Value, depth: usize) -> Result<bool, Failure> {
        self.m.budget.spend(1)?;
        if a.type_of() != b.type_of() {
            return Ok(false);
        }
        Ok(match (a, b) {
            (Value::Text(a), Value::Text(b)) => {
                self.m.budget.read(a.len().min(b.len()))?;
                a == b
            }
            (Value::List(a), Value::List(b)) => return self.lists(a, b, depth),
            (Value::Map(a), Value::Map(b)) => return self.maps(a, b, depth),
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b))
            | (Value::Int64(a), Value::Int64(b))
            | (Value::Duration(a), Value::Duration(b))
            | (Value::Month(a), Value::Month(b))
            | (Value::Weekday(a), Value::Weekday(b)) => a == b,
            (Value::Uint8(a), Value::Uint8(b)) => a == b,
            (Value::Uint64(a), Value::Uint64(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Complex(a, i), Value::Complex(b, j)) => a == b && i == j,
            (Value::Certificate(a), Value::Certificate(b)) => {
                self.m.budget.read(a.cert.len() + a.key.len())?;
                a.cert == b.cert && a.key == b.key
            }
            (Value::Time(a), Value::Time(b)) => a.is_alike(b),
            (Value::Location(a), Value::Location(b)) => a.is_alike(b),
            (Value::VersionPointer(a), Value::VersionPointer(b)) | (Value::Version(a), Value::Version(b)) => {
                a.is_same(b)
            }
            (Value::Missing | Value::Nil, Value::Missing | Value::Nil) => true,
            _ => false,
        })
    }

    fn lists(&mut self, a: &List, b: &List, depth: usize) -> Result<bool, Failure> {
        if a.is_nil() != b.is_nil() || a.len() != b.len() {
            return Ok(false);
        }
        if a.is_same(b) {
            return Ok(true);
        }
        if self.again((a.address(), b.address(), a.len()))? {
            return Ok(true);
        }
        for (a, b) in a.iter().zip(b.iter()) {
            if !self.within(&a, &b, depth)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn maps(&mut self, a: &Map, b: &Map, depth: usize) -> Result<bool, Failure> {
        if a.is_nil() != b.is_nil() || a.len() != b.len() {
            return Ok(false);
        }
        if a.is_same(b) {
            return Ok(true);
        }
        if self.again(((a.address(), 0), (b.address(), 0), 0))? {
            return Ok(true);
        }
        self.m.budget.spend(a.len() as u64)?;
        for (key, a) in a.entries() {
            self.m.budget.read(key.len())?;
            let Some(b) = b.get(&key) else { return Ok(false) };
            if !self.within(&a, &b, depth)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn within(&mut self, a: &Value, b: &Value, depth: usize) -> Result<bool, Failure> {
        let depth = depth.saturating_add(1);
        self.m.budget.depth(depth)?;
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.equal(a, b, depth))
    }

    fn again(&mut self, pair: Pair) -> Result<bool, Failure> {
        self.m.budget.make(64)?;
        Ok(!self.met.insert(pair))
    }
}
