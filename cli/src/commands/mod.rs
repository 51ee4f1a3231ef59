//! What the program does, one file a command.

pub(crate) mod about;
pub(crate) mod fetch_certificate;
pub(crate) mod generate_keys;
pub(crate) mod merge;
pub(crate) mod recover;
pub(crate) mod seal;
pub(crate) mod seal_paths;
pub(crate) mod seal_raw;
pub(crate) mod show_certificate;
pub(crate) mod unseal_paths;
