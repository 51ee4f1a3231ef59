//! What the end-to-end tests and the benchmark share.
//!
//! - [`client`] finds or builds the binary under test and gives it the name that it is called by.
//! - [`upstream`] builds the real kubeseal 0.40.0 from its Go module, once a machine.
//! - [`golden`] replays transcripts of the real kubeseal against either of them.
//! - [`secrets`] makes Secrets with random content.
//! - [`process`] runs a program to its end, with a deadline.

pub mod client;
pub mod golden;
pub mod process;
pub mod secrets;
pub mod upstream;
