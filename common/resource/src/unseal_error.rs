//! Why a SealedSecret does not open, said without any value.

use std::collections::BTreeMap;
use std::fmt;

use sealing::Base64Error;

/// Why a SealedSecret does not open. The texts are those of kubeseal and its controller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsealError {
    /// Some items do not open. All were tried.
    #[error("{0}")]
    Items(ItemErrors),
    /// `spec.data` is there and not wanted.
    #[error("using deprecated 'data' field, use 'encryptedData' or flip the feature flag")]
    LegacyRefused,
    /// `spec.data` and `spec.encryptedData` both hold something.
    #[error("using 'data' and 'encryptedData' at the same time is not allowed")]
    LegacyAndItems,
    /// `spec.data` does not open, or what it holds is no Secret.
    #[error("spec.data: {0}")]
    Legacy(LegacyError),
    /// `spec.template.data` holds templates, which only a template engine can turn into values.
    #[error("spec.template.data ({0}) holds templates, and this version has no template engine yet")]
    Templates(String),
    /// More items than are opened for one object; only where a limit is set, see [`MAX_ITEMS`](crate::MAX_ITEMS).
    #[error("spec.encryptedData holds {items} items, and at most {limit} are opened")]
    TooManyItems {
        /// How many there are.
        items: usize,
        /// How many there may be.
        limit: usize,
    },
}

/// Why a legacy `spec.data` does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LegacyError {
    /// See [`ItemError`].
    #[error("{0}")]
    Item(ItemError),
    /// It opened, but holds no JSON of a Secret.
    #[error("what was sealed is no Secret")]
    NoSecret,
}

/// Why one item does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// The value is no base64.
    #[error("{0}")]
    Base64(Base64Error),
    /// No key opens it under the label of this name, namespace and scope. Nothing more is known: a wrong
    /// key, a wrong label and a damaged value look the same, and must.
    #[error("no key could decrypt secret")]
    NoKey,
}

/// The items that do not open, by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemErrors(BTreeMap<String, ItemError>);

impl ItemErrors {
    pub(crate) fn new(by_key: BTreeMap<String, ItemError>) -> Self {
        ItemErrors(by_key)
    }

    /// Keys and reasons, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ItemError)> {
        self.0.iter().map(|(key, error)| (key.as_str(), error))
    }
}

impl fmt::Display for ItemErrors {
    /// Equal reasons are said once, `reason (a, b)`, different ones on lines of their own, as upstream does;
    /// the order is always the same, unlike upstream's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut by_reason: Vec<(&ItemError, Vec<&str>)> = Vec::new();
        for (key, reason) in &self.0 {
            match by_reason.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, keys)) => keys.push(key),
                None => by_reason.push((reason, vec![key])),
            }
        }
        for (index, (reason, keys)) in by_reason.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{reason} ({})", keys.join(", "))?;
        }
        Ok(())
    }
}
