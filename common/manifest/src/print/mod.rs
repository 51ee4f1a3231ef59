//! From values to text.

mod json;
mod natural_order;
mod scalar;
mod yaml;

pub use json::print_json;
pub(crate) use json::{write_json, write_json_text};
pub(crate) use scalar::{Style, double_quoted, is_plain_in_flow, single_quoted, style};
pub use yaml::print_yaml;
pub(crate) use yaml::write_entries;
