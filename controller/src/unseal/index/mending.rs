//! Statuses that do not say what was told: damaged, behind, or written under another CustomResourceDefinition. They are
//! written again, without decrypting anything where the Secret is as it was recorded.
//!
//! Another writer who answers each of these writes with a change of its own is left the last word for ever longer, and at
//! last for good: nor would a definition that keeps half of what is written ever come to rest.

use std::collections::HashMap;

use super::known::Phase;
use super::{Index, ObjectKey};
use crate::fair_queue::Priority;
use crate::unseal::record::Record;
use crate::unseal::retry::{Cause, Millis, delay};
use crate::unseal::status::{Crd, Says};

/// After so long without another one a change by others is the first again.
const CALM: Millis = 1_800_000;

/// After so many within that time, some twenty minutes of longer and longer pauses, nothing more is written.
const MOST: u32 = 10;

/// Statuses that are to be written again, and how often that was done lately.
#[derive(Debug, Default)]
pub(super) struct Mending {
    pub(super) crd: Option<Crd>,
    due: Vec<ObjectKey>,
    lately: HashMap<ObjectKey, Lately>,
}

#[derive(Debug)]
struct Lately {
    times: u32,
    last: Millis,
}

impl Mending {
    pub(super) fn forget(&mut self, key: &ObjectKey) {
        self.lately.remove(key);
    }

    /// How long the next write of a status that others changed waits. The first does not. None: there is none.
    fn pause(&mut self, key: &ObjectKey, now: Millis) -> Option<Millis> {
        let Some(lately) = self.lately.get_mut(key) else {
            self.lately.insert(key.clone(), Lately { times: 1, last: now });
            return Some(0);
        };
        if lately.times == MOST {
            return None;
        }
        let pause = delay(&Cause::Refused, lately.times).unwrap_or_default();
        lately.times += 1;
        lately.last = now + pause;
        Some(pause)
    }
}

impl Index {
    /// This CustomResourceDefinition is installed: all statuses are to be as it has them.
    pub fn crd_is(&mut self, crd: Crd) {
        if self.mending.crd.replace(crd) == Some(crd) {
            return;
        }
        self.mending.lately.clear();
        let idle = self.objects.iter().filter(|(_, known)| known.phase == Phase::Idle);
        let idle: Vec<_> = idle.map(|(key, _)| key.clone()).collect();
        for key in idle {
            self.look_at_status(&key);
        }
    }

    /// Has the status of an object that needs nothing else written again, if it is not what was told.
    pub(super) fn look_at_status(&mut self, key: &ObjectKey) {
        if let (true, Some(crd), Some(known)) = (self.rules.statuses, self.mending.crd, self.objects.get(key))
            && known.phase == Phase::Idle
            && !known.control.paused
            && !known.deleting
        {
            let told = match &known.failed {
                None if known.is_applied() => Says { crd, synced: true, stalled: false, why: 0 },
                // Others are tried again by the clock, and told of then.
                Some(failed) if delay(&failed.cause, 1).is_none() && failed.why != 0 => {
                    Says { crd, synced: false, stalled: crd == Crd::Ours, why: failed.why }
                }
                _ => return,
            };
            if known.says != Some(told) {
                self.mending.due.push(key.clone());
            }
        }
    }

    /// Lets those wait for their turn, or for a time.
    pub(super) fn mend_due(&mut self, now: Millis) {
        if self.mending.due.is_empty() {
            return;
        }
        self.mending.lately.retain(|_, lately| now < lately.last + CALM);
        for key in std::mem::take(&mut self.mending.due) {
            let Some(known) = self.objects.get_mut(&key) else { continue };
            if known.phase != Phase::Idle {
                continue;
            }
            let Some(pause) = self.mending.pause(&key, now) else { continue };
            known.mend = true;
            if pause == 0 {
                self.enqueue(&key, Priority::Behind);
            } else {
                self.wait(&key, Some(pause), now);
            }
        }
    }

    /// What is to be told again of an object whose turn it is, if that is all that it waited for and its Secret is as it
    /// was recorded.
    pub(super) fn told_before(&mut self, key: &ObjectKey) -> Option<Record> {
        let known = self.objects.get_mut(key)?;
        let only_that = std::mem::take(&mut known.mend);
        let applied = known.applied.as_ref().filter(|_| only_that && known.failed.is_none())?;
        let secret = self.secrets.get(key);
        let in_place = secret.is_some_and(|secret| {
            secret.uid == applied.secret_uid && secret.version == applied.secret_version
        });
        (!self.rules.recreate || in_place).then(|| Record {
            digest: applied.digest,
            secret_uid: applied.secret_uid.clone(),
            secret_version: applied.secret_version.clone(),
            keys: applied.keys.to_vec(),
        })
    }
}
