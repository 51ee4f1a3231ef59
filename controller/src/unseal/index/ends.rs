//! What a piece of work leaves behind when it has ended.

use super::in_hand::InHand;
use super::known::{Failed, Phase};
use super::{End, Finished, Index, ObjectKey};
use crate::fair_queue::Priority;
use crate::unseal::retry::{Attempts, Cause, Millis, delay};
use crate::unseal::seen::{SecretFacts, Standing};

/// An object that the API server does not have, while no watch has said so: it is looked for again after this long.
pub(super) const GONE_AGAIN: Millis = 30_000;

/// One of which the API server has a newer generation, which no watch has brought, is fetched after this long.
pub(super) const OUTDATED_AGAIN: Millis = 1_000;

impl Index {
    /// A task has ended.
    pub fn finished(&mut self, key: &ObjectKey, finished: Finished, now: Millis) {
        let Some((changed, in_hand)) = self.put_down(key) else { return };
        let Finished { uid, digest, generation, items, why, end } = finished;
        let unseen = if matches!(end, End::Outdated) { OUTDATED_AGAIN } else { GONE_AGAIN };
        match &end {
            End::Applied { .. } => self.api_answers(now),
            End::Failed(cause) if cause.waits_for_the_server() => self.recovery.failed(),
            _ => {}
        }
        let end = match end {
            End::Applied { record, standing } => {
                Ok(Some((self.applied(&record, generation), SecretFacts::of(&record, standing))))
            }
            End::Paused | End::ToldAgain => Ok(None),
            End::Failed(cause) => Err(Some(cause)),
            End::Gone | End::Outdated => Err(None),
        };
        let is_back = in_hand.recoveries != self.recovery.count();
        let ring = self.ring.version;
        let recreate = self.rules.recreate;
        let Some(known) = self.objects.get_mut(key) else { return };
        // The object in the hand of the task and the one that the watch brought last may each be ahead of the other.
        let outrun = match &uid {
            Some(uid) if *uid != known.uid => true,
            Some(_) => changed && (digest != known.digest || generation != known.generation),
            None => changed,
        } || in_hand.once_more;
        if uid.as_ref().is_some_and(|uid| *uid != known.uid) {
            self.wake(key, Priority::Front);
            return;
        }
        let seen = uid.is_some();
        if seen && !changed {
            known.items = u32::try_from(items).unwrap_or(u32::MAX);
        }
        let again = match end {
            Ok(None) => {
                known.failed = None;
                known.attempts = Attempts::default();
                false
            }
            Ok(Some((applied, secret))) => {
                let lost = recreate && in_hand.secret.is_against(&secret);
                known.applied = Some(applied);
                known.failed = None;
                known.attempts = Attempts::default();
                if recreate && !lost && secret.standing != Standing::Foreign {
                    let there = self.secrets.get(key).is_some_and(|there| there.uid == secret.uid);
                    if !there {
                        // From now on its deletion is noticed, even if the watch has not brought it yet.
                        self.secrets.insert(key.clone(), secret);
                    }
                }
                lost
            }
            Err(Some(cause)) => {
                let again = match &cause {
                    Cause::Closed => in_hand.ring != ring,
                    Cause::SecretInTheWay { uid, version } => in_hand.secret.is_other_than(uid, version),
                    _ => false,
                };
                // An object that could not even be fetched: what failed is what is known of it.
                let (digest, generation) =
                    if seen { (digest, generation) } else { (known.digest, known.generation) };
                let attempt = known.attempts.count(&cause);
                let pause = match &cause {
                    // Without a watch of Secrets nobody says when it is out of the way.
                    Cause::SecretInTheWay { .. } if !recreate => delay(&Cause::Refused, attempt),
                    // It may have failed of what is over.
                    cause if is_back && cause.waits_for_the_server() => delay(cause, 1),
                    cause => delay(cause, attempt),
                };
                known.failed = Some(Failed { digest, generation, cause, ring: in_hand.ring, why });
                if !again && !outrun {
                    self.wait(key, pause, now);
                }
                again
            }
            Err(None) => {
                // The watch will say so, too, and knows better if it was made anew.
                if !outrun {
                    self.wait(key, Some(unseen), now);
                }
                false
            }
        };
        if again || outrun {
            self.wake(key, Priority::Front);
        } else {
            // It may have changed to and fro.
            self.release(key);
        }
    }

    /// A task has panicked. The object is left alone until it changes: the same again would panic again.
    pub fn panicked(&mut self, key: &ObjectKey) {
        let Some((changed, in_hand)) = self.put_down(key) else { return };
        let Some(known) = self.objects.get_mut(key) else { return };
        known.failed = Some(Failed {
            digest: known.digest,
            generation: known.generation,
            cause: Cause::Unusable,
            ring: in_hand.ring,
            why: 0,
        });
        if changed || in_hand.once_more {
            self.wake(key, Priority::Front);
        }
    }

    /// A Secret was deleted, or could not be, after its SealedSecret was gone.
    pub fn collected(&mut self, key: &ObjectKey) {
        if self.in_hand.remove(key).is_none() {
            return;
        }
        self.collecting -= 1;
        if let Some(known) = self.objects.get_mut(key)
            && matches!(known.phase, Phase::Running { .. })
        {
            // Made anew meanwhile.
            known.phase = Phase::Idle;
            self.wake(key, Priority::Front);
        }
    }

    /// Ends a piece of work: whether the object changed meanwhile, and what else was heard. The object, if there still
    /// is one, is idle then.
    fn put_down(&mut self, key: &ObjectKey) -> Option<(bool, InHand)> {
        let in_hand = self.in_hand.remove(key)?;
        if let Some(turn) = &in_hand.turn {
            self.turns.done(turn);
        }
        let changed = self.objects.get_mut(key).is_some_and(|known| {
            std::mem::replace(&mut known.phase, Phase::Idle) == Phase::Running { changed: true }
        });
        Some((changed, in_hand))
    }

    pub(super) fn wait(&mut self, key: &ObjectKey, pause: Option<Millis>, now: Millis) {
        if let (Some(pause), Some(known)) = (pause, self.objects.get_mut(key))
            && !known.deleting
        {
            let due = now + pause;
            known.phase = Phase::Waiting(due);
            self.timers.set(due, key);
        }
    }
}
