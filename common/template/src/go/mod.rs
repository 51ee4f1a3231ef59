//! The parts of Go's standard library that templates show: how it prints, quotes, reads numbers, dates and patterns.
//! Over bytes and numbers, knowing no template and none of its
//! values; what works long or makes much is handed the budget.

pub(crate) mod backslash;
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
