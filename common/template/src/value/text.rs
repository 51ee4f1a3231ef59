//! Texts: byte strings that are shared and wiped.

use std::cmp::Ordering;
use std::ops::Deref;
use std::rc::Rc;

use zeroize::Zeroizing;

/// A text: bytes, usually UTF-8, shared and wiped with the last of its holders.
#[derive(Clone, Default)]
pub(crate) struct Text(Rc<Zeroizing<Vec<u8>>>);

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Text(Rc::new(Zeroizing::new(bytes)))
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl std::borrow::Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    /// By bytes, as Go compares texts.
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(other)
    }
}
