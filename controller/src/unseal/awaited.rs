//! What the process waits for before it calls itself ready.

use std::collections::HashSet;

use tokio::sync::watch;

/// The first lists, which the process waits for before it calls itself ready. A refusal is an answer, too: one namespace
/// that was not granted must not keep the others waiting.
pub(super) struct Awaited {
    objects: HashSet<Option<String>>,
    secrets: HashSet<Option<String>>,
    watching: watch::Sender<bool>,
}

impl Awaited {
    pub(super) fn new(scopes: &[Option<String>], secrets: bool, watching: watch::Sender<bool>) -> Self {
        let all: HashSet<_> = scopes.iter().cloned().collect();
        let secrets = if secrets { all.clone() } else { HashSet::new() };
        Self { objects: all, secrets, watching }
    }

    pub(super) fn objects_answered(&mut self, scope: &Option<String>) {
        self.objects.remove(scope);
        self.tell();
    }

    pub(super) fn secrets_answered(&mut self, scope: &Option<String>) {
        self.secrets.remove(scope);
        self.tell();
    }

    fn tell(&self) {
        let complete = self.objects.is_empty() && self.secrets.is_empty();
        self.watching.send_if_modified(|watching| complete && !std::mem::replace(watching, true));
    }
}
