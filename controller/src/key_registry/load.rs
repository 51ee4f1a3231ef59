//! From key Secrets to the keys in use: a function of values.

use std::collections::HashMap;
use std::sync::Arc;

use sealed_secrets::sealing::{Fingerprint, KeyRing, SealingKey};

use super::key_secret::{Identity, KeySecret, reason};
use crate::keys::{Keys, KnownKey};
use crate::settings::KeyOrder;

/// How far ahead of our clock a certificate may begin and seal all the same, in seconds: clocks differ.
const CLOCK_TOLERANCE: i64 = 300;

/// A key Secret that was read. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Which Secret, in which version.
    pub(super) identity: Identity,
    /// Its key, or why it gives none.
    pub(super) key: Result<Arc<SealingKey>, NoKey>,
}

/// Why a Secret gives no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoKey {
    /// It holds none that can be used, for this reason.
    Bad(String),
    /// It was made from a SealedSecret, which anybody may have sealed: what it holds is not even looked at.
    OfSealedSecret,
}

/// Reads the keys of all Secrets, each once: what was found before in the same version is taken over. A Secret
/// that was listed twice, by its label and by its name, counts once. Takes milliseconds for each new key.
pub(super) fn read_all(secrets: Vec<KeySecret>, before: &[Found]) -> Vec<Found> {
    let before: HashMap<_, _> =
        before.iter().map(|found| ((&found.identity.uid, &found.identity.version), found)).collect();
    let mut all: Vec<Found> = Vec::with_capacity(secrets.len());
    for secret in secrets {
        let identity = secret.identity.clone();
        if all.iter().any(|earlier| earlier.identity.uid == identity.uid) {
            continue;
        }
        let key = match before.get(&(&identity.uid, &identity.version)) {
            Some(found) => found.key.clone(),
            None if secret.is_of_sealed_secret => Err(NoKey::OfSealedSecret),
            None => secret.key().map(Arc::new).map_err(|error| NoKey::Bad(reason(&error))),
        };
        all.push(Found { identity, key });
    }
    all
}

/// The keys in use, and when time alone will change them.
#[derive(Debug)]
pub(super) struct Loaded {
    /// The keys; their version is 0.
    pub(super) keys: Keys,
    /// Keys that open and do not seal, and why.
    pub(super) only_open: Vec<OnlyOpens>,
    /// When the next certificate begins to count, in Unix seconds.
    pub(super) next_change: Option<i64>,
}

/// A key that opens and does not seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OnlyOpens {
    /// Name of its Secret.
    pub(super) secret: String,
    /// uid of its Secret.
    pub(super) uid: String,
    /// Why it does not seal.
    pub(super) why: String,
}

/// Puts the keys in order, newest first; of equal times the older Secret comes first, as upstream's controller
/// 0.40.0 keeps the one that it had. The first that seals is active, also when its certificate has expired: as
/// with upstream clients then refuse to seal, and say why.
///
/// One that does not fit its certificate, has none, or begins more than five minutes ahead opens and never
/// seals. Of Secrets with the same key one counts, rather one that seals.
pub(super) fn load(found: &[Found], order: KeyOrder, now: i64) -> Loaded {
    let (mut bad, mut refused) = (Vec::new(), Vec::new());
    let mut candidates = Vec::new();
    for found in found {
        match &found.key {
            Ok(key) => candidates.push(Candidate::new(&found.identity, key, now)),
            Err(NoKey::Bad(_)) => bad.push(found.identity.name.clone()),
            Err(NoKey::OfSealedSecret) => refused.push(found.identity.name.clone()),
        }
    }
    bad.sort_unstable();
    refused.sort_unstable();
    candidates.sort_by(|a, b| {
        b.known.time(order).cmp(&a.known.time(order)).then_with(|| a.seniority().cmp(&b.seniority()))
    });

    let mut best: HashMap<Fingerprint, usize> = HashMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let chosen = best.entry(candidate.known.fingerprint).or_insert(index);
        if candidate.known.seals && !candidates[*chosen].known.seals {
            *chosen = index;
        }
    }
    let mut index = 0;
    candidates.retain(|candidate| {
        index += 1;
        best[&candidate.known.fingerprint] == index - 1
    });

    let active = candidates.iter().find(|candidate| candidate.known.seals);
    let active = active.and_then(|candidate| candidate.key.certificate()).cloned();
    let next_change = candidates.iter().filter_map(|candidate| candidate.begins).min();
    let only_open = candidates
        .iter()
        .filter_map(|candidate| {
            let why = candidate.only_opens.clone()?;
            Some(OnlyOpens { secret: candidate.known.secret.clone(), uid: candidate.known.uid.clone(), why })
        })
        .collect();
    let (known, ring) = candidates.into_iter().map(|candidate| (candidate.known, candidate.key)).unzip();
    Loaded {
        keys: Keys {
            ring: Arc::new(KeyRing::of_shared(ring)),
            known,
            active,
            bad,
            refused,
            was_ready: false,
            version: 0,
        },
        only_open,
        next_change,
    }
}

