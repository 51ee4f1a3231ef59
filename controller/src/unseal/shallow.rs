//! JSON, read to the depth that matters.
//!
//! Whoever may write a SealedSecret may put anything into the metadata of its template, as deep as the API server takes
//! it, which is deeper than serde_json reads. An event that cannot be read would hold up the watch of all.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Levels that are kept; what is read of a SealedSecret has seven at most.
const DEPTH: usize = 16;

/// Reads a value; what lies deeper is null in it. For `#[serde(deserialize_with)]`.
///
/// # Errors
/// What is no JSON.
pub fn shallow<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Level(DEPTH).deserialize(deserializer)
}

/// How many levels are left.
#[derive(Clone, Copy)]
struct Level(usize);

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.0 == 0 {
            // Skipped without recursion.
            return deserializer.deserialize_ignored_any(IgnoredAny).map(|IgnoredAny| Value::Null);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(Level(self.0 - 1))? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            values.insert(name, fields.next_value_seed(Level(self.0 - 1))?);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Value {
        shallow(&mut serde_json::Deserializer::from_str(text)).unwrap()
    }

    #[test]
    fn what_is_not_deep_is_read_as_it_is() {
        let value = json!({"a": [1, -2, 2.5, true, null, "é\n", {}], "b": {"c": {"d": [[]]}}, "n": u64::MAX});
        assert_eq!(read(&value.to_string()), value);
    }

    #[test]
    fn what_is_deep_is_cut() {
        for depth in [17, 127, 128, 100_000] {
            let text = format!("{{\"a\":{}1{},\"b\":2}}", "[".repeat(depth), "]".repeat(depth));
            let value = read(&text);
            assert_eq!(value["b"], 2);
            assert!(value.to_string().len() < 100, "{value}");
        }
        assert!(shallow(&mut serde_json::Deserializer::from_str("[[[")).is_err());
    }
}
