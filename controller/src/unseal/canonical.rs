//! JSON that others wrote, written out again as it is read: without white space, to a depth that everything sensible stays within,
//! and without a copy in memory. It is what a digest is taken of.
//!
//! Below `spec.template.metadata` the API server takes any fields, nested as deep as it reads them itself. serde_json refuses
//! what is nested deeper than 128; what is skipped here is walked over without recursion. Maps keep their order: the API
//! server always sends their keys sorted.

use std::fmt;
use std::io::Write;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// The spec of a SealedSecret is four levels deep.
const DEPTH: usize = 32;

/// Writes a text; whatever is nested too deep becomes null.
///
/// # Errors
/// Text that is no JSON, and those of the writer.
pub(super) fn write(text: &str, out: &mut impl Write) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Canonical { out, levels: DEPTH }.deserialize(&mut deserializer)?;
    deserializer.end()
}

/// A value below which so many levels are written.
struct Canonical<'w, W> {
    out: &'w mut W,
    levels: usize,
}

impl<W: Write> Canonical<'_, W> {
    fn raw<E: Error>(&mut self, bytes: &[u8]) -> Result<(), E> {
        self.out.write_all(bytes).map_err(E::custom)
    }

    fn scalar<E: Error>(self, value: &impl serde::Serialize) -> Result<(), E> {
        serde_json::to_writer(self.out, value).map_err(E::custom)
    }

    fn inner(&mut self) -> Canonical<'_, W> {
        Canonical { out: self.out, levels: self.levels }
    }
}

impl<'de, W: Write> DeserializeSeed<'de> for Canonical<'_, W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        match self.levels.checked_sub(1) {
            Some(levels) => {
                self.levels = levels;
                deserializer.deserialize_any(self)
            }
            None => {
                let IgnoredAny = deserializer.deserialize_ignored_any(IgnoredAny)?;
                self.raw(b"null")
            }
        }
    }
}

impl<'de, W: Write> Visitor<'de> for Canonical<'_, W> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.raw(b"null")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.scalar(&value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.scalar(&value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.scalar(&value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.scalar(&Number::from_f64(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.scalar(&value)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.raw(b"[")?;
        let mut first = true;
        loop {
            let before = if std::mem::take(&mut first) { "" } else { "," };
            if items.next_element_seed(Preceded { before, value: self.inner() })?.is_none() {
                return self.raw(b"]");
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        self.raw(b"{")?;
        let mut first = true;
        while let Some(key) = fields.next_key::<String>()? {
            if !std::mem::take(&mut first) {
                self.raw(b",")?;
            }
            self.inner().scalar(&key)?;
            self.raw(b":")?;
            fields.next_value_seed(self.inner())?;
        }
        self.raw(b"}")
    }
}

/// A value, and what stands before it if it is there.
struct Preceded<'w, W> {
    before: &'static str,
    value: Canonical<'w, W>,
}

impl<'de, W: Write> DeserializeSeed<'de> for Preceded<'_, W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        self.value.raw(self.before.as_bytes())?;
        self.value.deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        write(text, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn ordinary_values_come_whole() {
        for text in [
            r#"{"a":[1,-2,3.5,"x\n\u0000",null,true,{"b":{"c":["d",[],{}]}}],"é\"":18446744073709551615}"#,
            "[]",
            "{}",
            "null",
            "\"\"",
            "1e300",
        ] {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(written(text), value.to_string());
        }
        assert_eq!(written("{ \"a\" : [ 1 , 2 ] }"), r#"{"a":[1,2]}"#);
    }

    #[test]
    fn what_is_too_deep_is_skipped_and_the_rest_is_written() {
        for (open, close) in [("[", "]"), (r#"{"x":"#, "}")] {
            let deep = format!(r#"{{"deep":{}1{},"next":"here"}}"#, open.repeat(9_000), close.repeat(9_000));
            let written = written(&deep);
            assert!(written.ends_with(r#","next":"here"}"#) && written.len() < 500, "{written}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "[1,]", "{} {}"] {
            assert!(write(text, &mut Vec::new()).is_err(), "{text}");
        }
    }
}
