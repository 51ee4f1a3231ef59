//! What the end-to-end tests and the benchmark share.
//!
//! - [`client`] finds or builds the binary under test and gives it the name that it is called by.
//! - [`upstream`] builds the real kubeseal 0.40.0 from its Go module, once a machine.
//! - [`golden`] replays transcripts of the real kubeseal against either of them.
//! - [`secrets`] makes Secrets with random content.
//! - [`process`] runs a program to its end, with a deadline.
//! - [`api_server`] is a scripted API server, with TLS and proxies, and a controller behind it.
//! - [`workspace`] is a folder of its own for runs of the client, with what they said and changed there.
//! - [`terminal`] is a pseudo-terminal.

pub mod api_server;
pub mod client;
pub mod golden;
pub mod process;
pub mod secrets;
pub mod terminal;
pub mod upstream;
pub mod workspace;
