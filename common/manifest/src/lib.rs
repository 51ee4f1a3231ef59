//! Kubernetes manifests in YAML and JSON as Go reads and prints them, and edits that leave every other byte alone.
//!
//! Users of kubectl and kubeseal know YAML as Go knows it: YAML 1.1's booleans and octal numbers, documents cut at
//! every line `---`, keys in natural order, texts folded at 80 columns. This crate does the same, and names what Go
//! passes in silence. It knows nothing of Kubernetes' types and of secrets; still every text that it owns is wiped
//! when dropped, and neither an error nor a `Debug` shows a value.
//!
//! - [`decode`]: the bytes of a file as text
//! - [`documents`], [`Document::parse`]: text as [`Value`]s with their places in it
//! - [`print_yaml`], [`print_json`]: values as text
//! - [`edit`]: changes of a text in place
//!
//! ```
//! use manifest::{Limits, decode, documents, print_yaml};
//!
//! let limits = Limits::default();
//! let bytes = b"kind: Secret\nstringData: {mode: 0755, on: yes}\n";
//! let text = decode(bytes)?;
//! for document in documents(&text, &limits) {
//!     let parsed = document?.parse(&limits)?;
//!     let data = parsed.value.get("stringData").unwrap();
//!     assert_eq!(data.get("mode").unwrap().to_text().unwrap(), "493");
//!     assert_eq!(data.get("true").unwrap().to_text().unwrap(), "true");
//!
//!     let mut out = String::new();
//!     print_yaml(&parsed.value, &mut out);
//!     assert_eq!(out, "---\nkind: Secret\nstringData:\n  mode: 493\n  \"true\": true\n");
//! }
//! # Ok::<(), manifest::Error>(())
//! ```

mod changes_as_text;
mod decode;
mod documents;
pub mod edit;
mod error;
mod field_name;
mod float;
mod json_value;
mod limits;
mod lines;
mod mapping;
mod note;
mod print;
mod read;
mod resolve;
mod text;
mod timestamp;
mod value;

pub use decode::decode;
pub use documents::{Document, Documents, Format, Parsed, documents};
pub use error::{Error, ErrorKind};
pub use field_name::same_field;
pub use limits::Limits;
pub use mapping::{Entry, Mapping};
pub use note::Note;
pub use print::{print_json, print_yaml};
pub use text::Text;
pub use value::{Node, Span, Value};
