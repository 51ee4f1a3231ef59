//! What is wrong with a Secret before it is sent: what the administrator forbids, and what the API server is sure to refuse
//! of names, which it would tell less clearly. No IO.
//!
//! Types, labels, annotations and keys come from the SealedSecret as everybody may read it, and are quoted. Those of a
//! deprecated `spec.data` were sealed, and are not.

use std::collections::BTreeMap;

use sealed_secrets::names::{APPLY_LIMIT, NameError, check_key, check_label_key, check_label_value};

use crate::api_secret::ApiSecret;
use crate::events::shortened;
use crate::settings::Forbidden;

/// A name is cut after so many bytes.
const LONGEST_NAME: usize = 120;

/// Why a Secret is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Which rule speaks.
    pub rule: Rule,
    /// The whole of it in a sentence.
    pub sentence: String,
}

/// What kind of rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `--forbid-types`.
    Type,
    /// `--forbid-labels`.
    Label,
    /// Kubernetes', for labels, annotations and keys.
    Names,
}

/// What is wrong with this Secret, if anything. `sealed`: its metadata were sealed, and nothing of them is quoted.
#[must_use]
pub fn objection(secret: &ApiSecret, forbidden: &Forbidden, sealed: bool) -> Option<Objection> {
    let (none, metadata) = (BTreeMap::new(), &secret.metadata);
    let (labels, annotations) =
        (metadata.labels.as_ref().unwrap_or(&none), metadata.annotations.as_ref().unwrap_or(&none));
    let object = |rule, sentence| Some(Objection { rule, sentence });
    if let Some(entry) = forbidden.type_(secret.type_.as_deref()) {
        return object(Rule::Type, forbidden_type(&entry));
    }
    if let Some(entry) = forbidden.label(labels) {
        return object(Rule::Label, format!("no Secret may have the label {entry} (--forbid-labels)"));
    }
    let wrong = |what: &str, name: &str, error: NameError| {
        let name = if sealed { String::new() } else { format!(" {:?}", shortened(name, LONGEST_NAME)) };
        object(Rule::Names, format!("{what}{name} is not valid: {error}"))
    };
    for (key, value) in labels {
        if let Err(error) = check_label_key(key) {
            return wrong("label", key, error);
        }
        if let Err(error) = check_label_value(value) {
            return wrong("label", &format!("{key}={value}"), error);
        }
    }
    for key in annotations.keys() {
        // The API server looks at them in lower case.
        if let Err(error) = check_label_key(&key.to_lowercase()) {
            return wrong("annotation", key, error);
        }
    }
    let size: usize = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    if size > APPLY_LIMIT {
        let sentence =
            format!("its annotations have {size} bytes together, and an object has at most {APPLY_LIMIT}");
        return object(Rule::Names, sentence);
    }
    let key = secret.data.keys().find_map(|key| check_key(key).err().map(|error| (key, error)));
    key.and_then(|(key, error)| wrong("key", key, error))
}

/// The sentence about a type that an entry of `--forbid-types` forbids.
#[must_use]
pub fn forbidden_type(entry: &str) -> String {
    format!("no Secret may have the type {entry} (--forbid-types)")
}

#[cfg(test)]
mod tests {
    use sealed_secrets::sealing::Plaintext;

    use super::*;

    fn secret(labels: &[(&str, &str)], annotations: &[(&str, &str)], keys: &[&str]) -> ApiSecret {
        let map = |pairs: &[(&str, &str)]| {
            Some(pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect())
        };
        let mut secret = ApiSecret::default();
        (secret.metadata.labels, secret.metadata.annotations) = (map(labels), map(annotations));
        secret.data = keys.iter().map(|key| ((*key).into(), Plaintext::from(b"hunter2".to_vec()))).collect();
        secret
    }

    #[test]
    fn label_annotation_and_key_are_named_with_their_rule() {
        let long = "x".repeat(APPLY_LIMIT);
        for (secret, begins, ends) in [
            (secret(&[("a b", "")], &[], &[]), "label \"a b\" is not valid: the key of a label", ""),
            (
                secret(&[("team", "not this!")], &[], &[]),
                "label \"team=not this!\" is not valid: the value of a label",
                "",
            ),
            (secret(&[], &[("/x", "")], &[]), "annotation \"/x\" is not valid", ""),
            (secret(&[], &[("a", &long)], &[]), "its annotations have 262145 bytes", "at most 262144"),
            (secret(&[], &[], &["a", "b/c"]), "key \"b/c\" is not valid: a key has at most 253", ""),
            (secret(&[("\u{202e}x", "")], &[], &[]), "label \"\u{fffd}x\" is not valid", ""),
        ] {
            let said = objection(&secret, &Forbidden::default(), false).unwrap();
            assert_eq!(said.rule, Rule::Names);
            assert!(said.sentence.starts_with(begins) && said.sentence.ends_with(ends), "{}", said.sentence);
            // What was sealed is not quoted.
            let hidden = objection(&secret, &Forbidden::default(), true).unwrap();
            assert!(!hidden.sentence.contains('"'), "{}", hidden.sentence);
        }
        let fine =
            secret(&[("example.com/team", "blue"), ("empty", "")], &[("Example.COM/x", "any\n")], &[".conf"]);
        assert_eq!(objection(&fine, &Forbidden::default(), false), None);
    }

    #[test]
    fn what_is_forbidden_is_told_by_the_entry_that_forbids_it() {
        let forbidden = Forbidden::new("kubernetes.io/*", "team=blue").unwrap();
        let said =
            |secret: &ApiSecret| objection(secret, &forbidden, true).map(|said| (said.rule, said.sentence));
        let mut account = secret(&[], &[], &[]);
        account.type_ = Some("kubernetes.io/service-account-token".into());
        assert_eq!(said(&account), Some((Rule::Type, forbidden_type("kubernetes.io/*"))));
        let label = "no Secret may have the label team=blue (--forbid-labels)";
        assert_eq!(said(&secret(&[("team", "blue")], &[], &[])), Some((Rule::Label, label.to_owned())));
        assert_eq!(said(&secret(&[("team", "red")], &[], &[])), None);
    }
}