/// A key with what is known of it.
struct Candidate {
    known: KnownKey,
    key: Arc<SealingKey>,
    only_opens: Option<String>,
    /// When it will seal, if all that keeps it from it is the clock.
    begins: Option<i64>,
}

impl Candidate {
    fn new(identity: &Identity, key: &Arc<SealingKey>, now: i64) -> Self {
        let validity =
            key.certificate().map(|certificate| (certificate.not_before(), certificate.not_after()));
        let (only_opens, begins) = match key.usable_for_sealing() {
            Err(error) => (Some(error.to_string()), None),
            Ok(certificate) => {
                let begins = certificate.not_before().saturating_sub(CLOCK_TOLERANCE);
                if begins <= now {
                    (None, None)
                } else {
                    let from = jiff::Timestamp::from_second(certificate.not_before())
                        .map_or_else(|_| "later".to_owned(), |time| time.to_string());
                    (Some(format!("its certificate is not valid before {from}")), Some(begins))
                }
            }
        };
        let known = KnownKey {
            secret: identity.name.clone(),
            uid: identity.uid.clone(),
            fingerprint: *key.fingerprint(),
            created: identity.created,
            validity,
            seals: only_opens.is_none(),
        };
        Self { known, key: Arc::clone(key), only_opens, begins }
    }

