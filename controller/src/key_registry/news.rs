//! What an operator wants to know of a change of keys: for the log, and as Events on the key Secrets.

use sealed_secrets::sealing::Fingerprint;

use super::load::{Found, Loaded, NoKey};
use crate::events::Kind;
use crate::keys::{Keys, KnownKey};
use crate::settings::KeyOrder;

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct News {
    /// Name and uid of the Secret that it is about.
    pub(super) secret: (String, String),
    /// What happened.
    pub(super) what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A key that opens came.
    Registered,
    /// The Secret holds no key.
    Bad(String),
    /// The Secret was made from a SealedSecret, and is not read.
    Refused,
    /// The key opens and does not seal.
    OnlyOpens(String),
    /// A key came that could seal, and another one does: the newest, by this order.
    NotActive(Fingerprint, KeyOrder),
    /// A key went.
    Vanished(Fingerprint),
    /// The key became the one that seals.
    Active(Fingerprint),
    /// The certificate of the active key ends soon, at this time.
    ExpiresSoon(Fingerprint, String),
    /// It has ended, at this time.
    Expired(Fingerprint, String),
    /// The process started, and this key seals: for the log alone, since nothing changed.
    ActiveAtStart(Fingerprint),
}

impl News {
    /// The text, for the log and for the Event.
    pub(super) fn message(&self) -> String {
        let name = &self.secret.0;
        match &self.what {
            What::Registered => "registered private key".to_owned(),
            What::Bad(why) => format!("Error reading key: Secret {name} is no sealing key: {why}"),
            What::Refused => format!(
                "Secret {name} was made from a SealedSecret and is not read as a sealing key: whoever may create SealedSecrets \
                 would choose what everybody seals with. If the key is yours, delete Secret and SealedSecret, and create a \
                 Secret of it with kubectl"
            ),
            What::OnlyOpens(why) => format!("The key of Secret {name} opens and does not seal: {why}"),
            What::NotActive(active, order) => {
                let newer = match order {
                    KeyOrder::CertificateNotBefore => "its certificate begins later",
                    KeyOrder::SecretCreationTimestamp => "its Secret was made later",
                };
                format!(
                    "The key of Secret {name} opens, and is not the one that seals: key {active} is newer, since {newer} \
                     (--key-order-priority)"
                )
            }
            What::Vanished(key) => format!(
                "Sealing key {key} is gone: its Secret {name} was deleted, relabelled or changed. What is sealed \
                 under it alone opens no longer; restore the Secret if that was not meant"
            ),
            What::Active(key) => {
                format!("Sealing key {key} of Secret {name} is active: its certificate is served")
            }
            What::ExpiresSoon(key, ends) => format!(
                "The certificate of the active sealing key {key} (Secret {name}) ends on {ends}: clients then refuse to seal. A new \
                 key is made by --key-renew-period, or at SIGUSR1"
            ),
            What::Expired(key, ends) => format!(
                "The certificate of the active sealing key {key} (Secret {name}) ended on {ends}: clients refuse to seal until there is a \
                 new key. SIGUSR1 makes one, and --key-renew-period in time; what is sealed still opens"
            ),
            What::ActiveAtStart(key) => format!("Sealing key {key} of Secret {name} is active"),
        }
    }

    /// Kind and reason of the Event, if it is worth one.
    pub(super) fn event(&self) -> Option<(Kind, &'static str)> {
        match self.what {
            What::Registered | What::ActiveAtStart(_) => None,
            What::Bad(_) => Some((Kind::Warning, "KeyUnusable")),
            What::Refused => Some((Kind::Warning, "KeyRefused")),
            What::OnlyOpens(_) => Some((Kind::Warning, "KeyOnlyOpens")),
            What::Vanished(_) => Some((Kind::Warning, "KeyVanished")),
            What::Active(_) => Some((Kind::Normal, "KeyActive")),
            What::NotActive(..) => Some((Kind::Normal, "KeyNotActive")),
            What::ExpiresSoon(..) => Some((Kind::Warning, "CertificateExpiresSoon")),
            What::Expired(..) => Some((Kind::Warning, "CertificateExpired")),
        }
    }

