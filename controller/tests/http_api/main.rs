//! The HTTP servers over real sockets: every status code, the limits, and what hostile clients get.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod endpoints;
mod floods;
mod hostile;
mod limits;
mod support;
