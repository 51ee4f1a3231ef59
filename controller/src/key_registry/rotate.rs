//! Makes keys: writes a key Secret, which the ring learns of as of any other.

use std::sync::Arc;
use std::time::Duration;

use sealed_secrets::sealing::{Certificate, KeyError, SealingKey};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use super::Clock;
use super::load::{load, read_all};
use super::new_secret;
use super::requests::{self, Which};
use super::rotation::{ActiveKey, Due, EMPTIED_GRACE, KeySecrets, Situation, due};
use crate::api_error::{ApiError, ApiErrorKind};
use crate::back_off::BackOff;
use crate::cluster::Cluster;
use crate::keys::{KeyReader, Keys, KnownKey};
use crate::settings::{KeyOrder, KeySettings};

/// Pause between tries at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often the clock is looked at: it may jump.
const TICK: Duration = Duration::from_secs(60);

/// How long the ring may take to learn of a key that was written. Afterwards the same question is asked again,
/// and the same name answers it.
const UNTIL_SEEN: Duration = Duration::from_secs(90);

/// How many names are tried at once. Names of keys that were retired stay taken, and nobody retires so many
/// in a row.
const ATTEMPTS: u32 = 16;

/// Makes keys when they are due.
pub(super) struct Rotator {
    cluster: Cluster,
    settings: KeySettings,
    clock: Clock,
    reader: KeyReader,
    requests: watch::Receiver<u64>,
    served: u64,
    list_now: Arc<Notify>,
    /// A key that was generated and not written yet.
    prepared: Option<SealingKey>,
    /// Name of the last Secret that came of this, and when.
    made: Option<(String, i64)>,
    had_keys: bool,
    emptied: Option<i64>,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
enum MakeError {
    #[error("the key could not be generated: {0}")]
    Key(#[from] KeyError),
    #[error("the key could not be generated: the task ended early")]
    Ended,
    #[error("{}{}", .error.for_log(), grant(.error))]
    Request {
        #[from]
        error: ApiError,
    },
    #[error("{ATTEMPTS} names are taken by Secrets that are no newer key")]
    Names,
}

impl Rotator {
    pub(super) fn new(
        cluster: Cluster,
        settings: KeySettings,
        clock: Clock,
        reader: KeyReader,
        requests: watch::Receiver<u64>,
        list_now: Arc<Notify>,
    ) -> Self {
        Self {
            cluster,
            settings,
            clock,
            reader,
            requests,
            served: 0,
            list_now,
            prepared: None,
            made: None,
            had_keys: false,
            emptied: None,
        }
    }

    /// Never ends by itself.
    pub(super) async fn run(mut self) {
        let mut back_off = BackOff::up_to(LONGEST_PAUSE);
        loop {
            let keys = self.reader.snapshot();
            let now = (self.clock)();
            self.refuse_requests(&keys);
            if let Some(name) = self.written_after_all(&keys) {
                tracing::info!(namespace = self.cluster.own_namespace(), name, "New key written");
                self.done(name, now);
                back_off.reset();
                continue;
            }
            let situation = self.situation(&keys, now);
            let due = due(&self.settings, situation);
            if !matches!(due, Due::Now(_)) {
                // Somebody else made the key that ours was meant to be.
                self.prepared = None;
            }
            match due {
                Due::Now(reason) => match self.make(&keys, now).await {
                    Ok(name) => {
                        tracing::debug!(name, "made since {reason}");
                        self.done(name.clone(), now);
                        back_off.reset();
                        self.list_now.notify_one();
                        self.until_seen(&name).await;
                    }
                    Err(error) => {
                        tracing::error!(reason = %reason, error = %error, "Failed to generate new key");
                        let asked = match &error {
                            MakeError::Request { error } => error.retry_after.unwrap_or_default(),
                            _ => Duration::ZERO,
                        };
                        sleep(back_off.pause().max(asked)).await;
                    }
                },
                Due::At(at) => {
                    let seconds = u64::try_from(at.saturating_sub(now)).unwrap_or(0);
                    self.until_woken(Duration::from_secs(seconds.max(1)).min(TICK)).await;
                }
                Due::Never => self.until_woken(TICK).await,
            }
        }
    }

    /// Name of the Secret with the key that was prepared, if the ring holds it: then the write was done, and only
    /// the answer was lost. Another key would be one too many.
    fn written_after_all(&self, keys: &Keys) -> Option<String> {
        let prepared = self.prepared.as_ref()?.fingerprint();
        keys.known.iter().find(|key| key.fingerprint == *prepared).map(|key| key.secret.clone())
    }

    fn done(&mut self, name: String, now: i64) {
        // Who asked while it was in the making asked for it: many signals for a key make one.
        self.served = *self.requests.borrow();
        self.made = Some((name, now));
        self.prepared = None;
    }

    fn situation(&mut self, keys: &Keys, now: i64) -> Situation {
        let empty = keys.known.is_empty() && keys.bad.is_empty();
        self.had_keys |= !empty;
        if !empty || !self.had_keys {
            self.emptied = None;
        } else if self.emptied.is_none() {
            if self.settings.generate {
                tracing::warn!(
                    "Every sealing key is gone; unless one comes back, a new one is made in {EMPTIED_GRACE} s"
                );
            }
            self.emptied = Some(now);
        }
        let secrets = match (keys.version, empty) {
            (0, _) => KeySecrets::NotListed,
            (_, true) => KeySecrets::None { emptied: self.emptied },
            (_, false) => KeySecrets::Present {
                active: keys.active_key().and_then(|key| {
                    Some(ActiveKey { since: key.time(self.settings.order), not_after: key.validity?.1 })
                }),
            },
        };
        let made = self.made.as_ref().filter(|(name, _)| holds(keys, name)).map(|(_, at)| *at);
        Situation { now, secrets, made, requested: *self.requests.borrow() > self.served }
    }

