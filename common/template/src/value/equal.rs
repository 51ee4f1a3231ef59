//! Go's `reflect.DeepEqual`.

use std::collections::HashSet;

use crate::machine::{Failure, Machine};
use crate::value::{Address, List, Map, Value};

/// Whether two values have the same type and the same content. A NaN is unlike itself, but a list or dictionary is like itself
/// even with one inside; a nil list or dictionary is unlike an empty one. Values that hold themselves are alike where their
/// unfoldings are.
pub(crate) fn deep_equal(m: &mut Machine<'_>, a: &Value, b: &Value) -> Result<bool, Failure> {
    Comparison { compared: 0, seen: HashSet::new() }.values(m, a, b, 0)
}

/// Values compared before pairs of lists and dictionaries are remembered: most comparisons never get there.
const PATIENCE: usize = 1000;

/// A pair once met is never compared again: either its comparison is still under way, or it found no difference, since
/// the first difference ends all. So cycles end, and values shared many times cost no more than once.
struct Comparison {
    compared: usize,
    seen: HashSet<(Address, Address)>,
}

impl Comparison {
    fn values(&mut self, m: &mut Machine<'_>, a: &Value, b: &Value, depth: usize) -> Result<bool, Failure> {
        m.budget.spend(1)?;
        self.compared = self.compared.saturating_add(1);
        Ok(match (a, b) {
            (Value::Missing | Value::Nil, Value::Missing | Value::Nil) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b))
            | (Value::Int64(a), Value::Int64(b))
            | (Value::Duration(a), Value::Duration(b))
            | (Value::Month(a), Value::Month(b))
            | (Value::Weekday(a), Value::Weekday(b)) => a == b,
            (Value::Uint8(a), Value::Uint8(b)) => a == b,
            (Value::Uint64(a), Value::Uint64(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Complex(a, b), Value::Complex(c, d)) => a == c && b == d,
            (Value::Text(a), Value::Text(b)) => {
                m.budget.read(a.len().min(b.len()))?;
                a == b
            }
            (Value::List(a), Value::List(b)) => self.lists(m, a, b, depth)?,
            (Value::Map(a), Value::Map(b)) => self.maps(m, a, b, depth)?,
            (Value::Time(a), Value::Time(b)) => a.is_alike(b),
            (Value::Location(a), Value::Location(b)) => a.is_alike(b),
            (Value::VersionPointer(a), Value::VersionPointer(b)) | (Value::Version(a), Value::Version(b)) => {
                m.budget.read(a.size().min(b.size()))?;
                a.is_same(b)
            }
            (Value::Certificate(a), Value::Certificate(b)) => {
                m.budget.read(a.cert.len() + a.key.len())?;
                a.cert == b.cert && a.key == b.key
            }
            _ => false,
        })
    }

    fn lists(&mut self, m: &mut Machine<'_>, a: &List, b: &List, depth: usize) -> Result<bool, Failure> {
        if a.elements() != b.elements() || a.is_nil() != b.is_nil() || a.len() != b.len() {
            return Ok(false);
        }
        if a.is_same(b) || self.met(m, a.address(), b.address())? {
            return Ok(true);
        }
        m.budget.depth(depth)?;
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            for (a, b) in a.iter().zip(b.iter()) {
                if !self.values(m, &a, &b, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    fn maps(&mut self, m: &mut Machine<'_>, a: &Map, b: &Map, depth: usize) -> Result<bool, Failure> {
        if a.kind() != b.kind() || a.is_nil() != b.is_nil() || a.len() != b.len() {
            return Ok(false);
        }
        if a.is_same(b) || self.met(m, a.address(), b.address())? {
            return Ok(true);
        }
        m.budget.depth(depth)?;
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            for (key, a) in a.iter() {
                m.budget.read(key.len())?;
                let Some(b) = b.get(&key) else { return Ok(false) };
                if !self.values(m, &a, &b, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    fn met(&mut self, m: &mut Machine<'_>, a: Address, b: Address) -> Result<bool, Failure> {
        if self.compared <= PATIENCE {
            return Ok(false);
        }
        m.budget.make(64)?;
        Ok(!self.seen.insert((a, b)))
    }
}
