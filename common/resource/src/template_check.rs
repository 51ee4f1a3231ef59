//! Looks at the templates of an object without any key.

use std::collections::BTreeSet;

use template::{Limits, ParseError, Template};

use crate::rendering::texts;
use crate::sealed_secret::SealedSecret;

/// What is to be said of one template before anything is decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateCheck {
    /// Its key in `spec.template.data`.
    pub key: String,
    /// What may not be what was meant, or why it is no template.
    pub result: Result<Doubts, ParseError>,
}

/// What may not be what was meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubts {
    /// Values that it asks for and that the object does not have: they render as `<no value>`, or as nothing.
    pub unknown: Vec<UnknownValue>,
    /// Functions that it names and whose results differ each time.
    pub unsettled: Vec<&'static str>,
    /// A decrypted value of the same key wins over what it gives.
    pub is_dropped: bool,
}

/// A value that the object does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownValue {
    /// The name that stands in the template.
    pub name: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in bytes, from 1.
    pub column: usize,
    /// A name of the object that is much like it.
    pub meant: Option<String>,
}

/// Parses the templates of an object and looks for what is most likely a mistake.
#[must_use]
pub fn check_templates(sealed: &SealedSecret) -> Vec<TemplateCheck> {
    let encrypted = sealed.spec.encrypted_data.keys().map(String::as_str);
    let known: BTreeSet<&str> = encrypted.chain(texts(sealed).map(|(key, _)| key)).collect();
    let check = |(key, text): (&str, &str)| TemplateCheck {
        key: key.to_owned(),
        result: Template::parse(key, text, &Limits::default()).map(|template| Doubts {
            unknown: unknown(&template, &known),
            unsettled: template.unsettled_functions(),
            is_dropped: sealed.spec.encrypted_data.contains_key(key),
        }),
    };
    texts(sealed).map(check).collect()
}

fn unknown(template: &Template, known: &BTreeSet<&str>) -> Vec<UnknownValue> {
    let unknown = template.values_named().into_iter().filter(|named| !known.contains(named.name.as_str()));
    unknown
        .map(|named| UnknownValue {
            meant: alike(&named.name, known),
            name: named.name,
            line: named.line,
            column: named.column,
        })
        .collect()
}

fn alike(name: &str, known: &BTreeSet<&str>) -> Option<String> {
    let distance = |other: &&str| strsim::damerau_levenshtein(name, other);
    let nearest = known.iter().min_by_key(|other| distance(other))?;
    (distance(nearest) <= 2.min(name.len().saturating_sub(1))).then(|| (*nearest).to_owned())
}
