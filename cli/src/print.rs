//! In what form objects are printed.

use sealed_secrets::Secret;
use sealed_secrets::manifest::{self, Format, Node, Value};
use zeroize::Zeroizing;

/// The format that was asked for, or that of the document an object comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Print {
    As(Format),
    AsInput,
}

/// How a value of no bytes is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Empty {
    /// As the empty text, which every tool takes for what it is.
    Text,
    /// As null, which is what `kubeseal --recovery-unseal` prints.
    Null,
}

impl Print {
    /// Prints an object that comes from a document of this format.
    pub(crate) fn value(self, value: &Value<'_>, input: Format, text: &mut String) {
        let format = match self {
            Print::As(format) => format,
            Print::AsInput => input,
        };
        match format {
            Format::Json => manifest::print_json(value, text),
            Format::Yaml => manifest::print_yaml(value, text),
        }
    }

    /// Prints a Secret into a text that is wiped, and that is large enough from the start: one that grows would
    /// leave copies behind.
    pub(crate) fn secret(self, secret: &Secret, input: Format, empty: Empty) -> Zeroizing<String> {
        let mut value = secret.to_manifest();
        if empty == Empty::Null
            && let Some(items) = value.as_mapping_mut().and_then(|fields| fields.get_mut("data"))
            && let Some(items) = items.as_mapping_mut()
        {
            let keys: Vec<String> = items
                .iter()
                .filter(|item| item.value.as_text().is_some_and(|text| text.is_empty()))
                .map(|item| item.key.to_string())
                .collect();
            for key in keys {
                items.insert(key, Value::from(Node::Null));
            }
        }
        let mut text = Zeroizing::new(String::with_capacity(room_for(secret)));
        self.value(&value, input, &mut text);
        text
    }
}

/// Base64 takes four thirds; the rest is the frame around the values.
fn room_for(secret: &Secret) -> usize {
    let items: usize = secret
        .data
        .iter()
        .map(|(key, plaintext)| 2 * key.len() + plaintext.as_bytes().len() / 3 * 4 + 64)
        .sum();
    let metadata = serde_json::to_string(&secret.metadata).map_or(0, |text| 3 * text.len());
    items + metadata + 4096
}
