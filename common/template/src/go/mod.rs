//! The parts of Go's standard library that templates show: how it prints, quotes, reads numbers, dates and patterns.
//! Pure functions over bytes, knowing no template.

<<<<<<< HEAD
pub(crate) mod escape;
=======
pub(crate) mod float;
pub(crate) mod number;
pub(crate) mod quote;
>>>>>>> format
pub(crate) mod time;
pub(crate) mod url;
