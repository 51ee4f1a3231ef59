//! `range` over lists, dictionaries and numbers.

use crate::error::WITHHELD;
use crate::run::held::Held;
use crate::run::variables::Mark;
use crate::run::{Flow, Outcome, Run};
use crate::syntax::node::{Branch, Kind, NodeId};
use crate::value::{List, Map, Value};

/// The parts of a `range` that each pass needs.
#[derive(Clone, Copy)]
struct Loop<'t> {
    assign: bool,
    variables: &'t [NodeId],
    body: NodeId,
    mark: Mark,
}

impl<'t> Run<'t, '_, '_> {
    pub(super) fn range(&mut self, dot: &Held, branch: &'t Branch) -> Outcome<Flow> {
        let before = self.variables.mark();
        let value = self.pipeline(dot, branch.pipe)?;
        let Kind::Pipe { assign, variables, .. } = &self.trees.node(branch.pipe).kind else {
            return self.fail("range without a pipeline");
        };
        let body = Loop { assign: *assign, variables, body: branch.then, mark: self.variables.mark() };
        let passed = match &value {
            Value::Missing | Value::Nil => false,
            Value::List(list) => self.over_list(list, body)?,
            Value::Map(map) => self.over_map(map, body)?,
            number => {
                let Some((end, of)) = number_of_passes(number) else {
                    return self.fail(format!("range can't iterate over {WITHHELD}"));
                };
                if body.variables.len() > 1 {
                    return self.fail(format!("can't use {WITHHELD} to iterate over more than one variable"));
                }
                self.over_numbers(end, of, body)?
            }
        };
        let mut flow = Flow::Next;
        if !passed && let Some(list) = branch.otherwise {
            flow = self.list(dot, list)?;
        }
        self.variables.forget(before);
        // A `break` within `else` was meant for the loop outside, but Go lets it end this one.
        Ok(if flow == Flow::Break { Flow::Next } else { flow })
    }

    fn over_list(&mut self, list: &List, body: Loop<'t>) -> Outcome<bool> {
        for index in 0..list.len() {
            let item = Held::item_of(list, list.get(index).unwrap_or_default());
            let index = Held::own(Value::Int(i64::try_from(index).unwrap_or(i64::MAX)));
            if self.pass(index, &item, body)? == Flow::Break {
                break;
            }
        }
        Ok(list.len() != 0)
    }

    /// The items as they are now, by their keys; what the passes change shows in the dictionary only.
    fn over_map(&mut self, map: &Map, body: Loop<'t>) -> Outcome<bool> {
        for _ in 0..map.len() {
            self.make(64)?;
        }
        let entries = map.entries();
        let passed = !entries.is_empty();
        for (key, value) in entries {
            let item = Held::entry_of(map, value);
            if self.pass(Held::own(Value::Text(key)), &item, body)? == Flow::Break {
                break;
            }
        }
        Ok(passed)
    }

    fn over_numbers(&mut self, end: u64, of: PassValue, body: Loop<'t>) -> Outcome<bool> {
        for number in 0..end {
            if self.pass(Held::default(), &Held::own(of(number)), body)? == Flow::Break {
                break;
            }
        }
        Ok(end != 0)
    }

    /// One pass. A single variable gets the item, the second of two as well.
    fn pass(&mut self, index: Held, item: &Held, body: Loop<'t>) -> Outcome<Flow> {
        self.spend(1)?;
        match *body.variables {
            [] => {}
            [single] if body.assign => self.assign(single, item.clone())?,
            [_] => self.variables.set_from_end(0, item.clone()),
            [first, second, ..] if body.assign => {
                self.assign(first, index)?;
                self.assign(second, item.clone())?;
            }
            [..] => {
                self.variables.set_from_end(0, item.clone());
                self.variables.set_from_end(1, index);
            }
        }
        let flow = self.list(item, body.body)?;
        self.variables.forget(body.mark);
        Ok(flow)
    }
}

/// What the pass of that number sees.
type PassValue = fn(u64) -> Value;

/// How many passes a number gives, and what each sees; none for what is no integer.
fn number_of_passes(value: &Value) -> Option<(u64, PassValue)> {
    Some(match *value {
        Value::Int(n) => (passes(n), |number| Value::Int(number.cast_signed())),
        Value::Int64(n) => (passes(n), |number| Value::Int64(number.cast_signed())),
        Value::Duration(n) => (passes(n), |number| Value::Duration(number.cast_signed())),
        Value::Month(n) => (passes(n), |number| Value::Month(number.cast_signed())),
        Value::Weekday(n) => (passes(n), |number| Value::Weekday(number.cast_signed())),
        Value::Uint8(n) => (n.into(), |number| Value::Uint8(u8::try_from(number).unwrap_or(u8::MAX))),
        Value::Uint64(n) => (n, Value::Uint64),
        _ => return None,
    })
}

/// None for a negative number.
fn passes(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
