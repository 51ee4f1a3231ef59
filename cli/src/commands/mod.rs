//! What the program does, one file a command.

pub(crate) mod about;
pub(crate) mod check_templates;
pub(crate) mod clear_conditions;
pub(crate) mod fetch_certificate;
pub(crate) mod generate_keys;
pub(crate) mod merge;
pub(crate) mod re_encrypt;
pub(crate) mod re_encrypt_paths;
pub(crate) mod recover;
pub(crate) mod render;
pub(crate) mod seal;
pub(crate) mod seal_paths;
pub(crate) mod seal_raw;
pub(crate) mod show_certificate;
pub(crate) mod unseal_paths;
pub(crate) mod validate;
pub(crate) mod validate_paths;
