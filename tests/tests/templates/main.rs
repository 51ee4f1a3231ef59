//! Our templates in a process of their own: beside Go's, and against what would hurt.
//!
//! `TEMPLATE_ROUNDS=10000` makes so many rounds beside Go, of a new seed; `TEMPLATE_SEED` repeats some (each run prints its
//! seed), `TEMPLATE_TEXTS=1` prints where only the text of an error is another one.

mod beside_go;
mod hostile;
mod recorded;

use std::path::PathBuf;
use std::time::Duration;

use sealed_secrets_tests::templates::peer::Peer;

/// Our engine as a program.
fn render_lines() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_render-lines"))
}

fn ours() -> Peer {
    Peer::ours(render_lines(), None, Duration::from_secs(120))
}
