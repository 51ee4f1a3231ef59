//! JSON that others wrote, read to a depth that everything sensible stays within.
//!
//! Below `spec.template.metadata` the API server takes any fields, nested as deep as it reads them itself. serde_json
//! refuses what is nested deeper than 128: one such object would end the list of all objects of all tenants, each time
//! anew. What is skipped here is walked over without recursion.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The spec of a SealedSecret is four levels deep.
const DEPTH: usize = 32;

/// Reads a value; whatever is nested too deep becomes null.
///
/// # Errors
/// Those of the deserializer.
pub(super) fn value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Shallow(DEPTH).deserialize(deserializer)
}

/// A value below which so many levels are read.
#[derive(Clone, Copy)]
struct Shallow(usize);

impl<'de> DeserializeSeed<'de> for Shallow {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.0.checked_sub(1) {
            Some(left) => deserializer.deserialize_any(Shallow(left)),
            None => deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Value::Null),
        }
    }
}

impl<'de> Visitor<'de> for Shallow {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            map.insert(key, fields.next_value_seed(self)?);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = value(&mut deserializer).unwrap();
        deserializer.end().unwrap();
        value
    }

    #[test]
    fn ordinary_values_come_whole() {
        let text = r#"{"a":[1,-2,3.5,"x",null,true,{"b":{"c":["d"]}}]}"#;
        assert_eq!(read(text), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn what_is_too_deep_is_skipped_and_the_rest_is_read() {
        for (open, close) in [("[", "]"), (r#"{"x":"#, "}")] {
            let deep = format!(r#"{{"deep":{}1{},"next":"here"}}"#, open.repeat(9_000), close.repeat(9_000));
            let read = read(&deep);
            assert_eq!(read["next"], "here");
            assert!(read.to_string().len() < 500);
        }
    }
}
