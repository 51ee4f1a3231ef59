//! Types and labels of Secrets that an administrator forbids: `--forbid-types`, `--forbid-labels`.

use std::collections::BTreeMap;

/// What no Secret may have that is made of a SealedSecret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forbidden {
    types: Vec<Pattern>,
    labels: Vec<(Pattern, Option<Pattern>)>,
}

/// A text, or how it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    text: String,
    open: bool,
}

impl Forbidden {
    /// What stands in the two flags: types, and labels by key or as `key=value`, each with a `*` at the end if it is only a
    /// beginning; of `key*=value` the first alone.
    ///
    /// # Errors
    /// A `*` elsewhere, or one that is alone: the end of a sentence.
    pub fn new(types: &str, labels: &str) -> Result<Self, String> {
        let types = items(types).map(Pattern::new).collect::<Result<_, _>>()?;
        let label = |item: &str| match item.split_once('=') {
            Some((key, value)) => Ok((Pattern::new(key.trim())?, Some(Pattern::of_value(value.trim())?))),
            None => Ok((Pattern::new(item)?, None)),
        };
        let labels = items(labels).map(label).collect::<Result<_, String>>()?;
        Ok(Self { types, labels })
    }

    /// The entry of `--forbid-types` that forbids Secrets of this type; none or an empty one is `Opaque`.
    #[must_use]
    pub fn type_(&self, type_: Option<&str>) -> Option<String> {
        let type_ = type_.filter(|type_| !type_.is_empty()).unwrap_or("Opaque");
        self.types.iter().find(|pattern| pattern.matches(type_)).map(Pattern::to_text)
    }

    /// The entry of `--forbid-labels` that forbids one of these labels.
    #[must_use]
    pub fn label(&self, labels: &BTreeMap<String, String>) -> Option<String> {
        let has = |(key, value): &&(Pattern, Option<Pattern>)| {
            let is_value = |there: &str| value.as_ref().is_none_or(|value| value.matches(there));
            labels.iter().any(|(there, its)| key.matches(there) && is_value(its))
        };
        let (key, value) = self.labels.iter().find(has)?;
        let value = value.as_ref().map(|value| format!("={}", value.to_text())).unwrap_or_default();
        Some(format!("{}{value}", key.to_text()))
    }
}

impl Pattern {
    fn new(text: &str) -> Result<Self, String> {
        let pattern = Self::of_value(text)?;
        if pattern.text.is_empty() { Err(format!("{text:?} forbids everything")) } else { Ok(pattern) }
    }

    /// A label may have an empty value, and `*` is any.
    fn of_value(text: &str) -> Result<Self, String> {
        let (text, open) = text.strip_suffix('*').map_or((text, false), |begin| (begin, true));
        if text.contains('*') {
            return Err(format!("in {text:?} stands a * that is not at the end"));
        }
        Ok(Self { text: text.to_owned(), open })
    }

    fn matches(&self, text: &str) -> bool {
        if self.open { text.starts_with(&self.text) } else { text == self.text }
    }

    fn to_text(&self) -> String {
        format!("{}{}", self.text, if self.open { "*" } else { "" })
    }
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_by_name_or_beginning() {
        let forbidden =
            Forbidden::new("kubernetes.io/service-account-token, bootstrap.kubernetes.io/*,", "").unwrap();
        for (type_, by) in [
            (Some("kubernetes.io/service-account-token"), Some("kubernetes.io/service-account-token")),
            (Some("bootstrap.kubernetes.io/token"), Some("bootstrap.kubernetes.io/*")),
            (Some("kubernetes.io/service-account-token2"), None),
            (Some("Opaque"), None),
            (None, None),
        ] {
            assert_eq!(forbidden.type_(type_).as_deref(), by, "{type_:?}");
        }
        let opaque = Forbidden::new("Opaque", "").unwrap();
        assert!([None, Some(""), Some("Opaque")].iter().all(|type_| opaque.type_(*type_).is_some()));
        assert_eq!(Forbidden::default().type_(Some("any")), None);
    }

    #[test]
    fn labels_by_key_or_pair() {
        let list = "argocd.argoproj.io/secret-type,team=blue,stage=te*,example.com/*,empty=";
        let forbidden = Forbidden::new("", list).unwrap();
        for (key, value, by) in [
            ("argocd.argoproj.io/secret-type", "cluster", Some("argocd.argoproj.io/secret-type")),
            ("team", "blue", Some("team=blue")),
            ("team", "red", None),
            ("stage", "test", Some("stage=te*")),
            ("stage", "live", None),
            ("example.com/x", "", Some("example.com/*")),
            ("empty", "", Some("empty=")),
            ("empty", "x", None),
        ] {
            let labels =
                BTreeMap::from([("other".to_owned(), String::new()), (key.to_owned(), value.to_owned())]);
            assert_eq!(forbidden.label(&labels).as_deref(), by, "{key}={value}");
        }
    }

    #[test]
    fn what_forbids_everything_is_refused() {
        for (types, labels) in [("*", ""), ("", "*"), ("a*b", ""), ("", "=x"), ("", "k=a*b")] {
            assert!(Forbidden::new(types, labels).is_err(), "{types} {labels}");
        }
        assert!(Forbidden::new("", "k=*").is_ok());
    }
}
