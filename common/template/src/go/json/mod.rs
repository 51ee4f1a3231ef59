//! `encoding/json`: the grammar, and how texts and numbers look.

mod float;
mod lexeme;
mod quote;
mod scanner;
mod unquote;

pub(crate) use float::float;
pub(crate) use quote::quote_to;
pub(crate) use scanner::{Event, Scanner};
