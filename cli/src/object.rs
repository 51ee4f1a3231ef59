//! The objects of a manifest, by what they say they are.

use std::fmt;

use sealed_secrets::Secret;
use sealed_secrets::manifest::{Document, Node, Text, Value};

use crate::failure::Failure;

/// What an object says it is, for messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Identity {
    pub(crate) fn of(value: &Value<'_>) -> Identity {
        let field = |value: &Value<'_>, name: &str| {
            let found =
                value.as_mapping().and_then(|fields| fields.get_ignore_case(name)).and_then(Value::to_text);
            found.as_ref().map_or_else(String::new, |text| Text::as_str(text).to_owned())
        };
        let metadata = value.as_mapping().and_then(|fields| fields.get_ignore_case("metadata"));
        let of_metadata = |name| metadata.map_or_else(String::new, |metadata| field(metadata, name));
        Identity {
            api_version: field(value, "apiVersion"),
            kind: field(value, "kind"),
            namespace: of_metadata("namespace"),
            name: of_metadata("name"),
        }
    }

    pub(crate) fn of_secret(secret: &Secret) -> Identity {
        Identity {
            api_version: "v1".into(),
            kind: "Secret".into(),
            namespace: secret.metadata.namespace.clone().unwrap_or_default(),
            name: secret.metadata.name.clone().unwrap_or_default(),
        }
    }

    pub(crate) fn is_secret(&self) -> bool {
        self.kind == "Secret" && (self.api_version == "v1" || self.api_version.is_empty())
    }

    pub(crate) fn is_sealed_secret(&self) -> bool {
        self.kind == sealed_secrets::KIND && self.api_version == sealed_secrets::API_VERSION
    }

    /// `v1 List`, and lists of one kind, which hold other objects.
    pub(crate) fn is_list(&self) -> bool {
        match self.kind.as_str() {
            "List" | "SecretList" => matches!(self.api_version.as_str(), "v1" | ""),
            "SealedSecretList" => self.api_version == sealed_secrets::API_VERSION,
            _ => false,
        }
    }

    /// A Secret that is spelt so that nobody takes it for one. Other groups may have a kind of that name.
    pub(crate) fn is_nearly_a_secret(&self) -> bool {
        self.kind.eq_ignore_ascii_case("secret") && !self.api_version.contains('/') && !self.is_secret()
    }
}

impl fmt::Display for Identity {
    /// `Secret namespace/name`; control characters escaped, since names are not checked yet.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.kind.is_empty() { "object" } else { &self.kind };
        let name = match (self.namespace.as_str(), self.name.as_str()) {
            ("", "") => "without a name".to_owned(),
            ("", name) => name.to_owned(),
            (namespace, name) => format!("{namespace}/{name}"),
        };
        write!(f, "{} {}", kind.escape_debug(), name.escape_debug())
    }
}

/// Where an object stands, for messages: file, document, line, object.
pub(crate) fn place(source: &str, document: &Document<'_>, value: &Value<'_>, identity: &Identity) -> String {
    let line = if value.span.line == 0 { document.line() } else { value.span.line };
    format!("{source}, document {} (line {line}), {identity}", document.number())
}

/// The objects of a document: itself, or the items of a List, also of Lists in Lists.
///
/// # Errors
/// A List whose items are no list of objects.
pub(crate) fn expand(value: Value<'_>) -> Result<Vec<(Identity, Value<'_>)>, Failure> {
    let mut objects = Vec::new();
    let mut waiting = vec![value];
    while let Some(mut value) = waiting.pop() {
        let identity = Identity::of(&value);
        let (found, line) = (value.kind_name(), value.span.line);
        let Some(fields) = value.as_mapping_mut() else {
            return Err(Failure::new(format!("line {line}: an item is {found}, and an object is wanted")));
        };
        let items = if identity.is_list() { fields.remove("items") } else { None };
        match items.map(|items| items.node) {
            Some(Node::Sequence(items)) => waiting.extend(items.into_iter().rev()),
            Some(Node::Null) => {}
            Some(other) => {
                let found = Value::from(other).kind_name();
                return Err(Failure::new(format!(
                    "{}: items is {found}, and a list is wanted",
                    identity.kind
                )));
            }
            None if identity.is_list() => {
                return Err(Failure::new(format!(
                    "{}: items is missing, and a list is wanted",
                    identity.kind
                )));
            }
            None => objects.push((identity, value)),
        }
    }
    Ok(objects)
}
