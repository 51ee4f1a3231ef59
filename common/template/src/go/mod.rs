//! The parts of Go's standard library that templates show: how it prints, quotes, reads numbers, dates and patterns.
//! Pure functions over bytes, knowing no template.

pub(crate) mod base32;
pub(crate) mod base64;
pub(crate) mod escape;
pub(crate) mod float;
pub(crate) mod json;
pub(crate) mod number;
pub(crate) mod quote;
pub(crate) mod regexp;
pub(crate) mod time;
pub(crate) mod unicode;
pub(crate) mod url;
