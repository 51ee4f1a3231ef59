//! What runs.

use tokio::signal::unix::{SignalKind, signal};

use crate::settings::{Note, Settings};

/// Runs the controller until SIGTERM or SIGINT.
///
/// # Errors
/// What keeps it from starting.
pub async fn run(settings: Settings, notes: &[Note]) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tracing::info!(version = crate::VERSION, "Starting sealed-secrets controller");
    notes.iter().for_each(Note::log);
    tracing::debug!(namespace = settings.own_namespace, "Keys are kept in this namespace");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
