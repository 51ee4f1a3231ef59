//! The fields of the objects that this crate reads, and what Go makes of them.
//!
//! One table serves three ends: it decides how a scalar is read (`port: 0755` where text is wanted is the
//! text `493`), it names the fields that are not there to be read (`metadata.annotation`), and its order is
//! the order in which kubeseal prints JSON.

use k8s_openapi::jiff::Timestamp;
use manifest::{Entry, Mapping, Node, Text, Value};

use crate::error::{FieldError, Problem, UnknownField};

/// What a field holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Text. Unquoted numbers and booleans are turned into text, as sigs.k8s.io/yaml does.
    Text,
    Boolean,
    Integer,
    /// A time as RFC 3339 writes it.
    Time,
    /// A map from text to text; null values become empty text, as encoding/json does.
    TextMap,
    /// A map from text to text or null: `spec.template.data` since 0.40. Unquoted numbers and booleans are errors, since Go
    /// reads into pointers here, and turns nothing into text for those.
    NullableTextMap,
    /// A map of base64 text. Unquoted numbers are errors, since Go reads into bytes here; null is empty.
    Base64Map,
    /// `spec.encryptedData`: what is not text becomes empty text, as upstream's lenient decoder has it;
    /// an empty value is one that no key opens.
    CiphertextMap,
    /// One base64 text. The empty text is kept: that the field is there says something.
    Bytes,
    TextList,
    Object(&'static [Field]),
    ObjectList(&'static [Field]),
    /// Anything, kept as it stands.
    Any,
}

/// What is printed for a field that is absent or empty.
#[derive(Clone, Copy, PartialEq)]
enum Absent {
    /// Nothing (`omitempty`).
    Omitted,
    /// The empty text.
    EmptyText,
    /// The empty map.
    EmptyMap,
    /// null.
    Null,
}

/// One field of an object.
pub(crate) struct Field {
    name: &'static str,
    kind: Kind,
    absent: Absent,
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, absent: Absent::Omitted }
}

const fn always(name: &'static str, kind: Kind, absent: Absent) -> Field {
    Field { name, kind, absent }
}

/// A core/v1 Secret.
pub(crate) const SECRET: Kind = Kind::Object(&[
    field("kind", Kind::Text),
    field("apiVersion", Kind::Text),
    field("metadata", METADATA),
    field("immutable", Kind::Boolean),
    field("data", Kind::Base64Map),
    field("stringData", Kind::TextMap),
    field("type", Kind::Text),
]);

/// A bitnami.com/v1alpha1 SealedSecret.
pub(crate) const SEALED_SECRET: Kind = Kind::Object(&[
    field("kind", Kind::Text),
    field("apiVersion", Kind::Text),
    field("metadata", METADATA),
    field(
        "spec",
        Kind::Object(&[
            field(
                "template",
                Kind::Object(&[
                    field("metadata", METADATA),
                    field("type", Kind::Text),
                    field("immutable", Kind::Boolean),
                    field("data", Kind::NullableTextMap),
                ]),
            ),
            field("data", Kind::Bytes),
            always("encryptedData", Kind::CiphertextMap, Absent::EmptyMap),
        ]),
    ),
    field(
        "status",
        Kind::Object(&[
            field("observedGeneration", Kind::Integer),
            field(
                "conditions",
                Kind::ObjectList(&[
                    always("type", Kind::Text, Absent::EmptyText),
                    always("status", Kind::Text, Absent::EmptyText),
                    always("lastUpdateTime", Kind::Time, Absent::Null),
                    always("lastTransitionTime", Kind::Time, Absent::Null),
                    field("reason", Kind::Text),
                    field("message", Kind::Text),
                ]),
            ),
            // Ours; upstream's clients drop it.
            field("controller", Kind::Text),
        ]),
    ),
]);

/// meta/v1 ObjectMeta, in the order of Go's struct.
pub(crate) const METADATA: Kind = Kind::Object(&[
    field("name", Kind::Text),
    field("generateName", Kind::Text),
    field("namespace", Kind::Text),
    field("selfLink", Kind::Text),
    field("uid", Kind::Text),
    field("resourceVersion", Kind::Text),
    field("generation", Kind::Integer),
    field("creationTimestamp", Kind::Time),
    field("deletionTimestamp", Kind::Time),
    field("deletionGracePeriodSeconds", Kind::Integer),
    field("labels", Kind::TextMap),
    field("annotations", Kind::TextMap),
    field(
        "ownerReferences",
        Kind::ObjectList(&[
            always("apiVersion", Kind::Text, Absent::EmptyText),
            always("kind", Kind::Text, Absent::EmptyText),
            always("name", Kind::Text, Absent::EmptyText),
            always("uid", Kind::Text, Absent::EmptyText),
            field("controller", Kind::Boolean),
            field("blockOwnerDeletion", Kind::Boolean),
        ]),
    ),
    field("finalizers", Kind::TextList),
    field(
        "managedFields",
        Kind::ObjectList(&[
            field("manager", Kind::Text),
            field("operation", Kind::Text),
            field("apiVersion", Kind::Text),
            field("time", Kind::Time),
            field("fieldsType", Kind::Text),
            field("fieldsV1", Kind::Any),
            field("subresource", Kind::Text),
        ]),
    ),
]);

