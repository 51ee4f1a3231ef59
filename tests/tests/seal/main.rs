//! What the client does under its own name, end to end: message, exit status, and the files before and after.
//!
//! Every run of [`Workspace`](sealed_secrets_tests::workspace::Workspace) fails its test if a piece of a Secret's
//! value is told anywhere but in what was asked to be opened.

#[cfg(test)]
mod about;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod certificate;
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod existing;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod interrupt;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod kubeconfig;
#[cfg(test)]
mod large;
#[cfg(test)]
mod links;
#[cfg(test)]
mod merge_into;
#[cfg(test)]
mod output;
#[cfg(test)]
mod re_encrypt;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod render;
#[cfg(test)]
mod report;
#[cfg(test)]
mod screen;
#[cfg(test)]
mod unseal;
