//! Makes keys: writes a key Secret, which the ring learns of as of any other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealed_secrets::key_secret::{KEY_LABEL, key_secret};
use sealed_secrets::sealing::{Certificate, KeyError, SealingKey};
use sealed_secrets::{ObjectMeta, Secret};
use serde::Serialize;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use super::back_off::BackOff;
use super::load::{load, read_all};
use super::requests::{self, RequestError, Which};
use super::rotation::{ActiveKey, Due, KeySecrets, Situation, due};
use super::{Clock, KeyReader, Keys, KnownKey};
use crate::cluster::Cluster;
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

/// Letters as the API server appends them to `generateName`: none that make words.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

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
    #[error("{error}{hint}", hint = grant(.error))]
    Request {
        #[from]
        error: RequestError,
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
            match due(&self.settings, situation) {
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
                            MakeError::Request { error } => error.retry_after(),
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
        self.served = self.served.saturating_add(1).min(*self.requests.borrow());
        self.made = Some((name, now));
        self.prepared = None;
    }

    fn situation(&mut self, keys: &Keys, now: i64) -> Situation {
        let empty = keys.known.is_empty() && keys.bad.is_empty();
        self.had_keys |= !empty;
        if !empty || !self.had_keys {
            self.emptied = None;
        } else if self.emptied.is_none() {
            tracing::warn!(
                "Every sealing key is gone; unless one comes back, a new one is made in {} s",
                super::rotation::EMPTIED_GRACE
            );
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
            let name =
                key_name(&self.settings.prefix, &namespace, newest.map(|key| key.uid.as_str()), attempt);
            let certificate = self.prepare(newest, now).await?;
            let Some(key) = &self.prepared else { return Err(MakeError::Ended) };
            let json = to_json(&secret(key, &certificate, &namespace, &name, &self.settings));
            match requests::create(self.cluster.requests(), &namespace, json).await {
                Ok(()) => {
                    tracing::info!(namespace, name, "New key written");
                    tracing::info!(certificate = certificate.to_pem(), "Certificate generated");
                    return Ok(name);
                }
                Err(error) if error.code() == Some(409) => {
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
        let (client, namespace) = (self.cluster.requests(), self.cluster.own_namespace());
        let listed = requests::list(client, namespace, &Which::Labelled).await?;
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

/// Prefix and five letters of a hash over namespace, uid of the newest key's Secret (`first` if there is none)
/// and number of the attempt.
pub(super) fn key_name(prefix: &str, namespace: &str, newest: Option<&str>, attempt: u32) -> String {
    let text = format!("{namespace}\0{}\0{attempt}", newest.unwrap_or("first"));
    let hash = digest(&SHA256, text.as_bytes());
    let mut number = hash.as_ref().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let mut name = prefix.to_owned();
    for _ in 0..5 {
        let letters = LETTERS.len() as u64;
        name.push(char::from(LETTERS[usize::try_from(number % letters).unwrap_or(0)]));
        number /= letters;
    }
    name
}

/// The key Secret, with the labels and annotations of the settings. The label by which keys are found is not
/// theirs to change.
fn secret(
    key: &SealingKey,
    certificate: &Certificate,
    namespace: &str,
    name: &str,
    settings: &KeySettings,
) -> Secret {
    let mut secret = key_secret(key, certificate, namespace, Some(name));
    let labels = secret.metadata.labels.get_or_insert_default();
    for (label, value) in &settings.labels {
        if label != KEY_LABEL {
            labels.insert(label.clone(), value.clone());
        }
    }
    if !settings.annotations.is_empty() {
        secret.metadata.annotations = Some(settings.annotations.iter().cloned().collect());
    }
    secret
}

/// The JSON of a Secret, in a buffer that never moves while it is written and is wiped.
fn to_json(secret: &Secret) -> Zeroizing<Vec<u8>> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        api_version: &'static str,
        kind: &'static str,
        metadata: &'a ObjectMeta,
        r#type: Option<&'a str>,
        data: BTreeMap<&'a str, &'a str>,
    }
    let values: BTreeMap<&str, Zeroizing<String>> = secret
        .data
        .iter()
        .map(|(key, value)| (key.as_str(), Zeroizing::new(STANDARD.encode(value.as_bytes()))))
        .collect();
    let body = |data| Body {
        api_version: "v1",
        kind: "Secret",
        metadata: &secret.metadata,
        r#type: secret.type_.as_deref(),
        data,
    };
    let frame = serde_json::to_vec(&body(BTreeMap::new())).map_or(0, |frame| frame.len());
    let length: usize = values.iter().map(|(key, value)| key.len() + value.len() + 16).sum();
    let mut json = Zeroizing::new(Vec::with_capacity(frame + length));
    let data = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    serde_json::to_writer(&mut *json, &body(data))
        .expect("text under text keys always serialises, and memory takes it");
    json
}

fn grant(error: &RequestError) -> &'static str {
    match error.code() {
        Some(403) => ". The controller needs the verb create on secrets in its own namespace",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_registry::tests::{rsa, settings};

    #[test]
    fn names_follow_from_what_they_stand_for() {
        let name = key_name("sealed-secrets-key", "sealed-secrets", None, 0);
        assert_eq!(name, key_name("sealed-secrets-key", "sealed-secrets", Some("first"), 0));
        assert_eq!(name.len(), "sealed-secrets-key".len() + 5);
        assert!(name["sealed-secrets-key".len()..].bytes().all(|letter| LETTERS.contains(&letter)), "{name}");
        let others = [
            key_name("sealed-secrets-key", "other", None, 0),
            key_name("sealed-secrets-key", "sealed-secrets", Some("uid"), 0),
            key_name("sealed-secrets-key", "sealed-secrets", None, 1),
        ];
        assert!(others.iter().all(|other| *other != name), "{others:?}");
    }

    #[test]
    fn the_buffer_of_the_json_never_moves() {
        let pair = rsa(0);
        let settings = KeySettings {
            labels: vec![("team".into(), "a".into()), (KEY_LABEL.into(), "compromised".into())],
            annotations: vec![("note".into(), "\"quoted\"\n".into())],
            ..settings()
        };
        let certificate = pair.certificate_from(1_767_225_600, 3600);
        let certificate = Certificate::from_pem(certificate.as_bytes()).unwrap();
        let secret = secret(&pair.sealing_key(), &certificate, "ns", "name", &settings);
        let json = to_json(&secret);
        let read: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(read["metadata"]["labels"], serde_json::json!({"team": "a", KEY_LABEL: "active"}));
        assert_eq!(read["metadata"]["annotations"], serde_json::json!({"note": "\"quoted\"\n"}));
        assert_eq!(read["type"], "kubernetes.io/tls");
        assert_eq!(
            (&read["metadata"]["name"], &read["metadata"]["namespace"]),
            (&"name".into(), &"ns".into())
        );
        let key = STANDARD.decode(read["data"]["tls.key"].as_str().unwrap()).unwrap();
        assert!(key.starts_with(b"-----BEGIN RSA PRIVATE KEY-----"));
        assert!(
            json.capacity() <= json.len() + 64,
            "the length was reckoned: {} of {}",
            json.len(),
            json.capacity()
        );
    }
}
