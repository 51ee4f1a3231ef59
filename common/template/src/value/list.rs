use std::cell::RefCell;
use std::rc::Rc;

use zeroize::Zeroizing;

use crate::value::{Address, Value};

/// What a slice's items are declared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elements {
    /// `[]interface {}`: an item that is nil is [`Value::Nil`].
    Any,
    /// `[]string`.
    String,
    /// `[]int`.
    Int,
    /// `[]uint8`.
    Byte,
    /// `[][]interface {}`.
    List,
}

/// A slice: a window on items that several slices may share, or nil.
///
/// Made by [`Machine::list`](crate::machine::Machine::list) only, or nil.
#[derive(Clone)]
pub(crate) struct List {
    elements: Elements,
    items: Option<Rc<RefCell<Vec<Value>>>>,
    start: usize,
    end: usize,
}

impl List {
    pub(crate) fn new(elements: Elements, items: Vec<Value>) -> Self {
        let end = items.len();
        List { elements, items: Some(Rc::new(RefCell::new(items))), start: 0, end }
    }

    /// A nil slice: JSON prints it as null.
    pub(crate) fn nil(elements: Elements) -> Self {
        List { elements, items: None, start: 0, end: 0 }
    }

    pub(crate) fn is_nil(&self) -> bool {
        self.items.is_none()
    }

    pub(crate) fn elements(&self) -> Elements {
        self.elements
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn get(&self, index: usize) -> Option<Value> {
        if index >= self.len() {
            return None;
        }
        self.items.as_ref()?.borrow().get(self.start + index).cloned()
    }

    /// The items, cloned one by one as they are asked for: what is done meanwhile may change the list.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = Value> + ExactSizeIterator + '_ {
        (0..self.len()).map(|index| self.get(index).unwrap_or_default())
    }

    /// All items, cloned.
    pub(crate) fn to_vec(&self) -> Vec<Value> {
        self.iter().collect()
    }

    /// The bytes of a `[]uint8`, copied.
    pub(crate) fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let byte = |item| match item {
            Value::Uint8(byte) => Some(byte),
            _ => None,
        };
        Zeroizing::new(self.iter().filter_map(byte).collect())
    }

    /// A slice of the same items; `None` beyond its ends.
    pub(crate) fn slice(&self, start: usize, end: usize) -> Option<List> {
        (start <= end && end <= self.len()).then(|| List {
            start: self.start + start,
            end: self.start + end,
            ..self.clone()
        })
    }

    /// A slice of the same items, as Go's capacity allows it: it may reach over the end, as far as there are items.
    pub(crate) fn reslice(&self, start: usize, end: usize) -> Option<List> {
        let items = self.items.as_ref()?.borrow().len();
        let (start, end) = (self.start.checked_add(start)?, self.start.checked_add(end)?);
        (start <= end && end <= items).then(|| List { start, end, ..self.clone() })
    }

    /// Replaces an item in place; whoever shares it sees it.
    pub(crate) fn set(&self, index: usize, item: Value) {
        if index >= self.len() {
            return;
        }
        if let Some(items) = &self.items
            && let Some(place) = items.borrow_mut().get_mut(self.start + index)
        {
            *place = item;
        }
    }

    /// Replaces all items in place; whoever shares them sees it. The length must stay.
    pub(crate) fn replace(&self, items: Vec<Value>) {
        if let Some(shared) = &self.items {
            let mut shared = shared.borrow_mut();
            for (place, item) in shared.iter_mut().skip(self.start).take(self.len()).zip(items) {
                *place = item;
            }
        }
    }

    /// Whether both are the same window on the same items.
    pub(crate) fn is_same(&self, other: &List) -> bool {
        match (&self.items, &other.items) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b) && self.start == other.start && self.end == other.end,
            (a, b) => a.is_none() && b.is_none(),
        }
    }

    pub(crate) fn address(&self) -> Address {
        (self.items.as_ref().map_or(0, |items| Rc::as_ptr(items).addr()), self.start, self.len())
    }

    /// At the end of a run.
    pub(crate) fn empty(&self) {
        if let Some(items) = &self.items {
            drop(items.take());
        }
    }
}
