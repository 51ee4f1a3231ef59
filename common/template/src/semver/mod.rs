//! Masterminds/semver 3: versions, which is greater, and the constraints that they satisfy.

pub(crate) mod constraint;

mod comparison;
mod hyphen;
mod order;
mod pattern;
mod version;

pub(crate) use order::compare;
pub(crate) use version::{Parts, Version, ascii, check_metadata, check_prerelease};
