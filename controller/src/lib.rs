//! The controller of Sealed Secrets.
//!
//! It holds the sealing keys of one cluster, publishes their certificate, and turns each SealedSecret into the
//! Secret of the same name and namespace. `main` says who runs, [`run`] says what runs.
//!
//! ```text
//! args -> settings -> run -+- key_registry   Secrets of the controller's namespace -> key ring; rotation
//!                          +- unseal         watch -> queue -> reconcile -> plan -> apply -> status, event
//!                          +- http           certificate, verify, reseal, health; metrics on a port of their own
//! ```

pub mod allocator;
mod api_client;
pub mod api_error;
pub mod api_secret;
pub mod args;
mod back_off;
pub mod cluster;
pub mod crd;
pub mod events;
mod exchange;
pub mod fair_queue;
pub mod flag_reference;
pub mod http;
pub mod key_guard;
pub mod key_registry;
pub mod keys;
mod limiter;
pub mod metrics;
pub mod opener;
pub mod outage;
pub mod process_limits;
mod rate_limit;
pub mod run;
pub mod settings;
pub mod telemetry;
pub mod unseal;

/// The version of this program, as `--version`, the first line of the log and the metric `build_info` tell it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