    /// Writes it to the log; the words for a key that was read, and for one that was not, are upstream's.
    pub(super) fn log(&self) {
        let secret = &self.secret.0;
        match &self.what {
            What::Registered => tracing::info!(secretname = secret, "registered private key"),
            What::Bad(why) => tracing::error!(secret, error = why, "Error reading key"),
            What::Refused => tracing::error!("{}", self.message()),
            What::OnlyOpens(_) | What::Vanished(_) | What::ExpiresSoon(..) | What::Expired(..) => {
                tracing::warn!("{}", self.message());
            }
            What::Active(_) | What::ActiveAtStart(_) | What::NotActive(..) => {
                tracing::info!("{}", self.message());
            }
        }
    }
}

/// What is different between two states of the keys, of which the newest by `order` seals. `before.0.version` tells whether
/// there was one before.
pub(super) fn news(
    before: (&Keys, &[Found], &[super::load::OnlyOpens]),
    after: (&Loaded, &[Found]),
    order: KeyOrder,
) -> Vec<News> {
    let (keys_before, found_before, only_open_before) = before;
    let (loaded, found) = after;
    let keys = &loaded.keys;
    let mut news = Vec::new();
    let mut tell = |secret: &str, uid: &str, what| {
        news.push(News { secret: (secret.to_owned(), uid.to_owned()), what });
    };

    for found in found {
        let known = found_before.iter().any(|earlier| earlier.identity == found.identity);
        let what = match &found.key {
            Err(NoKey::Bad(why)) => What::Bad(why.clone()),
            Err(NoKey::OfSealedSecret) => What::Refused,
            Ok(_) => continue,
        };
        if !known {
            tell(&found.identity.name, &found.identity.uid, what);
        }
    }
    for key in &keys.known {
        if !has(keys_before, &key.fingerprint) {
            tell(&key.secret, &key.uid, What::Registered);
            if let Some(active) = keys.active_key()
                && key.seals
                && active.fingerprint != key.fingerprint
                && keys_before.version > 0
            {
                tell(&key.secret, &key.uid, What::NotActive(active.fingerprint, order));
            }
        }
    }
    for only in &loaded.only_open {
        if !only_open_before.contains(only) {
            tell(&only.secret, &only.uid, What::OnlyOpens(only.why.clone()));
        }
    }
    for key in &keys_before.known {
        if !has(keys, &key.fingerprint) {
            tell(&key.secret, &key.uid, What::Vanished(key.fingerprint));
        }
    }
    let active = |keys: &Keys| keys.active_key().map(|key: &KnownKey| key.fingerprint);
    if let Some(key) = keys.active_key()
        && active(keys_before) != Some(key.fingerprint)
    {
        let what = if keys_before.version == 0 { What::ActiveAtStart } else { What::Active };
        tell(&key.secret, &key.uid, what(key.fingerprint));
    }
    news
}