    /// Decides between equal times.
    fn seniority(&self) -> (i64, &str) {
        (self.known.created, &self.known.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_registry::key_secret::read_list;
    use crate::key_registry::tests::{key_json, list_json, pair_json, rsa};

    /// 2026-01-01T00:00:00Z, when the certificates of the tests begin, but for what is added for each.
    const START: i64 = 1_767_225_600;

    fn found(secrets: &[serde_json::Value]) -> Vec<Found> {
        let listed = read_list(list_json(1, secrets).to_string().as_bytes()).unwrap();
        read_all(listed.secrets, &[])
    }

    fn names(keys: &Keys) -> Vec<&str> {
        keys.known.iter().map(|key| key.secret.as_str()).collect()
    }

    fn active(keys: &Keys) -> Option<&str> {
        keys.active_key().map(|key| key.secret.as_str())
    }

    #[test]
    fn the_order_is_that_of_certificates_or_of_secrets() {
        // Certificates begin in the order of the numbers, Secrets were made the other way round.
        let found = found(&[
            key_json("a", 1, rsa(0), "2026-03-01T00:00:00Z"),
            key_json("b", 1, rsa(1), "2026-02-01T00:00:00Z"),
            key_json("c", 1, rsa(2), "2026-01-01T00:00:00Z"),
        ]);
        let by_certificate = load(&found, KeyOrder::CertificateNotBefore, START + 100).keys;
        assert_eq!(names(&by_certificate), ["c", "b", "a"]);
        assert_eq!(active(&by_certificate), Some("c"));
        let by_secret = load(&found, KeyOrder::SecretCreationTimestamp, START + 100).keys;
        assert_eq!(names(&by_secret), ["a", "b", "c"]);
        assert_eq!(active(&by_secret), Some("a"));
        for keys in [by_certificate, by_secret] {
            let ring: Vec<_> = keys.ring.iter().map(|key| *key.fingerprint()).collect();
            let known: Vec<_> = keys.known.iter().map(|key| key.fingerprint).collect();
            assert_eq!(ring, known);
            assert_eq!(keys.active.unwrap().fingerprint(), &known[0]);
        }
    }

    #[test]
    fn of_equal_times_the_older_secret_stays() {
        let same = |name, pair: usize, created| {
            pair_json(name, 1, &rsa(pair).key, &rsa(pair).certificate_from(START, 3600), created)
        };
        let found = found(&[
            same("young", 0, "2026-02-01T00:00:00Z"),
            same("old", 1, "2026-01-01T00:00:00Z"),
            same("also-young", 2, "2026-02-01T00:00:00Z"),
        ]);
        let keys = load(&found, KeyOrder::CertificateNotBefore, START).keys;
        assert_eq!(names(&keys), ["old", "also-young", "young"]);
    }

    #[test]
    fn bad_secrets_are_named_and_stop_nobody() {
        let mut bad = key_json("broken", 1, rsa(0), "2026-01-01T00:00:00Z");
        bad["data"]["tls.key"] = "c3dvcmRmaXNo".into();
        let mut weak = key_json("empty", 1, rsa(0), "2026-01-01T00:00:00Z");
        weak["data"] = serde_json::json!({});
        let found = found(&[weak, bad, key_json("good", 1, rsa(1), "2026-01-01T00:00:00Z")]);
        let keys = load(&found, KeyOrder::CertificateNotBefore, START + 100).keys;
        assert_eq!(keys.bad, ["broken", "empty"]);
        assert_eq!((names(&keys), active(&keys)), (vec!["good"], Some("good")));
    }

    #[test]
    fn what_a_sealed_secret_made_is_no_key_and_no_reason_to_make_none() {
        let mut owned = key_json("owned", 1, rsa(0), "2026-01-01T00:00:00Z");
        owned["metadata"]["ownerReferences"] = serde_json::json!([{"apiVersion": "bitnami.com/v1", "kind": "SealedSecret", "name": "x", "uid": "u"}]);
        let mut marked = key_json("marked", 1, rsa(1), "2026-01-01T00:00:00Z");
        marked["metadata"]["annotations"] = serde_json::json!({"sealkit.dev/unsealed": ""});
        let mut other = key_json("other", 1, rsa(2), "2026-01-01T00:00:00Z");
        other["metadata"]["ownerReferences"] =
            serde_json::json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "x", "uid": "u"}]);
        let keys = load(&found(&[owned, marked, other]), KeyOrder::CertificateNotBefore, START + 100).keys;
        assert_eq!(keys.refused, ["marked", "owned"]);
        assert_eq!((names(&keys), active(&keys)), (vec!["other"], Some("other")));
        assert!(keys.bad.is_empty());
    }

    #[test]
    fn a_key_with_the_certificate_of_another_opens_and_never_seals() {
        let found = found(&[
            pair_json("mixed", 1, &rsa(0).key, &rsa(2).certificate, "2026-01-01T00:00:00Z"),
            key_json("good", 1, rsa(1), "2026-01-01T00:00:00Z"),
        ]);
        let loaded = load(&found, KeyOrder::CertificateNotBefore, START + 100);
        assert_eq!(names(&loaded.keys), ["mixed", "good"]);
        assert_eq!(active(&loaded.keys), Some("good"));
        assert_eq!((loaded.only_open.len(), loaded.only_open[0].secret.as_str()), (1, "mixed"));
        assert!(loaded.only_open[0].why.contains("certificate of another key"), "{:?}", loaded.only_open);
        let alone = load(&found[..1], KeyOrder::CertificateNotBefore, START + 100);
        assert!(alone.keys.active.is_none());
        assert_eq!(alone.keys.ring.len(), 1);
    }

    #[test]
    fn a_certificate_of_the_future_seals_when_its_time_comes() {
        let future = START + 1000;
        let found = found(&[
            pair_json(
                "future",
                1,
                &rsa(0).key,
                &rsa(0).certificate_from(future, 3600),
                "2026-01-01T00:00:00Z",
            ),
            key_json("now", 1, rsa(1), "2026-01-01T00:00:00Z"),
        ]);
        let before = load(&found, KeyOrder::CertificateNotBefore, future - 301);
        assert_eq!(active(&before.keys), Some("now"));
        assert_eq!(before.next_change, Some(future - 300));
        assert_eq!(before.only_open[0].why, "its certificate is not valid before 2026-01-01T00:16:40Z");
        let after = load(&found, KeyOrder::CertificateNotBefore, future - 300);
        assert_eq!(active(&after.keys), Some("future"));
        assert_eq!((after.next_change, after.only_open), (None, vec![]));
    }

    #[test]
    fn an_expired_certificate_is_still_served() {
        let found = found(&[key_json("old", 1, rsa(0), "2026-01-01T00:00:00Z")]);
        let keys = load(&found, KeyOrder::CertificateNotBefore, START + 100 * 365 * 24 * 3600).keys;
        assert_eq!(active(&keys), Some("old"));
    }

    #[test]
    fn the_same_key_in_two_secrets_is_one_key_and_rather_one_that_seals() {
        let mixed = pair_json("mixed", 1, &rsa(0).key, &rsa(2).certificate, "2026-01-01T00:00:00Z");
        let good = key_json("good", 1, rsa(0), "2026-01-01T00:00:00Z");
        let other = key_json("other", 1, rsa(1), "2026-01-01T00:00:00Z");
        let keys = load(&found(&[mixed, good, other]), KeyOrder::CertificateNotBefore, START + 100).keys;
        assert_eq!(names(&keys), ["other", "good"]);
        assert_eq!(keys.ring.len(), 2);
    }

    #[test]
    fn what_did_not_change_is_not_read_again() {
        let list = [
            key_json("a", 1, rsa(0), "2026-01-01T00:00:00Z"),
            key_json("b", 1, rsa(1), "2026-01-01T00:00:00Z"),
        ];
        let first = found(&list);
        let changed = [list[0].clone(), key_json("b", 2, rsa(1), "2026-01-01T00:00:00Z"), list[0].clone()];
        let listed = read_list(list_json(2, &changed).to_string().as_bytes()).unwrap();
        let second = read_all(listed.secrets, &first);
        assert_eq!(second.len(), 2, "listed twice, counted once");
        let same = |index: usize| {
            Arc::ptr_eq(first[index].key.as_ref().unwrap(), second[index].key.as_ref().unwrap())
        };
        assert_eq!((same(0), same(1)), (true, false));
    }
}
