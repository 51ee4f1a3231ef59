//! Why a SealedSecret does not open, said without any value.

use std::collections::BTreeMap;
use std::fmt;

use sealing::Base64Error;
use template::{Cap, ParseError, RenderError};

/// Why a SealedSecret does not open. The texts are those of kubeseal and its controller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsealError {
    /// Some items do not open, or some templates cannot be parsed. All were tried, but for those that it counts, and no
    /// template was executed.
    #[error("{0}")]
    Items(ItemErrors),
    /// Everything opened, and a template failed over the values. The text says no more, not even that much
    /// ([`RENDERING_FAILED`]): which template fails, where and why depends on the values, and whoever may write templates could ask for one letter after the other.
    #[error("{RENDERING_FAILED}")]
    Rendering(RenderErrors),
    /// `spec.data` is there and not wanted.
    #[error("using deprecated 'data' field, use 'encryptedData' or flip the feature flag")]
    LegacyRefused,
    /// `spec.data` and `spec.encryptedData` both hold something.
    #[error("using 'data' and 'encryptedData' at the same time is not allowed")]
    LegacyAndItems,
    /// `spec.data` does not open, or what it holds is no Secret.
    #[error("spec.data: {0}")]
    Legacy(LegacyError),
    /// `spec.template.data` holds templates, and they are turned off.
    #[error("spec.template.data ({0}) holds templates, and templates are turned off here")]
    TemplatesOff(String),
    /// The operating system gave no random bytes to a template that asked for them.
    #[error("no randomness for the templates of spec.template.data")]
    NoRandomness,
    /// The Secret would be larger than a cluster stores; only where one is made for a cluster.
    #[error("{TOO_LARGE}")]
    TooLarge,
    /// More items than are opened for one object; only where a limit is set, see [`MAX_ITEMS`](crate::MAX_ITEMS).
    #[error("spec.encryptedData holds {items} items, and at most {limit} are opened")]
    TooManyItems {
        /// How many there are.
        items: usize,
        /// How many there may be.
        limit: usize,
    },
}

/// What is said of a Secret that is too large.
pub(crate) const TOO_LARGE: &str = "the Secret would be too large: Kubernetes takes 1 MiB of values, and etcd 1.5 MiB of \
                                    values in base64, keys and metadata together";

impl UnsealError {
    /// Whether templates ended for want of steps or memory: with higher limits they may end in another way.
    #[must_use]
    pub fn ran_short(&self) -> bool {
        match self {
            UnsealError::Rendering(errors) => {
                errors.iter().any(|error| matches!(error.cap, Some(Cap::Fuel | Cap::Memory | Cap::Value)))
            }
            UnsealError::Items(items) => items.iter().any(
                |(_, error)| matches!(error, ItemError::Template(error) if error.cap == Some(Cap::Trees)),
            ),
            _ => false,
        }
    }
}

/// What is said of templates that give no Secret where those can read it who must not learn the values. It covers a
/// template that fails and a Secret that a cluster refuses, since a template can choose between them by a value.
pub const RENDERING_FAILED: &str = "the templates of spec.template.data make no Secret of the values: one fails, or \
                                    what they give is refused (too large, not as the type asks, or unlike an \
                                    immutable Secret that is there); `seal render` shows the holder of the keys what \
                                    they give";

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

/// Why one item does not open, or one template cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// The value is no base64.
    #[error("{0}")]
    Base64(Base64Error),
    /// No key opens it under the label of this name, namespace and scope. Nothing more is known: a wrong
    /// key, a wrong label and a damaged value look the same, and must.
    #[error("no key could decrypt secret")]
    NoKey,
    /// The entry of `spec.template.data` under this key is no template.
    #[error("{0}")]
    Template(ParseError),
}

/// The items that do not open, and the templates that cannot be parsed, by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemErrors {
    by_key: Vec<(String, ItemError)>,
    not_tried: usize,
}

impl ItemErrors {
    pub(crate) fn new(items: BTreeMap<String, ItemError>, not_tried: usize) -> Self {
        ItemErrors { by_key: items.into_iter().collect(), not_tried }
    }

    /// With those of the templates behind them.
    pub(crate) fn and(mut self, templates: Vec<ParseError>) -> Self {
        let by_key = |error: ParseError| (error.template.clone(), ItemError::Template(error));
        self.by_key.extend(templates.into_iter().map(by_key));
        self
    }

    /// Whether the templates alone are to blame, and other keys would change nothing.
    pub fn is_of_templates(&self) -> bool {
        self.by_key.iter().all(|(_, error)| matches!(error, ItemError::Template(_)))
    }

    /// Keys and reasons: items first, then templates, each ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ItemError)> {
        self.by_key.iter().map(|(key, error)| (key.as_str(), error))
    }

    /// How many items were not tried, since enough others opened with no key; see [`MAX_MISSES`](crate::MAX_MISSES).
    #[must_use]
    pub fn not_tried(&self) -> usize {
        self.not_tried
    }
}

impl fmt::Display for ItemErrors {
    /// Equal reasons are said once, `reason (a, b)`, different ones on lines of their own, as upstream does;
    /// the order is always the same, unlike upstream's. Then how many items were not tried, if any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut by_reason: Vec<(&ItemError, Vec<&str>)> = Vec::new();
        for (key, reason) in &self.by_key {
            // No two templates share a reason, which names them; looking for one among a hundred thousand others takes a minute.
            let known = match reason {
                ItemError::Template(_) => None,
                reason => by_reason.iter_mut().find(|(known, _)| *known == reason),
            };
            match known {
                Some((_, keys)) => keys.push(key),
                None => by_reason.push((reason, vec![key])),
            }
        }
        for (index, (reason, keys)) in by_reason.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{reason} ({})", keys.join(", "))?;
            if let ItemError::Template(error) = reason {
                write!(f, ", column {}", error.column)?;
            }
        }
        match self.not_tried {
            0 => Ok(()),
            1 => f.write_str("\n1 more item was not tried, since too many do not open"),
            more => write!(f, "\n{more} more items were not tried, since too many do not open"),
        }
    }
}

/// The templates that failed over the values, all of them. Names and pieces of the templates, no value; but that and
/// where they fail depends on the values, so that it is for the holder of the keys only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderErrors(Vec<RenderError>);

impl RenderErrors {
    pub(crate) fn new(errors: Vec<RenderError>) -> Self {
        RenderErrors(errors)
    }

    /// What went wrong, in upstream's words, a line for each template. Never for a status, an event, a log or an answer
    /// of a server.
    #[must_use]
    pub fn for_key_holder(&self) -> String {
        let lines: Vec<_> = self.0.iter().map(|error| format!("{error} ({})", error.template)).collect();
        lines.join("\n")
    }

    /// One after the other, ordered by key. For the holder of the keys only.
    pub fn iter(&self) -> impl Iterator<Item = &RenderError> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_templates_that_are_none_are_told_at_once() {
        let wrong = |number: usize| ParseError {
            template: number.to_string(),
            line: 1,
            column: 1,
            reason: "unclosed action".into(),
            cap: None,
        };
        let errors = ItemErrors::default().and((0..100_000).map(wrong).collect());
        // Compared with each other they would take minutes.
        assert_eq!(errors.to_string().lines().count(), 100_000);
    }
}
