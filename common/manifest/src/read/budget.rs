//! What aliases may cost, counted before anything is copied.

use crate::{Entry, ErrorKind, Limits, Node, Text, Value};

/// What a copy of a value takes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Bytes of memory that are copied.
    pub(crate) copied: usize,
    /// Bytes of texts of the input that the copy refers to, keys included.
    pub(crate) borrowed: usize,
}

/// What the aliases of a document have cost so far.
pub(crate) struct Budget {
    spent: Cost,
    limits: Cost,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        let limits = Cost { copied: limits.alias_bytes, borrowed: limits.alias_text_bytes };
        Budget { spent: Cost::default(), limits }
    }

    /// Counts one more copy, or tells why it is one too many.
    pub(crate) fn spend(&mut self, cost: Cost) -> Result<(), ErrorKind> {
        self.spent.copied = self.spent.copied.saturating_add(cost.copied);
        self.spent.borrowed = self.spent.borrowed.saturating_add(cost.borrowed);
        for (spent, limit) in
            [(self.spent.copied, self.limits.copied), (self.spent.borrowed, self.limits.borrowed)]
        {
            if spent > limit {
                return Err(ErrorKind::TooManyAliases { limit });
            }
        }
        Ok(())
    }
}

impl Cost {
    pub(crate) fn of(value: &Value<'_>) -> Self {
        let mut cost = Cost::default();
        cost.add_node(&value.node);
        cost
    }

    fn add_node(&mut self, node: &Node<'_>) {
        self.copied += size_of::<Value<'_>>();
        match node {
            Node::Text(text) => self.add_text(text),
            Node::Sequence(values) => {
                for value in values {
                    self.add_node(&value.node);
                }
            }
            Node::Mapping(mapping) => {
                for entry in mapping {
                    self.copied += size_of::<Entry<'_>>() - size_of::<Value<'_>>();
                    self.add_text(&entry.key);
                    self.add_node(&entry.value.node);
                }
            }
            _ => {}
        }
    }

    fn add_text(&mut self, text: &Text<'_>) {
        match text {
            Text::Borrowed(text) => self.borrowed += text.len(),
            Text::Owned(text) => self.copied += text.len(),
        }
    }
}
