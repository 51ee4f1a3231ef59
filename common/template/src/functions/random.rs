use crate::functions::Function;

pub(crate) const FUNCTIONS: &[Function] = &[];
