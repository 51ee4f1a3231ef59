//! When Secrets come, seen by a watch: asking for them would keep the API server busy.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sealed_secrets_tests::cluster::{Api, Namespace, Watch};

/// The Secrets of one namespace and when each came. A thread follows them until the API server ends.
#[derive(Clone)]
pub(crate) struct Arrivals(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    present: HashMap<String, Instant>,
    last: Option<Instant>,
    broken: Option<String>,
}

impl Arrivals {
    pub(crate) fn follow(api: &Api, namespace: &Namespace) -> Result<Self> {
        let watch = api.watch(&namespace.secrets())?;
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        thread::spawn(move || theirs.note(watch));
        Ok(Self(shared))
    }

    /// When this Secret came, later than `since`; waits for it.
    pub(crate) fn of(&self, name: &str, since: Instant, limit: Duration) -> Result<Instant> {
        self.wait(limit, |state| state.present.get(name).filter(|came| **came > since).copied())
            .with_context(|| format!("the Secret {name}"))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.state().present.len()
    }

    /// When the last one came, once there are so many; waits for that.
    pub(crate) fn all(&self, count: usize, limit: Duration) -> Result<Instant> {
        self.wait(limit, |state| {
            (state.present.len() == count).then(|| state.last.unwrap_or_else(Instant::now))
        })
        .with_context(|| format!("{count} Secrets, there are {}", self.count()))
    }

    fn wait<T>(&self, limit: Duration, found: impl Fn(&State) -> Option<T>) -> Result<T> {
        let deadline = Instant::now() + limit;
        let mut state = self.state();
        loop {
            if let Some(value) = found(&state) {
                return Ok(value);
            }
            if let Some(broken) = &state.broken {
                bail!("{broken}");
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("it did not come within {limit:?}");
            }
            state = self.0.news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn note(&self, watch: Watch) {
        for change in watch {
            let now = Instant::now();
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            match change {
                Ok(change) if change.kind == "DELETED" => {
                    state.present.remove(&change.name);
                }
                Ok(change) if change.kind == "ADDED" => {
                    state.present.insert(change.name, now);
                    state.last = Some(now);
                }
                Ok(_) => {}
                Err(error) => {
                    state.broken = Some(format!("{error:#}"));
                    break;
                }
            }
            self.news.notify_all();
        }
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .broken
            .get_or_insert_with(|| "the watch of Secrets has ended".to_owned());
        self.news.notify_all();
    }
}