/// Brings a value into the shape of the table: field names as they are spelt there whatever their case,
/// scalars as Go converts them, empty fields left out, unknown fields left out and named in `unknown`.
///
/// # Errors
/// The first field that holds something of another kind.
pub(crate) fn conform<'t>(
    value: Value<'t>,
    kind: Kind,
    at: &Path<'_>,
    unknown: &mut Vec<UnknownField>,
) -> Result<Value<'t>, FieldError> {
    let line = value.span.line;
    let found = value.kind_name();
    let wrong = |wanted| Err(at.error(line, Problem::WrongKind { wanted, found }));
    match (kind, value.node) {
        (_, Node::Null) => Ok(Value::from(Node::Null)),
        (Kind::Any, node) => Ok(Value { node, span: value.span }),
        (Kind::Text, node @ Node::Text(_)) => Ok(Value { node, span: value.span }),
        (Kind::Text, node) => match (Value { node, span: value.span }).to_text() {
            Some(text) => Ok(Value { node: Node::Text(text), span: value.span }),
            None => wrong("text"),
        },
        (Kind::Bytes, node @ Node::Text(_)) => Ok(Value { node, span: value.span }),
        (Kind::Bytes, _) => wrong("base64 text in quotes"),
        (Kind::Boolean, node @ Node::Bool(_)) => Ok(Value { node, span: value.span }),
        (Kind::Boolean, _) => wrong("true or false"),
        (Kind::Integer, node @ (Node::Integer(_) | Node::Unsigned(_))) => {
            Ok(Value { node, span: value.span })
        }
        (Kind::Integer, _) => wrong("a whole number"),
        (Kind::Time, Node::Text(text)) if is_rfc_3339(&text) => {
            Ok(Value { node: Node::Text(text), span: value.span })
        }
        (Kind::Time, Node::Text(_)) => Err(at.error(line, Problem::NotATime)),
        (Kind::Time, _) => wrong("a time in quotes"),
        (
            Kind::TextMap | Kind::NullableTextMap | Kind::Base64Map | Kind::CiphertextMap,
            Node::Mapping(map),
        ) => {
            let mut items = Mapping::new();
            for entry in map {
                let item = map_item(entry.value, kind, &at.child(&entry.key))?;
                items.push(entry.key, item);
            }
            Ok(Value { node: Node::Mapping(items), span: value.span })
        }
        (Kind::TextMap | Kind::NullableTextMap | Kind::Base64Map | Kind::CiphertextMap, _) => wrong("a map"),
        (Kind::TextList, Node::Sequence(items)) => {
            conform_list(items, Kind::Text, at, unknown).map(|node| Value { node, span: value.span })
        }
        (Kind::ObjectList(fields), Node::Sequence(items)) => {
            conform_list(items, Kind::Object(fields), at, unknown)
                .map(|node| Value { node, span: value.span })
        }
        (Kind::TextList | Kind::ObjectList(_), _) => wrong("a list"),
        (Kind::Object(fields), Node::Mapping(map)) => {
            let node = conform_object(map, fields, at, unknown)?;
            Ok(Value { node, span: value.span })
        }
        (Kind::Object(_), _) => wrong("a map"),
    }
}

fn conform_list<'t>(
    items: Vec<Value<'t>>,
    kind: Kind,
    at: &Path<'_>,
    unknown: &mut Vec<UnknownField>,
) -> Result<Node<'t>, FieldError> {
    let items = items.into_iter().enumerate().map(|(index, item)| {
        let index = index.to_string();
        conform(item, kind, &at.child(&index), unknown)
    });
    Ok(Node::Sequence(items.collect::<Result<_, _>>()?))
}

fn conform_object<'t>(
    map: Mapping<'t>,
    fields: &'static [Field],
    at: &Path<'_>,
    unknown: &mut Vec<UnknownField>,
) -> Result<Node<'t>, FieldError> {
    let mut slots: Vec<Option<Value<'t>>> = fields.iter().map(|_| None).collect();
    for Entry { key, key_span, value: item } in map {
        let known = fields
            .iter()
            .position(|field| *field.name == *key)
            .or_else(|| fields.iter().position(|field| manifest::same_field(field.name, &key)));
        let path = at.child(&key);
        match known {
            Some(index) => {
                if slots[index].is_some() {
                    return Err(path.error(item.span.line, Problem::SameField(fields[index].name)));
                }
                slots[index] = Some(conform(item, fields[index].kind, &path, unknown)?);
            }
            None if unknown.len() >= MOST_UNKNOWN => {}
            None => unknown.push(UnknownField {
                path: path.to_string(),
                line: key_span.line,
                likely: likely(&key, fields).map(|name| at.child(name).to_string()),
            }),
        }
    }
    let mut object = Mapping::new();
    for (field, slot) in fields.iter().zip(slots) {
        let present = slot.filter(|value| !is_empty(value, field.kind));
        let value = match (present, field.absent) {
            (Some(value), _) => value,
            (None, Absent::Omitted) => continue,
            (None, Absent::EmptyText) => Value::text(""),
            (None, Absent::EmptyMap) => Value::from(Node::Mapping(Mapping::new())),
            (None, Absent::Null) => Value::from(Node::Null),
        };
        object.push(Text::Borrowed(field.name), value);
    }
    Ok(Node::Mapping(object))
}

