//! Files and folders: which there are, where each goes, what became of it.

pub(crate) mod existing;
pub(crate) mod plan;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod sealed;
pub(crate) mod walk;
