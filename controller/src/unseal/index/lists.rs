//! Lists that are under way: what a list has brought by its end is there, everything else is gone.

use std::collections::{HashMap, HashSet};

use crate::unseal::seen::ObjectKey;

/// Lists of one kind of object that have begun, by namespace, or of all namespaces.
#[derive(Default)]
pub(super) struct Lists(pub(super) HashMap<Option<Box<str>>, HashSet<ObjectKey>>);

impl Lists {
    /// A list begins; what the last one brought until it broke off is forgotten.
    pub(super) fn begin(&mut self, scope: Option<&str>) {
        self.0.insert(scope.map(Into::into), HashSet::new());
    }

    /// The list of this scope has brought it; no list at all has news that come by themselves.
    pub(super) fn brought(&mut self, listed: Option<Option<&str>>, key: &ObjectKey) {
        if let Some(scope) = listed
            && let Some(seen) = self.0.get_mut(&scope.map(Into::into))
        {
            seen.insert(key.clone());
        }
    }

    /// The list is complete, if it had begun.
    pub(super) fn end(&mut self, scope: Option<&str>) -> Option<Complete> {
        let scope = scope.map(Into::into);
        let seen = self.0.remove(&scope)?;
        Some(Complete { scope, seen })
    }
}

/// A list that is complete.
pub(super) struct Complete {
    /// Of one namespace, or of all.
    pub(super) scope: Option<Box<str>>,
    seen: HashSet<ObjectKey>,
}

impl Complete {
    /// Whether it should have brought this one, and did not.
    pub(super) fn lacks(&self, key: &ObjectKey) -> bool {
        self.scope.as_deref().is_none_or(|namespace| namespace == key.namespace()) && !self.seen.contains(key)
    }
}
