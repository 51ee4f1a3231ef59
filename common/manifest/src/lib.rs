//! Kubernetes manifests in YAML and JSON as Go reads and prints them, and edits that leave every other byte alone.

mod decode;
mod documents;
pub mod edit;
mod error;
mod float;
mod json_value;
mod limits;
mod lines;
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
pub use limits::Limits;
pub use note::Note;
pub use print::{print_json, print_yaml};
pub use text::Text;
pub use value::{Entry, Mapping, Node, Span, Value};
