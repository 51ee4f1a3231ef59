use crate::functions::Function;

pub(crate) const FUNCTIONS: &[Function] = &[];

/// A version as Masterminds/semver 3 reads it.
pub(crate) struct Version {}