fn has(keys: &Keys, fingerprint: &Fingerprint) -> bool {
    keys.known.iter().any(|key| key.fingerprint == *fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_registry::key_secret::read_list;
    use crate::key_registry::load::{load, read_all};
    use crate::key_registry::tests::{key_json, list_json, pair_json, rsa};

    const DAY: &str = "2026-01-01T00:00:00Z";

    struct State(Loaded, Vec<Found>);

    fn state(version: u64, secrets: &[serde_json::Value]) -> State {
        let listed = read_list(list_json(1, secrets).to_string().as_bytes()).unwrap();
        let found = read_all(listed.secrets, &[]);
        let mut loaded = load(&found, KeyOrder::CertificateNotBefore, 1_767_225_700);
        loaded.keys.version = version;
        State(loaded, found)
    }

    fn told(before: &State, after: &State) -> Vec<(String, &'static str)> {
        let order = KeyOrder::CertificateNotBefore;
        news((&before.0.keys, &before.1, &before.0.only_open), (&after.0, &after.1), order)
            .iter()
            .map(|news| (news.secret.0.clone(), news.event().map_or("log", |(_, reason)| reason)))
            .collect()
    }

    fn pairs(expected: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
        expected.iter().map(|(name, reason)| ((*name).to_owned(), *reason)).collect()
    }

    #[test]
    fn a_start_makes_no_event_of_good_keys() {
        let after = state(0, &[key_json("a", 1, rsa(0), DAY), key_json("b", 1, rsa(1), DAY)]);
        assert_eq!(told(&state(0, &[]), &after), pairs(&[("b", "log"), ("a", "log"), ("b", "log")]));
    }

    #[test]
    fn faults_are_events_once() {
        let mut bad = key_json("bad", 1, rsa(0), DAY);
        bad["data"]["tls.key"] = "c3dvcmRmaXNo".into();
        let mixed = pair_json("mixed", 1, &rsa(1).key, &rsa(2).certificate, DAY);
        let after = state(0, &[bad.clone(), mixed.clone()]);
        let expected = pairs(&[("bad", "KeyUnusable"), ("mixed", "log"), ("mixed", "KeyOnlyOpens")]);
        assert_eq!(told(&state(0, &[]), &after), expected);
        let again = state(1, &[bad, mixed]);
        assert_eq!(told(&again, &again), pairs(&[]));
    }

    #[test]
    fn changes_of_the_active_key_are_events_with_its_fingerprint() {
        let one = state(1, &[key_json("a", 1, rsa(0), DAY)]);
        let two = state(2, &[key_json("a", 1, rsa(0), DAY), key_json("b", 1, rsa(1), DAY)]);
        assert_eq!(told(&one, &two), pairs(&[("b", "log"), ("b", "KeyActive")]));
        assert_eq!(told(&two, &one), pairs(&[("b", "KeyVanished"), ("a", "KeyActive")]));
        assert_eq!(told(&state(1, &[]), &one), pairs(&[("a", "log"), ("a", "KeyActive")]), "the first key");
        let all = news((&one.0.keys, &one.1, &[]), (&two.0, &two.1), KeyOrder::CertificateNotBefore);
        assert!(all[1].message().contains(&rsa(1).fingerprint()), "{}", all[1].message());
    }

    /// A backup that is restored: why it does not seal.
    #[test]
    fn an_older_key_that_comes_is_told_which_one_is_newer() {
        let one = state(1, &[key_json("b", 1, rsa(1), DAY)]);
        let two = state(2, &[key_json("a", 1, rsa(0), DAY), key_json("b", 1, rsa(1), DAY)]);
        assert_eq!(told(&one, &two), pairs(&[("a", "log"), ("a", "KeyNotActive")]));
        let all = news((&one.0.keys, &one.1, &[]), (&two.0, &two.1), KeyOrder::CertificateNotBefore);
        let said = all[1].message();
        assert!(said.contains(&rsa(1).fingerprint()) && said.contains("begins later"), "{said}");
    }

    #[test]
    fn a_key_that_goes_bad_is_bad_and_gone() {
        let before = state(1, &[key_json("a", 1, rsa(0), DAY)]);
        let mut bad = key_json("a", 2, rsa(0), DAY);
        bad["data"]["tls.key"] = "c3dvcmRmaXNo".into();
        let after = state(2, &[bad]);
        assert_eq!(told(&before, &after), pairs(&[("a", "KeyUnusable"), ("a", "KeyVanished")]));
    }

    #[test]
    fn a_copy_that_goes_is_no_loss() {
        let twice = state(1, &[key_json("a", 1, rsa(0), DAY), key_json("copy", 1, rsa(0), DAY)]);
        assert_eq!(told(&twice, &state(2, &[key_json("copy", 1, rsa(0), DAY)])), pairs(&[]));
    }
}
