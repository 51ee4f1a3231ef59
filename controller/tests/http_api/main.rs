//! The HTTP servers over real sockets: every status code, the limits, and what hostile clients get.

mod endpoints;
mod hostile;
mod limits;
mod support;
