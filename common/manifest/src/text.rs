use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use zeroize::Zeroizing;

/// A piece of text that may be secret: it has no `Display`, its `Debug` shows the length only, and what it owns
/// is wiped when it is dropped.
///
/// Compared, ordered and hashed by its characters, whoever owns them.
#[derive(Clone)]
pub enum Text<'t> {
    /// Characters of the input as they stand there.
    Borrowed(&'t str),
    /// Characters that had to be made: an escape, a folded line, a copy.
    Owned(Zeroizing<String>),
}

impl Text<'_> {
    /// The same text, owned.
    pub fn into_owned(self) -> Text<'static> {
        match self {
            Text::Borrowed(text) => Text::Owned(Zeroizing::new(text.to_owned())),
            Text::Owned(text) => Text::Owned(text),
        }
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Owned(text) => text,
        }
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<'t> From<&'t str> for Text<'t> {
    fn from(text: &'t str) -> Self {
        Text::Borrowed(text)
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Text::Owned(Zeroizing::new(text))
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text<'_> {}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "text of {} bytes", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_shows_its_length_only() {
        let owned = Text::from("hunter2".to_owned());
        assert_eq!(format!("{owned:?}"), "text of 7 bytes");
        assert_eq!(format!("{:?}", Text::Borrowed("hunter2")), "text of 7 bytes");
    }

    #[test]
    fn who_owns_the_characters_makes_no_difference() {
        let owned = Text::Borrowed("b").into_owned();
        assert_eq!(owned, Text::Borrowed("b"));
        assert!(owned > Text::Borrowed("a"));
        assert!(owned == *"b" && owned == "b");
        let set = std::collections::HashSet::from([owned]);
        assert!(set.contains(&Text::Borrowed("b")));
    }
}
