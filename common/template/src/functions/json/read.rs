//! JSON to values.

use crate::failure::{Cap, Failure, WITHHELD};
use crate::go::json::{Event, Scanner};
use crate::machine::{LIST, Machine};
use crate::value::{Elements, Map, MapKind, Text, Value};

/// The value of a JSON text and what Go complains of. No JSON gives nil; a number that no float can hold is nil in its place,
/// and the first of them is complained of.
pub(super) fn read(m: &mut Machine<'_>, text: &[u8]) -> Result<(Value, Option<String>), Failure> {
    m.budget.read(text.len().saturating_mul(4))?;
    // A text within it is as long as it is before its escapes are resolved.
    m.budget.borrow(text.len())?;
    let result = values(m, text);
    m.budget.give_back(text.len());
    result
}

fn values(m: &mut Machine<'_>, text: &[u8]) -> Result<(Value, Option<String>), Failure> {
    let mut scanner = Scanner::new(text);
    let mut reader = Reader { open: Vec::new(), whole: Value::Nil, complaint: None };
    loop {
        match scanner.next() {
            Ok(Some(event)) => reader.take(m, event)?,
            Ok(None) => return Ok((reader.whole, reader.complaint)),
            Err(error) => return Ok((Value::Nil, Some(error.to_string()))),
        }
    }
}

/// What a list or dictionary takes while it is open, with its first items.
const OPEN: usize = 160;

/// A list or dictionary whose end is still to come.
enum Open {
    List(Vec<Value>),
    Map(Map, Text),
}

struct Reader {
    open: Vec<Open>,
    whole: Value,
    complaint: Option<String>,
}

impl Reader {
    fn take(&mut self, m: &mut Machine<'_>, event: Event<'_>) -> Result<(), Failure> {
        m.budget.spend(1)?;
        let value = match event {
            Event::BeginArray => return self.begin(m, Open::List(Vec::new())),
            Event::BeginObject => {
                let map = m.map(MapKind::Any)?;
                return self.begin(m, Open::Map(map, Text::default()));
            }
            Event::Key(mut key) => {
                m.budget.make(key.len())?;
                if let Some(Open::Map(_, next)) = self.open.last_mut() {
                    *next = Text::from(std::mem::take(&mut *key));
                }
                return Ok(());
            }
            Event::EndArray | Event::EndObject => match self.open.pop() {
                Some(Open::List(items)) => Value::List(m.paid_list(Elements::Any, items)),
                Some(Open::Map(map, _)) => Value::Map(map),
                None => return Ok(()),
            },
            Event::Text(mut text) => m.text(std::mem::take(&mut *text))?,
            Event::Number(number) => self.number(number),
            Event::Bool(yes) => Value::Bool(yes),
            Event::Null => Value::Nil,
        };
        self.put(m, value)
    }

    fn begin(&mut self, m: &mut Machine<'_>, open: Open) -> Result<(), Failure> {
        m.budget.make(LIST + OPEN)?;
        self.open.push(open);
        m.budget.depth(self.open.len())
    }

    /// Where the value belongs. Of equal keys the last one stays.
    fn put(&mut self, m: &mut Machine<'_>, value: Value) -> Result<(), Failure> {
        match self.open.last_mut() {
            None => self.whole = value,
            Some(Open::Map(map, key)) => map.set(m.budget, std::mem::take(key), value)?,
            Some(Open::List(items)) => {
                m.budget.make(64)?;
                items.push(value);
                if items.len().saturating_mul(64) > m.budget.limits().value {
                    return Err(Failure::Cap(Cap::Value));
                }
            }
        }
        Ok(())
    }

    fn number(&mut self, number: &str) -> Value {
        match number.parse::<f64>() {
            Ok(float) if float.is_finite() => Value::Float(float),
            _ => {
                self.complaint.get_or_insert_with(|| {
                    format!("json: cannot unmarshal number {WITHHELD} into Go value of type float64")
                });
                Value::Nil
            }
        }
    }
}
