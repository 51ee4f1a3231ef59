//! What functions work with: the budget, the clock, randomness, and the heap that every list and dictionary lives on.

use std::collections::BTreeMap;

use crate::budget::Budget;
use crate::entropy::Entropy;
use crate::failure::Failure;
use crate::go::regexp::Regexp;
use crate::go::time::Time;
use crate::value::{Elements, List, Map, MapKind, Text, Value};

/// What a text takes beside its bytes.
const TEXT: usize = 64;

/// What a list takes beside its items, with its place among all lists of the run.
pub(crate) const LIST: usize = 128;

/// What an empty dictionary takes.
const MAP: usize = 128;

/// One template's run.
pub(crate) struct Machine<'a> {
    pub(crate) budget: &'a mut Budget,
    pub(crate) entropy: &'a mut dyn Entropy,
    /// The time of the run: the same for every `now` in it.
    pub(crate) now: Time,
    /// The regular expressions of the run, each compiled once.
    pub(crate) patterns: BTreeMap<Text, Regexp>,
    lists: Vec<List>,
    maps: Vec<Map>,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(budget: &'a mut Budget, entropy: &'a mut dyn Entropy, now: Time) -> Self {
        Self { budget, entropy, now, patterns: BTreeMap::new(), lists: Vec::new(), maps: Vec::new() }
    }

    /// A text, paid for. What can be much longer than what it is made of is paid for (`budget.make`) before it is
    /// allocated, and then wrapped by [`Value::text`].
    pub(crate) fn text(&mut self, bytes: impl Into<Vec<u8>>) -> Result<Value, Failure> {
        let bytes = bytes.into();
        self.budget.make(bytes.len().saturating_add(TEXT))?;
        Ok(Value::Text(Text::from(bytes)))
    }

    /// A list, paid for.
    pub(crate) fn list(&mut self, elements: Elements, items: Vec<Value>) -> Result<List, Failure> {
        self.budget.make(LIST + 64 * items.len())?;
        let list = List::new(elements, items);
        self.lists.push(list.clone());
        Ok(list)
    }

    /// A list that is paid for already: [`LIST`], and 64 bytes for each of its items.
    pub(crate) fn paid_list(&mut self, elements: Elements, items: Vec<Value>) -> List {
        let list = List::new(elements, items);
        self.lists.push(list.clone());
        list
    }

    /// A `[]uint8`, paid for.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<Value, Failure> {
        self.budget.make(bytes.len().saturating_add(1).saturating_mul(64))?;
        let items = bytes.iter().copied().map(Value::Uint8).collect();
        Ok(Value::List(self.paid_list(Elements::Byte, items)))
    }

    /// An empty dictionary, paid for; [`Map::set`] pays for its items.
    pub(crate) fn map(&mut self, kind: MapKind) -> Result<Map, Failure> {
        self.budget.make(MAP)?;
        let map = Map::new(kind);
        self.maps.push(map.clone());
        Ok(map)
    }
}

impl Drop for Machine<'_> {
    /// A dictionary can hold itself, and a list a list a million deep: emptied one by one while all of them are still
    /// held here, none is left behind and no destructor calls itself.
    fn drop(&mut self) {
        for list in &self.lists {
            list.empty();
        }
        for map in &self.maps {
            map.empty();
        }
    }
}