    /// Says that a request is in vain, where it is so for good.
    fn refuse_requests(&mut self, keys: &Keys) {
        let requested = *self.requests.borrow();
        if !self.settings.generate && keys.version > 0 && requested > self.served {
            self.served = requested;
            tracing::error!(
                "A new key was asked for, and none is made: this controller was told never to generate keys"
            );
        }
    }

    async fn until_woken(&mut self, at_most: Duration) {
        tokio::select! {
            () = sleep(at_most) => {}
            alive = self.reader.changed() => if !alive { std::future::pending().await },
            alive = self.requests.changed() => if alive.is_err() { sleep(at_most).await },
        }
    }

    async fn until_seen(&mut self, name: &str) {
        let seen = async { while !holds(&self.reader.snapshot(), name) && self.reader.changed().await {} };
        if timeout(UNTIL_SEEN, seen).await.is_err() {
            tracing::warn!(name, "The new key Secret was not seen yet");
        }
    }

    /// Writes a key Secret whose name is a function of the key that it follows; returns that name. Whoever makes
    /// a key at the same time, or made it and never got the answer, means the same name, and there is one key.
    async fn make(&mut self, keys: &Keys, now: i64) -> Result<String, MakeError> {
        let newest = keys.active_key().or(keys.known.first());
        let namespace = self.cluster.own_namespace().to_owned();
        for attempt in 0..ATTEMPTS {
            let name = new_secret::name(
                &self.settings.prefix,
                &namespace,
                newest.map(|key| key.uid.as_str()).or(self.settings.cluster.as_deref()),
                attempt,
            );
            let certificate = self.prepare(newest, now).await?;
            let Some(key) = &self.prepared else { return Err(MakeError::Ended) };
            let json = new_secret::to_json(&new_secret::secret(
                key,
                &certificate,
                &namespace,
                &name,
                &self.settings,
            ));
            match requests::create(&self.cluster, json).await {
                Ok(()) => {
                    tracing::info!(namespace, name, "New key written");
                    tracing::info!(certificate = certificate.to_pem(), "Certificate generated");
                    return Ok(name);
                }
                Err(error) if matches!(error.kind, ApiErrorKind::AlreadyExists | ApiErrorKind::Conflict) => {
                    if self.is_done(&name, newest, now).await? {
                        tracing::info!(namespace, name, "The new key was written already");
                        return Ok(name);
                    }
                    tracing::warn!(
                        name,
                        "The name is taken by a Secret that is no newer key; trying another"
                    );
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(MakeError::Names)
    }

    /// A certificate for the prepared key, which is generated if there is none: a new try after a failure costs
    /// a signature, not a second of searching for primes.
    async fn prepare(&mut self, newest: Option<&KnownKey>, now: i64) -> Result<Certificate, MakeError> {
        // To the second times are equal at times, and of equal keys the older one stays.
        let not_before = match (self.settings.order, newest.and_then(|key| key.validity)) {
            (KeyOrder::CertificateNotBefore, Some((begins, _))) if begins >= now => begins.saturating_add(1),
            _ => now,
        };
        let (prepared, size) = (self.prepared.take(), self.settings.size);
        let common_name = self.settings.common_name.clone();
        let validity = i64::try_from(self.settings.validity.as_secs()).unwrap_or(i64::MAX);
        let task = tokio::task::spawn_blocking(move || {
            let key = prepared.map_or_else(|| SealingKey::generate(size), Ok)?;
            let certificate = key.self_signed_certificate(&common_name, not_before, validity)?;
            Ok::<_, KeyError>((key, certificate))
        });
        let (key, certificate) = task.await.map_err(|_| MakeError::Ended)??;
        self.prepared = Some(key);
        Ok(certificate)
    }

    /// Whether the Secret that bears the name already is what we wanted to write.
    async fn is_done(&self, name: &str, newest: Option<&KnownKey>, now: i64) -> Result<bool, MakeError> {
        let listed = requests::list(&self.cluster, &Which::Labelled).await?;
        let read = tokio::task::spawn_blocking(move || read_all(listed.secrets, &[])).await;
        let found = read.map_err(|_| MakeError::Ended)?;
        let keys = load(&found, self.settings.order, now).keys;
        let ours = self.written_after_all(&keys).is_some_and(|written| written == name);
        Ok(ours || is_newer(&keys, name, newest.map(|key| key.uid.as_str())))
    }
}

/// Whether the Secret `name` holds a key that seals and comes before the one of the Secret `newest`.
fn is_newer(keys: &Keys, name: &str, newest: Option<&str>) -> bool {
    let Some(holder) = keys.known.iter().position(|key| key.secret == name && key.seals) else {
        return false;
    };
    let newest = newest.and_then(|uid| keys.known.iter().position(|key| key.uid == uid));
    newest.is_none_or(|newest| holder < newest)
}

/// Whether the Secret was seen, whatever it holds.
fn holds(keys: &Keys, name: &str) -> bool {
    keys.known.iter().any(|key| key.secret == name) || keys.bad.iter().any(|bad| bad == name)
}

fn grant(error: &ApiError) -> &'static str {
    match error.kind {
        ApiErrorKind::Forbidden => ". The controller needs the verb create on secrets in its own namespace",
        _ => "",
    }
}
