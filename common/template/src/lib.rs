//! Go's `text/template` with sprig's functions, as `spec.template.data` of a SealedSecret is rendered.
//!
//! Texts are byte strings, as in Go: a binary value passes through, is measured, encoded and printed byte by byte.
//! The answers are those of Go 1.26 with sprig 3.3.0's generic function map without `env`, `expandenv` and
//! `getHostByName`: what upstream's controller 0.40.0 links. A template is somebody else's program, so it runs within
//! a [`Budget`]; the clock and the source of randomness are arguments. Nothing here reads the environment, a file, the
//! network or the host's time zone: Local is UTC.
//!
//! Errors never hold a value: what Go would quote is replaced by [`WITHHELD`].

mod budget;
mod entropy;
mod error;
mod failure;
mod format;
mod functions;
mod go;
mod machine;
mod run;
mod semver;
mod syntax;
mod template;
#[cfg(test)]
mod testing;
mod value;

pub use budget::{Budget, Limits};
pub use entropy::Entropy;
pub use error::{ParseError, RenderError};
pub use failure::{Cap, WITHHELD};
pub use functions::names as function_names;
pub use template::{Dot, Named, Output, Surroundings, Template};
