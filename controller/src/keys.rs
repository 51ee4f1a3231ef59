//! The sealing keys at one moment, as a value that readers share.

use std::sync::Arc;

use sealed_secrets::sealing::{Certificate, Fingerprint, KeyRing};
use tokio::sync::watch;

use crate::settings::KeyOrder;

/// All usable keys at one moment: an immutable value that readers share.
#[derive(Debug, Default)]
pub struct Keys {
    /// Every key that may open, newest first.
    pub ring: Arc<KeyRing>,
    /// What is known of each key, in the order of the ring.
    pub known: Vec<KnownKey>,
    /// The certificate to seal with; none as long as there is no key that may seal.
    pub active: Option<Certificate>,
    /// Names of labelled Secrets that hold no usable key.
    pub bad: Vec<String>,
    /// Names of Secrets that were made from SealedSecrets, and are no keys whatever they hold.
    pub refused: Vec<String>,
    /// Whether there was a key to seal with at some time in this process.
    pub was_ready: bool,
    /// Counts up with every change of the set of keys in this process; 0 before the first list.
    pub version: u64,
}

impl Keys {
    /// Whether the controller can do its work: keys were listed, and one seals.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.version > 0 && self.active.is_some()
    }

    /// The key whose certificate is [`active`](Self::active): the newest that seals.
    #[must_use]
    pub fn active_key(&self) -> Option<&KnownKey> {
        self.known.iter().find(|key| key.seals)
    }
}

/// What is known of a key beside its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownKey {
    /// Name of the Secret that holds it.
    pub secret: String,
    /// uid of that Secret.
    pub uid: String,
    /// Names the key.
    pub fingerprint: Fingerprint,
    /// Creation of the Secret, Unix seconds.
    pub created: i64,
    /// Validity of the certificate, Unix seconds; none without a readable certificate.
    pub validity: Option<(i64, i64)>,
    /// Whether it may seal (its certificate fits, and begins at most five minutes ahead).
    pub seals: bool,
}

impl KnownKey {
    /// The time by which keys are put in order, Unix seconds; of a key without certificate that of its Secret.
    #[must_use]
    pub fn time(&self, order: KeyOrder) -> i64 {
        match (order, self.validity) {
            (KeyOrder::CertificateNotBefore, Some((begins, _))) => begins,
            _ => self.created,
        }
    }
}

/// Readers take snapshots and wait for changes.
#[derive(Clone, Debug)]
pub struct KeyReader(watch::Receiver<Arc<Keys>>);

impl KeyReader {
    /// A reader of what the sender publishes.
    #[must_use]
    pub fn new(receiver: watch::Receiver<Arc<Keys>>) -> Self {
        Self(receiver)
    }

    /// The keys of this moment.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Keys> {
        Arc::clone(&self.0.borrow())
    }

    /// Waits for the next change; ends when there will be none.
    pub async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}
