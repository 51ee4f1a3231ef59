//! To and from the values of serde_json.

use crate::{Mapping, Node, Value};

impl From<serde_json::Value> for Value<'static> {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Value::null(),
            serde_json::Value::Bool(value) => Value::bool(value),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(number), _, _) => Node::Integer(number).into(),
                (_, Some(number), _) => Node::Unsigned(number).into(),
                (_, _, Some(number)) => Node::Float(number).into(),
                _ => Value::text(number.to_string()),
            },
            serde_json::Value::String(text) => Value::text(text),
            serde_json::Value::Array(values) => {
                let mut sequence = Vec::with_capacity(values.len());
                for value in values {
                    sequence.push(value.into());
                }
                Node::Sequence(sequence).into()
            }
            serde_json::Value::Object(object) => {
                let mut mapping = Mapping::new();
                for (key, value) in object {
                    mapping.push(key, value.into());
                }
                mapping.into()
            }
        }
    }
}

impl Value<'_> {
    /// The value as serde_json knows it, with numbers as Go's encoding/json writes them: a floating-point number
    /// that is whole becomes an integer, and one that JSON does not have the text `+Inf`, `-Inf` or `NaN`.
    ///
    /// What it returns is not wiped on drop, so this is for metadata and other open parts of a document.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.node {
            Node::Null => serde_json::Value::Null,
            Node::Bool(value) => (*value).into(),
            Node::Integer(value) => (*value).into(),
            Node::Unsigned(value) => (*value).into(),
            Node::Float(value) => float(*value),
            Node::Text(text) => text.as_str().into(),
            Node::Sequence(values) => {
                let mut array = Vec::with_capacity(values.len());
                for value in values {
                    array.push(value.to_json());
                }
                array.into()
            }
            Node::Mapping(mapping) => {
                let mut object = serde_json::Map::new();
                for entry in mapping {
                    object.insert(entry.key.to_string(), entry.value.to_json());
                }
                object.into()
            }
        }
    }
}

fn float(value: f64) -> serde_json::Value {
    // Whole numbers up to this size are exact in 64 bits.
    let exact = value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0;
    if exact && (value != 0.0 || value.is_sign_positive()) {
        return (value as i64).into();
    }
    serde_json::Number::from_f64(value)
        .map_or_else(|| crate::float::shortest_64(value).into(), serde_json::Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let json = serde_json::json!({
            "a": [null, true, -1, 18_446_744_073_709_551_615_u64, 1.5, "text"],
            "b": {"c": {}, "d": []},
        });
        assert_eq!(Value::from(json.clone()).to_json(), json);
        assert_eq!(Value::from(Node::Float(1000.0)).to_json(), serde_json::json!(1000));
        assert_eq!(Value::from(Node::Float(f64::NEG_INFINITY)).to_json(), serde_json::json!("-Inf"));
    }
}
