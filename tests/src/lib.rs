//! What the end-to-end tests and the benchmark share.
//!
//! - [`client`] and [`controller`] find or build the binaries under test.
//! - [`upstream`] builds the real kubeseal and controller 0.40.0 from their Go modules, once a machine, and
//!   [`kubernetes`] a control plane; both by [`go_module`].
//! - [`cluster`] is a real API server for tests, and programs that run as if in a Pod of it.
//! - [`golden`] replays transcripts of the real kubeseal against either of them.
//! - [`secrets`] makes Secrets with random content.
//! - [`process`] runs a program to its end, with a deadline.
//! - [`api_server`] is a scripted API server, with TLS and proxies, and a controller behind it.
//! - [`workspace`] is a folder of its own for runs of the client, with what they said and changed there.
//! - [`templates`] asks our templates and Go's the same questions.
//! - [`terminal`] is a pseudo-terminal.

pub mod api_server;
mod cargo;
pub mod client;
pub mod cluster;
pub mod controller;
pub mod go_module;
pub mod golden;
pub mod kubernetes;
pub mod process;
pub mod secrets;
pub mod templates;
pub mod terminal;
pub mod upstream;
pub mod workspace;
