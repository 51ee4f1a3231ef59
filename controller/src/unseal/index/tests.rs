//! Every transition by itself, then whole histories against a model of a cluster.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sealed_secrets::{Condition, ObjectMeta, SealedSecretStatus};
use serde_json::json;

use super::*;
use crate::unseal::control::{self, Control};
use crate::unseal::retry::Millis;
use crate::unseal::status;

mod asked;
mod failures;
mod lists;
mod mending;
mod model;
mod objects;
mod secrets;
mod waiting;

const RULES: Rules = Rules { recreate: true, collect: false, statuses: false };

fn print(number: u32) -> Fingerprint {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    format!("SHA256:{}", STANDARD_NO_PAD.encode(bytes)).parse().unwrap()
}

fn digest(spec: u32) -> Digest {
    Digest::of(&ObjectMeta::default(), &json!(spec).to_string())
}

/// A SealedSecret in namespace `shop`.
fn object(name: &str, uid: &str, spec: u32, generation: i64) -> SealedObject {
    object_in("shop", name, uid, spec, generation)
}

fn object_in(namespace: &str, name: &str, uid: &str, spec: u32, generation: i64) -> SealedObject {
    SealedObject {
        key: ObjectKey::new(namespace, name),
        uid: uid.into(),
        digest: digest(spec),
        items: 3,
        size: 1000,
        sealed: None,
        status: SealedSecretStatus::default(),
        resource_version: "1".into(),
        generation: Some(generation),
        instance: None,
        deleting: false,
        control: Control::default(),
    }
}

fn record(spec: u32, uid: &str, version: &str) -> Record {
    Record {
        digest: digest(spec),
        secret_uid: uid.into(),
        secret_version: version.into(),
        keys: vec![print(1)],
    }
}

/// The object with the status of one that was applied.
fn applied(mut object: SealedObject, record: &Record) -> SealedObject {
    let condition = |type_: &str, message: Option<String>| Condition {
        type_: type_.into(),
        status: "True".into(),
        message,
        ..Condition::default()
    };
    object.status = SealedSecretStatus {
        observed_generation: object.generation,
        conditions: vec![
            condition(status::SYNCED, None),
            condition(status::APPLIED, Some(record.to_string())),
        ],
        controller: None,
    };
    object
}

/// The object with a status that speaks of a pause.
fn told_paused(mut object: SealedObject) -> SealedObject {
    let paused = Condition { type_: status::PAUSED.into(), status: "True".into(), ..Condition::default() };
    object.status.conditions.push(paused);
    object
}

/// What annotations ask.
fn control(paused: bool, asked: Option<&str>) -> Control {
    let paused = paused.then(|| (control::PAUSED.to_owned(), "true".to_owned()));
    let asked = asked.map(|value| (control::RECONCILE.to_owned(), value.to_owned()));
    let annotations = Some(paused.into_iter().chain(asked).collect());
    Control::of(&ObjectMeta { annotations, ..ObjectMeta::default() })
}

fn facts(uid: &str, version: &str, standing: Standing) -> SecretFacts {
    let replaceable = standing == Standing::Ours;
    SecretFacts { uid: uid.into(), version: version.into(), standing, replaceable }
}

fn ours(uid: &str, version: &str) -> SecretFacts {
    facts(uid, version, Standing::Ours)
}

fn finished(task: &Task, uid: &str, spec: u32, generation: i64, end: End) -> (ObjectKey, Finished) {
    let (digest, generation) = (digest(spec), Some(generation));
    let why = no_key().hash();
    let finished = Finished { uid: Some(uid.into()), digest, generation, items: 3, why, end };
    (task.key.clone(), finished)
}

/// What the status of one says that fails.
fn no_key() -> status::Verdict {
    status::Verdict::Failed { reason: "CannotOpen", message: "no key".into(), stalled: true }
}

fn success(spec: u32, uid: &str, version: &str) -> End {
    End::Applied { record: record(spec, uid, version), standing: Standing::Ours }
}

fn api() -> End {
    End::Failed(Cause::Api { retry_after: None })
}

fn in_the_way(uid: &str, version: &str) -> End {
    End::Failed(Cause::SecretInTheWay { uid: uid.into(), version: version.into() })
}

/// An index that knows a key and an empty list of Secrets.
fn ready(rules: Rules) -> Index {
    let mut index = Index::new(rules);
    index.ring_changed(1, [print(1)].into_iter());
    index.secrets_list_begins(None);
    index.secrets_listed(None);
    index
}

impl Index {
    fn unseal(&mut self, now: Millis) -> Option<Task> {
        match self.next(now)? {
            Work::Unseal(task) => Some(task),
            Work::Collect(key) => panic!("{key} is to be collected"),
        }
    }

    fn end(&mut self, (key, finished): (ObjectKey, Finished), now: Millis) {
        self.finished(&key, finished, now);
    }

    /// Nothing waits, runs, is held in memory or comes back by itself.
    fn assert_quiet(&mut self) {
        assert!(self.next(Millis::MAX / 2).is_none());
        assert_eq!((self.in_hand.len(), self.held, self.waiting(), self.collect.len()), (0, 0, 0, 0));
        assert!(self.objects.values().all(|known| known.held.is_none()));
    }

    /// Takes the object through its first attempt.
    fn make(&mut self, name: &str) {
        self.object_seen(object(name, "u1", 1, 1), None);
        let task = self.unseal(0).unwrap();
        self.end(finished(&task, "u1", 1, 1, success(1, "s1", "10")), 0);
        self.secret_seen(&task.key, ours("s1", "10"), None);
    }
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::new("shop", name)
}
