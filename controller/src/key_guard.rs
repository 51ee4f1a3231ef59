//! No SealedSecret makes a sealing key. No IO.
//!
//! Anybody may seal anything, and whoever may create SealedSecrets where the controller reads its keys would choose the key that
//! everybody seals with from then on. So what could be read as a key is refused there, what is made elsewhere is marked
//! ([`UNSEALED`](crate::api_secret::UNSEALED)), and the key registry reads nothing that bears the mark or has a SealedSecret
//! for its owner. Upstream's controller (0.40.0) reads such a Secret as a key when it starts the next time.

use sealed_secrets::ObjectMeta;
use sealed_secrets::key_secret::{KEY_LABEL, KEY_PREFIX};

/// Letters as the API server appends them to `generateName`, five of them: none that make words. New keys are named so.
pub const NAME_LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// How many of these letters follow the prefix.
pub const NAME_SUFFIX: usize = 5;

/// Where the controller reads its keys.
#[derive(Clone, Debug)]
pub struct KeyPlace {
    /// The controller's own namespace.
    pub namespace: String,
    /// `--key-prefix`.
    pub prefix: String,
}

impl KeyPlace {
    /// Why this Secret must not come of a SealedSecret, in a sentence; None if it may.
    ///
    /// In the own namespace whatever has the key label (with any value: another one is given to keys that are retired, and a
    /// label is soon changed), and every name that a key has or could get: one that is taken could keep a key from being made.
    #[must_use]
    pub fn objection(&self, wanted: &ObjectMeta) -> Option<String> {
        if wanted.namespace.as_deref() != Some(&*self.namespace) {
            return None;
        }
        let name = wanted.name.as_deref().unwrap_or_default();
        let (why, remedy) = if has_key_label(wanted) {
            (format!("for its label {KEY_LABEL}"), "take the label out of spec.template.metadata.labels")
        } else if is_key_name(name, &self.prefix) {
            (format!("for its name (--key-prefix={})", self.prefix), "choose another name")
        } else {
            return None;
        };
        Some(format!(
            "Secret {name:?} would be a sealing key in the controller's own namespace {why}, and no key is ever taken from a \
             SealedSecret: {remedy}, or create a key Secret yourself with kubectl"
        ))
    }
}

/// Whether keys are found by a label of this Secret, or were before it was given another value.
#[must_use]
pub fn has_key_label(metadata: &ObjectMeta) -> bool {
    metadata.labels.as_ref().is_some_and(|labels| labels.contains_key(KEY_LABEL))
}

/// Whether the controller of some other namespace could read this Secret as a key. Its prefix is not known here; the usual
/// one is taken for it.
#[must_use]
pub fn could_be_key_elsewhere(metadata: &ObjectMeta) -> bool {
    has_key_label(metadata) || metadata.name.as_deref() == Some(KEY_PREFIX)
}

/// Whether a key Secret is called so: the prefix alone (the legacy key), or with five of the letters of new names.
fn is_key_name(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| {
        rest.is_empty()
            || (rest.len() == NAME_SUFFIX && rest.bytes().all(|letter| NAME_LETTERS.contains(&letter)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objection(namespace: &str, name: &str, label: Option<&str>) -> Option<String> {
        let place = KeyPlace { namespace: "own".into(), prefix: "sealing".into() };
        place.objection(&ObjectMeta {
            name: Some(name.into()),
            namespace: Some(namespace.into()),
            labels: label.map(|value| [(KEY_LABEL.to_owned(), value.to_owned())].into()),
            ..ObjectMeta::default()
        })
    }

    #[test]
    fn what_could_be_a_key_is_refused_where_keys_are_read() {
        for (name, label) in
            [("db", Some("active")), ("db", Some("")), ("sealing", None), ("sealingbcd29", None)]
        {
            let said = objection("own", name, label).unwrap();
            assert!(said.contains(name), "{said}");
            assert_eq!(objection("shop", name, label), None);
        }
        for name in ["db", "sealing-", "sealingcloak", "sealingbcd2", "sealed-secrets-key", "my-sealing"] {
            assert_eq!(objection("own", name, None), None, "{name}");
        }
    }
}
