//! Values of every type, and what is within them.

use crate::failure::Failure;
use crate::format::methods::{self, Field};
use crate::format::numbers::Integer;
use crate::format::printer::Printer;
use crate::value::{Elements, List, Map, Type, Value};

/// Where Go prints an address: it tells nothing of ours, and is the same on every run.
const ADDRESS: u64 = 0xc0_0000_0000;

impl Printer<'_> {
    /// An operand of print or printf.
    pub(super) fn argument(&mut self, value: &Value, verb: char) -> Result<(), Failure> {
        self.budget.spend(1)?;
        let Some(kind) = value.type_of() else {
            return match verb {
                'T' | 'v' => self.pad(b"<nil>"),
                _ => self.bad_verb(value, verb),
            };
        };
        match verb {
            'T' => return self.plain(kind.name().as_bytes()),
            'p' => return self.pointer(value, kind, verb),
            _ => {}
        }
        match value {
            Value::List(list) if list.elements() == Elements::Byte => self.bytes(list, verb, "[]byte"),
            value if self.by_method(value, verb)? => Ok(()),
            value => self.value(value, verb, 0),
        }
    }

    /// What is said of a value that the verb does not fit: its type, and itself without its methods.
    pub(super) fn bad_verb(&mut self, value: &Value, verb: char) -> Result<(), Failure> {
        self.erroring = true;
        self.write(format!("%!{verb}(").as_bytes())?;
        match value.type_of() {
            Some(kind) => {
                self.write(kind.name().as_bytes())?;
                self.write(b"=")?;
                self.argument(value, 'v')?;
            }
            None => self.write(b"<nil>")?,
        }
        self.erroring = false;
        self.write(b")")
    }

    /// Prints a value that has a method for it (Go: `Stringer`, `GoStringer`).
    fn by_method(&mut self, value: &Value, verb: char) -> Result<bool, Failure> {
        if self.erroring {
            return Ok(false);
        }
        if verb == 'w' {
            self.bad_verb(value, verb)?;
            return Ok(true);
        }
        if self.flags.sharp_v {
            return match methods::go_string(value) {
                Some(text) => self.plain(text.as_bytes()).map(|()| true),
                None => Ok(false),
            };
        }
        if !matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') {
            return Ok(false);
        }
        match methods::string(value) {
            Some(text) => self.text(value, text.as_bytes(), verb).map(|()| true),
            None => Ok(false),
        }
    }

    /// A value without its methods, and what is within it with theirs.
    fn value(&mut self, value: &Value, verb: char, depth: usize) -> Result<(), Failure> {
        match value {
            Value::Missing | Value::Nil if self.flags.sharp_v => self.write(b"interface {}(nil)"),
            Value::Missing | Value::Nil => self.write(b"<nil>"),
            Value::Bool(yes) => match verb {
                't' | 'v' => self.pad(if *yes { b"true" } else { b"false" }),
                _ => self.bad_verb(value, verb),
            },
            Value::Int(n) | Value::Int64(n) | Value::Duration(n) | Value::Month(n) | Value::Weekday(n) => {
                self.integer(value, Integer::signed(*n), verb)
            }
            Value::Uint8(n) => self.integer(value, Integer::unsigned((*n).into()), verb),
            Value::Uint64(n) => self.integer(value, Integer::unsigned(*n), verb),
            Value::Float(n) => self.float(value, *n, verb),
            Value::Complex(re, im) => self.complex(value, *re, *im, verb),
            Value::Text(text) => self.text(value, text, verb),
            Value::Map(map) => self.map(map, verb, depth),
            Value::List(list)
                if list.elements() == Elements::Byte && matches!(verb, 's' | 'q' | 'x' | 'X') =>
            {
                self.bytes(list, verb, "[]uint8")
            }
            Value::List(list) => self.list(list, verb, depth, Type::List(list.elements()).name()),
            Value::Time(_) => self.structure("time.Time", &methods::fields(value), verb),
            Value::Version(_) => self.structure("semver.Version", &methods::fields(value), verb),
            Value::Certificate(_) => self.structure("sprig.certificate", &methods::fields(value), verb),
            Value::VersionPointer(_) if depth == 0 => {
                self.write(b"&")?;
                self.structure("semver.Version", &methods::fields(value), verb)
            }
            Value::Location(_) if depth == 0 => {
                self.write(b"&")?;
                self.structure("time.Location", &methods::fields(value), verb)
            }
            Value::VersionPointer(_) => self.pointer(value, Type::VersionPointer, verb),
            Value::Location(_) => self.pointer(value, Type::Location, verb),
        }
    }

    /// A value within another one.
    fn inner(&mut self, value: &Value, verb: char, depth: usize) -> Result<(), Failure> {
        self.budget.spend(1)?;
        self.budget.depth(depth)?;
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            if !value.is_nothing() && self.by_method(value, verb)? {
                return Ok(());
            }
            self.value(value, verb, depth)
        })
    }

    fn map(&mut self, map: &Map, verb: char, depth: usize) -> Result<(), Failure> {
        if self.flags.sharp_v {
            self.write(Type::Map(map.kind()).name().as_bytes())?;
            if map.is_nil() {
                return self.write(b"(nil)");
            }
        }
        self.write(if self.flags.sharp_v { b"{" } else { b"map[" })?;
        for (index, (key, item)) in map.iter().enumerate() {
            self.separator(index)?;
            self.inner(&Value::Text(key), verb, depth.saturating_add(1))?;
            self.write(b":")?;
            self.inner(&item, verb, depth.saturating_add(1))?;
        }
        self.write(if self.flags.sharp_v { b"}" } else { b"]" })
    }

    pub(super) fn list(&mut self, list: &List, verb: char, depth: usize, name: &str) -> Result<(), Failure> {
        if self.flags.sharp_v {
            self.write(name.as_bytes())?;
            if list.is_nil() {
                return self.write(b"(nil)");
            }
        }
        self.write(if self.flags.sharp_v { b"{" } else { b"[" })?;
        for (index, item) in list.iter().enumerate() {
            self.separator(index)?;
            self.inner(&item, verb, depth.saturating_add(1))?;
        }
        self.write(if self.flags.sharp_v { b"}" } else { b"]" })
    }

    fn structure(&mut self, name: &str, fields: &[(&str, Field)], verb: char) -> Result<(), Failure> {
        let named = self.flags.sharp_v || self.flags.plus_v;
        if self.flags.sharp_v {
            self.write(name.as_bytes())?;
        }
        self.write(b"{")?;
        for (index, (name, field)) in fields.iter().enumerate() {
            self.separator(index)?;
            if named {
                self.write(name.as_bytes())?;
                self.write(b":")?;
            }
            match field {
                Field::Value(value) => self.inner(value, verb, 1)?,
                Field::NilSlice(name) if self.flags.sharp_v => {
                    self.write(format!("{name}(nil)").as_bytes())?;
                }
                Field::NilSlice(_) => self.write(b"[]")?,
                Field::NilPointer(name) => self.address_of(true, name, verb)?,
            }
        }
        self.write(b"}")
    }

    fn separator(&mut self, index: usize) -> Result<(), Failure> {
        match (index, self.flags.sharp_v) {
            (0, _) => Ok(()),
            (_, true) => self.write(b", "),
            (_, false) => self.write(b" "),
        }
    }

    /// A value's address, for what Go holds by address.
    fn pointer(&mut self, value: &Value, kind: Type, verb: char) -> Result<(), Failure> {
        let is_nil = match value {
            Value::List(list) => list.is_nil(),
            Value::Map(map) => map.is_nil(),
            Value::Location(_) | Value::VersionPointer(_) => false,
            _ => return self.bad_verb(value, verb),
        };
        match verb {
            'v' | 'p' | 'b' | 'o' | 'd' | 'x' | 'X' => self.address_of(is_nil, kind.name(), verb),
            _ => self.bad_verb(value, verb),
        }
    }

    fn address_of(&mut self, is_nil: bool, name: &str, verb: char) -> Result<(), Failure> {
        let address = if is_nil { 0 } else { ADDRESS };
        match verb {
            'v' if self.flags.sharp_v => {
                self.write(format!("({name})(").as_bytes())?;
                if is_nil {
                    self.write(b"nil")?;
                } else {
                    self.address(address, true)?;
                }
                self.write(b")")
            }
            'v' if is_nil => self.pad(b"<nil>"),
            'v' | 'p' => self.address(address, !self.flags.sharp),
            'b' | 'o' | 'd' | 'x' | 'X' => self.integer(&Value::Missing, Integer::unsigned(address), verb),
            _ => {
                self.write(format!("%!{verb}({name}=").as_bytes())?;
                self.address_of(is_nil, name, 'v')?;
                self.write(b")")
            }
        }
    }
}
