//! Templates, ours and Go's side by side.
//!
//! - [`lines`] is what both programs read and write: a question a line, an answer a line.
//! - [`peer`] is one such program: `render-lines` with our engine, `tools/template-oracle` with Go's.
//! - [`verdict`] compares two answers.
//! - [`corpus`] reads the recorded answers of Go.
//! - [`generator`] makes templates and values, and [`shrink`] makes them small where the answers differ.

pub mod corpus;
pub mod generator;
pub mod lines;
pub mod peer;
pub mod shrink;
pub mod tokens;
pub mod verdict;
