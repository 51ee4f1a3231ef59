//! Values to JSON.

use std::collections::HashSet;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::go::json::{float, quote_to};
use crate::machine::Machine;
use crate::value::{Address, Elements, Growing, List, Map, Type, Value};

/// How JSON looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Compact,
    /// An item a line, indented by two blanks.
    Pretty,
    /// Compact, `<`, `>` and `&` as they are.
    Raw,
}

/// A value as JSON, paid for.
///
/// # Errors
/// What JSON has no form for: complex numbers, infinities and NaN, years beyond 9999, values that hold themselves.
pub(super) fn write(m: &mut Machine<'_>, value: &Value, style: Style) -> Result<Value, Failure> {
    let mut writer = Writer { m, style, out: Growing::default(), above: HashSet::new() };
    writer.value(value, 0)?;
    Ok(Value::text(writer.out.finish()))
}

/// So many levels down Go begins to look for cycles.
const PATIENCE: usize = 1000;
/// Go indents by reading what it wrote, and its reader goes no deeper.
const PRETTY_DEPTH: usize = 10_000;

struct Writer<'a, 'm> {
    m: &'a mut Machine<'m>,
    style: Style,
    out: Growing,
    /// Where the lists and dictionaries stand that are being written, below the levels of patience.
    above: HashSet<Address>,
}

impl Writer<'_, '_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Failure> {
        self.m.budget.spend(1)?;
        match value {
            Value::Missing | Value::Nil => self.put(b"null"),
            Value::Bool(yes) => self.put(if *yes { b"true" } else { b"false" }),
            Value::Int(n) | Value::Int64(n) | Value::Duration(n) | Value::Month(n) | Value::Weekday(n) => {
                self.put(n.to_string().as_bytes())
            }
            Value::Uint8(n) => self.put(n.to_string().as_bytes()),
            Value::Uint64(n) => self.put(n.to_string().as_bytes()),
            Value::Float(n) => match float(*n) {
                Some(text) => self.put(text.as_bytes()),
                None => Err(unsupported(*n)),
            },
            Value::Complex(..) => Err(Failure::said("json: unsupported type: complex128")),
            Value::Text(text) => self.text(text),
            Value::List(list) if list.is_nil() => self.put(b"null"),
            Value::List(list) if list.elements() == Elements::Byte => self.bytes(list),
            Value::List(list) => {
                let type_ = Type::List(list.elements());
                self.nested(list.address(), type_, depth, |writer| writer.list(list, depth))
            }
            Value::Map(map) if map.is_nil() => self.put(b"null"),
            Value::Map(map) => {
                let type_ = Type::Map(map.kind());
                self.nested(map.address(), type_, depth, |writer| writer.map(map, depth))
            }
            Value::Time(time) => match time.rfc3339() {
                Ok(text) => self.text(text.as_bytes()),
                Err(reason) => Err(Failure::said(format!(
                    "json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: {reason}"
                ))),
            },
            // A struct without exported fields.
            Value::Location(_) => self.put(b"{}"),
            Value::VersionPointer(version) | Value::Version(version) => {
                self.m.budget.make(version.size())?;
                self.text(Zeroizing::new(version.text()).as_bytes())
            }
            Value::Certificate(certificate) => {
                self.put(b"{")?;
                self.key(b"Cert", true, depth)?;
                self.text(&certificate.cert)?;
                self.key(b"Key", false, depth)?;
                self.text(&certificate.key)?;
                self.end(b"}", true, depth)
            }
        }
    }

    fn list(&mut self, list: &List, depth: usize) -> Result<(), Failure> {
        self.put(b"[")?;
        for (index, item) in list.iter().enumerate() {
            self.separator(index == 0, depth)?;
            self.value(&item, depth + 1)?;
        }
        self.end(b"]", list.len() != 0, depth)
    }

    fn map(&mut self, map: &Map, depth: usize) -> Result<(), Failure> {
        self.put(b"{")?;
        for (index, (key, item)) in map.iter().enumerate() {
            self.key(&key, index == 0, depth)?;
            self.value(&item, depth + 1)?;
        }
        self.end(b"}", map.len() != 0, depth)
    }

    fn key(&mut self, key: &[u8], is_first: bool, depth: usize) -> Result<(), Failure> {
        self.separator(is_first, depth)?;
        self.text(key)?;
        self.put(if self.style == Style::Pretty { b": " } else { b":" })
    }

    fn separator(&mut self, is_first: bool, depth: usize) -> Result<(), Failure> {
        if !is_first {
            self.put(b",")?;
        }
        self.line(depth + 1)
    }

    fn end(&mut self, bracket: &[u8], has_items: bool, depth: usize) -> Result<(), Failure> {
        if has_items {
            self.line(depth)?;
        }
        self.put(bracket)
    }

    fn line(&mut self, depth: usize) -> Result<(), Failure> {
        if self.style != Style::Pretty {
            return Ok(());
        }
        self.put(b"\n")?;
        self.out.fill(self.m.budget, b' ', depth.saturating_mul(2))
    }

    /// Writes a list or dictionary, unless it is within itself.
    fn nested(
        &mut self,
        address: Address,
        type_: Type,
        depth: usize,
        write: impl FnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.m.budget.depth(depth)?;
        if self.style == Style::Pretty && depth >= PRETTY_DEPTH {
            return Err(Failure::said("invalid character '[' exceeded max depth"));
        }
        if depth < PATIENCE {
            return stacker::maybe_grow(64 * 1024, 1024 * 1024, || write(self));
        }
        if !self.above.insert(address) {
            let name = type_.name();
            return Err(Failure::said(format!("json: unsupported value: encountered a cycle via {name}")));
        }
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || write(self))?;
        self.above.remove(&address);
        Ok(())
    }

    fn text(&mut self, text: &[u8]) -> Result<(), Failure> {
        self.m.budget.walk(text.len())?;
        let Writer { m, out, style, .. } = self;
        quote_to(text, *style != Style::Raw, |piece| out.write(m.budget, piece))
    }

    /// Base64.
    fn bytes(&mut self, list: &List) -> Result<(), Failure> {
        self.m.budget.make(list.len().saturating_mul(3))?;
        self.m.budget.spend(list.len() as u64)?;
        let text = Zeroizing::new(BASE64.encode(&list.bytes()));
        self.text(text.as_bytes())
    }

    fn put(&mut self, piece: &[u8]) -> Result<(), Failure> {
        self.out.write(self.m.budget, piece)
    }
}

fn unsupported(number: f64) -> Failure {
    let name = if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "+Inf"
    } else {
        "-Inf"
    };
    Failure::said(format!("json: unsupported value: {name}"))
}
