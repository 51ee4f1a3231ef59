//! Edits of a document by byte spans: comments, line ends, quotes, order and indentation of all that is not edited
//! stay as they are, in YAML (block and flow) and in JSON.
//!
//! ```
//! use manifest::{Limits, documents, edit::Edits};
//!
//! let text = "spec:\n  a: old # why\n  b: 'x'\n";
//! let limits = Limits::default();
//! let document = documents(text, &limits).next().unwrap()?;
//! let mut edits = Edits::new(text, &document, &limits)?;
//! edits.set_text(&["spec", "a"], "new")?;
//! edits.set_text(&["metadata", "annotations", "k"], "v")?;
//! assert_eq!(
//!     edits.finish()?,
//!     "spec:\n  a: new # why\n  b: 'x'\nmetadata:\n  annotations:\n    k: v\n"
//! );
//! # Ok::<(), manifest::Error>(())
//! ```

mod block;
mod change;
mod flow;
mod layout;
mod splice;

use std::ops::Range;

use crate::{Document, Error, ErrorKind, Format, Limits, Mapping, Node, Text, Value, documents};

use change::Changes;
use layout::Layout;

/// Changes to one document of a text, made all at once by [`Edits::finish`].
///
/// Paths are keys from the root of the document; they lead through mappings only.
#[derive(Debug)]
pub struct Edits<'t> {
    text: &'t str,
    document: Document<'t>,
    limits: Limits,
    original: Value<'t>,
    intended: Value<'t>,
}

impl<'t> Edits<'t> {
    /// Begins with no change to a document of this text.
    ///
    /// # Errors
    /// A document that cannot be read, or that is not of this text.
    pub fn new(text: &'t str, document: &Document<'t>, limits: &Limits) -> Result<Self, Error> {
        let range = document.offset()..document.offset() + document.text().len();
        if text.get(range) != Some(document.text()) {
            return Err(refused(&[], "the document is not of this text"));
        }
        let original = document.parse(limits)?.value;
        Ok(Edits { text, document: *document, limits: *limits, intended: original.clone(), original })
    }

    /// The document as it will be.
    pub fn value(&self) -> &Value<'t> {
        &self.intended
    }

    /// Makes the value at a path this text, whatever it was. A key that is not there is added at the end of its
    /// mapping; mappings on the way that are not there, or are null, are made.
    ///
    /// # Errors
    /// A path that leads through a text, a number or a list.
    pub fn set_text(&mut self, path: &[&str], text: impl Into<Text<'t>>) -> Result<(), Error> {
        self.set(path, Value::text(text))
    }

    /// The same for any value.
    ///
    /// # Errors
    /// A path that leads through a text, a number or a list.
    pub fn set(&mut self, path: &[&str], value: Value<'t>) -> Result<(), Error> {
        let Some((last, parents)) = path.split_last() else {
            return Err(refused(path, "the whole document cannot be set"));
        };
        let mut at = &mut self.intended;
        for key in parents {
            let mapping = mapping_of(at).ok_or_else(|| refused(path, "the way leads through no mapping"))?;
            if mapping.get(key).is_none() {
                mapping.push((*key).to_owned(), Mapping::new().into());
            }
            at = mapping.get_mut(key).ok_or_else(|| refused(path, "the key is not there"))?;
        }
        let mapping = mapping_of(at).ok_or_else(|| refused(path, "the way leads through no mapping"))?;
        mapping.insert((*last).to_owned(), value);
        Ok(())
    }

    /// Takes a key and its value out; `false` if it is not there.
    pub fn remove(&mut self, path: &[&str]) -> bool {
        let Some((last, parents)) = path.split_last() else { return false };
        let mut at = &mut self.intended;
        for key in parents {
            match at.as_mapping_mut().and_then(|mapping| mapping.get_mut(key)) {
                Some(next) => at = next,
                None => return false,
            }
        }
        at.as_mapping_mut().is_some_and(|mapping| mapping.remove(last).is_some())
    }

    /// The whole text with the changes made.
    ///
    /// # Errors
    /// A change that cannot be made by itself: behind an alias or a merge key, or where the text is laid out in a
    /// way that this module does not know. The result is read again before it is returned, so it always holds what
    /// was asked for and nothing else.
    pub fn finish(self) -> Result<String, Error> {
        let (range, replacement) = self.replacement()?;
        let mut whole = String::with_capacity(self.text.len() + replacement.len());
        whole.push_str(&self.text[..range.start]);
        whole.push_str(&replacement);
        whole.push_str(&self.text[range.end..]);
        Ok(whole)
    }

    /// The bytes of the document within the whole text and what takes their place: for many documents of one text,
    /// each edited and put together by the caller.
    ///
    /// # Errors
    /// As [`Edits::finish`].
    pub fn replacement(&self) -> Result<(Range<usize>, String), Error> {
        let old = self.document.text();
        let range = self.document.offset()..self.document.offset() + old.len();
        if self.original == self.intended {
            return Ok((range, old.to_owned()));
        }
        let json = self.document.format() == Format::Json;
        let mut changes = Changes::new(self.text, Layout::new(self.text, &self.original, json));
        changes.between(&self.original, &self.intended)?;
        let new = splice::apply(old, range.start, changes.splices())
            .ok_or_else(|| refused(&[], "the changes overlap"))?;
        let mut again = documents(&new, &self.limits);
        let read = again.next().and_then(Result::ok).and_then(|document| document.parse(&self.limits).ok());
        if again.next().is_some() || read.is_none_or(|read| read.value != self.intended) {
            return Err(refused(&[], "the change cannot be made without touching something else")
                .in_document(self.document.number()));
        }
        Ok((range, new))
    }
}

/// The mapping that a value is, or becomes if it is null.
fn mapping_of<'v, 't>(value: &'v mut Value<'t>) -> Option<&'v mut Mapping<'t>> {
    if value.is_null() {
        value.node = Node::Mapping(Mapping::new());
    }
    value.as_mapping_mut()
}

fn refused(path: &[&str], problem: &'static str) -> Error {
    let path = if path.is_empty() { "edit".to_owned() } else { path.join(".") };
    Error::new(ErrorKind::Edit { path, problem })
}
