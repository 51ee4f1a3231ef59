//! Values and how they are held.

use crate::value::{Elements, List, Map, MapKind, Value};

/// A value as a field, a variable or the dot holds it.
#[derive(Clone, Default)]
pub(super) struct Held {
    pub(super) value: Value,
    /// Held as an `interface {}`: the item of a list or dictionary of anything. Go's errors about fields then name that
    /// type in place of the value's own. A pipeline takes the value out of it.
    interface: bool,
}

impl Held {
    /// A value held by its own type.
    pub(super) fn own(value: Value) -> Self {
        Held { value, interface: false }
    }

    /// An item of that list.
    pub(super) fn item_of(list: &List, value: Value) -> Self {
        Held { value, interface: list.elements() == Elements::Any }
    }

    /// An item of that dictionary.
    pub(super) fn entry_of(map: &Map, value: Value) -> Self {
        Held { value, interface: map.kind() == MapKind::Any }
    }

    /// The type that errors about its fields name.
    pub(super) fn type_name(&self) -> &'static str {
        match self.value.type_of() {
            Some(of) if !self.interface => of.name(),
            _ => "interface {}",
        }
    }
}