fn map_item<'t>(item: Value<'t>, kind: Kind, at: &Path<'_>) -> Result<Value<'t>, FieldError> {
    let span = item.span;
    let node = match (kind, item.node) {
        (Kind::NullableTextMap, Node::Null) => Node::Null,
        (_, Node::Null) => Node::Text(Text::Borrowed("")),
        (_, node @ Node::Text(_)) => node,
        (Kind::CiphertextMap, _) => Node::Text(Text::Borrowed("")),
        (Kind::Base64Map | Kind::NullableTextMap, node) => {
            let wanted =
                if matches!(kind, Kind::Base64Map) { "base64 text in quotes" } else { "text in quotes" };
            let found = Value { node, span }.kind_name();
            return Err(at.error(span.line, Problem::WrongKind { wanted, found }));
        }
        (_, node) => {
            let item = Value { node, span };
            let Some(text) = item.to_text() else {
                let found = item.kind_name();
                return Err(at.error(span.line, Problem::WrongKind { wanted: "text", found }));
            };
            Node::Text(text)
        }
    };
    Ok(Value { node, span })
}

/// RFC 3339 has years of four digits. The parser takes more, with a sign, and what it then prints nobody reads back;
/// so does a year 0 that an offset pushes before its beginning.
fn is_rfc_3339(text: &str) -> bool {
    const YEAR_0: i64 = -62_167_219_200;
    text.starts_with(|first: char| first.is_ascii_digit())
        && text.parse::<Timestamp>().is_ok_and(|time| time.as_second() >= YEAR_0)
}

/// What Go's `omitempty` leaves out, and null.
fn is_empty(value: &Value<'_>, kind: Kind) -> bool {
    match &value.node {
        Node::Null => true,
        Node::Text(text) => text.is_empty() && !matches!(kind, Kind::Any | Kind::Bytes),
        Node::Mapping(map) => map.is_empty() && !matches!(kind, Kind::Object(_) | Kind::Any),
        Node::Sequence(items) => items.is_empty() && !matches!(kind, Kind::Any),
        Node::Integer(number) => *number == 0,
        _ => false,
    }
}

/// Names beyond this are compared with nothing.
const LONGEST_NAME: usize = 64;

/// How many unknown fields of an object are told.
const MOST_UNKNOWN: usize = 100;

/// The field that was probably meant: the nearest name, if it is near.
fn likely(name: &str, fields: &'static [Field]) -> Option<&'static str> {
    // No name of a field is near to a text of that length, and the comparison takes time by its square.
    if name.len() > LONGEST_NAME {
        return None;
    }
    fields
        .iter()
        .map(|field| {
            (strsim::damerau_levenshtein(&name.to_lowercase(), &field.name.to_lowercase()), field.name)
        })
        .min()
        .filter(|(distance, field)| *distance <= 2.max(field.len() / 4))
        .map(|(_, field)| field)
}

/// Where in an object something is: `metadata.labels.app`, `data[".dockerconfigjson"]`.
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    name: &'a str,
}

impl<'a> Path<'a> {
    /// The object itself.
    pub(crate) const ROOT: Path<'static> = Path { parent: None, name: "" };

    pub(crate) fn child(&'a self, name: &'a str) -> Path<'a> {
        Path { parent: Some(self), name }
    }

    pub(crate) fn error(&self, line: usize, problem: Problem) -> FieldError {
        FieldError { path: self.to_string(), line, problem }
    }
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(parent) = self.parent else { return Ok(()) };
        parent.fmt(f)?;
        let plain = !self.name.is_empty()
            && self.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        match (plain, parent.parent.is_some()) {
            (true, true) => write!(f, ".{}", self.name),
            (true, false) => f.write_str(self.name),
            (false, _) => write!(f, "[{:?}]", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_one_would_write_it() {
        let data = Path::ROOT.child("data");
        assert_eq!(data.child(".dockerconfigjson").to_string(), "data[\".dockerconfigjson\"]");
        assert_eq!(data.child("token").to_string(), "data.token");
    }

    #[test]
    fn the_likely_field_is_near_or_not_named() {
        let Kind::Object(metadata) = METADATA else { panic!("metadata is an object") };
        assert_eq!(likely("annotation", metadata), Some("annotations"));
        assert_eq!(likely("lables", metadata), Some("labels"));
        assert_eq!(likely("owner", metadata), None);
    }
}
