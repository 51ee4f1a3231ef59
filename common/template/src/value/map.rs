//! Dictionaries, shared by all who hold them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;

use crate::budget::Budget;
use crate::failure::Failure;
use crate::value::{Address, Text, Value};

/// What a map's values are declared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MapKind {
    /// `map[string]interface {}`, sprig's dict.
    Any,
    /// `map[string]string`: the dot, and what `split` gives.
    String,
}

/// Bytes that an item takes.
const ITEM: usize = 128;
/// Bytes that the first one takes: the tree's nodes have room for eleven.
const FIRST_ITEM: usize = 640;

/// A map with text keys, sorted by their bytes, shared by all its clones; or nil.
///
/// Made by [`Machine::map`](crate::machine::Machine::map) only, or nil.
#[derive(Clone)]
pub(crate) struct Map {
    kind: MapKind,
    items: Option<Rc<RefCell<BTreeMap<Text, Value>>>>,
}

impl Map {
    pub(crate) fn new(kind: MapKind) -> Self {
        Map { kind, items: Some(Rc::default()) }
    }

    pub(crate) fn of(kind: MapKind, items: BTreeMap<Text, Value>) -> Self {
        Map { kind, items: Some(Rc::new(RefCell::new(items))) }
    }

    /// A nil map: reading gives nothing, setting is an error.
    pub(crate) fn nil(kind: MapKind) -> Self {
        Map { kind, items: None }
    }

    pub(crate) fn is_nil(&self) -> bool {
        self.items.is_none()
    }

    pub(crate) fn kind(&self) -> MapKind {
        self.kind
    }

    pub(crate) fn len(&self) -> usize {
        self.items.as_ref().map_or(0, |items| items.borrow().len())
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<Value> {
        self.items.as_ref()?.borrow().get(key).cloned()
    }

    pub(crate) fn has(&self, key: &[u8]) -> bool {
        self.items.as_ref().is_some_and(|items| items.borrow().contains_key(key))
    }

    /// Sets an item, paid for.
    ///
    /// # Errors
    /// A nil map, in Go's words; the budget.
    pub(crate) fn set(&self, budget: &mut Budget, key: Text, value: Value) -> Result<(), Failure> {
        let Some(items) = &self.items else {
            return Err(Failure::said("assignment to entry in nil map"));
        };
        // With the key, which nobody else may have paid for as the small allocation that it is.
        budget.make(if items.borrow().is_empty() { FIRST_ITEM } else { ITEM })?;
        items.borrow_mut().insert(key, value);
        Ok(())
    }

    pub(crate) fn remove(&self, key: &[u8]) {
        if let Some(items) = &self.items {
            items.borrow_mut().remove(key);
        }
    }

    /// All keys, sorted.
    pub(crate) fn keys(&self) -> Vec<Text> {
        self.items.as_ref().map_or_else(Vec::new, |items| items.borrow().keys().cloned().collect())
    }

    /// All items as they are now, sorted by key.
    pub(crate) fn entries(&self) -> Vec<(Text, Value)> {
        let clone = |(key, value): (&Text, &Value)| (key.clone(), value.clone());
        self.items.as_ref().map_or_else(Vec::new, |items| items.borrow().iter().map(clone).collect())
    }

    /// The items by key, looked up one by one as they are asked for: a walk over a dictionary that holds itself would have a copy
    /// of all of them at every level.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Text, Value)> + '_ {
        let mut last: Option<Text> = None;
        std::iter::from_fn(move || {
            let items = self.items.as_ref()?.borrow();
            let (key, value) = match &last {
                None => items.first_key_value()?,
                Some(key) => items.range::<[u8], _>((Bound::Excluded(&**key), Bound::Unbounded)).next()?,
            };
            last = Some(key.clone());
            Some((key.clone(), value.clone()))
        })
    }

    /// Whether both are the same map, not only equal ones.
    pub(crate) fn is_same(&self, other: &Map) -> bool {
        match (&self.items, &other.items) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        }
    }

    pub(crate) fn address(&self) -> Address {
        (self.items.as_ref().map_or(0, |items| Rc::as_ptr(items).addr()), 0, 0)
    }

    /// At the end of a run.
    pub(crate) fn empty(&self) {
        if let Some(items) = &self.items {
            drop(items.take());
        }
    }
}
